"""An order's goods and money by their dates: what was owed, and by whom, at the end of any day."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from include.window import Window


class Shipped(NamedTuple):
    """Goods that left, as a document has them."""

    day: dt.date
    amount: Decimal


class Paid(NamedTuple):
    """Money that came in."""

    day: dt.date
    amount: Decimal
    refunded_on: dt.date | None = None
    """When it went back."""

    def is_there(self, day: dt.date) -> bool:
        """Whether the seller has it at the end of a day."""
        return self.day <= day and (self.refunded_on is None or self.refunded_on > day)


@dataclasses.dataclass(frozen=True, slots=True)
class Turnover:
    """A range of days: ``opening + documents − payments + refunds = closing``; above 0 the buyer owes."""

    opening: Decimal
    documents: Decimal
    payments: Decimal
    refunds: Decimal
    closing: Decimal

    @property
    def opening_debt(self) -> Decimal:
        """What the buyer owed at the start."""
        return max(self.opening, Decimal(0))

    @property
    def opening_advance(self) -> Decimal:
        """What the buyer had paid in advance at the start."""
        return max(-self.opening, Decimal(0))

    @property
    def is_empty(self) -> bool:
        """Nothing was owed, and nothing happened."""
        return not any((self.opening, self.documents, self.payments, self.refunds))


@dataclasses.dataclass(frozen=True, slots=True)
class Dealings:
    """Of one order."""

    shipped: tuple[Shipped, ...]
    paid: tuple[Paid, ...]

    def owed(self, day: dt.date) -> Decimal:
        """What the buyer owes at the end of a day; below 0: what he has paid in advance."""
        shipped = sum((one.amount for one in self.shipped if one.day <= day), start=Decimal(0))
        return shipped - sum((one.amount for one in self.paid if one.is_there(day)), start=Decimal(0))

    def turnover(self, window: Window) -> Turnover:
        """What happened in a range of days."""
        first, last = window.date_from, window.date_to
        return Turnover(
            opening=self.owed(first - dt.timedelta(days=1)),
            documents=_sum(one.amount for one in self.shipped if first <= one.day <= last),
            payments=_sum(one.amount for one in self.paid if first <= one.day <= last),
            refunds=_sum(one.amount for one in self.paid if one.refunded_on and first <= one.refunded_on <= last),
            closing=self.owed(last),
        )

    def advances(self, day: dt.date) -> list[Paid]:
        """The money that waits for goods at the end of a day, by the payments that it came with.

        Goods are paid by the oldest money, so what waits is the youngest.
        """
        covered = sum((one.amount for one in self.shipped if one.day <= day), start=Decimal(0))
        found = []
        for one in sorted(self.paid, key=_by_day):
            if one.is_there(day):
                used = min(covered, one.amount)
                covered -= used
                if one.amount > used:
                    found.append(one._replace(amount=one.amount - used))
        return found

    def debts(self, day: dt.date) -> list[Shipped]:
        """What was shipped and is not paid at the end of a day, by the documents that it left with."""
        money = sum((one.amount for one in self.paid if one.is_there(day)), start=Decimal(0))
        found = []
        for one in sorted(self.shipped, key=_by_day):
            if one.day <= day:
                used = min(money, one.amount)
                money -= used
                if one.amount > used:
                    found.append(one._replace(amount=one.amount - used))
        return found

    def shipped_after(self, day: dt.date) -> dt.date | None:
        """The first day after ``day`` on which goods left."""
        return min((one.day for one in self.shipped if one.day > day), default=None)


def _by_day(one: Shipped | Paid) -> dt.date:
    return one.day


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, start=Decimal(0))
