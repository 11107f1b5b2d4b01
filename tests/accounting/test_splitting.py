"""Lines whose sum no unit price of two decimals can give."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.accounting.sale.unit_prices import split


@pytest.mark.parametrize(
    ("quantity", "total", "price", "expected"),
    [
        ("3", "100.00", "33.3333", [("2", "33.33"), ("1", "33.34")]),
        ("10", "123.46", "12.3456", [("4", "12.34"), ("6", "12.35")]),
        ("3", "99.99", "33.33", [("3", "33.33")]),
        ("1", "100.00", "100", [("1", "100.00")]),
        # 2.5 x 10.01 = 25.025, half up 25.03: rounds right, no split
        ("2.5", "25.03", "10.01", [("2.5", "10.01")]),
        # 0.3333 x 99.99 = 33.326667
        ("0.3333", "33.33", "99.99", [("0.3333", "99.99")]),
        # the unit price is kept though 1000.00 would give the sum too
        ("0.001", "1.00", "999.99", [("0.001", "999.99")]),
        # 2.5 x 10.01 = 25.03, x 10.02 = 25.05; 25.04 = 1.5 x 10.01 (15.02) + 1 x 10.02
        ("2.5", "25.04", "10.014", [("1.5", "10.01"), ("1", "10.02")]),
        # 2.75 x 0.01 = 0.03 (0.0275); 0.02 is less than one kopeck each: 0.75 x 0.00 + 2 x 0.01
        ("2.75", "0.02", "0.0073", [("0.75", "0.00"), ("2", "0.01")]),
        ("3", "0.00", "0", [("3", "0.00")]),
        ("100", "0.01", "0.0001", [("99", "0.00"), ("1", "0.01")]),
        ("1000", "100.00", "0.1", [("1000", "0.10")]),
    ],
)
def test_by_hand(quantity: str, total: str, price: str, expected: list[tuple[str, str]]) -> None:
    found = split(Decimal(quantity), Decimal(total), Decimal(price))
    assert [(str(q), str(p)) for q, p in found] == expected


@given(
    quantity=st.decimals("0.0001", "100000", places=4),
    total=st.decimals("0", "10000000", places=2),
    price=st.decimals("0", "1000", places=8),
)
def test_the_parts_always_make_the_whole(quantity: Decimal, total: Decimal, price: Decimal) -> None:
    found = split(quantity, total, price)
    assert 1 <= len(found) <= 2
    assert sum(q for q, _ in found) == quantity
    assert all(q > 0 and p >= 0 and p == p.quantize(Decimal("0.01")) for q, p in found)
    assert all(q == q.quantize(Decimal("0.0001")) for q, _ in found)
    rounded = [(q * p).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP) for q, p in found]
    assert sum(rounded) == total
    if len(found) == 2:
        assert found[1][1] - found[0][1] == Decimal("0.01")
        assert found[1][0] == found[1][0].to_integral_value()
