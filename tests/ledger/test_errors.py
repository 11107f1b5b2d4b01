from __future__ import annotations

import contextlib
import json

import MySQLdb
import pytest

from include.ledger import connection as connection_module
from include.ledger.connection import LedgerDatabase
from include.ledger.errors import (
    LedgerConfigurationError,
    LedgerCrowdedError,
    LedgerDuplicateError,
    LedgerError,
    LedgerRowError,
    LedgerTransientError,
    LedgerUnreachableError,
    in_words,
)


def test_a_server_with_too_many_connections_takes_one_again_later(
    mariadb_port: int, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = MySQLdb.connect(host="127.0.0.1", port=mariadb_port, user="root")
    with contextlib.closing(root), root.cursor() as cursor:
        cursor.execute(f"CREATE USER {database}@'127.0.0.1' WITH MAX_USER_CONNECTIONS 1")
        cursor.execute(f"GRANT ALL ON {database}.* TO {database}@'127.0.0.1'")
    connection = {"conn_type": "mysql", "host": "127.0.0.1", "port": mariadb_port, "login": database}
    monkeypatch.setenv("AIRFLOW_CONN_KONTUR_SYNC_MYSQL", json.dumps(connection | {"schema": database}))
    monkeypatch.setattr(connection_module, "PATIENCE_S", 0.1)
    ledger = LedgerDatabase()
    with ledger.open(), pytest.raises(LedgerTransientError, match="does not answer"), ledger.open():
        pass


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (2005, LedgerUnreachableError, "does not answer: said; check that it runs"),
        (2003, LedgerUnreachableError, "does not answer: said; check that it runs"),
        (2013, LedgerTransientError, "does not answer: said"),
        (1226, LedgerCrowdedError, "does not answer: said"),
        (1969, LedgerTransientError, "does not answer: said"),
        (3024, LedgerTransientError, "does not answer: said"),
        (1412, LedgerTransientError, "does not answer: said"),
        (1045, LedgerConfigurationError, "TLS of this user"),
        (3159, LedgerConfigurationError, "do not agree on TLS"),
        (1142, LedgerConfigurationError, "grant SELECT, INSERT, UPDATE, DELETE"),
        (1366, LedgerRowError, "refuses: said"),
        (1406, LedgerRowError, "refuses: said"),
        (1062, LedgerDuplicateError, "has it already: said"),
        (1064, LedgerConfigurationError, r"the message of the server \(error 1064\)"),
    ],
)
def test_an_error_is_of_the_kind_that_says_what_to_do(code: int, kind: type[LedgerError], words: str) -> None:
    with pytest.raises(LedgerError, match=words) as caught, in_words("kontur_sync_mysql"):
        raise MySQLdb.OperationalError(code, "said")
    assert type(caught.value) is kind


def test_a_connection_that_the_driver_has_given_up_is_lost() -> None:
    with pytest.raises(LedgerTransientError, match="does not answer"), in_words("kontur_sync_mysql"):
        raise MySQLdb.InterfaceError(0, "")
