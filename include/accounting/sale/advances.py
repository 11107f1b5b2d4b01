"""Lines that are no sale: gift cards and the like, which are paid for now and bought with later."""

from __future__ import annotations

from collections.abc import Container
from decimal import Decimal

from include.accounting.arithmetic import kopecks, quantity
from include.accounting.findings import rejection
from include.accounting.rules import Rules
from include.accounting.sale.lines import top_level
from include.bitrix.rows import BasketItem, Order
from include.facts import Money

_OF_AN_OFFER = "#"
"""PRODUCT_XML_ID of an offer is «product#offer»; settings may name either."""


def check_no_advance(order: Order, rules: Rules, *, carried: Container[int]) -> None:
    """Refuse an order with lines of ``accounting.advance_products``: their money is an advance, no revenue.

    Args:
        order: the order.
        rules: the rules in force.
        carried: IDs of the lines that are to be posted; others are in the books, or wait.

    Raises:
        NotPostableError: there are such lines; their sum is given.
    """
    named = frozenset(rules.accounting.advance_products)
    sold = [row for row in top_level(order.items) if row.id in carried and _names_of(row) & named]
    if sold:
        total = kopecks(sum((row.price * quantity(row.quantity) for row in sold), start=Decimal(0)))
        raise rejection("advance_sold", amount=Money(total, order.currency), total=Money(order.price, order.currency))


def _names_of(row: BasketItem) -> frozenset[str]:
    whole = row.product_xml_id or ""
    return frozenset(name for name in (whole, *whole.split(_OF_AN_OFFER)) if name)
