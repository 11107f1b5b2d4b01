"""Connections to the shop's database, by Airflow's MySqlHook."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import MySQLdb.connections

from include.bitrix.errors import in_words
from include.mysql.connecting import Connector


@contextlib.contextmanager
def connection(conn_id: str) -> Iterator[MySQLdb.connections.Connection]:
    """A connection that is closed at the end; text travels as utf8mb4 whatever charset the tables have.

    Raises:
        BitrixError: it cannot be opened.
    """
    with in_words(conn_id):
        opened = Connector(conn_id, needs=["login"]).open()
    with contextlib.closing(opened):
        yield opened
