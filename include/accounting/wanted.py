"""What the shop's present state calls for, for whoever compares it with the books."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from include.accounting.arithmetic import kopecks
from include.accounting.context import Context
from include.accounting.findings import NotPostableError
from include.accounting.keys import Money, money_of
from include.accounting.money.payments import Income
from include.accounting.money.settlement import Settlement
from include.accounting.operations import Finding, Payment, Refund, Verdict, Wanted
from include.accounting.sale.sales import Sale
from include.accounting.sale.shipping import Dispatch
from include.settings import DocumentPer

_ROUBLES = "RUB"


def documents_wanted(
    context: Context, left: Sequence[Dispatch], sales: Sequence[Sale], again: Mapping[str, str]
) -> Iterator[Wanted]:
    """The documents of what has left the shop, those that are refused among them; not what is left out by rule.

    Args:
        context: the order, and what is posted of it.
        left: what has left the shop.
        sales: what it comes to.
        again: documents that stand in the books under another shipment's key: their key -> that one.
    """
    for sale in sales:
        key, document = again.get(sale.dispatch.key, sale.dispatch.key), sale.document
        if document is not None:
            yield Wanted(key=key, date=document.date, amount=document.total_amount, operation=document)
        elif _needs_a_person(sale.findings):
            yield Wanted(key=key, date=sale.dispatch.day, amount=sale.total)
    posted = context.known.documents
    for dispatch in left:
        if dispatch.key in posted and posted[dispatch.key] is None:
            yield Wanted(key=dispatch.key, date=dispatch.day, amount=_total(context))


def undrafted(context: Context, left: Sequence[Dispatch], refused: NotPostableError) -> Iterator[Wanted]:
    """The documents of an order that is refused as a whole, so that nobody can say what each comes to.

    With a document per shipment, posted ones count as they were posted and the first of the others with all the rest.
    """
    if not _needs_a_person(refused.findings):
        return
    posted = context.known.documents
    rest = _total(context)
    if context.per is DocumentPer.SHIPMENT:
        rest -= sum((document.total_amount for document in posted.values() if document), start=Decimal(0))
    for dispatch in left:
        document = posted.get(dispatch.key)
        if context.per is DocumentPer.SHIPMENT and document is not None:
            yield Wanted(key=dispatch.key, date=dispatch.day, amount=document.total_amount)
        elif dispatch.key not in posted or context.per is DocumentPer.ORDER:
            yield Wanted(key=dispatch.key, date=dispatch.day, amount=max(rest, Decimal(0)))
            rest = Decimal(0)


def money_wanted(context: Context, income: Income, settlement: Settlement, *, has_document: bool) -> Iterator[Wanted]:
    """Payments and refunds: new ones, refused ones, and posted ones as the shop has them now.

    ``has_document``: whether the order calls for one, so that money which was posted with another order is due here.
    """
    new: tuple[Payment | Refund, ...] = (*settlement.payments, *settlement.refunds)
    for operation in new:
        yield Wanted(key=operation.key, date=operation.date, amount=operation.amount, operation=operation)
    for refused in settlement.refused:
        yield Wanted(key=refused.key, date=refused.date, amount=refused.amount)
    for payment_id, told in income.moved.items() if has_document else ():
        yield Wanted(key=Money(payment_id).payment_key, date=told.day, amount=told.amount)
    for posted in context.known.posted.values():
        if isinstance(posted, Payment | Refund):
            yield from _told(context, income, posted)


def _told(context: Context, income: Income, posted: Payment | Refund) -> Iterator[Wanted]:
    name = money_of(posted.key)
    if name is None or (name.payment_id, name.generation) not in income.told:
        yield Wanted(key=posted.key, date=posted.date, amount=posted.amount, operation=posted)
        return
    told = income.told[name.payment_id, name.generation]
    if told is None:
        return
    day = told.refund_day if isinstance(posted, Refund) else told.day
    if day is None:
        return
    is_whole = context.per is DocumentPer.ORDER
    yield Wanted(key=posted.key, date=day, amount=told.amount if is_whole else posted.amount, operation=posted)


def _needs_a_person(findings: Sequence[Finding]) -> bool:
    return any(finding.verdict in {Verdict.REJECTED, Verdict.REVIEW} for finding in findings)


def _total(context: Context) -> Decimal:
    """Roubles; an order in another currency has none."""
    order = context.order
    return max(kopecks(order.price), Decimal(0)) if order.currency == _ROUBLES else Decimal(0)
