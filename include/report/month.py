"""All of a month, ready to be laid out: its orders' rows, the ledger's own sums, what the books were seen to hold."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from include.facts import Said
from include.reconciliation.difference import Measure
from include.report.collecting import Rows
from include.report.rows import Decision, Document, InMonth, Money
from include.window import Window


class Sum(NamedTuple):
    """Of the ledger's own: what it has as posted in the month."""

    operations: int
    amount: Decimal


class SeenDay(NamedTuple):
    """What the reconciliation last saw of a day in Kontur."""

    measure: Measure
    day: dt.date
    books: Decimal
    """Of our documents."""
    others: int
    others_amount: Decimal
    """Sales in Kontur that are not ours."""
    read_at: dt.datetime
    """The shop's time."""


class Difference(NamedTuple):
    """A difference between shop and books that has a day in the month, or none."""

    code: str
    measure: Measure
    order: str
    said: Said
    shop: InMonth
    books: InMonth
    effect: Decimal
    """What it adds to «shop − books» of the month."""
    is_open: bool
    """Whether a person has yet to settle it."""
    first_seen: dt.date
    decided: Decision | None


class Change(NamedTuple):
    """A sum that is another one than when the month was agreed."""

    measure: Measure
    day: dt.date
    shop_then: Decimal
    shop_now: Decimal
    books_then: Decimal
    books_now: Decimal
    others_then: Decimal = Decimal(0)
    """Sales in Kontur that are not ours."""
    others_now: Decimal = Decimal(0)


class ReceiptsDay(NamedTuple):
    """What the shop's cash registers printed on a day."""

    day: dt.date
    income: Decimal
    returns: Decimal


class Closing(NamedTuple):
    """Up to which day nothing is posted any more."""

    until: dt.date
    by: Decision | None
    """``None``: the settings say so."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What the workbook is of, and what shapes it."""

    account: str
    """As Kontur knows it."""
    connection: str
    computed_at: dt.datetime
    """The shop's time."""
    settings: tuple[tuple[str, str | bool], ...]
    """Keys as the file of settings has them, and values; an empty text: nothing is set."""
    days: int
    """Of the month that are over and not before go-live: finished runs have to have looked at them."""
    uncovered: tuple[dt.date, ...]
    """Those of them that none has looked at since they were over."""
    agreed: Decision | None = None
    closed: Closing | None = None
    """``None``: no day of it is."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """Of one account."""

    cover: Cover
    rows: Rows
    ledger: dict[Measure, Sum]
    seen: tuple[SeenDay, ...] = ()
    differences: tuple[Difference, ...] = ()
    changes: tuple[Change, ...] = ()
    receipts: tuple[ReceiptsDay, ...] = ()
    """Days on which the shop's cash registers printed something."""
    delivery_is_untaxed: bool = False
    """Whether the receipts that the shop prints have no VAT of delivery, whatever the documents have."""

    @property
    def window(self) -> Window:
        """Its days."""
        return self.rows.terms.window

    @property
    def days(self) -> tuple[dt.date, ...]:
        """Every one of them."""
        count = (self.window.date_to - self.window.date_from).days + 1
        return tuple(self.window.date_from + dt.timedelta(days=number) for number in range(count))

    def apart(self, measure: Measure) -> Decimal | None:
        """What shop and Kontur differ by on the days that were compared; ``None``: not each that is over was.

        What the shop has of a day that is not over (today) is not due in the books yet.
        """
        books = self.books(measure)
        if books is None:
            return None
        match measure:
            case Measure.DOCUMENTS:
                rows: Iterable[Document | Money] = self.rows.documents
            case Measure.PAYMENTS:
                rows = self.rows.payments
            case Measure.REFUNDS:
                rows = self.rows.refunds
        compared = {one.day for one in self.seen if one.measure is measure}
        return sum((one.shop.amount for one in rows if one.shop.day in compared), start=-books)

    def sort(self) -> None:
        """Rows by day and order, as people look for them."""
        rows = self.rows
        for of_sides in (rows.documents, rows.payments, rows.refunds):
            of_sides.sort(key=lambda one: (one.day, _number(one.order)))
        rows.settlements.sort(key=lambda one: _number(one.order))
        rows.advances.sort(key=lambda one: (one.paid, _number(one.order)))
        rows.debts.sort(key=lambda one: (one.shipped, _number(one.order)))
        rows.unposted.sort(key=lambda one: (one.day or dt.date.min, _number(one.order)))
        rows.remarks.sort(key=lambda one: (not one.asks, one.decided is None, one.verdict, _number(one.order)))

    def books(self, measure: Measure, day: dt.date | None = None) -> Decimal | None:
        """What Kontur was seen to hold of ours on a day, or in the month; ``None``: not each of its days was compared.

        A month that is not over is compared as far as it has come.
        """
        wanted = (day,) if day is not None else self.window.over(self.cover.computed_at.date())
        found = {one.day: one.books for one in self.seen if one.measure is measure}
        if not wanted or any(one not in found for one in wanted):
            return None
        return sum((found[one] for one in wanted), start=Decimal(0))


def _number(order: str) -> tuple[int, str]:
    """Numbers of digits come in their own order."""
    return len(order) if order.isdigit() else 0, order
