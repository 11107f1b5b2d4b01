from __future__ import annotations

import pytest

from include.ledger.chunks import chunked
from include.ledger.connection import Session
from include.ledger.operation import Kind, OperationRow, State
from include.ledger.operations import Operations


@pytest.mark.parametrize(
    ("rows", "sizes"),
    [
        ([], []),
        ([("a",)], [1]),
        ([("a",)] * 1_001, [500, 500, 1]),
        ([("x" * 50_000, 1)] * 5, [2, 2, 1]),
        ([("x" * 1_000_000,), ("b",), ("c",)], [1, 2]),
    ],
)
def test_a_statement_carries_no_more_than_every_server_takes(rows: list[tuple[object, ...]], sizes: list[int]) -> None:
    parts = list(chunked(rows))
    assert [len(part) for part in parts] == sizes
    assert [row for part in parts for row in part] == rows


def test_a_thousand_operations_are_planned_by_two_statements(session: Session) -> None:
    rows = [
        OperationRow(
            key=f"sale:{number}",
            order_id=number,
            connection="kontur_default",
            kind=Kind.SALE_INVOICE,
            parent_key=None,
            state=State.PLANNED,
        )
        for number in range(1, 1_001)
    ]
    operations = Operations(session)
    operations.plan(rows)
    assert inserts(session) == 2
    assert [row.epoch for row in by_order(operations)] == [0] * 1_000

    operations.withdraw(rows[:600])
    assert [row.state for row in by_order(operations)] == [State.SKIPPED] * 600 + [State.PLANNED] * 400


def by_order(operations: Operations) -> list[OperationRow]:
    return [row for rows in operations.of_orders(range(1, 1_001)).values() for row in rows]


def inserts(session: Session) -> int:
    return int(session.rows("SHOW SESSION STATUS LIKE 'Com_insert'")[0][1])
