"""What the reconciliation last saw of a month in Kontur, and what a person decided and agreed, for the workbook."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from include.ledger.compared import ComparedDays, DayRow
from include.ledger.connection import Session
from include.ledger.differences import DifferenceRow, Differences
from include.ledger.months import AgreedMonth, FrozenDay, Months
from include.moments import local
from include.reconciliation.difference import POINTERS, Measure
from include.report.month import Change, Difference, SeenDay
from include.report.rows import Decision, InMonth
from include.window import Window


class Seen(NamedTuple):
    """Of one account."""

    days: tuple[SeenDay, ...]
    differences: tuple[Difference, ...]
    agreed: Decision | None
    changes: tuple[Change, ...]
    """Sums that are others than when it was agreed."""


def seen(session: Session, connection: str, window: Window, zone: dt.tzinfo) -> Seen:
    """What the ledger keeps of a month's comparisons; times become the shop's."""
    days = ComparedDays(session).of_window(connection, window)
    standing = [row for row in Differences(session).of_window(connection, window) if row.gone_at is None]
    agreed = Months(session).get(connection, window.date_from)
    return Seen(
        days=tuple(_day(row, zone) for row in days),
        differences=tuple(sorted((_difference(row, window, zone) for row in standing), key=_place)),
        agreed=None if agreed is None else Decision(agreed.agreed_by, local(agreed.agreed_at, zone), ""),
        changes=() if agreed is None else tuple(_changes(agreed, days)),
    )


def _day(row: DayRow, zone: dt.tzinfo) -> SeenDay:
    at = local(row.read_at, zone)
    return SeenDay(Measure(row.measure), row.day, row.books, row.others, row.others_amount, at)


def _difference(row: DifferenceRow, window: Window, zone: dt.tzinfo) -> Difference:
    shop = _within(window, row.shop_day, row.shop_amount)
    books = _within(window, row.books_day, row.books_amount)
    decided = None
    if row.is_decided and row.decided_by is not None and row.decided_at is not None:
        decided = Decision(row.decided_by, local(row.decided_at, zone), row.decided_why or "")
    return Difference(
        code=row.code,
        measure=Measure(row.measure),
        order=row.number or "",
        said=row.said,
        shop=InMonth(row.shop_day, row.shop_amount or Decimal(0)),
        books=InMonth(row.books_day, row.books_amount or Decimal(0)),
        effect=Decimal(0) if row.code in POINTERS else shop - books,
        is_open=row.is_open,
        first_seen=local(row.first_seen, zone).date() if row.first_seen is not None else window.date_to,
        decided=decided,
    )


def _within(window: Window, day: dt.date | None, amount: Decimal | None) -> Decimal:
    inside = day is not None and window.date_from <= day <= window.date_to
    return amount if inside and amount is not None else Decimal(0)


def _changes(agreed: AgreedMonth, days: Sequence[DayRow]) -> Iterator[Change]:
    now = {(row.day, row.measure): row for row in days}
    for then in agreed.frozen.days:
        row = now.get((then.day, then.measure))
        if row is not None and FrozenDay.of(row) != then:
            sums = (then.shop, row.shop, then.books, row.books, then.others, row.others_amount)
            yield Change(Measure(then.measure), then.day, *sums)


def _place(one: Difference) -> tuple[bool, dt.date, str]:
    """What is open first, then by day."""
    return not one.is_open, one.shop.day or one.books.day or dt.date.min, one.order
