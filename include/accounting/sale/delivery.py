"""Delivery: one line of quantity 1, its sum and its VAT."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from kontur_hook.contract import VatRate

from include.accounting.arithmetic import kopecks
from include.accounting.findings import rejection
from include.accounting.operations import Item, SaleDocument
from include.accounting.rules import Rules
from include.accounting.sale.drafts import UNKNOWN_RATE, Doubts
from include.accounting.sale.vat import delivery_rate, delivery_rate_on
from include.bitrix.rows import Shipment, Shop
from include.facts import Money


@dataclasses.dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery that costs something."""

    sum: Decimal
    rate: VatRate
    """By the shop's settings of now; on an older day the standard rate is that day's."""

    def item(self, day: dt.date, rules: Rules) -> Item:
        """The line of a document of ``day``."""
        return Item(
            name=rules.accounting.delivery_name,
            quantity=Decimal(1),
            price=self.sum,
            vat_rate=delivery_rate_on(self.rate, day),
            unit=rules.accounting.delivery_unit,
        )


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


def delivery_of(
    sum_: Decimal, shipments: Sequence[Shipment], shop: Shop, rules: Rules, posted: SaleDocument | None, doubts: Doubts
) -> Delivery | None:
    """The delivery of an order or a shipment; ``None`` if it is free.

    Args:
        sum_: what it costs.
        shipments: what it was charged for.
        shop: the shop's settings.
        rules: the rules in force.
        posted: the document, if it is in the books: the delivery keeps its rate, a change of the shop's settings is
            no change of the order.
        doubts: where it goes that its VAT is not known.
    """
    if sum_ == 0:
        return None
    name = rules.accounting.delivery_name
    kept = (
        next((item.vat_rate for item in posted.items if (item.name, item.price) == (name, sum_)), None)
        if posted
        else None
    )
    rate = kept or UNKNOWN_RATE
    if kept is None:
        with doubts.rates.collecting():
            rate = delivery_rate(shipments, shop, rules)
    return Delivery(sum_, rate)
