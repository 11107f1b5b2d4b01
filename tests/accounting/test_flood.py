"""When refusals are one slip rather than many orders' faults."""

from __future__ import annotations

import pytest

from include.accounting.flood import Flood, flood


def test_a_slip_in_the_settings() -> None:
    assert flood(120, {"inn_missing": 68, "total_mismatch": 2}, 30) == Flood("inn_missing", 68, 120)


@pytest.mark.parametrize(
    ("fine", "count", "percent", "stops"),
    [
        (30, 9, 30, False),  # 30 %, but fewer than ten
        (9, 9, 30, False),
        (10, 10, 30, True),
        (33, 10, 30, True),  # 30.3 %
        (34, 10, 30, False),  # 29.4 %
        (100, 30, 30, True),
        (100, 29, 30, False),
        (100, 100, 0, False),  # switched off
        (100, 99, 100, False),
        (100, 100, 100, True),
    ],
)
def test_ten_orders_and_the_share_of_the_settings(fine: int, count: int, percent: int, stops: bool) -> None:
    assert (flood(fine, {"inn_missing": count}, percent) is not None) is stops


def test_each_reason_is_judged_by_itself() -> None:
    assert flood(60, {"inn_missing": 9, "total_mismatch": 9, "quantity": 9}, 30) is None


@pytest.mark.parametrize("code", ["vat_of_other_years", "closed_period"])
def test_what_the_calendar_brings_is_no_slip(code: str) -> None:
    assert flood(100, {code: 100}, 30) is None
    assert flood(100, {code: 100, "inn_missing": 40}, 30) == Flood("inn_missing", 40, 100)


def test_nothing_refused() -> None:
    assert flood(0, {}, 30) is None
