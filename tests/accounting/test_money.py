"""Rounding that no one else's decimal context can change."""

from __future__ import annotations

import decimal
from decimal import Decimal

import pytest

from include.accounting.arithmetic import kopecks, quantity
from tests.accounting.orders import line, order, payment, plan


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("0.005", "0.01"), ("0.0049999", "0.00"), ("2.675", "2.68"), ("99.99999999", "100.00"), ("-0.005", "-0.01")],
)
def test_half_a_kopeck_goes_up(amount: str, expected: str) -> None:
    assert str(kopecks(Decimal(amount))) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("3.0000", "3"),
        ("100", "100"),
        ("0.30000000000000004", "0.3"),
        ("0.3335", "0.3335"),
        ("0.33335", "0.3334"),
        ("2.50", "2.5"),
        ("0.00001", "0"),
    ],
)
def test_quantities_have_four_decimals_and_one_way_to_be_written(value: str, expected: str) -> None:
    assert str(quantity(Decimal(value))) == expected


def test_the_processs_own_context_changes_nothing() -> None:
    bought = order(
        line("33333.3333", 3),
        line("0.335", 3, vat_included=False),
        price="100001.23",
        payments=[payment(7, "100000.005")],
    )
    expected = plan(bought)
    with decimal.localcontext(decimal.Context(prec=3, rounding=decimal.ROUND_DOWN)):
        assert plan(bought) == expected
    assert expected.due
