"""What a plan calls for, and a person's word keeps back: he is asked about each before anything is sent."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from include.accounting.findings import found
from include.accounting.keys import money_of
from include.accounting.operations import Finding, Operation, Payment, Plan, Refund, SaleDocument, Verdict
from include.facts import Said, said, several
from include.ledger.closings import Closed
from include.ledger.operation import STAYS_GONE, OperationRow, State


def without_money_of_gone(plan: Plan, known: Sequence[OperationRow]) -> Plan:
    """Without money whose document is gone from Kontur, and of which a person said that it is to stay so.

    Args:
        plan: of an order's present state, which counts such a document as posted.
        known: what the ledger has of the order.
    """
    gone = {row.key for row in known if row.state is State.DONE and row.code == STAYS_GONE}
    left = [one for one in _new(plan, known) if not isinstance(one, SaleDocument) and one.document_key in gone]
    return _without(plan, left, [_of_gone(one) for one in left if not isinstance(one, SaleDocument)])


def without_what_was_settled_by_hand(plan: Plan, known: Sequence[OperationRow], closed: Closed) -> Plan:
    """Without what is new of an order, once its refusal was closed by hand and stands no longer.

    Whoever closed it may have entered the order in Kontur himself: posted beside that, it would stand there twice.

    Args:
        plan: of an order's present state.
        known: what the ledger has of it.
        closed: what people have closed of it.
    """
    stands = {finding.said for finding in plan.findings}
    refusals = [told for told, one in closed.findings.items() if one.verdict == Verdict.REJECTED and told not in stands]
    new = _new(plan, known)
    if not refusals or not new:
        return plan
    due = several(*(_named(one) for one in new))
    return _without(plan, new, [found(Verdict.REVIEW, "due_after_closing", due=due, closed=several(*refusals))])


def _new(plan: Plan, known: Sequence[OperationRow]) -> list[Operation]:
    begun = {row.key for row in known if row.begun}
    return [one for one in plan.due if one.key not in begun]


def _without(plan: Plan, left: Sequence[Operation], findings: Sequence[Finding]) -> Plan:
    if not left:
        return plan
    due = tuple(one for one in plan.due if one not in left)
    keys = {one.key for one in left}
    wanted = plan.wanted and tuple(
        dataclasses.replace(one, operation=None) if one.key in keys else one for one in plan.wanted
    )
    return dataclasses.replace(plan, due=due, wanted=wanted, findings=(*plan.findings, *findings))


def _of_gone(money: Payment | Refund) -> Finding:
    name = money_of(money.key)
    return found(Verdict.REVIEW, "gone_document_money", name.payment_id if name else None, what=_named(money))


def _named(operation: Operation) -> Said:
    match operation:
        case SaleDocument():
            return said("operation_sale", day=operation.date, amount=operation.total_amount)
        case Payment():
            return said("operation_payment", day=operation.date, amount=operation.amount)
        case Refund():
            return said("operation_refund", day=operation.date, amount=operation.amount)
