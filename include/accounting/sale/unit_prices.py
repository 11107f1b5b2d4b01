"""Lines whose sum no unit price of two decimals can give."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

from include.accounting.arithmetic import KOPECK, kopecks

Split = tuple[tuple[Decimal, Decimal], ...]
"""Quantities and unit prices (roubles, whole kopecks) of one line, one or two of each."""


def split(quantity: Decimal, total: Decimal, price: Decimal) -> Split:
    """Quantities and unit prices, one or two of each, whose rounded sums make ``total`` exactly.

    Where one price p of whole kopecks is too little and p + 0.01 too much, k units cost p + 0.01 and the rest p:
    3 units for 100.00 are 2 × 33.33 + 1 × 33.34. Raising k whole units raises the rounded sum by exactly k kopecks,
    so k = total - round(quantity × p), and k never exceeds the whole units there are: for a fractional quantity
    where it would, the single price p + 0.01 already rounds to the total.

    Args:
        quantity: more than 0, at most four decimals.
        total: roubles, not negative, whole kopecks.
        price: the unit price to keep if it gives the total.
    """
    low = (total / quantity).quantize(KOPECK, rounding=ROUND_FLOOR)
    for single in (kopecks(price), low, low + KOPECK):
        if kopecks(quantity * single) == total:
            return ((quantity, single),)
    raised = ((total - kopecks(quantity * low)) / KOPECK).quantize(Decimal(1))
    return (quantity - raised, low), (raised, low + KOPECK)
