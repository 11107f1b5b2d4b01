"""What sums come to by rate of VAT: what an accountant needs for a return of goods."""

from __future__ import annotations

import collections
from collections.abc import Iterable
from decimal import Decimal

from kontur_hook.contract import VatRate

from include.accounting.arithmetic import kopecks
from include.accounting.operations import Item, SaleDocument
from include.accounting.sale.vat import told
from include.facts import Said, Several, said, several

_FREE = frozenset({VatRate.NONE, VatRate.VAT0})


def percent(rate: VatRate) -> Decimal:
    """22 of vat22; 0 of what bears none."""
    return Decimal(0) if rate in _FREE else Decimal(rate.removeprefix("vat"))


def inside(gross: Decimal, rate: VatRate | None) -> Decimal:
    """The VAT in a sum that includes it, rounded once, half up; of an unknown rate none is counted.

    >>> inside(Decimal("1000.00"), VatRate.VAT22)
    Decimal('180.33')
    """
    per_cent = Decimal(0) if rate is None else percent(rate)
    return kopecks(gross * per_cent / (100 + per_cent))


def rates_of(document: SaleDocument | None) -> Said | Several:
    """The rates of a posted document, which are those of its day; of one that another program made they are not known.

    Facts of texts that say how it is to be corrected.
    """
    if document is None:
        return said("rates_of_its_own")
    return several(*(told(rate) for rate in sorted({item.vat_rate for item in document.items})))


def amounts(items: Iterable[Item]) -> list[tuple[VatRate, Decimal]]:
    """Rate and sum (roubles) of each line."""
    return [(item.vat_rate, item.amount) for item in items]


def by_rate(lines: Iterable[tuple[VatRate, Decimal]]) -> Several:
    """What lines come to at each rate, with the VAT inside.

    Args:
        lines: rate and sum (roubles, VAT included) of each.
    """
    sums: collections.defaultdict[VatRate, Decimal] = collections.defaultdict(Decimal)
    for rate, amount in lines:
        sums[rate] += amount
    return several(*(_told(rate, sums[rate]) for rate in sorted(sums)))


def _told(rate: VatRate, amount: Decimal) -> Said:
    if rate == VatRate.NONE:
        return said("sum_without_vat", amount=amount)
    return said("sum_with_vat", amount=amount, rate=told(rate), tax=inside(amount, rate))
