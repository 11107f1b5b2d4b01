import concurrent.futures
import dataclasses
import hashlib
from collections.abc import Iterator

import pytest
from alembic import command

from include.facts import Inn, said
from include.ledger.connection import LedgerDatabase, Session
from include.ledger.migrate import migrate
from include.ledger.orders import Orders
from include.words import text

ORDER_TABLE = [
    ("ORDER_ID", "int", "NO", "PRI", None),
    ("KB_DOC_ID", "varchar(100)", "YES", "", None),
    ("SYNCED_AT", "datetime", "YES", "", None),
    ("STATUS", "enum('pending','synced','error')", "YES", "", "pending"),
    ("ERROR_MSG", "text", "YES", "", None),
]


def test_the_order_table_is_as_other_modules_expect_it(session: Session) -> None:
    columns = session.rows(
        "SELECT column_name, column_type, is_nullable, column_key, column_default FROM information_schema.columns"
        " WHERE table_schema = DATABASE() AND table_name = 'local_kontur_bukh_sync' ORDER BY ordinal_position"
    )
    assert [_as_both_say_it(*row) for row in columns] == ORDER_TABLE


def _as_both_say_it(name: str, of_type: str, nullable: str, key: str, default: str | None) -> tuple[str | None, ...]:
    """MariaDB tells the width of an INT, and writes a default as SQL does."""
    plain = None if default in {None, "NULL"} else default.strip("'")
    return name, of_type.replace("int(11)", "int"), nullable, key, plain


def test_rows_of_a_module_that_was_there_before_are_kept(ledger_database: LedgerDatabase) -> None:
    with ledger_database.open() as session:
        session.execute(
            "CREATE TABLE local_kontur_bukh_sync (ORDER_ID INT PRIMARY KEY, KB_DOC_ID VARCHAR(100),"
            " SYNCED_AT DATETIME, STATUS ENUM('pending', 'synced', 'error') DEFAULT 'pending', ERROR_MSG TEXT)"
        )
        session.execute("INSERT INTO local_kontur_bukh_sync VALUES (7, 'doc-7', '2026-01-02 03:04:05', 'synced', NULL)")
        migrate(ledger_database)
        assert session.rows("SELECT ORDER_ID, KB_DOC_ID, STATUS FROM local_kontur_bukh_sync") == [
            (7, "doc-7", "synced")
        ]


def test_two_runs_at_once_migrate_one_after_the_other(ledger_database: LedgerDatabase) -> None:
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(migrate, ledger_database) for _ in range(4)]:
            future.result()
    with ledger_database.open() as session:
        assert session.rows("SELECT version_num FROM local_kontur_bukh_version") == [("0010",)]


def test_a_migration_that_was_killed_before_it_noted_its_version_is_done_again(
    ledger_database: LedgerDatabase,
) -> None:
    migrate(ledger_database)
    with ledger_database.open() as session:
        for noted in ("0001", "0002", "0004", "0005", None):
            session.execute("DELETE FROM local_kontur_bukh_version")
            if noted is not None:
                session.execute("INSERT INTO local_kontur_bukh_version VALUES (%s)", [noted])
            migrate(ledger_database)
            assert session.rows("SELECT version_num FROM local_kontur_bukh_version") == [("0010",)]


def test_sessions_are_strict_and_in_utc_whatever_the_server_says(session: Session) -> None:
    row = session.row("SELECT @@session.sql_mode, @@session.time_zone")
    assert row is not None
    assert "STRICT_ALL_TABLES" in row[0]
    assert row[1] == "+00:00"
    # Each of the two servers has another name for it.
    isolation = session.rows("SHOW SESSION VARIABLES WHERE Variable_name RLIKE '^(tx|transaction)_isolation$'")
    assert {value for _, value in isolation} == {"READ-COMMITTED"}


SENTENCE = "INN «7701234567» fails its check digit: 100 ₽ → 200 ₽"


def asked_key(state: str, code: str | None, message: str) -> str:
    """As versions before 0005 made it."""
    return hashlib.sha256(f"{state}\0{code}\0{message}".encode()).hexdigest()


@pytest.fixture
def before(ledger_database: LedgerDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """A ledger of version 0004, with orders that a person was asked about."""
    upgrade = command.upgrade
    with monkeypatch.context() as patch:
        patch.setattr(command, "upgrade", lambda config, _head: upgrade(config, "0004"))
        migrate(ledger_database)
    rows = [
        (1, "rejected", "inn_checksum", SENTENCE, asked_key("rejected", "inn_checksum", SENTENCE)),
        (2, "review", None, SENTENCE, asked_key("review", None, SENTENCE)),
        (3, "rejected", "inn_checksum", SENTENCE, asked_key("rejected", "inn_checksum", "another sentence")),
        (4, "rejected", "inn_checksum", SENTENCE, None),
        (5, "done", None, None, None),
    ]
    with ledger_database.open() as session:
        session.execute_many(
            "INSERT INTO local_kontur_bukh_order (order_id, state, code, message, asked_key, asked_run, number, site,"
            " connection, findings, run_id, planned_at)"
            " VALUES (%s, %s, %s, %s, %s, 'run-1', '7', 's1', 'kontur_default', '[]', 'run-1', NOW())",
            rows,
        )
        yield session


def test_sentences_of_before_are_read_as_such_and_nobody_is_asked_again(
    before: Session, ledger_database: LedgerDatabase
) -> None:
    migrate(ledger_database)
    orders = Orders(before)
    found = {row.order_id: row for row in orders.read([1, 2, 3, 4, 5])}
    assert found[1].problems == (said("inn_checksum", sentence=SENTENCE),)
    assert text(found[1].problems[0]) == SENTENCE
    assert {id_: row.is_asked for id_, row in found.items()} == {1: True, 2: True, 3: False, 4: False, 5: False}

    # Planned again: the same state and code, told with facts.
    planned = [dataclasses.replace(found[id_], problems=(said("inn_checksum", inn=Inn("1")),)) for id_ in (1, 4)]
    orders.save(planned)
    first, other = orders.read([1, 4])
    assert (first.is_asked, other.is_asked) == (True, False)
    orders.keep_asked([first])
    orders.save([dataclasses.replace(first, problems=(said("inn_checksum", inn=Inn("2")),))])
    assert not orders.read([1])[0].is_asked, "other facts are another problem from then on"


def test_another_code_is_another_problem_after_the_upgrade_too(
    before: Session, ledger_database: LedgerDatabase
) -> None:
    migrate(ledger_database)
    orders = Orders(before)
    (row,) = orders.read([1])
    orders.save([dataclasses.replace(row, code="inn_length", problems=(said("inn_length"),))])
    assert not orders.read([1])[0].is_asked


def test_an_upgrade_that_was_cut_short_is_done_again(before: Session, ledger_database: LedgerDatabase) -> None:
    migrate(ledger_database)
    keys = before.rows("SELECT order_id, asked_key, facts FROM local_kontur_bukh_order ORDER BY order_id")
    before.execute("UPDATE local_kontur_bukh_version SET version_num = '0004'")
    migrate(ledger_database)
    assert before.rows("SELECT order_id, asked_key, facts FROM local_kontur_bukh_order ORDER BY order_id") == keys
