"""An empty Bitrix shop on the private MariaDB, and the connection ``bitrix_mysql`` to it."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator

import MySQLdb
import pytest

from include.bitrix.snapshot import ShopDatabase, snapshot
from tests.bitrix import schema
from tests.bitrix.connections import airflow_connection
from tests.bitrix.schema import Filler


@pytest.fixture
def make_shop(mariadb_port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Filler]]:
    """Creates an empty shop of a version and charset, and points ``bitrix_mysql`` at it."""
    with contextlib.ExitStack() as cleanup:

        def make(version: str = "25", charset: str = "utf8mb4") -> Filler:
            connection = MySQLdb.connect(
                host="127.0.0.1", port=mariadb_port, user="root", charset="utf8mb4", autocommit=True
            )
            cleanup.callback(connection.close)
            name = f"shop_{uuid.uuid4().hex[:12]}"
            with connection.cursor() as cursor:
                cursor.execute("SET SESSION sql_mode = '', lock_wait_timeout = 10")
                cursor.execute(f"CREATE DATABASE {name} CHARACTER SET {charset}")
            connection.select_db(name)
            filler = Filler(connection, name, version)
            cleanup.callback(filler.execute, f"DROP DATABASE {name}")
            schema.create(connection, version)
            monkeypatch.setenv("AIRFLOW_CONN_BITRIX_MYSQL", airflow_connection(mariadb_port, name))
            return filler

        yield make


@pytest.fixture
def shop(make_shop: Callable[..., Filler]) -> Filler:
    """An empty shop of version 25."""
    return make_shop()


@pytest.fixture
def read() -> Iterator[Callable[[], ShopDatabase]]:
    """Opens a snapshot of the shop as it is when called."""
    with contextlib.ExitStack() as cleanup:
        yield lambda: cleanup.enter_context(snapshot())
