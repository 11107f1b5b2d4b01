"""What a whole order comes to: from the plan's findings and its operations to one state and one line for a person."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from include.accounting.operations import BEING_SAVED, Finding, Verdict
from include.ledger.operation import OperationRow, State
from include.posting.core import BUYER_GONE, CONFLICT

UNKNOWN_DEADLINE = dt.timedelta(hours=24)
"""An unknown outcome that no search has settled by then is shown to a person."""


@dataclasses.dataclass(frozen=True, slots=True)
class OrderState:
    """State of an order; ``None`` where nothing is due and nothing posted."""

    state: str | None
    code: str | None = None
    message: str | None = None
    """Set where a person is needed."""

    @property
    def sync_status(self) -> str | None:
        """The word of the order table; ``None``: no row."""
        if self.message is not None:
            return "error"
        return {None: None, "skipped": None, "done": "synced"}.get(self.state, "pending")


def order_state(findings: Sequence[Finding], operations: Sequence[OperationRow], now: dt.datetime) -> OrderState:
    """The state of an order, the most urgent first.

    Args:
        findings: of its last plan.
        operations: all of its operations.
        now: the database's clock, UTC.
    """
    asked = [_asked(finding) for finding in findings if finding.verdict in {Verdict.REVIEW, Verdict.REJECTED}]
    asked += [by_row for row in operations if (by_row := _asked_by(row, now)) is not None]
    if asked:
        # Review before rejected: there the books and the shop already disagree.
        first = min(asked, key=lambda state: ("review", "rejected", "unknown").index(str(state.state)))
        more = len({state.message for state in asked}) - 1
        return dataclasses.replace(first, message=f"{first.message} (and {more} more)") if more else first
    states = {row.state for row in operations}
    if states & {State.UNKNOWN, State.SENDING}:
        return OrderState("unknown")
    if any(finding.code == BEING_SAVED for finding in findings):
        return OrderState(State.PLANNED.value)
    for state in (State.PLANNED, State.HELD, State.DONE):
        if state in states:
            return OrderState(state.value)
    skipped = next((finding for finding in findings if finding.verdict is Verdict.SKIPPED), None)
    return OrderState("skipped", skipped.code) if skipped else OrderState(None)


def _asked(finding: Finding) -> OrderState:
    return OrderState(finding.verdict.value, finding.code, finding.message)


def _asked_by(row: OperationRow, now: dt.datetime) -> OrderState | None:
    if row.state in {State.REJECTED, State.REVIEW}:
        return OrderState(row.state.value, row.code, f"{row.key}: {row.message}")
    # It cannot be sent before its buyer is settled; one that is only about to be looked for again asks nobody.
    if row.state is State.PLANNED and row.message is not None and row.code != BUYER_GONE:
        return OrderState("unknown", row.code, f"{row.key}: {row.message}")
    if row.state is State.UNKNOWN and row.code == CONFLICT:
        return OrderState("unknown", row.code, f"{row.key}: {row.message}")
    if row.needs_a_person:
        return OrderState(State.REVIEW.value, row.code, f"{row.key}: {row.message}")
    if row.state is State.UNKNOWN and row.unknown_since is not None and now - row.unknown_since > UNKNOWN_DEADLINE:
        hours = UNKNOWN_DEADLINE // dt.timedelta(hours=1)
        return OrderState(
            "unknown",
            "unknown_outcome",
            f"{row.key}: sent, and for {hours} h Kontur has not shown whether it has it; look for it there",
        )
    return None
