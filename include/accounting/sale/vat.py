"""VAT: from the shop's rate to the API's word, and whether the rate fits the day (docs/accounting-rules.md, «VAT»)."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal

from kontur_hook.contract import VatRate

from include.accounting.drafts import UNKNOWN_RATE
from include.accounting.findings import found, rejection
from include.accounting.operations import Finding, Item, SaleDocument, Verdict
from include.accounting.rules import Rules
from include.bitrix.rows import Shipment, Shop
from include.facts import Number, Said, said, several
from include.settings import VatGuard

NEW_STANDARD_RATE_FROM = dt.date(2026, 1, 1)
"""Federal Law 425-FZ: 22 % for what is shipped from this local day on, 20 % before."""
_STANDARD = frozenset({VatRate.VAT20, VatRate.VAT22})
GENERAL = _STANDARD | {VatRate.VAT10}
"""Of sellers on the general system."""
SIMPLIFIED = frozenset({VatRate.VAT5, VatRate.VAT7})
"""Of sellers on the simplified system who passed its threshold."""


def standard_rate(day: dt.date) -> VatRate:
    """The standard rate for what is shipped on ``day``."""
    return VatRate.VAT22 if day >= NEW_STANDARD_RATE_FROM else VatRate.VAT20


def standard_on(rate: VatRate, day: dt.date) -> VatRate:
    """20 and 22 % both mean «the standard rate», which is that of the day; any other rate is what it is."""
    return standard_rate(day) if rate in _STANDARD else rate


def rate_of(fraction: Decimal | None, what: Said, rules: Rules) -> VatRate:
    """The API's word for a rate of the shop; never the nearest.

    Args:
        fraction: 0.2 is 20 %; ``None`` is «without VAT».
        what: what has this rate, in the words of the catalogue.
        rules: the rules in force.

    Raises:
        NotPostableError: the rate is not mapped.
    """
    if fraction is None:
        return VatRate.NONE
    if fraction == 0:
        return rules.accounting.vat_zero_means
    word = rules.accounting.vat.get(fraction * 100)
    if word is None:
        raise rejection("vat_unknown", what=what, rate=Number((fraction * 100).normalize()))
    return word


def rate_on(rate: VatRate, day: dt.date, rules: Rules) -> VatRate:
    """What a line of the shop's rate is posted with on a day of shipment (``vat_guard: by_shipment``).

    The standard rate is that of the day. A rate that the seller does not apply on that day gives way to the only taxed
    one that he does; where there are several, or none, it stays, to be refused.

    Args:
        rate: the shop's.
        day: of the shipment.
        rules: the rules in force.
    """
    if rules.accounting.vat_guard is not VatGuard.BY_SHIPMENT or rate not in set(VatRate):
        return rate
    right, applied = standard_on(rate, day), regime_on(day, rules)
    taxed = (applied or frozenset()) - {VatRate.NONE}
    if applied is None or right in applied or len(taxed) != 1:
        return right
    return next(iter(taxed))


def with_rates_on_the_day(
    document: SaleDocument, delivery: Item | None, rules: Rules
) -> tuple[SaleDocument, tuple[Finding, ...]]:
    """The document with the rates of its day, total unchanged, and what is noted of it.

    Args:
        document: what is to be posted.
        delivery: its delivery as the settings have it: it follows the standard rate, not the seller's regime.
        rules: the rules in force.
    """
    moved: collections.defaultdict[tuple[VatRate, VatRate], Decimal] = collections.defaultdict(Decimal)
    items = []
    for item in document.items:
        rate = rate_on(item.vat_rate, document.date, rules)
        if item == delivery and rate != standard_on(item.vat_rate, document.date):
            rate = item.vat_rate
        if rate != item.vat_rate:
            moved[item.vat_rate, rate] += item.amount
        items.append(dataclasses.replace(item, vat_rate=rate))
    notes = tuple(
        found(Verdict.NOTED, "vat_by_shipment", amount=amount, before=told(before), now=told(now), day=document.date)
        for (before, now), amount in sorted(moved.items())
    )
    return dataclasses.replace(document, items=tuple(items)), notes


def check_rate(rate: VatRate, day: dt.date, name: str, rules: Rules) -> None:
    """Refuse the standard rate of other years (``vat_guard``).

    Args:
        rate: a line's.
        day: of the shipment.
        name: the line's.
        rules: the rules in force.

    Raises:
        NotPostableError: 20 % shipped from 2026 on, or 22 % shipped before.
    """
    if rules.accounting.vat_guard is not VatGuard.OFF and rate != (right := standard_on(rate, day)):
        raise rejection("vat_of_other_years", name=name, rate=_percent(rate), day=day, standard=_percent(right))


def check_regime(rate: VatRate, day: dt.date, name: str, rules: Rules) -> None:
    """Refuse a rate that the seller does not apply on the day of shipment (``vat_regime``).

    Args:
        rate: a line's.
        day: of the shipment.
        name: the line's.
        rules: the rules in force.

    Raises:
        NotPostableError: the rate is of another regime.
    """
    applied = None if rules.accounting.vat_guard is VatGuard.OFF else regime_on(day, rules)
    if applied is not None and rate not in applied:
        rates = several(*(told(one) for one in sorted(applied)))
        raise rejection("vat_of_other_regime", name=name, rate=told(rate), day=day, applied=rates)


def check_mixed(rates: AbstractSet[VatRate], rules: Rules) -> None:
    """Refuse 5 or 7 % beside 10, 20 or 22 % in one order, where no regime says what the seller applies.

    Nobody sells under both: 5 and 7 % are rates of sellers on the simplified system, who do not use the others then.

    Raises:
        NotPostableError: both stand in one order.
    """
    guarded = rules.accounting.vat_guard is not VatGuard.OFF and not rules.accounting.vat_regime
    if guarded and rates & SIMPLIFIED and rates & GENERAL:
        mixed = several(*(told(rate) for rate in sorted(rates & (SIMPLIFIED | GENERAL))))
        raise rejection("vat_regime_mixed", rates=mixed)


def regime_on(day: dt.date, rules: Rules) -> frozenset[VatRate] | None:
    """The rates that the seller applies on a day; 20 and 22 % both mean «the standard rate».

    ``None``: the settings do not say.
    """
    begun = [period.rates for period in rules.accounting.vat_regime if period.start <= day]
    return frozenset(standard_on(rate, day) for rate in begun[-1]) if begun else None


def rate_beside(goods: AbstractSet[VatRate], day: dt.date, rules: Rules) -> VatRate:
    """Delivery's rate by the goods that it brings (``delivery_vat: auto``).

    Args:
        goods: their rates, as the shop has them; an unknown one makes delivery's unknown. Where there are no goods,
            those that the seller applies stand for them.
        day: of the shipment.
        rules: the rules in force.

    Raises:
        NotPostableError: the goods do not say which.
    """
    rates = {rate_on(rate, day, rules) for rate in goods or regime_on(day, rules) or ()}
    if not rates:
        raise rejection("delivery_vat_unclear", rates=said("no_goods"))
    if UNKNOWN_RATE in rates:
        return UNKNOWN_RATE
    taxed = rates - {VatRate.NONE}
    if taxed & GENERAL and not taxed & SIMPLIFIED:
        return standard_rate(day)
    if len(taxed) > 1 or taxed - SIMPLIFIED:
        raise rejection("delivery_vat_unclear", rates=several(*(told(rate) for rate in sorted(taxed))))
    return taxed.pop() if taxed else VatRate.NONE


def rate_on_receipt(shipments: Sequence[Shipment], shop: Shop, rules: Rules) -> VatRate:
    """Delivery's rate as on Bitrix's own receipt (``delivery_vat: bitrix``).

    Args:
        shipments: what the sum of the delivery was charged for.
        shop: the shop's settings; its rates are those of now, not of the sale.
        rules: the rules in force.

    Raises:
        NotPostableError: the rate is not known, or not one.
    """
    if not shop.count_delivery_tax:
        return VatRate.NONE
    charged = [shipment for shipment in shipments if shipment.price_delivery > 0] or shipments
    services = {shipment.delivery_id for shipment in charged}
    if not services or services - shop.delivery_vat_rates.keys():
        raise rejection("delivery_vat_unknown")
    rates = {rate_of(shop.delivery_vat_rates[service], said("what_delivery"), rules) for service in services}
    if len(rates) > 1:
        raise rejection("delivery_vat_mixed", rates=several(*(told(rate) for rate in sorted(rates))))
    return rates.pop()


def told(rate: VatRate) -> Said:
    """A rate, as something that is said of a line; a document in Kontur may have one that we never send."""
    if rate not in set(VatRate):
        return said("vat_other", rate=str(rate))
    return said("vat_none") if rate == VatRate.NONE else said("vat_percent", rate=_percent(rate))


def _percent(rate: VatRate) -> Number:
    return Number(Decimal(rate.removeprefix("vat")))
