"""What an order would be as a document if it were shipped: whose money an advance is, and at which rates of VAT."""

from __future__ import annotations

import datetime as dt

from include.accounting.findings import NotPostableError
from include.accounting.keys import document_key
from include.accounting.operations import SaleDocument, Verdict
from include.accounting.rules import Rules
from include.accounting.sale.sales import sales_of
from include.accounting.sale.shipping import Dispatch
from include.accounting.sale.vat import with_rates_on_the_day
from include.bitrix.rows import Order, Shop


def as_if_shipped(order: Order, shop: Shop, rules: Rules, day: dt.date) -> SaleDocument | None:
    """The whole order as a document of ``day``, not judged: its buyer and rates may be in doubt.

    ``None``: no document can be made of it.
    """
    try:
        sales = sales_of(order, shop, rules, [_whole(order, rules, day)], posted={}, ours=True)
    except NotPostableError:
        return None
    drafts = (sale.draft for sale in sales if sale.draft is not None)
    return next((with_rates_on_the_day(d.document, d.delivery, rules)[0] for d in drafts), None)


def would_be_left_out(order: Order, shop: Shop, rules: Rules, day: dt.date) -> bool:
    """Whether the order is left out by rule (retail, a platform, 1C): its money is no advance of ours either."""
    try:
        sales = sales_of(order, shop, rules, [_whole(order, rules, day)], posted={})
    except NotPostableError as error:
        return all(finding.verdict is Verdict.SKIPPED for finding in error.findings)
    return bool(sales) and all(sale.is_skipped for sale in sales)


def _whole(order: Order, rules: Rules, day: dt.date) -> Dispatch:
    day = max(day, rules.accounting.go_live or day)
    return Dispatch(key=document_key(order.id), shipment=None, day=day, certain=True)
