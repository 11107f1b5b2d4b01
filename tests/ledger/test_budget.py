"""What the ledger knows of a run's reposts, on a real database."""

from __future__ import annotations

import datetime as dt

from msgspec import structs

from include.ledger.budget import Budget, Reposts
from include.ledger.connection import LedgerDatabase, Session
from include.ledger.operation import OperationRow, State
from include.ledger.operation_queries import OperationQueries
from include.ledger.operations import Operations
from include.ledger.statements import Begin, Begun, GiveBack, NotWritten, RepostsOf
from include.ledger.tables import Tables
from tests.ledger.test_operations import SALE

ACCOUNT = SALE.connection
ABSENT = dt.datetime(2026, 11, 1, 4, 0)


def unknown(session: Session, order_id: int, *, run_id: str = "run-1") -> OperationRow:
    """Sent once, without an answer, and found absent."""
    operations = Operations(session)
    operations.plan([structs.replace(SALE, key=f"sale:{order_id}", order_id=order_id, marker=None, run_id=run_id)])
    return _change(
        session, order_id, state=State.UNKNOWN, payload="{}", attempts=1, uncertain=True, absent_since=ABSENT
    )


def _change(session: Session, order_id: int, **values: object) -> OperationRow:
    operations = Operations(session)
    row = operations.get(f"sale:{order_id}")
    assert row is not None
    saved = operations.save(structs.replace(row, **values))
    assert saved is not None
    return saved


def send_again(database: LedgerDatabase, row: OperationRow, most: int) -> Begun | NotWritten:
    """After the question how many, which a driver asks first."""
    with Tables(database) as tables:
        RepostsOf("run-1", ACCOUNT).on(tables)
        return Begin(structs.replace(row, state=State.SENDING, attempts=2, run_id="run-1"), "run-1", most).on(tables)


def test_an_intent_is_written_only_within_the_runs_budget(ledger_database: LedgerDatabase, session: Session) -> None:
    budget = Budget(session, "run-1")
    assert budget.reposts(ACCOUNT) == Reposts(made=0, open=False, doubled=False)
    first, second = unknown(session, 1), unknown(session, 2)
    assert isinstance(send_again(ledger_database, first, 1), Begun)
    assert budget.reposts(ACCOUNT) == Reposts(made=1, open=True, doubled=False)

    assert send_again(ledger_database, second, 1) is NotWritten.FULL
    row = Operations(session).get("sale:2")
    assert row == structs.replace(second, updated_at=row.updated_at if row else None)
    assert send_again(ledger_database, first, 2) is NotWritten.CHANGED, "by an older epoch"
    assert budget.reposts(ACCOUNT).made == 1
    assert session.rows("SELECT op_key, repost FROM local_kontur_bukh_attempt") == [("sale:1", 1)]

    with Tables(ledger_database) as tables:
        GiveBack("run-1").on(tables)
    assert budget.reposts(ACCOUNT).made == 0
    assert Budget(session, "run-2").reposts(ACCOUNT).made == 0


def test_what_was_sent_again_is_open_until_it_was_seen_once_or_found_absent(
    ledger_database: LedgerDatabase, session: Session
) -> None:
    budget = Budget(session, "run-1")
    send_again(ledger_database, unknown(session, 1), 3)
    after: list[tuple[dict[str, object], bool]] = [
        ({"state": State.UNKNOWN, "absent_since": None}, True),
        ({"absent_since": ABSENT}, False),
        ({"state": State.DONE, "doc_id": "d-1", "code": "sent_again"}, True),
        ({"code": None}, False),
    ]
    for values, is_open in after:
        _change(session, 1, **values)
        assert budget.reposts(ACCOUNT).open is is_open, values
        assert not Budget(session, "run-2").reposts(ACCOUNT).open

    listed = Operations(session)
    _change(session, 1, code="sent_again")
    assert [row.key for row in listed.sent_again("run-1")] == ["sale:1"]
    assert listed.sent_again("run-2") == []


def test_an_order_is_unfinished_until_what_was_sent_again_was_seen_once(
    ledger_database: LedgerDatabase, session: Session
) -> None:
    """Whatever its days are: the run that sent it again may have ended before it could look."""
    queries = OperationQueries(session)
    send_again(ledger_database, unknown(session, 1), 3)
    _change(session, 1, state=State.DONE, doc_id="d-1", code="sent_again")
    assert queries.unfinished_orders("another run", quiet_s=300) == []
    session.execute("UPDATE local_kontur_bukh_operation SET updated_at = updated_at - INTERVAL 301 SECOND")
    assert queries.unfinished_orders("another run", quiet_s=300) == [1]
    _change(session, 1, code=None)
    session.execute("UPDATE local_kontur_bukh_operation SET updated_at = updated_at - INTERVAL 301 SECOND")
    assert queries.unfinished_orders("another run", quiet_s=300) == []


def test_a_double_stops_the_account_until_somebody_has_settled_it(
    ledger_database: LedgerDatabase, session: Session
) -> None:
    send_again(ledger_database, unknown(session, 1), 3)
    _change(session, 1, state=State.DONE, doc_id="d-1", code="doubled")
    later = Budget(session, "run-2")
    assert Budget(session, "run-1").reposts(ACCOUNT).doubled, "in its own run at once"
    assert not later.reposts(ACCOUNT).doubled
    session.execute(
        "INSERT INTO local_kontur_bukh_order (order_id, number, site, connection, state, findings, run_id, planned_at)"
        " VALUES (1, '1', 's1', %s, 'review', '[]', 'run-1', UTC_TIMESTAMP(6))",
        [ACCOUNT],
    )
    assert later.reposts(ACCOUNT).doubled, "in the others once a person is asked"
    assert not later.reposts("kontur_other").doubled
    _change(session, 1, code=None)
    assert not later.reposts(ACCOUNT).doubled


def test_one_that_was_found_twice_and_parked_stops_it_and_one_that_was_never_sent_again_does_not(
    ledger_database: LedgerDatabase, session: Session
) -> None:
    unknown(session, 1)
    _change(session, 1, state=State.REVIEW, code="doubled")
    budget = Budget(session, "run-2")
    assert not budget.reposts(ACCOUNT).doubled, "somebody may have copied it"
    send_again(ledger_database, unknown(session, 2), 3)
    _change(session, 2, state=State.REVIEW, code="doubled")
    assert budget.reposts(ACCOUNT).doubled
