"""Which days a run looks at and covers, and when it reads a large shop as a whole."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Sequence

from include.bitrix.by_index import ByIndex
from include.bitrix.selection import Selection, select_orders
from include.bitrix.snapshot import ShopDatabase
from include.ledger.connection import Session
from include.ledger.days import Days, selecting
from include.moments import local
from include.settings import Settings
from include.window import Window

_A_DAY = dt.timedelta(days=1)
_OLDEST_DAY = dt.date(2000, 1, 1)
"""No shop is older: a slip in ``go_live``'s year must not make a statement that names half a million days."""


@dataclasses.dataclass(frozen=True, slots=True)
class Chosen:
    """The orders of the days that a run looks at."""

    selection: Selection
    covered: frozenset[dt.date] = frozenset()
    """The days that the run covers if it finishes."""
    by_index: frozenset[dt.date] = frozenset()
    """The days that it looks at by the indexes alone."""

    @property
    def full_scan(self) -> bool:
        """Whether the shop was read as a whole; nothing is covered else."""
        return not self.by_index


@dataclasses.dataclass(frozen=True, slots=True)
class Look:
    """The days of one run."""

    settings: Settings
    window: Window
    """The run's local days."""
    now: dt.datetime
    """When the shop is read, UTC, naive."""
    uncovered: Sequence[dt.date]
    """The days since ``go_live``, up to the window's last, that are over and that no finished run has covered."""
    scheduled: bool
    """It looks at the days before its window as well."""

    @classmethod
    def of(cls, session: Session, settings: Settings, window: Window, now: dt.datetime, *, scheduled: bool) -> Look:
        """By what the ledger knows of the days."""
        look = cls(settings, window, now, (), scheduled)
        if (first := look._first_day) is None:
            return look
        uncovered = Days(session).uncovered(selecting(settings), first, look._last_over)
        return dataclasses.replace(look, uncovered=uncovered)

    def choose(self, shop_db: ShopDatabase, *, room: int) -> Chosen:
        """The orders of these days.

        Args:
            shop_db: a snapshot of the shop.
            room: how many orders there may be with those of the uncovered days.

        Raises:
            BitrixError: the database refused a query.
        """
        run = self.settings.run
        if self._full_scan_may_wait and (by_index := ByIndex(shop_db)).most_orders > run.full_scan_orders:
            since = Window(min([self._own.date_from, *self._before]), self.window.date_to)
            return Chosen(by_index.select(since, self.settings), by_index=frozenset({*self.uncovered, *self._over}))
        chosen = select_orders(shop_db, self._own, self.settings, uncovered=self._before, room=room)
        return Chosen(chosen, self._covered(chosen.taken))

    @property
    def _full_scan_may_wait(self) -> bool:
        """Whether the last one is younger than ``run.full_scan_days``, in calendar days.

        It covered all that lies before the first uncovered day. A person who asks for days has them read at once.
        """
        oldest = self.uncovered[0] if self.uncovered else self._last_over
        days = (self._last_over - oldest).days + 1
        return self.scheduled and oldest != self._first_day and days < self.settings.run.full_scan_days

    @property
    def _own(self) -> Window:
        """The window, and of a scheduled run the days that it overlaps."""
        days = self.settings.run.overlap_days if self.scheduled else 0
        return Window(self.window.date_from - days * _A_DAY, self.window.date_to)

    @property
    def _before(self) -> list[dt.date]:
        """The days before these that the nights which left days uncovered would have looked at, ascending."""
        if not self.scheduled:
            return []
        overlap = range(self.settings.run.overlap_days + 1)
        missed = {day - number * _A_DAY for day in self.uncovered for number in overlap}
        return sorted(day for day in missed if day < self._own.date_from)

    def _covered(self, taken: Collection[dt.date]) -> frozenset[dt.date]:
        """``taken``: of the days before its own, those all of whose orders it looks at."""
        own = (day for day in self.uncovered if day >= self._own.date_from)
        return frozenset({*own, *self._over, *(day for day in self.uncovered if day in taken)})

    @property
    def _over(self) -> list[dt.date]:
        """The window's days that were over when the shop was read."""
        count = (self._last_over - self.window.date_from).days + 1
        return [self.window.date_from + number * _A_DAY for number in range(count)]

    @property
    def _last_over(self) -> dt.date:
        """The window's last day, or the last that was over, in the shop's time."""
        today = local(self.now, self.settings.shop.zone).date()
        return min(self.window.date_to, today - _A_DAY)

    @property
    def _first_day(self) -> dt.date | None:
        """From this day on days are to be covered."""
        go_live = self.settings.accounting.go_live
        return None if go_live is None else max(go_live, _OLDEST_DAY)
