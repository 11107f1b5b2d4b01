"""A connection to an empty database, and a shop in it."""

from __future__ import annotations

from collections.abc import Iterator

import MySQLdb
import pytest
from MySQLdb.connections import Connection

from sandbox.shop import schema


@pytest.fixture
def connection(mariadb_port: int, database: str) -> Iterator[Connection]:
    """Of an ordinary client: the server's own sql_mode."""
    opened = MySQLdb.connect(
        host="127.0.0.1", port=mariadb_port, user="root", database=database, charset="utf8mb4", autocommit=True
    )
    yield opened
    opened.close()


@pytest.fixture
def shop(connection: Connection) -> Connection:
    """The tables of version 25, empty."""
    schema.create(connection)
    return connection
