"""Delivery: one line of quantity 1, its sum and its VAT."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal

from kontur_hook.contract import VatRate

from include.accounting.arithmetic import kopecks
from include.accounting.drafts import UNKNOWN_RATE, Doubts
from include.accounting.findings import rejection
from include.accounting.operations import Item, SaleDocument
from include.accounting.rules import Rules
from include.accounting.sale.vat import rate_beside, rate_on_receipt, standard_on
from include.bitrix.rows import Shipment, Shop
from include.facts import Money
from include.settings import DeliveryVat


@dataclasses.dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery that costs something."""

    sum: Decimal
    rate: VatRate

    def item(self, rules: Rules) -> Item:
        """Its line."""
        return Item(
            name=rules.accounting.delivery_name,
            quantity=Decimal(1),
            price=self.sum,
            vat_rate=self.rate,
            unit=rules.accounting.delivery_unit,
        )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """What a delivery was charged for."""

    sum: Decimal
    shipments: Sequence[Shipment]
    goods: AbstractSet[VatRate]
    """Rates of the goods that it brings."""
    day: dt.date
    """Of the shipment."""
    posted: SaleDocument | None
    """The document, if it is in the books."""


def charge(price: Decimal, currency: str | None, order_currency: str) -> Decimal:
    """What a delivery costs, roubles, whole kopecks.

    Raises:
        NotPostableError: a negative price, or another currency than the order's.
    """
    if price < 0:
        raise rejection("delivery_negative", price=Money(price, currency or order_currency))
    if price > 0 and currency and currency != order_currency:
        raise rejection("delivery_currency", price=Money(price, currency), order_currency=order_currency)
    return kopecks(price)


def delivery_of(charged: Charged, shop: Shop, rules: Rules, doubts: Doubts) -> Delivery | None:
    """The delivery of an order or a shipment; ``None`` if it is free.

    One that is in the books keeps its rate: a change of the shop's settings, or of ours, is no change of the order.

    Args:
        charged: what it was charged for.
        shop: the shop's settings.
        rules: the rules in force.
        doubts: where it goes that its VAT is not known.
    """
    if charged.sum == 0:
        return None
    line = (rules.accounting.delivery_name, charged.sum)
    posted = charged.posted.items if charged.posted else ()
    rate = next((item.vat_rate for item in posted if (item.name, item.price) == line), None)
    if rate is None:
        rate = UNKNOWN_RATE
        with doubts.rates.collecting():
            rate = _rate(charged, shop, rules)
    return Delivery(charged.sum, standard_on(rate, charged.day))


def _rate(charged: Charged, shop: Shop, rules: Rules) -> VatRate:
    """By the settings. What they or the shop's own fix is of now: 20 and 22 % there both mean «the standard rate»."""
    match rules.accounting.delivery_vat:
        case DeliveryVat.AUTO:
            return rate_beside(charged.goods, charged.day, rules)
        case DeliveryVat.BITRIX:
            return rate_on_receipt(charged.shipments, shop, rules)
        case VatRate() as fixed:
            return fixed
