"""record: the outcomes of a run's orders, for the order table and for the people who are asked."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from include.accounting.stored_findings import findings_from_json
from include.ledger.connection import LedgerDatabase
from include.ledger.operation import OperationRow, State
from include.ledger.operations import Operations
from include.ledger.orders import OrderRow, Orders, SyncRow
from include.posting.order_state import OrderState, order_state

MOST_SQUARES = 50
_CHUNK = 500
_LABEL_LENGTH = 160


def record(order_ids: Sequence[int], run_id: str, *, named: bool = False) -> list[dict[str, Any]]:
    """Write each order's state; the orders that need a person and did not wait for one before, for ``attention``.

    Args:
        order_ids: the orders that the run looked at.
        run_id: the DAG run.
        named: a person named them, so all that need a person are shown, whoever was asked before: green means settled.

    Returns:
        At most 51 of ``{"order_ids": [...], "label": "№ 1045 · what is wrong"}``; the last one «and N more».

    Raises:
        LedgerError: the ledger is away.
    """
    asked: list[OrderRow] = []
    with LedgerDatabase().open() as session:
        operations, table = Operations(session), Orders(session)
        now = operations.now()
        for start in range(0, len(order_ids), _CHUNK):
            ids = order_ids[start : start + _CHUNK]
            rows = operations.of_orders(ids)
            recorded = [_recorded(order, rows[order.order_id], now) for order in table.read(ids)]
            table.save([order for order, _ in recorded])
            table.write_sync([sync for _, sync in recorded if sync is not None])
            table.remove_sync([order.order_id for order, sync in recorded if sync is None])
            asked += [order for order, _ in recorded if _is_shown(order, run_id, named=named)]
        table.mark_asked(asked, run_id)
    squares = [_square([order.order_id], f"№ {order.number} · {order.message}") for order in asked[:MOST_SQUARES]]
    if rest := asked[MOST_SQUARES:]:
        squares.append(_square([order.order_id for order in rest], f"and {len(rest)} more orders"))
    return squares


def _recorded(order: OrderRow, operations: Sequence[OperationRow], now: dt.datetime) -> tuple[OrderRow, SyncRow | None]:
    state = order_state(findings_from_json(order.findings), operations, now)
    order = dataclasses.replace(order, state=state.state, code=state.code, message=state.message)
    return order, _sync_row(order.order_id, state, operations)


def _sync_row(order_id: int, state: OrderState, operations: Sequence[OperationRow]) -> SyncRow | None:
    """The order table's row; ``None``: nothing due and nothing posted."""
    if state.sync_status is None:
        return None
    documents = [row for row in operations if row.parent_key is None and row.state is State.DONE]
    return SyncRow(
        order_id=order_id,
        doc_id=documents[0].doc_id if documents else None,
        status=state.sync_status,
        error=state.message,
    )


def _is_shown(order: OrderRow, run_id: str, *, named: bool) -> bool:
    """A person is asked once for each problem; by this run again when it is recorded again."""
    is_new = order.asked_key != order.problem_key or order.asked_run == run_id
    return order.message is not None and (named or is_new)


def _square(order_ids: list[int], label: str) -> dict[str, Any]:
    short = label if len(label) <= _LABEL_LENGTH else label[: _LABEL_LENGTH - 1] + "…"
    return {"order_ids": order_ids, "label": short}
