"""Exact arithmetic: roubles to the kopeck, quantities to four decimals, always rounded half up."""

from __future__ import annotations

import decimal
from decimal import ROUND_HALF_UP, Decimal

EXACT = decimal.Context(prec=60, rounding=ROUND_HALF_UP)
"""In force while an order is planned, whatever the process's own context is."""

KOPECK = Decimal("0.01")
_FOUR_DECIMALS = Decimal("0.0001")


def kopecks(amount: Decimal) -> Decimal:
    """``amount`` in roubles, rounded half up to the kopeck."""
    return amount.quantize(KOPECK, rounding=ROUND_HALF_UP, context=EXACT)


def quantity(value: Decimal) -> Decimal:
    """``value`` with at most four decimals and no trailing zeros, so that equal quantities are equal as text.

    >>> quantity(Decimal("3.0000")), quantity(Decimal("0.30000000000000004")), quantity(Decimal("10"))
    (Decimal('3'), Decimal('0.3'), Decimal('10'))
    """
    return without_zeros(value.quantize(_FOUR_DECIMALS, rounding=ROUND_HALF_UP, context=EXACT))


def without_zeros(value: Decimal) -> Decimal:
    """``value`` without trailing zeros, so that equal numbers are equal as text.

    >>> without_zeros(Decimal("33.33330")), without_zeros(Decimal("1000.00"))
    (Decimal('33.3333'), Decimal('1000'))
    """
    short = value.normalize(EXACT)
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short
