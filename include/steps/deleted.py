"""Documents that the shop calls for no longer and that Kontur itself has no longer: what a review asked for is done."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from include.accounting.operations import Plan
from include.facts import said
from include.ledger.actions import Action, Deed
from include.ledger.operation import STAYS_GONE, VANISHED, OperationRow, State
from include.ledger.statements import Change
from include.posting.decision import anew


def deleted_as_asked(plan: Plan, known: Sequence[OperationRow], run_id: str, *, can_read: bool) -> list[Change]:
    """What settles itself: the documents, with the payments and refunds that went with them.

    They count as never posted from then on. Should the shop call for one again, it is sent anew.

    Args:
        plan: of the order's present state, which counts these documents as posted.
        known: what the ledger has of the order.
        run_id: the run that settles them.
        can_read: whether Kontur was asked for each by its id. What a list does not show is not gone for sure, for a
            list may stand still: that is left to a person.
    """
    if plan.wanted is None or not can_read:
        return []
    wanted = {one.key for one in plan.wanted}
    gone = {row.key for row in known if _is_gone(row) and row.key not in wanted}
    return [_change(row, run_id) for row in known if row.key in gone or (row.parent_key in gone and row.begun)]


def _is_gone(row: OperationRow) -> bool:
    return row.state is State.DONE and row.parent_key is None and row.code in {VANISHED, STAYS_GONE}


def _change(row: OperationRow, run_id: str) -> Change:
    action = Action(
        who=run_id,
        kind=Deed.DELETED_AS_ASKED,
        why="",
        connection=row.connection,
        order_id=row.order_id,
        op_key=row.key,
        facts=(said("action_of_document", before=row.doc_id or "", after=""), *row.said),
        before=row.state.value,
        after=State.SKIPPED.value,
    )
    return Change(row, structs.replace(anew(row, State.SKIPPED), code=Deed.DELETED_AS_ASKED.value), action)
