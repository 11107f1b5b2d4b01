"""Whether a new plan may replace an operation's row: Python and SQL give one answer, whatever the row."""

from __future__ import annotations

import itertools

import pytest
from msgspec import structs

from include.ledger.connection import Session
from include.ledger.operation import OperationRow, State, unsent, withdrawable
from include.ledger.operations import Operations
from include.ledger.orders import Orders
from tests.ledger.test_operations import SALE, read

ROWS = [
    structs.replace(SALE, key=f"sale:{n}", order_id=n, state=state, payload=payload, attempts=attempts, uncertain=u)
    for n, (state, payload, attempts, u) in enumerate(
        itertools.product(State, (None, '{"sent": 1}'), (0, 1, 2), (False, True)), 1
    )
]
NEW_PLAN = '{"total": 90.10}'


def may_be_replaced(row: OperationRow) -> bool:
    """By the rule: neither sent, nor perhaps sent, nor standing in Kontur."""
    on_its_way_or_there = {State.SENDING, State.UNKNOWN, State.DONE}
    return row.payload is None and not row.uncertain and row.state not in on_its_way_or_there


@pytest.fixture
def stored(session: Session) -> Operations:
    """All of ``ROWS``."""
    operations = Operations(session)
    operations.plan([structs.replace(row, state=State.PLANNED) for row in ROWS])
    for row in ROWS:
        saved = operations.save(structs.replace(row, epoch=0, doc_id=row.key if row.state is State.DONE else None))
        assert saved is not None
    return operations


@pytest.mark.usefixtures("stored")
def test_python_and_sql_agree_for_each_state_payload_and_number_of_attempts(session: Session) -> None:
    by_sql = {key for (key,) in session.rows(f"SELECT op_key FROM local_kontur_bukh_operation o WHERE {unsent('o.')}")}
    assert by_sql == {row.key for row in ROWS if not row.begun} == {row.key for row in ROWS if may_be_replaced(row)}
    by_sql = {key for (key,) in session.rows(f"SELECT op_key FROM local_kontur_bukh_operation WHERE {withdrawable()}")}
    assert by_sql == {row.key for row in ROWS if row.withdrawable}
    assert by_sql == {row.key for row in ROWS if may_be_replaced(row) and row.state is not State.SKIPPED}


def test_a_new_plan_replaces_just_those(session: Session, stored: Operations) -> None:
    stored.plan([structs.replace(row, state=State.PLANNED, plan=NEW_PLAN) for row in ROWS])
    for row in ROWS:
        after = read(session, row.key)
        assert (after.plan == NEW_PLAN) == may_be_replaced(row), row
        assert after.state == (State.PLANNED if may_be_replaced(row) else row.state)


def test_the_document_of_another_program_replaces_just_those(session: Session, stored: Operations) -> None:
    theirs = [structs.replace(row, state=State.DONE, plan=None, doc_id=f"php-{row.order_id}") for row in ROWS]
    session.execute_many(
        "INSERT INTO local_kontur_bukh_sync (ORDER_ID, KB_DOC_ID, STATUS) VALUES (%s, %s, 'synced')",
        [(row.order_id, row.doc_id) for row in theirs],
    )
    replaced = {row.order_id for row in ROWS if may_be_replaced(row)}
    assert Orders(session).taken_over([row.order_id or 0 for row in ROWS]).keys() == replaced
    stored.take_over(theirs)
    after = {row.order_id: read(session, row.key).doc_id for row in ROWS}
    assert {id_ for id_, doc_id in after.items() if doc_id == f"php-{id_}"} == replaced


def test_just_those_are_withdrawn(session: Session, stored: Operations) -> None:
    stored.withdraw(ROWS)
    for row in ROWS:
        assert (read(session, row.key).state is State.SKIPPED) == (may_be_replaced(row) or row.state is State.SKIPPED)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.state}-{row.payload}-{row.attempts}-{row.uncertain}")
def test_what_is_news(row: OperationRow) -> None:
    planned = structs.replace(SALE, key=row.key, order_id=row.order_id)
    other = structs.replace(planned, plan=NEW_PLAN)
    told = row.state in {State.REJECTED, State.REVIEW}
    assert row.gives_way_to(other, asked=False) == may_be_replaced(row)
    assert row.gives_way_to(other, asked=True) == may_be_replaced(row)
    same_again = row.state is not State.PLANNED and not told
    assert row.gives_way_to(planned, asked=False) == (may_be_replaced(row) and same_again)
    assert row.gives_way_to(planned, asked=True) == (may_be_replaced(row) and (same_again or told))
