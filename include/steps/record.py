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
from include.steps.shown import problems

MOST_SQUARES = 50
_CHUNK = 500


def record(order_ids: Sequence[int], run_id: str, *, named: bool = False) -> list[dict[str, Any]]:
    """Write each order's state; the orders that need a person and did not wait for one before, for ``attention``.

    Args:
        order_ids: the orders that the run looked at.
        run_id: the DAG run.
        named: a person named them, so all that need a person are shown, whoever was asked before: green means settled.

    Returns:
        At most 51 of ``{"order_ids": [...], "number": "1045", "code": "inn_checksum"}``; the last one stands for all
        other orders, and has neither number nor code.

    Raises:
        LedgerError: the ledger is away.
    """
    asked: list[OrderRow] = []
    known: list[OrderRow] = []
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
            for order, _ in recorded:
                if order.problems:
                    (asked if _is_shown(order, run_id, named=named) else known).append(order)
        table.mark_asked(asked, run_id)
        table.keep_asked([order for order in known if order.asked_key != order.problem_key])
    squares = [
        {"order_ids": [order.order_id], "number": order.number, "code": order.code} for order in asked[:MOST_SQUARES]
    ]
    if rest := asked[MOST_SQUARES:]:
        squares.append({"order_ids": [order.order_id for order in rest], "number": None, "code": None})
    return squares


def refresh(order_ids: Sequence[int]) -> None:
    """Say of these orders what they come to now, since something was decided of them; asks nobody.

    Raises:
        LedgerError: the ledger is away.
    """
    with LedgerDatabase().open() as session:
        operations, table = Operations(session), Orders(session)
        now, rows = operations.now(), operations.of_orders(order_ids)
        recorded = [_recorded(order, rows[order.order_id], now) for order in table.read(order_ids)]
        table.settle([order for order, _ in recorded])
        table.write_sync([sync for _, sync in recorded if sync is not None])
        table.remove_sync([order.order_id for order, sync in recorded if sync is None])


def _recorded(order: OrderRow, operations: Sequence[OperationRow], now: dt.datetime) -> tuple[OrderRow, SyncRow | None]:
    state = order_state(findings_from_json(order.findings), operations, now)
    order = dataclasses.replace(order, state=state.state, code=state.code, problems=state.problems)
    return order, _sync_row(order, state, operations)


def _sync_row(order: OrderRow, state: OrderState, operations: Sequence[OperationRow]) -> SyncRow | None:
    """The order table's row; ``None``: nothing due and nothing posted."""
    if state.sync_status is None:
        return None
    documents = [row for row in operations if row.parent_key is None and row.state is State.DONE]
    return SyncRow(
        order_id=order.order_id,
        doc_id=documents[0].doc_id if documents else None,
        status=state.sync_status,
        error=problems(order) or None,
    )


def _is_shown(order: OrderRow, run_id: str, *, named: bool) -> bool:
    """A person is asked once for each problem; by this run again when it is recorded again."""
    return named or not order.is_asked or order.asked_run == run_id
