"""The time that a plan is made at, and whether the plan may be another one at another time."""

from __future__ import annotations

import datetime as dt


class Clock:
    """The shop's local time; remembers whether anything hung on it. One for each plan."""

    def __init__(self, now: dt.datetime) -> None:
        """``now``: naive."""
        self._now = now
        self._was_asked = False

    @property
    def was_asked(self) -> bool:
        """Whether something was answered that may be answered otherwise later."""
        return self._was_asked

    @property
    def now(self) -> dt.datetime:
        """The local time, naive: whoever reads it has asked, whatever he makes of it."""
        self._was_asked = True
        return self._now

    @property
    def today(self) -> dt.date:
        """The local day; as ``now``."""
        return self.now.date()

    def is_to_come(self, day: dt.date) -> bool:
        """Whether a day is after today; a day that is not, never will be again."""
        to_come = day > self._now.date()
        self._was_asked |= to_come
        return to_come
