"""How a row of the operations' table is read, and what of it is written."""

from __future__ import annotations

import hashlib
from typing import Any

from include.ledger.cases import KEPT
from include.ledger.operation import Kind, OperationRow, State, Trace, unsent
from include.mysql.texts import shortened

COLUMNS = (
    "op_key, order_id, connection, kind, parent_key, state, epoch, attempts, uncertain, plan, payload, marker,"
    " document_date, amount, doc_id, unknown_since, absent_since, code, message, run_id, updated_at, done_at,"
    " restarts"
)
TRACE = f"op_key, order_id, connection, kind, parent_key, state, code, doc_id, NOT {unsent()}, SHA2(plan, 256)"
SAVED = (
    "state",
    "attempts",
    "uncertain",
    "payload",
    "payload_hash",
    "doc_id",
    "unknown_since",
    "absent_since",
    "code",
    "message",
    "run_id",
)
_TEXT_BYTES = 65_535


def row_of(values: tuple[Any, ...]) -> OperationRow:
    """Of :data:`COLUMNS`."""
    key, order_id, connection, kind, parent_key, state, epoch, attempts, uncertain, *rest = values
    plan, payload, marker, date, amount, doc_id, *times, code, message, run_id, updated, done, restarts = rest
    unknown_since, absent_since = times
    return OperationRow(
        key=key,
        order_id=order_id,
        connection=connection,
        kind=Kind(kind),
        parent_key=parent_key,
        state=State(state),
        epoch=epoch,
        attempts=attempts,
        uncertain=bool(uncertain),
        plan=plan,
        payload=payload,
        marker=marker,
        document_date=date,
        amount=amount,
        doc_id=doc_id,
        unknown_since=unknown_since,
        absent_since=absent_since,
        code=code,
        message=message,
        run_id=run_id,
        updated_at=updated,
        done_at=done,
        restarts=restarts,
    )


def payload_hash(payload: str | None) -> str | None:
    """What tells later whether a frozen payload is still the one that was sent."""
    return hashlib.sha256(payload.encode()).hexdigest() if payload else None


def saved_of(row: OperationRow, *, frozen: bool) -> tuple[object, ...]:
    """Key and epoch that it was read at, and then what is written of it: :data:`SAVED`."""
    payload = (KEPT, KEPT) if frozen else (row.payload, payload_hash(row.payload))
    return (
        row.key,
        row.epoch,
        row.state,
        row.attempts,
        row.uncertain,
        *payload,
        row.doc_id,
        row.unknown_since,
        row.absent_since,
        row.code,
        row.message and shortened(row.message, _TEXT_BYTES),
        row.run_id,
    )


def trace_of(values: tuple[Any, ...]) -> Trace:
    """Of :data:`TRACE`."""
    key, order_id, connection, kind, parent_key, state, code, doc_id, begun, plan = values
    row = OperationRow(
        key=key,
        order_id=order_id,
        connection=connection,
        kind=Kind(kind),
        parent_key=parent_key,
        state=State(state),
        code=code,
        doc_id=doc_id,
        uncertain=bool(begun),
    )
    return Trace(row, plan)
