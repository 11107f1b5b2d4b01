"""What shop and books come to, and how many of the days were compared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from include.ledger.compared import DayRow
from include.ledger.operations import Operations
from include.ledger.reading import ReadingSession
from include.moments import local
from include.settings import Settings
from include.window import Window


class Sums(NamedTuple):
    """A measure, shop against books; roubles."""

    shop: Decimal
    books: Decimal

    @property
    def difference(self) -> Decimal:
        """What the books lack."""
        return self.shop - self.books


class Left(NamedTuple):
    """How far the days of a month that are over were compared; sums of the month wait for all of them."""

    done: int
    days: int

    @property
    def any(self) -> bool:
        """Whether one is left."""
        return self.done < self.days


def sums(days: Sequence[DayRow], measure: str) -> Sums:
    """Of some days."""
    of = [day for day in days if day.measure == measure]
    return Sums(sum((day.shop for day in of), start=Decimal(0)), sum((day.books for day in of), start=Decimal(0)))


def left(window: Window, rows: Sequence[DayRow], today: dt.date) -> Left:
    """``rows``: those of the window that were compared."""
    days, compared = window.over(today), {row.day for row in rows}
    return Left(sum(day in compared for day in days), len(days))


def today(session: ReadingSession, settings: Settings) -> dt.date:
    """The shop's day, by the ledger's clock."""
    return local(Operations(session).now(), settings.shop.zone).date()


def first(month: dt.date, back: int = 0) -> dt.date:
    """The first day of the month so many months before."""
    count = month.year * 12 + month.month - 1 - back
    return dt.date(count // 12, count % 12 + 1, 1)
