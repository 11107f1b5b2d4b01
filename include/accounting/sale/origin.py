"""Whose sale an order is: the shop's own, another system's that is booked elsewhere, or of several sellers at once."""

from __future__ import annotations

from include.accounting.findings import rejection, skip
from include.accounting.rules import Rules
from include.bitrix.naming import is_own_site
from include.bitrix.rows import Order
from include.facts import said, several
from include.settings import Foreign

_NOT_RETURNED = "N"


def check_origin(order: Order, rules: Rules) -> None:
    """Refuse or leave out what is not to be posted for where it came from.

    Raises:
        NotPostableError: a trading platform that the settings do not name; orders of it, or from 1C, are to be skipped;
            a payment or a shipment is another seller's.
    """
    shop = rules.shop
    foreign = [code for code in order.platforms if not is_own_site(code)]
    unnamed = [code for code in foreign if code not in shop.platforms]
    if unnamed:
        raise rejection("platform_unnamed", platforms=several(*unnamed))
    skipped = [code for code in foreign if shop.platforms[code] is Foreign.SKIP]
    if skipped:
        raise skip("platform_skipped", platforms=several(*skipped))
    if order.external and shop.external_orders is Foreign.SKIP:
        raise skip("external_skipped")
    check_companies(order, rules)


def check_companies(order: Order, rules: Rules) -> None:
    """Refuse money or goods of another seller; two companies of one account are one seller.

    Raises:
        NotPostableError: a payment or a shipment is another seller's.
    """
    paid = {row.company_id for row in order.payments if row.paid or row.is_return != _NOT_RETURNED}
    others = paid | {shipment.company_id for shipment in order.shipments}
    different = sorted(id_ for id_ in others if id_ is not None and is_another_seller(order, id_, rules))
    if different:
        raise rejection("company_differs", company=order.company_id or said("no_company"), others=several(*different))


def is_another_seller(order: Order, company_id: int | None, rules: Rules) -> bool:
    """Whether a part of an order is of another seller than the order; one without a company is of the order's.

    An order without one has the account that the settings say, where they say which company has which.
    """
    if company_id is None or (order.company_id is None and rules.shop.companies is None):
        return False
    return _seller(order, company_id, rules) != _seller(order, order.company_id, rules)


def _seller(order: Order, company_id: int | None, rules: Rules) -> str | int | None:
    """The account, where the settings say which; else the company itself."""
    return rules.shop.connection_of(order.lid, company_id) if rules.shop.companies is not None else company_id
