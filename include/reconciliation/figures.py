"""The figures of a range of days: what shop and books come to, and by how much each kind of difference parts them."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal

from include.books.standing import Standing
from include.reconciliation.comparing import Compared, Turnover, effects, to_kopecks, to_roubles
from include.reconciliation.difference import POINTERS, Code, Difference, Measure
from include.reconciliation.sides import Depth
from include.window import Window


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class KindLine:
    """The differences of one kind that have a day of the range, or none at all."""

    code: Code
    measure: Measure
    count: int
    noted: int
    """Of them, those that are for information only."""
    effect: Decimal
    """What they add to «shop − books» within the range; 0 for what is not ours."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DayLine:
    """A measure on one day, or on all days of the range."""

    measure: Measure
    day: dt.date | None
    """``None``: the whole range."""
    shop: Decimal
    books: Decimal
    differences: tuple[tuple[Code, Decimal], ...]
    """By kind; together they are shop − books."""

    @property
    def holds(self) -> bool:
        """Whether the differences explain all that parts shop and books."""
        told = sum((amount for code, amount in self.differences if code is not Code.UNEXPLAINED), start=Decimal(0))
        return self.shop - self.books == told


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OtherSales:
    """What stands in Kontur and is not ours: with ``books`` of the documents it makes Kontur's own total."""

    count: int
    amount: Decimal


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """All figures of a range, ready to be shown."""

    window: Window
    depth: Depth
    orders: int
    """Compared, with a document or money in the range."""
    totals: tuple[DayLine, ...]
    """One a measure."""
    days: tuple[DayLine, ...]
    """Every day of the range, each measure."""
    kinds: tuple[KindLine, ...]
    """In the order of the codes; those that there are."""
    others: OtherSales
    others_by_day: tuple[tuple[dt.date, OtherSales], ...]
    """Days that have some."""

    @property
    def holds(self) -> bool:
        """Whether everything is explained."""
        return all(line.holds for line in self.days)


@dataclasses.dataclass(slots=True)
class Figures:
    """Adds up batch by batch; as large as the number of days, whatever the number of orders."""

    window: Window
    depth: Depth
    orders: int = 0
    shop: Turnover = dataclasses.field(default_factory=collections.Counter)
    books: Turnover = dataclasses.field(default_factory=collections.Counter)
    told: collections.Counter[tuple[Code, Measure, dt.date]] = dataclasses.field(default_factory=collections.Counter)
    """Kopecks that rows add to «shop − books»."""
    counts: collections.Counter[tuple[Code, Measure, bool]] = dataclasses.field(default_factory=collections.Counter)
    """Rows by kind, the noted ones apart."""
    others: collections.Counter[dt.date] = dataclasses.field(default_factory=collections.Counter)
    """Kopecks of Kontur's other sales."""
    others_count: collections.Counter[dt.date] = dataclasses.field(default_factory=collections.Counter)

    def add(self, compared: Compared) -> None:
        """An order."""
        self.orders += bool(compared.shop or compared.books or compared.rows)
        self.shop.update(compared.shop)
        self.books.update(compared.books)
        self.add_rows(compared.rows)

    def add_rows(self, rows: Iterable[Difference]) -> None:
        """Rows that are told apart from their order's turnover."""
        for row in rows:
            if self._has_a_day(row):
                self.counts[row.code, row.measure, row.noted] += 1
            for (measure, day), kopecks in effects([row]).items():
                self.told[row.code, measure, day] += kopecks

    def add_other(self, standing: Standing) -> None:
        """A sale in Kontur that is not ours."""
        self.others[standing.header.date] += to_kopecks(standing.header.total_amount)
        self.others_count[standing.header.date] += 1

    def merge(self, other: Figures) -> None:
        """Take in what was added up elsewhere, over other orders of the same range."""
        self.orders += other.orders
        self.shop.update(other.shop)
        self.books.update(other.books)
        self.told.update(other.told)
        self.counts.update(other.counts)
        self.others.update(other.others)
        self.others_count.update(other.others_count)

    def month(self) -> Month:
        """The figures as they stand."""
        days = list(self._days())
        return Month(
            window=self.window,
            depth=self.depth,
            orders=self.orders,
            totals=tuple(self._line(measure, days, None) for measure in Measure),
            days=tuple(self._line(measure, [day], day) for day in days for measure in Measure),
            kinds=tuple(self._kinds(days)),
            others=self._others(days),
            others_by_day=tuple((day, self._others([day])) for day in days if self.others_count[day]),
        )

    def _has_a_day(self, row: Difference) -> bool:
        days = {one.day for one in (row.shop, row.books) if one is not None and one.day is not None}
        return not days or any(self.window.date_from <= day <= self.window.date_to for day in days)

    def _days(self) -> Iterator[dt.date]:
        for number in range((self.window.date_to - self.window.date_from).days + 1):
            yield self.window.date_from + dt.timedelta(days=number)

    def _line(self, measure: Measure, days: Iterable[dt.date], day: dt.date | None) -> DayLine:
        days = list(days)
        by_code = ((code, sum(self.told[code, measure, one] for one in days)) for code in Code)
        return DayLine(
            measure=measure,
            day=day,
            shop=to_roubles(sum(self.shop[measure, one] for one in days)),
            books=to_roubles(sum(self.books[measure, one] for one in days)),
            differences=tuple((code, to_roubles(kopecks)) for code, kopecks in by_code if kopecks),
        )

    def _kinds(self, days: Iterable[dt.date]) -> Iterator[KindLine]:
        days = list(days)
        for code in Code:
            for measure in Measure:
                noted, others = self.counts[code, measure, True], self.counts[code, measure, False]
                if noted or others:
                    kopecks = 0 if code in POINTERS else sum(self.told[code, measure, day] for day in days)
                    yield KindLine(
                        code=code, measure=measure, count=noted + others, noted=noted, effect=to_roubles(kopecks)
                    )

    def _others(self, days: Iterable[dt.date]) -> OtherSales:
        days = list(days)
        amount = to_roubles(sum(self.others[day] for day in days))
        return OtherSales(count=sum(self.others_count[day] for day in days), amount=amount)
