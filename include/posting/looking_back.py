"""What was sent again and confirmed is looked at once more: what was sent first must not have arrived after all."""

from __future__ import annotations

import datetime as dt

from include.ledger.operation import DOUBLED, Kind, OperationRow
from include.ledger.statements import Forget, Get, Now, OfOrders
from include.ports import tell
from include.posting.core import Action, Result, Step
from include.posting.run import Held, Holding, Run
from include.posting.sender import post


async def look_back(run: Run, key: str, order_id: int | None) -> tuple[OperationRow, Action] | None:
    """See whether an operation stands in Kontur exactly once; ``None``: another run is at its order.

    Under the order's lock, for an equal payment that is sent meanwhile would be taken for this one's double.

    Raises:
        LedgerError: the ledger is away.
    """
    lock = key if order_id is None else f"order:{order_id}"
    async with Holding(run.ports, lock) as ours:
        if not ours:
            return None
        rows, now = await _siblings(run, key, order_id)
        row = rows[key]
        if not row.is_looked_back_at:  # a person decided on it meanwhile, or another run has looked
            return row, Action(Step.FINISH, result=Result.WAITING)
        document, siblings = rows.get(row.parent_key or ""), list(rows.values())
        held = Held(row, lock, now, closed_until=None, document=document, siblings=siblings)  # nothing is sent
        row, action = await post(run, held, lambda: row.payload or "")
        if action.result is Result.LOST:
            return None
        if row.kind is Kind.COUNTERPARTY and row.code == DOUBLED and row.doc_id is not None:
            # The next order of this company looks it up, finds several, and says so.
            await tell(run.ports, Forget(run.account.connection, row.doc_id))
        return row, action


async def _siblings(run: Run, key: str, order_id: int | None) -> tuple[dict[str, OperationRow], dt.datetime]:
    """With the time at which they were read."""
    if order_id is not None:
        of_orders, now = await run.ports.state(OfOrders([order_id]), Now())
        return {row.key: row for row in of_orders[order_id]}, now
    row, now = await run.ports.state(Get(key), Now())
    assert row is not None
    return {key: row}, now
