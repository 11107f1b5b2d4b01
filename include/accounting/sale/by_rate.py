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


def rates_of(document: SaleDocument | None) -> Said | Several:
    """The rates of a posted document, which are those of its day; of one that another program made they are not known.

    Facts of texts that say how it is to be corrected.
    """
    if document is None:
        return said("rates_of_its_own")
    return several(*(told(rate) for rate in sorted({item.vat_rate for item in document.items})))


def amounts(items: Iterable[Item]) -> list[tuple[VatRate, Decimal]]:
    """Rate and sum (roubles) of each line."""
    return [(item.vat_rate, kopecks(item.quantity * item.price)) for item in items]


def by_rate(lines: Iterable[tuple[VatRate, Decimal]]) -> Several:
    """What lines come to at each rate, with the VAT inside, rounded for each line: sum × rate / (100 + rate).

    Args:
        lines: rate and sum (roubles, VAT included) of each.
    """
    sums: collections.defaultdict[VatRate, Decimal] = collections.defaultdict(Decimal)
    taxes: collections.defaultdict[VatRate, Decimal] = collections.defaultdict(Decimal)
    for rate, amount in lines:
        sums[rate] += amount
        taxes[rate] += _tax(rate, amount)
    return several(*(_told(rate, sums[rate], taxes[rate]) for rate in sorted(sums)))


def _tax(rate: VatRate, amount: Decimal) -> Decimal:
    if rate == VatRate.NONE:
        return Decimal(0)
    percent = Decimal(rate.removeprefix("vat"))
    return kopecks(amount * percent / (100 + percent))


def _told(rate: VatRate, amount: Decimal, tax: Decimal) -> Said:
    if rate == VatRate.NONE:
        return said("sum_without_vat", amount=amount)
    return said("sum_with_vat", amount=amount, rate=told(rate), tax=tax)
