"""The window of a run: the shop's local calendar days it covers."""

from __future__ import annotations

import dataclasses
import datetime as dt


@dataclasses.dataclass(frozen=True, slots=True)
class Window:
    """Local days, both inclusive."""

    date_from: dt.date
    date_to: dt.date

    @property
    def start(self) -> dt.datetime:
        """The first moment, naive and local, as Bitrix stores its dates."""
        return dt.datetime.combine(self.date_from, dt.time.min)

    @property
    def end(self) -> dt.datetime:
        """The first moment after it, naive and local."""
        return dt.datetime.combine(self.date_to + dt.timedelta(days=1), dt.time.min)
