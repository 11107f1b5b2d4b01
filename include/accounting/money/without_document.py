"""Money of an order that never left the shop: there is no document that it could go to, and none is to come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from include.accounting.context import Context
from include.accounting.days import is_before_go_live
from include.accounting.findings import found
from include.accounting.money.pay_systems import from_bank, is_from_bank, is_money, paid_on, refund_from_bank
from include.accounting.money.returns import TO_STORE_CREDIT, traces, went_back
from include.accounting.operations import Finding, Verdict
from include.bitrix.rows import Payment
from include.facts import Money, said


def money_without_document(context: Context) -> Iterator[Finding]:
    """What is to be noted of it: it stays though the order was cancelled or came back, or it came and went back.

    Args:
        context: an order that is not shipped, and of which nothing is in the books.
    """
    for row in context.order.payments:
        if row.sum > 0 and is_from_bank(row, context.rules):
            yield from _in_statement(row, context)
        elif row.sum > 0 and is_money(row, context.rules):
            yield from _note(row, context)


def _in_statement(row: Payment, context: Context) -> Iterator[Finding]:
    """What the books have from the bank's statement; the money that went back is there too."""
    paid, is_back = paid_on(row, context.rules), went_back(row)
    refunded = traces(row, paid).day
    stays = row.paid and (context.order.canceled or context.came_back)
    stays = stays or (row.is_return == TO_STORE_CREDIT and not row.paid)
    if (is_back or stays) and not (paid and is_before_go_live(paid, context.rules)):
        yield from_bank(row, paid)
    if is_back and not (refunded and is_before_go_live(refunded, context.rules)):
        yield refund_from_bank(row, refunded)


def _note(row: Payment, context: Context) -> Iterator[Finding]:
    paid = paid_on(row, context.rules)
    is_ours = paid is None or not is_before_go_live(paid, context.rules)
    if went_back(row):
        yield from _went_back(row, paid, context, is_ours=is_ours)
    elif row.is_return == TO_STORE_CREDIT and not row.paid and is_ours:
        yield found(
            Verdict.NOTED,
            "returned_to_store_credit",
            row.id,
            payment=row.id,
            amount=Money(row.sum, row.currency),
            day=traces(row, paid).day or said("some_day"),
            books=said("payment_not_due"),
        )
    elif row.paid and context.order.canceled and is_ours:
        cancelled = context.order.date_canceled
        yield found(
            Verdict.NOTED,
            "paid_and_cancelled",
            row.id,
            payment=row.id,
            amount=Money(row.sum, row.currency),
            paid=paid or said("some_day"),
            cancelled=cancelled.date() if cancelled else said("some_day"),
        )
    elif row.paid and context.came_back and is_ours:
        yield found(
            Verdict.NOTED,
            "paid_and_came_back",
            row.id,
            payment=row.id,
            amount=Money(row.sum, row.currency),
            paid=paid or said("some_day"),
        )


def _went_back(row: Payment, paid: dt.date | None, context: Context, *, is_ours: bool) -> Iterator[Finding]:
    day, amount = traces(row, paid).day, Money(row.sum, row.currency)
    if is_ours:
        yield found(
            Verdict.NOTED,
            "refunded_without_shipment",
            row.id,
            payment=row.id,
            amount=amount,
            paid=paid or said("some_day"),
            day=day or said("some_day"),
        )
    elif day is not None and not is_before_go_live(day, context.rules):
        yield found(Verdict.NOTED, "refund_without_document", row.id, payment=row.id, amount=amount, day=day)
