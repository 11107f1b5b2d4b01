import concurrent.futures

from include.ledger.connection import LedgerDatabase, Session
from include.ledger.migrate import migrate

ORDER_TABLE = [
    ("ORDER_ID", "int(11)", "NO", "PRI", None),
    ("KB_DOC_ID", "varchar(100)", "YES", "", None),
    ("SYNCED_AT", "datetime", "YES", "", None),
    ("STATUS", "enum('pending','synced','error')", "YES", "", "'pending'"),
    ("ERROR_MSG", "text", "YES", "", None),
]


def test_the_order_table_is_as_other_modules_expect_it(session: Session) -> None:
    columns = session.rows(
        "SELECT column_name, column_type, is_nullable, column_key, column_default FROM information_schema.columns"
        " WHERE table_schema = DATABASE() AND table_name = 'local_kontur_bukh_sync' ORDER BY ordinal_position"
    )
    assert [(*row[:4], None if row[4] == "NULL" else row[4]) for row in columns] == ORDER_TABLE


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
        assert session.rows("SELECT version_num FROM local_kontur_bukh_version") == [("0004",)]


def test_a_migration_that_was_killed_before_it_noted_its_version_is_done_again(
    ledger_database: LedgerDatabase,
) -> None:
    migrate(ledger_database)
    with ledger_database.open() as session:
        for noted in ("0001", "0002", None):
            session.execute("DELETE FROM local_kontur_bukh_version")
            if noted is not None:
                session.execute("INSERT INTO local_kontur_bukh_version VALUES (%s)", [noted])
            migrate(ledger_database)
            assert session.rows("SELECT version_num FROM local_kontur_bukh_version") == [("0004",)]


def test_sessions_are_strict_and_in_utc_whatever_the_server_says(session: Session) -> None:
    row = session.row("SELECT @@session.sql_mode, @@session.time_zone, @@session.tx_isolation")
    assert row is not None
    assert "STRICT_ALL_TABLES" in row[0]
    assert row[1:] == ("+00:00", "READ-COMMITTED")
