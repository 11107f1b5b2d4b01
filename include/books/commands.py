"""What a person runs by hand, as the messages that ask for it name it."""

from __future__ import annotations

import datetime as dt


def rebuild_command(first: dt.date, last: dt.date | None = None) -> str:
    """The command that takes up what Kontur holds of these days, wherever it is read."""
    last = last or first
    return (
        f"«make rebuild-ledger FROM={first} TO={last}» (in containers: «docker compose exec scheduler"
        f" python -m include.steps.rebuild --from {first} --to {last}»)"
    )
