"""What a whole order comes to: from the plan's findings and its operations to one state, and what a person settles."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Sequence

from include.accounting.operations import BEING_SAVED, PARTLY_SHIPPED, Finding, Verdict
from include.facts import Said, said
from include.ledger.operation import OperationRow, State
from include.ledger.orders import OUT_OF_REACH

UNKNOWN_DEADLINE = dt.timedelta(hours=24)
"""An unknown outcome that no search has settled by then is shown to a person."""

_URGENCY = (State.REVIEW, State.REJECTED, State.UNKNOWN)
"""Review before rejected: there the books and the shop already disagree."""
_STATE_OF_ORDER = {
    State.PLANNED: State.UNKNOWN,  # it cannot be sent before its buyer is settled
    State.DONE: State.REVIEW,
    State.SKIPPED: State.REVIEW,
}
"""Of the order, where it is not the operation's own."""


@dataclasses.dataclass(frozen=True, slots=True)
class OrderState:
    """State of an order; ``None`` where nothing is due and nothing posted."""

    state: str | None
    code: str | None = None
    """Of the most urgent problem, or why the order is skipped."""
    problems: tuple[Said, ...] = ()
    """What a person is to settle, the most urgent first."""

    @property
    def needs_person(self) -> bool:
        """Whether somebody has to do something."""
        return bool(self.problems)

    @property
    def sync_status(self) -> str | None:
        """The word of the order table; ``None``: no row."""
        if self.needs_person:
            return "error"
        return {None: None, "skipped": None, "done": "synced"}.get(self.state, "pending")


@dataclasses.dataclass(frozen=True, slots=True)
class _Problem:
    state: State
    """Of the order, if this is its most urgent problem."""
    code: str
    """By it the page finds the orders that wait."""
    said: Said


def order_state(
    findings: Sequence[Finding],
    operations: Sequence[OperationRow],
    now: dt.datetime,
    closed: Collection[Said] = (),
) -> OrderState:
    """The state of an order, the most urgent first.

    Args:
        findings: of its last plan.
        operations: all of its operations.
        now: the database's clock, UTC.
        closed: findings that a person settled by hand.
    """
    problems = [
        _Problem(State(finding.verdict), finding.code, finding.said)
        for finding in findings
        if finding.verdict in {Verdict.REVIEW, Verdict.REJECTED} and finding.said not in closed
    ]
    problems += [problem for row in operations for problem in _problems(row, now)]
    if problems:
        problems.sort(key=lambda problem: _URGENCY.index(problem.state))
        first = problems[0]
        # What is said twice is one thing to do.
        return OrderState(first.state.value, first.code, tuple(dict.fromkeys(problem.said for problem in problems)))
    states = {row.state for row in operations}
    if states & {State.UNKNOWN, State.SENDING}:
        return OrderState("unknown")
    if any(finding.code == BEING_SAVED for finding in findings):
        return OrderState(State.PLANNED.value)
    by_hand = next((one for one in findings if _refuses(one) and one.said in closed), None)
    if by_hand is not None and not states & {State.PLANNED, State.DONE}:
        return OrderState("skipped", by_hand.code)  # nothing of it is in the books, and nothing is to come
    for state in (State.PLANNED, State.HELD, State.DONE):
        if state in states:
            # Of what stands in the books, the code keeps that nobody could look at it in the shop.
            gone = any(finding.code == OUT_OF_REACH for finding in findings)
            return OrderState(state.value, OUT_OF_REACH if gone else None)
    if any(finding.code == PARTLY_SHIPPED for finding in findings):
        return OrderState(State.PLANNED.value)
    skipped = next((finding for finding in findings if finding.verdict is Verdict.SKIPPED), None)
    return OrderState("skipped", skipped.code) if skipped else OrderState(None)


def _refuses(finding: Finding) -> bool:
    """Whether it stands against the whole order."""
    return finding.verdict is Verdict.REJECTED and finding.payment_id is None


def is_overdue(row: OperationRow, now: dt.datetime) -> bool:
    """Whether its outcome is unknown for so long that a person is shown it."""
    return row.state is State.UNKNOWN and row.unknown_since is not None and now - row.unknown_since > UNKNOWN_DEADLINE


def _problems(row: OperationRow, now: dt.datetime) -> list[_Problem]:
    """What a person has to settle of one operation."""
    if row.asks_a_person:
        of_order, code = _STATE_OF_ORDER.get(row.state, row.state), row.code or row.state.value
        return [
            _Problem(of_order, code, said("operation_problem", what=operation(row), problem=problem))
            for problem in row.said or (Said(code),)
        ]
    if is_overdue(row, now):
        hours = UNKNOWN_DEADLINE // dt.timedelta(hours=1)
        return [_Problem(State.UNKNOWN, "unknown_outcome", said("unconfirmed", hours=hours, look=look_for(row)))]
    return []


def operation(row: OperationRow) -> Said:
    """What it is, as the beginning of a sentence."""
    if row.document_date is None or row.amount is None:  # posted by another program, before us
        return said("operation_document_by_id", id=row.doc_id or "")
    match row.kind:
        case "payment":
            return said("operation_payment", day=row.document_date, amount=row.amount)
        case "refund":
            return said("operation_refund", day=row.document_date, amount=row.amount)
        case "act":
            return said("operation_act", day=row.document_date, amount=row.amount)
        case _:
            return said("operation_sale", day=row.document_date, amount=row.amount)


def look_for(row: OperationRow) -> Said:
    """What to look for in Kontur."""
    if row.document_date is None or row.amount is None:
        return said("look_for_order")
    match row.kind:
        case "payment":
            return said("look_for_payment", day=row.document_date, amount=row.amount)
        case "refund":
            return said("look_for_refund", day=row.document_date, amount=row.amount)
        case _:
            return said("look_for_document", day=row.document_date, amount=row.amount)
