"""The shop's tables as the living shop keeps them: rows in memory, and only what changed goes into MariaDB."""

from __future__ import annotations

from typing import Any

from MySQLdb.connections import Connection

from sandbox.shop.schema import columns

Row = dict[str, Any]
"""Column -> value, Bitrix's names."""

_HISTORY = ("b_sale_order_change", "b_sale_user_transact", "b_sale_cashbox_check", "b_sale_check_related_entities")


class Tables:
    """All rows of all orders. A column or table that the shop's version lacks is left out when written."""

    def __init__(self, connection: Connection, version: str) -> None:
        self._connection = connection
        self._columns = columns(version)
        self._written: dict[tuple[str, int], Row] = {}
        self._rows: dict[tuple[str, int], Row] = {}

    def add(self, table: str, row: Row) -> Row:
        """A new row."""
        if row.get("ID") is None:  # the few that nothing refers to
            row["ID"] = 1 + max((id_ for name, id_ in self._rows if name == table), default=0)
        self._rows[table, row["ID"]] = row
        return row

    def remove(self, table: str, row: Row) -> None:
        """A row is gone."""
        del self._rows[table, row["ID"]]

    def flush(self) -> None:
        """Write what changed since the last time, as Bitrix would: each row by its ID."""
        with self._connection.cursor() as cursor:
            for table, id_ in self._written.keys() - self._rows.keys():
                cursor.execute(f"DELETE FROM {table} WHERE ID = %s", (id_,))
                del self._written[table, id_]
            for key, row in self._rows.items():
                before = self._written.get(key)
                if before == row or key[0] not in self._columns:
                    continue
                known = {name: value for name, value in row.items() if name in self._columns[key[0]]}
                if before is None:
                    names = ", ".join(f"`{name}`" for name in known)
                    marks = ", ".join(["%s"] * len(known))
                    cursor.execute(f"INSERT INTO {key[0]} ({names}) VALUES ({marks})", list(known.values()))
                else:
                    changed = {name: value for name, value in known.items() if before.get(name) != value}
                    settings = ", ".join(f"`{name}` = %s" for name in changed) or "ID = ID"
                    cursor.execute(f"UPDATE {key[0]} SET {settings} WHERE ID = %s", [*changed.values(), key[1]])
                self._written[key] = dict(row)
        self._connection.commit()
