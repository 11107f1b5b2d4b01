"""What has left only in part: a status that runs ahead of the shipments, shipments that run ahead of the order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from include.accounting.context import Context
from include.accounting.days import is_before_go_live
from include.accounting.drafts import Doubts
from include.accounting.findings import NotPostableError, found
from include.accounting.operations import PARTLY_SHIPPED, Finding, Verdict
from include.accounting.sale.by_rate import by_rate
from include.accounting.sale.documents import contents_of
from include.accounting.sale.shipping import Dispatch, carries_goods, parts
from include.accounting.sale.vat import rate_on
from include.facts import Said, Several, said, several
from include.settings import DocumentPer, ShippedBy


def status_before_shipment(context: Context) -> Iterator[Finding]:
    """That a shipped order's status says more than its shipments do; not where the settings let the status decide.

    Args:
        context: an order that is shipped.
    """
    order, shop = context.order, context.rules.shop
    if shop.shipped_by is not ShippedBy.EITHER or order.deducted or order.status_id not in shop.shipped_statuses:
        return
    here = [s.account_number or str(s.id) for s in order.shipments if carries_goods(s) and not s.deducted]
    if here:
        yield found(Verdict.NOTED, "status_before_shipment", status=order.status_id, shipments=several(*here))


def parts_left_earlier(context: Context, whole: Dispatch) -> Iterator[Finding]:
    """That parts of an order left in months before the one of its document: their sums stand in a later month.

    Args:
        context: an order that is shipped as a whole.
        whole: of it.
    """
    day = whole.day
    if context.per is not DocumentPer.ORDER or day is None or is_before_go_live(day, context.rules):
        return
    earlier = [d for d in parts(context.order, context.rules) if d.day is not None and _next_month(d.day) <= day]
    first = min((d.day for d in earlier if d.day is not None), default=None)
    if first is None or not any(d.shipment and carries_goods(d.shipment) for d in earlier):
        return
    shipments, sums = several(*map(_called, earlier)), _sums(context, earlier)
    yield found(Verdict.NOTED, "parts_left_earlier", shipments=shipments, since=first, day=day, sums=sums)


def partly_shipped(context: Context) -> Iterator[Finding]:
    """That a part of an order has left whose document waits for all of it.

    Once the month is over in which it left, its sum belongs into that month, so a person has to decide.

    Args:
        context: an order that is not shipped as a whole, and of which nothing is in the books.
    """
    order, rules = context.order, context.rules
    if context.per is not DocumentPer.ORDER:
        return
    ours = [d for d in parts(order, rules) if d.day is None or not is_before_go_live(d.day, rules)]
    if not any(d.shipment and carries_goods(d.shipment) for d in ours):
        return
    first = min((d.day for d in ours if d.day is not None), default=None)
    if first is None or context.clock.is_to_come(_next_month(first)):
        yield found(
            Verdict.NOTED, PARTLY_SHIPPED, shipments=several(*map(_called, ours)), since=first or said("some_day")
        )
        return
    yield found(
        Verdict.REVIEW,
        "partly_shipped_for_long",
        shipments=several(*map(_called, ours)),
        since=first,
        sums=_sums(context, ours),
    )


def _sums(context: Context, left: list[Dispatch]) -> Said | Several:
    """What the shipments come to by rate; an order that is not shipped is not refused, its faults are not said yet."""
    doubts = Doubts()
    try:
        contents = contents_of(context.order, context.shop, context.rules, left, {}, doubts)
    except NotPostableError:
        return said("sums_unknown")
    if doubts.rates.findings:
        return said("sums_unknown")
    lines = []
    for dispatch in left:
        inside, day = contents[dispatch.key], dispatch.day or context.today
        lines += [(rate_on(line.vat_rate, day, context.rules), line.sum) for line in inside.lines]
        if inside.delivery is not None:
            lines.append((inside.delivery.rate, inside.delivery.sum))
    return by_rate(lines)


def _next_month(day: dt.date) -> dt.date:
    """Its first day."""
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def _called(dispatch: Dispatch) -> str:
    shipment = dispatch.shipment
    return (shipment.account_number or str(shipment.id)) if shipment else dispatch.key
