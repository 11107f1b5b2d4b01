"""Which plans hang on the time they are made at: others may be left out for as long as nothing else changes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from include.accounting.clock import Clock
from tests.accounting.orders import NOW, done, order, payment, plan, posted, refunds, returned

SAVED_NOW: dict[str, Any] = {"running": True, "date_update": "2026-09-01 02:59:00"}
NOTICED = returned(7, "1000.00", "2026-03-04", None)
"""Went back, and nothing tells on which day."""


@pytest.mark.parametrize(
    ("sold", "hangs"),
    [
        (order(payments=[payment(7, "1000.00")]), False),
        (order(shipped=None, payments=[payment(7, "1000.00")]), False),
        (order(canceled=True), False),
        (order(shipped=NOW[:10]), False),  # today is no day to come, and never will be again
        (order(shipped="2026-09-02"), True),
        (order(payments=[payment(7, "1000.00", "2026-09-02")]), True),
        (order(payments=[returned(7, "1000.00", "2026-03-04", "2026-03-20")]), False),
        (order(payments=[returned(7, "1000.00", "2026-03-04", "2026-09-02")]), True),
        (order(payments=[NOTICED]), True),
        (order(**SAVED_NOW), True),
    ],
)
def test_a_plan_says_whether_it_hangs_on_the_clock(sold: Any, hangs: bool) -> None:
    assert plan(sold).by_the_clock is hangs


def test_a_noticed_day_hangs_on_it_until_the_refund_is_posted() -> None:
    sold = order(payments=[NOTICED])
    first = plan(sold)
    assert refunds(first) == [("refund:7", "2026-09-01", "1000.00")]
    assert not plan(sold, known=posted(first), now="2026-10-01 03:00:00").by_the_clock


def test_what_is_in_the_books_is_not_judged_by_today_again() -> None:
    sold = order(shipped="2026-03-05")
    assert not plan(sold, known=done(*plan(sold).due), now="2026-03-01 03:00:00").by_the_clock


def test_whoever_reads_the_time_has_asked_and_of_days_only_those_to_come() -> None:
    now = dt.datetime(2026, 9, 1, 3)
    clock = Clock(now)
    assert [clock.is_to_come(dt.date(2026, 9, day)) for day in (1, 2)] == [False, True]
    assert clock.was_asked
    clock = Clock(now)
    assert not clock.is_to_come(dt.date(2026, 8, 31))
    assert not clock.was_asked
    assert clock.today == dt.date(2026, 9, 1)
    assert clock.was_asked
