import dataclasses

from include.ledger.connection import Session
from include.ledger.orders import OrderRow, Orders, SyncRow

ORDER = OrderRow(
    order_id=7,
    number="A-7",
    site="s1",
    connection="kontur_default",
    state="rejected",
    code="inn_checksum",
    message="INN 7701234567 fails its check digit",
    findings="[]",
    run_id="run-1",
)


def sync_rows(session: Session) -> list[tuple[object, ...]]:
    return session.rows("SELECT ORDER_ID, KB_DOC_ID, STATUS, ERROR_MSG FROM local_kontur_bukh_sync ORDER BY ORDER_ID")


def test_whom_a_person_was_asked_about_is_kept_while_the_problem_stays_and_forgotten_when_it_goes(
    session: Session,
) -> None:
    orders = Orders(session)
    orders.save([ORDER])
    orders.mark_asked([ORDER], "run-1")
    orders.save([dataclasses.replace(ORDER, run_id="run-2")])
    assert orders.read([7])[0].asked_key == ORDER.problem_key
    assert orders.read([7])[0].asked_run == "run-1"
    orders.save([dataclasses.replace(ORDER, state="done", code=None, message=None)])
    assert orders.read([7])[0].asked_key is None


def test_the_order_table_follows_an_order_and_keeps_its_first_moment_of_sync(session: Session) -> None:
    orders = Orders(session)
    orders.write_sync([SyncRow(order_id=7, doc_id=None, status="error", error="mend it")])
    assert sync_rows(session) == [(7, None, "error", "mend it")]
    orders.write_sync([SyncRow(order_id=7, doc_id="doc-1", status="synced")])
    assert sync_rows(session) == [(7, "doc-1", "synced", None)]
    session.execute("UPDATE local_kontur_bukh_sync SET SYNCED_AT = '2026-01-02 03:04:05'")
    orders.write_sync([SyncRow(order_id=7, doc_id="doc-1", status="synced")])
    assert str(session.rows("SELECT SYNCED_AT FROM local_kontur_bukh_sync")[0][0]) == "2026-01-02 03:04:05"


def test_an_order_with_nothing_due_loses_its_row_but_never_a_posted_document(session: Session) -> None:
    orders = Orders(session)
    orders.write_sync(
        [SyncRow(order_id=7, doc_id=None, status="pending"), SyncRow(order_id=8, doc_id="d", status="synced")]
    )
    orders.remove_sync([7, 8])
    assert sync_rows(session) == [(8, "d", "synced", None)]


def test_documents_of_another_module_are_taken_over_once(session: Session) -> None:
    session.execute(
        "INSERT INTO local_kontur_bukh_sync (ORDER_ID, KB_DOC_ID, STATUS) VALUES"
        " (1, 'doc-1', 'synced'), (2, NULL, 'pending'), (3, NULL, 'error'), (4, '', 'synced'), (5, 'doc-5', 'error')"
    )
    assert Orders(session).taken_over([1, 2, 3, 4, 5, 6]) == {1: "doc-1", 5: "doc-5"}
    session.execute(
        "INSERT INTO local_kontur_bukh_operation (op_key, order_id, connection, kind, state, created_at, updated_at)"
        " VALUES ('sale:1', 1, 'kontur_default', 'saleinvoice', 'done', NOW(), NOW())"
    )
    assert Orders(session).taken_over([1]) == {}
