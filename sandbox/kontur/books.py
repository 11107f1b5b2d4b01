"""The server's books, read from its ledger by those who check it. Never writes."""

from __future__ import annotations

import pathlib
import sqlite3
from decimal import Decimal
from typing import Any

from sandbox.kontur.kopecks import roubles

Row = dict[str, Any]


class Books:
    """Plain rows, oldest first; money as ``Decimal`` roubles. Works while the server runs and after it ended."""

    def __init__(self, ledger_path: pathlib.Path) -> None:
        self._path = ledger_path

    def counterparties(self) -> list[Row]:
        return self._rows("SELECT * FROM counterparties ORDER BY seq")

    def documents(self) -> list[Row]:
        return self._rows("SELECT * FROM documents ORDER BY seq")

    def items(self) -> list[Row]:
        return self._rows("SELECT * FROM items ORDER BY document_id, line")

    def payments(self) -> list[Row]:
        """With ``account``, ``kind`` and ``number`` of their document."""
        return self._money("payments")

    def refunds(self) -> list[Row]:
        """With ``account``, ``kind`` and ``number`` of their document."""
        return self._money("refunds")

    def requests(self) -> list[Row]:
        """Every request of the contract; ``fault`` fired on it; without a whole answer ``status`` is ``None``."""
        return self._rows("SELECT * FROM requests ORDER BY seq")

    def _money(self, table: str) -> list[Row]:
        return self._rows(
            f"SELECT m.*, d.account, d.kind, d.number FROM {table} AS m"
            " JOIN documents AS d ON d.id = m.document_id ORDER BY m.seq"
        )

    def _rows(self, query: str) -> list[Row]:
        connection = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        try:
            return [_plain(row) for row in connection.execute(query)]
        finally:
            connection.close()


def _plain(row: sqlite3.Row) -> Row:
    """``total_kopecks`` 1250 becomes ``total`` 12.50; a quantity becomes a ``Decimal``."""
    plain: Row = {}
    for name in row.keys():  # noqa: SIM118  a sqlite3.Row is no mapping
        if name.endswith("_kopecks"):
            plain[name.removesuffix("_kopecks")] = roubles(row[name])
        elif name == "quantity":
            plain[name] = Decimal(row[name])
        else:
            plain[name] = row[name]
    return plain
