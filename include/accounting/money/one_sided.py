"""Goods and money go back together, or it is said which of the two did not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

from include.accounting.arithmetic import kopecks
from include.accounting.context import Context
from include.accounting.days import is_before_go_live
from include.accounting.findings import found
from include.accounting.keys import money_of
from include.accounting.money.advances import is_closed_advance
from include.accounting.money.pay_systems import is_from_bank, is_money, paid_on
from include.accounting.money.returns import traces, went_back
from include.accounting.operations import Finding, Refund, SaleDocument, Verdict
from include.accounting.sale.by_rate import amounts, by_rate
from include.bitrix.rows import Payment
from include.facts import Said, Several, said, several
from include.settings import ClosedAdvances


def refund_without_return(
    context: Context, refunds: Iterable[Refund], standing: Collection[SaleDocument | None]
) -> Sequence[Finding]:
    """That money went back, and less is paid than the documents come to that stand.

    Args:
        context: the order.
        refunds: in the books, or due; those that get there by other ways are read from the order.
        standing: the documents that are in the books, or due, of what the shop says is shipped; ``None``: made by
            another program.
    """
    refunded = sum((refund.amount for refund in refunds), start=Decimal(0)) + _otherwise(context, standing)
    total, paid = _total(context, standing), _paid(_kept(context))
    missing = min(refunded, total - paid)
    if missing <= 0:
        return ()
    return (
        found(
            Verdict.REVIEW,
            "refund_without_return",
            documents=several(*map(called, standing)),
            total=total,
            refunded=refunded,
            paid=paid,
            missing=missing,
            vat=_at_rates(missing, standing),
        ),
    )


def _at_rates(part: Decimal, standing: Collection[SaleDocument | None]) -> Said | Several:
    """What of the documents went back, by rate; of a part of several rates only the goods tell."""
    lines = [line for document in standing if document is not None for line in amounts(document.items)]
    if not lines:  # another program's document, which stands for the whole order
        return said("rates_of_its_own")
    rates = {rate for rate, _ in lines}
    if len(rates) == 1:
        return by_rate([(rate, part) for rate in rates])
    whole = by_rate(lines)
    is_whole = part == sum((amount for _, amount in lines), start=Decimal(0))
    return whole if is_whole else said("rates_of_the_goods", whole=whole)


def _otherwise(context: Context, standing: Collection[SaleDocument | None]) -> Decimal:
    """Roubles that went back since the shipment, and come into the books by the bank's statement or by hand."""
    first = min((document.date for document in standing if document is not None), default=dt.date.min)
    rows = [row for row in context.order.payments if row.currency == context.order.currency and went_back(row)]
    since = [row for row in rows if (traces(row, paid_on(row, context.rules)).day or dt.date.max) >= first]
    return _paid(row for row in since if is_from_bank(row, context.rules) or _is_of_closed_period(row, first, context))


def _is_of_closed_period(row: Payment, shipped: dt.date, context: Context) -> bool:
    """Whether it is an advance that is offset by hand (``closed_advances: note``), and so is its refund."""
    rules, day = context.rules, paid_on(row, context.rules)
    if any(name is not None and name.payment_id == row.id for name in map(money_of, context.known.by_hand)):
        return True
    is_known = any(id_ == row.id for id_, _ in context.known.money)
    if day is None or is_known or not is_money(row, rules) or is_before_go_live(day, rules):
        return False
    is_note = rules.accounting.closed_advances is ClosedAdvances.NOTE
    return is_note and is_closed_advance(day, shipped, rules, posted=True)


def return_without_refund(
    context: Context, gone: Collection[SaleDocument | None], standing: Collection[SaleDocument | None]
) -> Sequence[Finding]:
    """That money is still here for documents whose goods the shop took back, or whose order it cancelled.

    Args:
        context: the order.
        gone: those documents; ``None``: made by another program.
        standing: documents in the books whose goods stay with the buyer.
    """
    paid = _paid([row for row in _kept(context) if is_money(row, context.rules)])
    left = min(_total(context, gone), paid - _total(context, standing))
    return (found(Verdict.REVIEW, "return_without_refund", left=left, paid=paid),) if left > 0 else ()


def _total(context: Context, documents: Collection[SaleDocument | None]) -> Decimal:
    """Roubles; what another program made counts as the whole order."""
    price = kopecks(context.order.price)
    return sum((price if one is None else one.total_amount for one in documents), start=Decimal(0))


def _paid(rows: Iterable[Payment]) -> Decimal:
    return kopecks(sum((row.sum for row in rows), start=Decimal(0)))


def called(document: SaleDocument | None) -> Said:
    """A document by number and day; ``None``: made by another program."""
    if document is None:
        return said("document_of_another_program")
    return said("document_of", number=document.number, day=document.date)


def _kept(context: Context) -> list[Payment]:
    """What the buyer has paid in whatever way, and not got back."""
    return [
        row
        for row in context.order.payments
        if row.paid and row.currency == context.order.currency and not went_back(row)
    ]
