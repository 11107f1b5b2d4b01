"""The ledger's database takes nothing more: no request leaves, a person is told what to do, and later all is posted."""

from __future__ import annotations

import json
import pathlib
from typing import Never

import MySQLdb
import pytest
from kontur_hook.contract import Contract
from kontur_hook.hook import KonturHook
from MySQLdb.cursors import Cursor

from include.books.accounts import Account
from include.ledger.connection import LedgerDatabase
from include.ledger.errors import LedgerConfigurationError
from include.ledger.migrate import migrate
from include.posting.core import Result
from sandbox import mariadb
from sandbox.kontur.serving import Sandbox
from tests.posting.poster import Poster, in_kontur, operations_of

ORDERS = tuple(range(1, 7))
FULL = "1114"
# Where all tables stand: files that cannot grow, with more room than the ledger takes when it is made (over 12 MiB);
# what is left over is filled.
FILES = "--innodb-data-file-path=ibdata1:12M;ibdata2:36M"


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
    """POSTs to Kontur, but for the retail counterparty's."""
    return [r["path"] for r in kontur.books.requests() if r["method"] == "POST"][1:]


def all_is_posted_once(poster: Poster, kontur: Sandbox) -> None:
    assert poster.post(*ORDERS).results == {Result.DONE: 18}
    assert len(kontur.books.documents()) == len(kontur.books.payments()) == len(kontur.books.refunds()) == len(ORDERS)
    assert len(writes(kontur)) == 18


def test_read_only(mariadb_port: int, database: str, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    root = administrator(mariadb_port)
    root.execute(f"CREATE USER {database}@'127.0.0.1'")  # root may write all the same
    root.execute(f"GRANT ALL ON {database}.* TO {database}@'127.0.0.1'")
    poster = planned(monkeypatch, mariadb_port, database, login=database)
    root.execute("SET GLOBAL read_only = 1")
    try:
        with pytest.raises(LedgerConfigurationError) as caught:
            poster.post(*ORDERS)
    finally:
        root.execute("SET GLOBAL read_only = 0")
    assert caught.value.said is not None
    assert caught.value.said.code == "ledger_db_read_only"
    assert writes(kontur) == []
    assert set(poster.states().values()) == {"planned"}
    all_is_posted_once(poster, kontur)


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
        assert caught.value.said is not None
        assert caught.value.said.code == "ledger_db_full"
        assert writes(kontur) == []
        assert set(poster.states().values()) == {"planned"}
    with mariadb.running(folder, port, "--innodb-file-per-table=0", f"{FILES}:autoextend"):
        all_is_posted_once(poster, kontur)


def fill(root: Cursor) -> None:
    """Until no page is left."""
    root.execute("CREATE TABLE ledger.ballast (bytes LONGBLOB) ENGINE=InnoDB")
    for size in (1 << 18, 1 << 14, 1 << 12):
        with pytest.raises(MySQLdb.OperationalError, match=FULL):
            pour(root, size)


def pour(root: Cursor, size: int) -> Never:
    while True:
        root.execute("INSERT INTO ledger.ballast VALUES (REPEAT('x', %s))", [size])
