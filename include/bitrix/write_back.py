"""The one thing that may be written into the shop: a line in an order's comment."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import MySQLdb.connections

from include.bitrix.connection import connection
from include.bitrix.errors import in_words
from include.bitrix.statements import statement
from include.mysql.texts import Texts

CONNECTION_ID = "bitrix_write_mysql"


@contextlib.contextmanager
def write_connection() -> Iterator[MySQLdb.connections.Connection]:
    """The connection ``bitrix_write_mysql``, whose user may write ``b_sale_order.COMMENTS`` and nothing else.

    Strict: a comment that has no room, or a letter that the table's charset lacks, is an error and not a loss.

    Raises:
        BitrixError: it cannot be opened.
    """
    with connection(CONNECTION_ID) as opened:
        with in_words(CONNECTION_ID), contextlib.closing(opened.cursor()) as cursor:
            cursor.execute("SET SESSION sql_mode = 'STRICT_ALL_TABLES', innodb_lock_wait_timeout = 20")
        opened.autocommit(True)
        yield opened


def comment_texts(opened: MySQLdb.connections.Connection) -> Texts:
    """What the column of the comments can hold.

    Raises:
        BitrixError: the database refused to say it.
    """

    def query(sql: str, values: Sequence[object]) -> Sequence[tuple[Any, ...]]:
        with in_words(CONNECTION_ID), contextlib.closing(opened.cursor()) as cursor:
            cursor.execute(sql, values)
            return list(cursor.fetchall())

    return Texts(query, "b_sale_order")


def check_write_access() -> None:
    """Try the statement on no order at all.

    Raises:
        BitrixError: the connection or its user's rights are not as they have to be.
    """
    with write_connection() as opened:
        add_document_to_comment(opened, 0, "")


def add_document_to_comment(opened: MySQLdb.connections.Connection, order_id: int, text: str) -> bool:
    """Add ``text`` (one line) to the order's comment unless it stands there already; whether it was added now.

    Raises:
        BitrixError: the database refused it.
    """
    with in_words(CONNECTION_ID), contextlib.closing(opened.cursor()) as cursor:
        cursor.execute(statement("add_to_comment"), {"order_id": order_id, "line": text})
        return bool(cursor.rowcount)
