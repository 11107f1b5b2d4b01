"""The action table: what is decided and who decided it are written together, or neither is."""

from __future__ import annotations

import dataclasses

from msgspec import structs

from include.facts import said
from include.ledger.actions import Action, Actions, Deed
from include.ledger.connection import Session
from include.ledger.operation import OperationRow, State
from include.ledger.operations import Operations
from include.ledger.statements import Change, decide
from tests.ledger.test_operations import SALE, read


def done(session: Session, key: str = "sale:7", doc_id: str = "doc-1") -> OperationRow:
    operations = Operations(session)
    operations.plan([structs.replace(SALE, key=key)])
    sent = structs.replace(read(session, key), state=State.DONE, payload="{}", doc_id=doc_id)
    assert operations.save(sent) is not None
    return read(session, key)


def change(row: OperationRow, **to: object) -> Change:
    action = Action(
        who="Анна",
        kind=Deed.SENT_AGAIN,
        why="удалён по ошибке",
        order_id=row.order_id,
        op_key=row.key,
        facts=(said("action_of_document", before=row.doc_id or "", after=""),),
        before=row.state.value,
        after=State.PLANNED.value,
    )
    return Change(row, structs.replace(row, **to), action)


def test_the_row_and_who_decided_it_are_written_together(session: Session) -> None:
    row = done(session)
    session.execute("INSERT INTO local_kontur_bukh_sync (ORDER_ID, KB_DOC_ID, STATUS) VALUES (7, 'doc-1', 'synced')")
    anew = change(row, state=State.PLANNED, payload=None, doc_id=None, restarts=1)
    assert decide(session, [anew])
    after = read(session)
    assert (after.state, after.payload, after.doc_id, after.done_at, after.restarts) == ("planned", None, None, None, 1)
    assert after.epoch == row.epoch + 1
    last = Actions(session).last("sale:7")
    assert last is not None
    assert last.at is not None
    assert dataclasses.replace(last, at=None) == anew.action
    assert session.row("SELECT KB_DOC_ID FROM local_kontur_bukh_sync") == (None,), "else it would be taken over"


def test_if_one_row_was_changed_meanwhile_nothing_is_written(session: Session) -> None:
    first, second = done(session), done(session, "sale:8", "doc-2")
    changed = Operations(session).save(structs.replace(second, code="found"))
    assert changed is not None
    assert not decide(session, [change(first, doc_id=None), change(second, doc_id=None)])
    assert (read(session), read(session, "sale:8").doc_id) == (first, "doc-2")
    assert session.rows("SELECT id FROM local_kontur_bukh_action") == []


def test_what_belongs_to_a_document_has_to_be_all_that_was_read_and_as_it_was(session: Session) -> None:
    row, belongs = done(session), done(session, "payment:8", "entry-2")
    session.execute("UPDATE local_kontur_bukh_operation SET parent_key = 'sale:7' WHERE op_key = 'payment:8'")
    changed = Operations(session).save(structs.replace(belongs, code="found"))
    assert changed is not None
    for was_read in ([belongs], []):
        assert not decide(session, [change(row, doc_id=None)], was_read)
        assert read(session) == row
    assert decide(session, [change(row, doc_id=None)], [read(session, "payment:8")])
    assert read(session, "payment:8").epoch == changed.epoch, "it is only looked at"


def test_an_order_is_planned_anew_after_a_decision(session: Session) -> None:
    row = done(session)
    session.execute(
        "INSERT INTO local_kontur_bukh_order (order_id, number, site, connection, findings, run_id, planned_at)"
        " VALUES (7, '7', 's1', 'kontur_default', '[]', 'run-1', UTC_TIMESTAMP(6))"
    )
    actions = Actions(session)
    assert actions.unplanned_orders() == []
    assert decide(session, [change(row, code="accepted")])
    assert actions.unplanned_orders() == [7]
    session.execute("UPDATE local_kontur_bukh_order SET planned_at = UTC_TIMESTAMP(6)")
    assert actions.unplanned_orders() == []
