"""VAT: from the shop's rate to the API's word, and whether the rate fits the day (docs/accounting-rules.md, «VAT»)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from kontur_hook.contract import VatRate

from include.accounting.findings import rejection
from include.accounting.rules import Rules
from include.bitrix.rows import Shipment, Shop
from include.facts import Number, Said, said, several

NEW_STANDARD_RATE_FROM = dt.date(2026, 1, 1)
"""Federal Law 425-FZ: 22 % for what is shipped from this local day on, 20 % before."""
_STANDARD = (VatRate.VAT20, VatRate.VAT22)


def standard_rate(day: dt.date) -> VatRate:
    """The standard rate for what is shipped on ``day``."""
    return VatRate.VAT22 if day >= NEW_STANDARD_RATE_FROM else VatRate.VAT20


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
    if rules.accounting.vat_guard and rate in _STANDARD and rate != (right := standard_rate(day)):
        raise rejection("vat_of_other_years", name=name, rate=_percent(rate), day=day, standard=_percent(right))


def delivery_rate(shipments: Sequence[Shipment], shop: Shop, rules: Rules) -> VatRate:
    """Delivery's rate, as on Bitrix's own receipt or as the settings fix it; 20 and 22 % both mean «the standard rate».

    Args:
        shipments: what the sum of the delivery was charged for.
        shop: the shop's settings; its rates are those of now, not of the sale.
        rules: the rules in force.

    Raises:
        NotPostableError: the rate is not known, or not one.
    """
    if rules.accounting.delivery_vat is not None:
        return rules.accounting.delivery_vat
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


def delivery_rate_on(rate: VatRate, day: dt.date) -> VatRate:
    """A delivery's rate on the day of shipment: the shop's setting is of now, the standard rate is of that day."""
    return standard_rate(day) if rate in _STANDARD else rate


def told(rate: VatRate) -> Said:
    """A rate, as something that is said of a line; a document in Kontur may have one that we never send."""
    if rate not in set(VatRate):
        return said("vat_other", rate=str(rate))
    return said("vat_none") if rate == VatRate.NONE else said("vat_percent", rate=_percent(rate))


def _percent(rate: VatRate) -> Number:
    return Number(Decimal(rate.removeprefix("vat")))
