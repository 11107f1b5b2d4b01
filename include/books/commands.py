"""What a person runs by hand, as the messages that ask for it name it."""

from __future__ import annotations

import datetime as dt

from include.facts import Said, said
from include.words import text


def rebuilding(first: dt.date, last: dt.date | None = None) -> Said:
    """The command that takes up what Kontur holds of these days, wherever it is read."""
    # A command takes days as computers write them, in whatever language it is read.
    return said("rebuild_command", first=first.isoformat(), last=(last or first).isoformat())


def rebuild_command(first: dt.date, last: dt.date | None = None) -> str:
    """The same as a text."""
    return text(rebuilding(first, last))
