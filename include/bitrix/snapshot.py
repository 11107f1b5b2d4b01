"""The shop as it is at one moment: a read-only snapshot, and the SQL files that are read in it.

A SELECT-only user could still lock the shop's rows by ``FOR UPDATE``; a read-only transaction refuses that too.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

import MySQLdb
import MySQLdb.connections
from MySQLdb.constants import ER
from MySQLdb.cursors import DictCursor, SSDictCursor

from include.bitrix.columns import OPTIONAL, REQUIRED, Columns
from include.bitrix.connection import connection
from include.bitrix.errors import in_words
from include.bitrix.statements import statement
from include.mysql.connecting import statement_limit

STATEMENT_LIMIT_S = 300
"""A statement that takes longer is ended by the server: the shop's visitors come first."""
LOCK_LIMIT_S = 60
"""How long a statement waits for a table that is being altered."""


class ShopDatabase:
    """Runs the files of ``include/bitrix/sql`` with bound values, suited to the shop's version."""

    def __init__(self, opened: MySQLdb.connections.Connection, conn_id: str) -> None:
        self._connection = opened
        self.conn_id = conn_id

    @functools.cached_property
    def columns(self) -> Columns:
        """What the shop's tables have, found out once."""
        return Columns(self.rows("columns", tables=(*REQUIRED, *OPTIONAL)))

    def rows(self, file: str, **values: object) -> list[dict[str, Any]]:
        """All rows of a query.

        Raises:
            BitrixError: the database refused it.
        """
        with in_words(self.conn_id), contextlib.closing(self._connection.cursor(DictCursor)) as cursor:
            cursor.execute(self._statement(file), values)
            return list(cursor.fetchall())

    def stream(self, file: str, **values: object) -> Iterator[dict[str, Any]]:
        """The rows of a query one by one, never all of them in memory; read to the end before the next query.

        Raises:
            BitrixError: the database refused it.
        """
        with in_words(self.conn_id), contextlib.closing(self._connection.cursor(SSDictCursor)) as cursor:
            cursor.execute(self._statement(file), values)
            yield from cursor

    def hides(self, table: str, column: str) -> bool:
        """Whether the server does not say if the column exists: this user may read single columns of the table only.

        Raises:
            BitrixError: the database failed otherwise.
        """
        with in_words(self.conn_id), contextlib.closing(self._connection.cursor()) as cursor:
            try:
                cursor.execute(f"SELECT `{column}` FROM `{table}` LIMIT 0")
            except MySQLdb.Error as error:
                if error.args[0] in {ER.COLUMNACCESS_DENIED_ERROR, ER.BAD_FIELD_ERROR}:
                    return bool(error.args[0] == ER.COLUMNACCESS_DENIED_ERROR)
                raise
        return False

    def _statement(self, file: str) -> str:
        return statement(file, has=self._has)

    def _has(self, table: str, column: str | None = None) -> bool:
        """Asked only by files that depend on the version, so that ``columns`` itself can be read by a file."""
        return self.columns.has(table, column)


@contextlib.contextmanager
def snapshot(conn_id: str = "bitrix_mysql") -> Iterator[ShopDatabase]:
    """The shop's database as it is now, for reading; nothing that others write meanwhile is seen.

    Raises:
        BitrixError: in words, here and from each read.
    """
    with connection(conn_id) as opened:
        with in_words(conn_id), contextlib.closing(opened.cursor()) as cursor:
            limit = statement_limit(opened, STATEMENT_LIMIT_S)
            # sql_mode as Bitrix itself has it: what one server's defaults refuse, another's must not.
            cursor.execute(f"SET SESSION sql_mode = '', lock_wait_timeout = {LOCK_LIMIT_S}, {limit}")
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        yield ShopDatabase(opened, conn_id)
