"""What the command says of an agreed month."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from include.ledger.months import FrozenDay
from include.steps.month import changed
from include.steps.reconciliation.deciding import Changed

THEN = FrozenDay(dt.date(2026, 3, 17), "documents", Decimal(100), Decimal(90), Decimal(7))


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (THEN, {"books": Decimal(91)}, ["month_changed"]),
        (THEN, {"others": Decimal(8)}, ["month_changed_others"]),
        (THEN, {"shop": Decimal(91), "others": Decimal(8)}, ["month_changed", "month_changed_others"]),
        (None, {}, ["month_changed"]),
    ],
)
def test_what_is_another_sum_is_named(before: FrozenDay | None, now: dict[str, Decimal], told: list[str]) -> None:
    day = {"day": THEN.day, "measure": THEN.measure, "shop": THEN.shop, "books": THEN.books, "others": THEN.others}
    assert [one.code for one in changed(Changed(before, FrozenDay(**(day | now))))] == told  # type: ignore[arg-type]
