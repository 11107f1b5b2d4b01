from __future__ import annotations

import functools
import json
import uuid
from collections.abc import Callable, Iterator

import MySQLdb
import pytest

from include.ledger.connection import LedgerDatabase
from include.ledger.migrate import migrate
from tests.kontur_page.readers import Reader, reader


@pytest.fixture(scope="module")
def ledger(mariadb_port: int) -> Iterator[LedgerDatabase]:
    """The connection ``kontur_sync_mysql`` to a new ledger, one for all tests of a file."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    root = MySQLdb.connect(host="127.0.0.1", port=mariadb_port, user="root", autocommit=True)
    root.query(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    connection = {"conn_type": "mysql", "host": "127.0.0.1", "port": mariadb_port, "login": "root", "schema": name}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_CONN_KONTUR_SYNC_MYSQL", json.dumps(connection))
        database = LedgerDatabase()
        migrate(database)
        yield database
    root.query(f"DROP DATABASE {name}")
    root.close()


@pytest.fixture
def open_page(ledger: LedgerDatabase, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Reader]:
    """Opens the page for somebody; what he starts in Airflow is written down."""
    return functools.partial(reader, monkeypatch)
