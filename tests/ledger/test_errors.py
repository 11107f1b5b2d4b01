from __future__ import annotations

import contextlib
import json

import MySQLdb
import pytest

from include.facts import Said, facts, said
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
    ledger = LedgerDatabase()
    with ledger.open(), pytest.raises(LedgerTransientError) as caught, ledger.open(patience_s=0.1):
        pass
    assert caught.value.said is not None
    assert caught.value.said.code == "db_crowded"


@pytest.mark.parametrize(
    ("code", "kind", "told"),
    [
        (2005, LedgerUnreachableError, "db_unreachable"),
        (2003, LedgerUnreachableError, "db_unreachable"),
        (2013, LedgerTransientError, "db_lost"),
        (1213, LedgerTransientError, "db_locked"),
        (1226, LedgerCrowdedError, "db_crowded"),
        (1969, LedgerTransientError, "db_slow"),
        (3024, LedgerTransientError, "db_slow"),
        (1412, LedgerTransientError, "db_altered"),
        (1045, LedgerConfigurationError, "db_login"),
        (3159, LedgerConfigurationError, "db_tls"),
        (1049, LedgerConfigurationError, "ledger_db_unknown"),
        (1142, LedgerConfigurationError, "ledger_db_right"),
        (1146, LedgerConfigurationError, "ledger_db_tables"),
        (1021, LedgerConfigurationError, "ledger_db_full"),
        (1290, LedgerConfigurationError, "ledger_db_read_only"),
        (1366, LedgerRowError, "ledger_db_refused"),
        (1406, LedgerRowError, "ledger_db_refused"),
        (1062, LedgerDuplicateError, "ledger_db_duplicate"),
        (1064, LedgerConfigurationError, "ledger_db_refused"),
    ],
)
def test_an_error_is_of_the_kind_that_says_what_to_do(code: int, kind: type[LedgerError], told: str) -> None:
    with pytest.raises(LedgerError) as caught, in_words("kontur_sync_mysql"):
        raise MySQLdb.OperationalError(code, "what the server said")
    assert type(caught.value) is kind
    database = said("db_of_the_ledger", connection="kontur_sync_mysql")
    assert caught.value.said == Said(told, facts(database=database, answer="what the server said", number=str(code)))


def test_a_connection_that_the_driver_has_given_up_is_lost() -> None:
    with pytest.raises(LedgerTransientError) as caught, in_words("kontur_sync_mysql"):
        raise MySQLdb.InterfaceError(0, "")
    assert caught.value.said is not None
    assert caught.value.said.code == "db_lost"
