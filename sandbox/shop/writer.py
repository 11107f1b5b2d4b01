"""Rows into a shop's tables, by the thousand, without the columns that the shop's version lacks."""

from __future__ import annotations

import collections
from typing import Any

from MySQLdb.connections import Connection

from sandbox.shop.schema import columns

Row = dict[str, Any]
"""Column -> value. A column that the shop's version lacks is left out; a misspelt one is refused."""

ROWS_PER_STATEMENT = 2000
_STATEMENT_BYTES = 1 << 20
_NEWEST = columns("2026")


class Ids:
    """The next free id of each table; continues behind the rows that are there."""

    def __init__(self, connection: Connection, version: str) -> None:
        self._next: collections.Counter[str] = collections.Counter()
        with connection.cursor() as cursor:
            for table, names in columns(version).items():
                if table.startswith("b_sale_") and "ID" in names and table != "b_sale_status":
                    cursor.execute(f"SELECT COALESCE(MAX(ID), 0) FROM {table}")
                    self._next[table] = int(cursor.fetchone()[0])
            # The number of a deleted order is not given again, its other rows may still be there.
            cursor.execute("SELECT COALESCE(MAX(ORDER_ID), 0) FROM b_sale_order_delivery")
            self._next["b_sale_order"] = max(self._next["b_sale_order"], int(cursor.fetchone()[0]))

    def take(self, table: str) -> int:
        self._next[table] += 1
        return self._next[table]


class Writer:
    """Collects rows and inserts them in large statements; :meth:`flush` sends what is left and commits."""

    def __init__(self, connection: Connection, version: str) -> None:
        self._connection = connection
        self._columns = columns(version)
        self._kept: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = {}
        self._waiting: dict[tuple[str, tuple[str, ...]], list[list[Any]]] = {}

    def add(self, table: str, row: Row) -> None:
        if table not in self._columns and table in _NEWEST:
            return
        shape = (table, tuple(row))
        kept = self._kept.get(shape)
        if kept is None:
            kept = self._kept[shape] = self._known(table, row)
        rows = self._waiting.setdefault((table, kept), [])
        rows.append([row[name] for name in kept])
        if len(rows) >= ROWS_PER_STATEMENT:
            self._insert(table, kept, rows)
            rows.clear()

    def flush(self) -> None:
        for (table, names), rows in self._waiting.items():
            if rows:
                self._insert(table, names, rows)
        self._waiting.clear()
        self._connection.commit()

    def _known(self, table: str, row: Row) -> tuple[str, ...]:
        if strange := set(row) - _NEWEST[table]:
            raise ValueError(f"{table} has no column {', '.join(sorted(strange))}")
        return tuple(name for name in row if name in self._columns[table])

    def _insert(self, table: str, names: tuple[str, ...], rows: list[list[Any]]) -> None:
        quoted = ", ".join(f"`{name}`" for name in names)
        marks = ", ".join(["%s"] * len(names))
        with self._connection.cursor() as cursor:
            cursor.max_stmt_length = _STATEMENT_BYTES
            cursor.executemany(f"INSERT INTO {table} ({quoted}) VALUES ({marks})", rows)
