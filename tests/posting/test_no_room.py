"""The ledger's database takes nothing more: no request leaves without its intent, and later all is posted once."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Sequence
from typing import Any, Never

import MySQLdb
import pytest
from kontur_hook.contract import Contract
from kontur_hook.hook import KonturHook
from MySQLdb.cursors import Cursor

from include.books.accounts import Account
from include.ledger.connection import LedgerDatabase
from include.ledger.errors import LedgerConfigurationError
from include.ledger.migrate import migrate
from include.ledger.statements import Begin
from include.posting import rounds
from include.posting.rounds import Ground, Write
from include.posting.sender import idempotency_key
from include.settings import Posting, Settings
from sandbox import mariadb
from sandbox.kontur.serving import Sandbox
from tests.posting.poster import Poster, in_kontur, operations_of

ORDERS = tuple(range(1, 7))
_MOST_RUNS = 4
FULL = "1114"
# Where all tables stand: files that cannot grow, with more room than the ledger takes when it is made (over 12 MiB);
# what is left over is filled.
FILES = "--innodb-data-file-path=ibdata1:12M;ibdata2:36M"
BALLAST = "INSERT INTO ledger.ballast VALUES (REPEAT('x', %s))"
# What the operations' own pages have in reserve, between their rows: MySQL's undo log has files of its own, which grow.
IN_RESERVE = (
    "INSERT INTO ledger.local_kontur_bukh_operation (op_key, connection, kind, state, plan, created_at, updated_at)"
    " SELECT CONCAT(ELT(1 + FLOOR(RAND() * 3), 'payment:', 'refund:', 'sale:'), FLOOR(1 + RAND() * 6), UUID()),"
    " '', 'ballast', 'skipped', REPEAT('x', %s), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)"
)


def administrator(port: int) -> Cursor:
    connection = MySQLdb.connect(host="127.0.0.1", port=port, user="root", autocommit=True)
    return Cursor(connection)


def planned(monkeypatch: pytest.MonkeyPatch, port: int, name: str, login: str) -> Poster:
    """Six orders of 100.00, paid and refunded, in the database ``name``."""
    connection = {"conn_type": "mysql", "host": "127.0.0.1", "port": port, "login": login, "schema": name}
    monkeypatch.setenv("AIRFLOW_CONN_KONTUR_SYNC_MYSQL", json.dumps(connection))
    ledger = LedgerDatabase()
    migrate(ledger)
    poster = Poster(ledger, Account("kontur_default", KonturHook(), Contract()))
    in_kontur(poster.account, None, None, "Розничные покупатели")
    for order_id in ORDERS:
        poster.plan(*operations_of(order_id))
    return poster


def writes(kontur: Sandbox) -> list[str]:
    """Idempotency keys of POSTs to Kontur, but for the retail counterparty's."""
    return [r["idempotency_key"] for r in kontur.books.requests() if r["method"] == "POST"][1:]


def code_of(error: LedgerConfigurationError) -> str | None:
    """Of what a person is told."""
    return error.said.code if error.said else None


def intended(poster: Poster) -> set[str]:
    """Idempotency keys of what the ledger holds as more than planned."""
    return {idempotency_key("kontur_default", key) for key, state in poster.states().items() if state != "planned"}


def all_is_posted_once(poster: Poster, kontur: Sandbox) -> None:
    """What had been sent is found again first, and then comes what hangs on it."""
    poster.settings = Settings(posting=Posting(settle_s=0.000001))
    for _ in range(_MOST_RUNS):
        poster.post(*ORDERS)
    assert set(poster.states().values()) == {"done"}
    assert len(kontur.books.documents()) == len(kontur.books.payments()) == len(kontur.books.refunds()) == len(ORDERS)
    assert len(writes(kontur)) == len(set(writes(kontur))) == 18


def test_read_only(mariadb_port: int, database: str, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    root = administrator(mariadb_port)
    poster = planned_as_a_user(monkeypatch, root, mariadb_port, database)
    root.execute("SET GLOBAL read_only = 1")
    try:
        with pytest.raises(LedgerConfigurationError) as caught:
            poster.post(*ORDERS)
    finally:
        root.execute("SET GLOBAL read_only = 0")
    assert code_of(caught.value) == "ledger_db_read_only"
    assert writes(kontur) == []
    assert set(poster.states().values()) == {"planned"}
    all_is_posted_once(poster, kontur)


def test_read_only_between_intents_and_outcomes(
    mariadb_port: int, database: str, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = administrator(mariadb_port)
    poster = planned_as_a_user(monkeypatch, root, mariadb_port, database)
    write = rounds.write

    def writing(ground: Ground, writes: Sequence[Write]) -> list[Any]:
        written = write(ground, writes)
        if any(isinstance(one, Begin) for one in writes):
            root.execute("SET GLOBAL read_only = 1")
        return written

    with monkeypatch.context() as patched:
        patched.setattr(rounds, "write", writing)
        try:
            with pytest.raises(LedgerConfigurationError) as caught:
                poster.post(*ORDERS)
        finally:
            root.execute("SET GLOBAL read_only = 0")
    assert code_of(caught.value) == "ledger_db_read_only"
    assert "sending" in poster.states().values()
    assert set(writes(kontur)) == intended(poster)
    all_is_posted_once(poster, kontur)


def planned_as_a_user(monkeypatch: pytest.MonkeyPatch, root: Cursor, port: int, database: str) -> Poster:
    """See :func:`planned`; root may write all the same."""
    root.execute(f"CREATE USER {database}@'127.0.0.1'")
    root.execute(f"GRANT ALL ON {database}.* TO {database}@'127.0.0.1'")
    return planned(monkeypatch, port, database, login=database)


def test_disk_full(tmp_path: pathlib.Path, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, port = tmp_path / "mariadb", mariadb.free_port()
    # All tables in files that cannot grow: a full disk, without being root.
    with mariadb.running(folder, port, "--innodb-file-per-table=0", FILES):
        root = administrator(port)
        root.execute("CREATE DATABASE ledger CHARACTER SET utf8mb4")
        poster = planned(monkeypatch, port, "ledger", login="root")
        fill(root)
        with pytest.raises(LedgerConfigurationError) as caught:
            poster.post(*ORDERS)
        assert code_of(caught.value) == "ledger_db_full"
        # Mostly none of either. InnoDB takes its 128 rollback segments in turn, and a transaction whose segment has
        # kept a page finds room where all others find none: if that has intents, they stand, and their requests leave.
        assert set(writes(kontur)) <= intended(poster)
    with mariadb.running(folder, port, "--innodb-file-per-table=0", f"{FILES}:autoextend"):
        administrator(port).execute("DELETE FROM ledger.local_kontur_bukh_operation WHERE kind = 'ballast'")
        all_is_posted_once(poster, kontur)


def fill(root: Cursor) -> None:
    """Until no page is left."""
    root.execute("CREATE TABLE ledger.ballast (bytes LONGBLOB) ENGINE=InnoDB")
    for rows, sizes in ((BALLAST, (1 << 18, 1 << 14, 1 << 12)), (IN_RESERVE, (1 << 10, 1 << 7))):
        for size in sizes:
            with pytest.raises(MySQLdb.OperationalError, match=FULL):
                pour(root, rows, size)


def pour(root: Cursor, rows: str, size: int) -> Never:
    while True:
        root.execute(rows, [size])
