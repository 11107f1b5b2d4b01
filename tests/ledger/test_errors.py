from __future__ import annotations

import contextlib
import json

import MySQLdb
import pytest

from include.ledger.connection import LedgerDatabase
from include.ledger.errors import LedgerTransientError


def test_a_server_with_too_many_connections_takes_one_again_later(
    mariadb_port: int, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = MySQLdb.connect(host="127.0.0.1", port=mariadb_port, user="root")
    with contextlib.closing(root), root.cursor() as cursor:
        cursor.execute(f"CREATE USER {database}@'127.0.0.1' WITH MAX_USER_CONNECTIONS 1")
        cursor.execute(f"GRANT ALL ON {database}.* TO {database}@'127.0.0.1'")
    connection = {"conn_type": "mysql", "host": "127.0.0.1", "port": mariadb_port, "login": database}
    monkeypatch.setenv("AIRFLOW_CONN_KONTUR_SYNC_MYSQL", json.dumps(connection | {"schema": database}))
    ledger = LedgerDatabase()
    with ledger.open(), pytest.raises(LedgerTransientError, match="does not answer"), ledger.open():
        pass
