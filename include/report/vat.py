"""VAT inside what buyers pay.

It is rounded once for each rate of a document, half up. Kontur may round each line, or a whole month: a kopeck's
difference from it is no error of either.
"""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from kontur_hook.contract import VatRate

from include.accounting.arithmetic import KOPECK
from include.accounting.operations import Item
from include.accounting.sale.by_rate import inside, percent
from include.accounting.sale.vat import standard_rate

_STANDARD = frozenset({VatRate.VAT20, VatRate.VAT22})
_RATES = {rate.value: rate for rate in VatRate}


class Part(NamedTuple):
    """What of a sum has one rate."""

    rate: VatRate | None
    """``None``: nobody knows."""
    gross: Decimal
    """Roubles, VAT included."""

    @property
    def vat(self) -> Decimal:
        """Of the gross sum, rounded to the kopeck."""
        return inside(self.gross, self.rate)


def parts(items: Iterable[Item]) -> tuple[Part, ...]:
    """What lines come to by rate, in the order of the rates."""
    sums: collections.defaultdict[VatRate | None, Decimal] = collections.defaultdict(Decimal)
    for item in items:
        sums[_RATES.get(item.vat_rate)] += item.amount
    return tuple(Part(rate, sums[rate]) for rate in sorted(sums, key=in_order))


def in_order(rate: VatRate | None) -> tuple[bool, Decimal, str]:
    """Sorts rates: without VAT, the lowest, the highest, unknown."""
    return rate is None, Decimal(-1) if rate in {None, VatRate.NONE} else percent(rate), str(rate)


def of_advance(amount: Decimal, day: dt.date, by_rate: Mapping[VatRate | None, Decimal]) -> tuple[Part, ...]:
    """An advance by calculated rates: as the goods that it is paid for, 20 and 22 % by the day on which it came.

    Args:
        amount: roubles.
        day: of the payment.
        by_rate: what is still to be shipped, roubles by rate; empty or without a positive sum: nobody knows.
    """
    shares = {rate: gross for rate, gross in by_rate.items() if gross > 0}
    whole = sum(shares.values(), start=Decimal(0))
    if not whole:
        return (Part(None, amount),)
    found: collections.defaultdict[VatRate | None, Decimal] = collections.defaultdict(Decimal)
    left, of = amount, whole
    for rate in sorted(shares, key=in_order):
        part = (left * shares[rate] / of).quantize(KOPECK, rounding=ROUND_HALF_UP)
        found[standard_rate(day) if rate in _STANDARD else rate] += part
        left, of = left - part, of - shares[rate]
    return tuple(Part(rate, found[rate]) for rate in sorted(found, key=in_order))
