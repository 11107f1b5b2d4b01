import dataclasses
from decimal import Decimal
from typing import Any

import pytest

from include.facts import Inn, said
from include.ledger.connection import Session
from include.ledger.errors import LedgerConfigurationError
from include.ledger.orders import OrderRow, Orders, SyncRow

ORDER = OrderRow(
    order_id=7,
    number="A-7",
    site="s1",
    connection="kontur_default",
    state="rejected",
    code="inn_checksum",
    problems=(said("inn_checksum", inn=Inn("7701234567")),),
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
    assert orders.read([7])[0].is_asked
    orders.save([dataclasses.replace(ORDER, state="done", code=None, problems=())])
    assert orders.read([7])[0].asked_key is None


def test_since_when_an_order_waits_is_kept_while_it_waits(session: Session) -> None:
    orders = Orders(session)
    corrected = dataclasses.replace(ORDER, state="done", code=None, problems=())
    other = dataclasses.replace(ORDER, code="vat_unknown", problems=(said("vat_unknown"),))

    def since() -> str:
        return str(session.rows("SELECT waits_since FROM local_kontur_bukh_order")[0][0])

    orders.save([ORDER])
    assert since() != "None"
    session.execute("UPDATE local_kontur_bukh_order SET waits_since = '2026-01-02 03:04:05'")
    for write in (orders.save, orders.settle):
        write([ORDER])
        write([other])
        assert since() == "2026-01-02 03:04:05"
    for write in (orders.save, orders.settle):
        write([corrected])
        assert since() == "None"
        write([ORDER])
        assert since() not in {"None", "2026-01-02 03:04:05"}


def test_the_order_table_follows_an_order_and_keeps_its_first_moment_of_sync(session: Session) -> None:
    orders = Orders(session)
    orders.write_sync([SyncRow(order_id=7, doc_id=None, status="error", error="correct it")])
    assert sync_rows(session) == [(7, None, "error", "correct it")]
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


TEXT = "№ 7: 2 × 33.33 → 66.66"


def theirs(session: Session, columns: str, options: str) -> None:
    """The order table as another module made it."""
    session.execute("DROP TABLE local_kontur_bukh_sync")
    session.execute(f"CREATE TABLE local_kontur_bukh_sync (ORDER_ID INT NOT NULL PRIMARY KEY, {columns}) {options}")


_COLUMNS = "KB_DOC_ID VARCHAR(100), SYNCED_AT DATETIME, STATUS ENUM('pending', 'synced', 'error'), ERROR_MSG TEXT"


@pytest.mark.parametrize(
    ("columns", "options", "text"),
    [
        (_COLUMNS, "ENGINE = InnoDB DEFAULT CHARSET utf8mb4", TEXT),
        (_COLUMNS, "ENGINE = MyISAM DEFAULT CHARSET cp1251", "№ 7: 2 x 33.33 -> 66.66"),
        (_COLUMNS, "ENGINE = InnoDB DEFAULT CHARSET koi8r", "No. 7: 2 x 33.33 -> 66.66"),
        (_COLUMNS.replace("TEXT", "VARCHAR(10) NOT NULL"), "ENGINE = Aria DEFAULT CHARSET latin1", "No. 7: ..."),
        (
            _COLUMNS.replace("'pending', 'synced', 'error'", "'ERROR', 'SYNCED', 'PENDING'"),
            "ENGINE = InnoDB DEFAULT CHARSET cp1251 COLLATE cp1251_bin",
            "№ 7: 2 x 33.33 -> 66.66",
        ),
    ],
)
def test_an_order_table_of_another_module_gets_what_it_can_hold(
    session: Session, columns: str, options: str, text: str
) -> None:
    theirs(session, columns, options)
    orders = Orders(session)
    orders.write_sync(
        [
            SyncRow(order_id=7, doc_id=None, status="error", error=TEXT),
            SyncRow(order_id=8, doc_id="doc-8", status="synced"),
            SyncRow(order_id=9, doc_id=None, status="pending"),
        ]
    )
    found = {
        order_id: (doc_id, str(status).lower(), error or None) for order_id, doc_id, status, error in sync_rows(session)
    }
    assert found == {7: (None, "error", text), 8: ("doc-8", "synced", None), 9: (None, "pending", None)}
    synced = session.rows("SELECT ORDER_ID FROM local_kontur_bukh_sync WHERE SYNCED_AT IS NOT NULL")
    assert synced == [(8,)]
    orders.write_sync([SyncRow(order_id=8, doc_id=None, status="error", error="later")])
    assert session.rows("SELECT KB_DOC_ID FROM local_kontur_bukh_sync WHERE ORDER_ID = 8") == [("doc-8",)]


def test_a_row_that_the_database_refuses_stops_no_other_and_is_said(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    theirs(session, _COLUMNS.replace("VARCHAR(100)", "VARCHAR(5)"), "DEFAULT CHARSET cp1251")
    session.execute(
        "CREATE TRIGGER stubborn BEFORE INSERT ON local_kontur_bukh_sync FOR EACH ROW"
        " IF NEW.ORDER_ID = 8 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not this one'; END IF"
    )
    Orders(session).write_sync(
        [
            SyncRow(order_id=6, doc_id="longer", status="synced"),
            SyncRow(order_id=7, doc_id=None, status="error", error="correct it"),
            SyncRow(order_id=8, doc_id=None, status="pending"),
            SyncRow(order_id=9, doc_id="d-9", status="synced"),
        ]
    )
    assert sync_rows(session) == [(7, None, "error", "correct it"), (9, "d-9", "synced", None)]
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 2
    assert told[0].startswith("Заказ с ID 6 не записан в таблицу заказов local_kontur_bukh_sync. ")
    assert "KB_DOC_ID" in told[0]
    assert told[1].startswith("Заказ с ID 8 не записан в таблицу заказов local_kontur_bukh_sync. ")
    assert "not this one" in told[1]


def test_a_table_that_takes_no_row_at_all_is_an_error(session: Session) -> None:
    session.execute("DROP TABLE local_kontur_bukh_sync")
    with pytest.raises(LedgerConfigurationError, match="local_kontur_bukh_sync"):
        Orders(session).write_sync([SyncRow(order_id=7, doc_id=None, status="pending")])


def test_our_own_tables_hold_what_is_longer_than_their_columns(session: Session) -> None:
    long = dataclasses.replace(ORDER, number="Ж" * 101, problems=(said("name_unreadable", name="📦" * 20_000),))
    Orders(session).save([long])
    (row,) = Orders(session).read([7])
    assert row.number == "Ж" * 100
    assert row.problems == long.problems


A_PROBLEM = said("total_mismatch", total=Decimal("100.00"), lines=Decimal("99.00"))
FROM_BEFORE = said("inn_checksum", sentence="INN 7701234567 fails its check digit")


@pytest.mark.parametrize(
    ("asked", "now", "is_asked"),
    [
        ({}, {}, True),
        ({}, {"run_id": "run-2", "findings": "{}", "connection": "kontur_second"}, True),
        ({}, {"state": "review"}, False),
        ({}, {"code": "inn_length"}, False),
        ({}, {"problems": (said("inn_checksum", inn=Inn("7701234568")),)}, False),
        ({}, {"problems": (*ORDER.problems, A_PROBLEM)}, False),
        ({"problems": (A_PROBLEM, *ORDER.problems)}, {"problems": (*ORDER.problems, A_PROBLEM)}, False),
        # What an older version said in a sentence is the same problem told with facts, not the other way round.
        ({"problems": (FROM_BEFORE,)}, {}, True),
        ({"problems": (FROM_BEFORE,)}, {"problems": (FROM_BEFORE,)}, True),
        ({"problems": (FROM_BEFORE,)}, {"problems": (said("inn_checksum", sentence="another one"),)}, False),
        ({"problems": (said("operation_problem", problem=FROM_BEFORE),)}, {}, True),
        ({"problems": (FROM_BEFORE,)}, {"code": "inn_length"}, False),
        ({}, {"problems": (FROM_BEFORE,)}, False),
        ({}, {"problems": ()}, False),
    ],
)
def test_codes_and_facts_tell_whether_a_person_was_asked(
    session: Session, asked: dict[str, Any], now: dict[str, Any], is_asked: bool
) -> None:
    orders = Orders(session)
    before = dataclasses.replace(ORDER, **asked)
    orders.save([before])
    orders.mark_asked([before], "run-1")
    orders.save([dataclasses.replace(ORDER, **now)])
    assert orders.read([7])[0].is_asked is is_asked


def test_what_cannot_be_read_is_told_by_its_code(session: Session) -> None:
    Orders(session).save([ORDER])
    session.execute("UPDATE local_kontur_bukh_order SET facts = LEFT(facts, LENGTH(facts) - 1)")
    assert Orders(session).read([7])[0].problems == (said("inn_checksum"),)
