"""What an accountant does in the books by hand, and a client of the contract cannot."""

from __future__ import annotations

import dataclasses
import sqlite3
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sandbox.kontur.ledger import Ledger, Money
from sandbox.kontur.schemas import ItemIn

_OF_DOCUMENTS = ("items", "payments", "refunds")


@dataclasses.dataclass(frozen=True, slots=True)
class Accountant:
    """A person at the ledger. Columns come from the routes' own models, values as the tables hold them."""

    books: Ledger

    def edit(
        self, table: Literal["documents", "counterparties", "payments", "refunds"], id_: str, changes: Mapping[str, Any]
    ) -> bool:
        """Set columns of a row; whether it is there."""
        assignments = ", ".join(f"{column} = ?" for column in changes) or "id = id"
        cursor = self.books.connection.execute(
            f"UPDATE {table} SET {assignments} WHERE id = ?", (*changes.values(), id_)
        )
        return cursor.rowcount == 1

    def replace_items(self, document_id: str, items: Sequence[ItemIn]) -> None:
        """Other lines for a document."""
        with self.books.transaction() as connection:
            connection.execute("DELETE FROM items WHERE document_id = ?", (document_id,))
            self.books.add_items(document_id, items)

    def account_of(self, document_id: str) -> str | None:
        """Whose document it is; ``None``: it is not there."""
        row = self._document(document_id)
        return row["account"] if row else None

    def copy(self, document_id: str, changes: Mapping[str, str]) -> str | None:
        """A document more with the same lines, buyer and comment, and without money; its id, ``None``: no such."""
        row = self._document(document_id)
        if row is None:
            return None
        copied = {column: row[column] for column in row.keys() if column != "seq"}  # noqa: SIM118  no mapping
        copied |= {"id": str(uuid.uuid4()), "idempotency_key": None, **changes}
        with self.books.transaction() as connection:
            connection.execute(
                f"INSERT INTO documents ({', '.join(copied)}) VALUES ({', '.join('?' * len(copied))})",
                tuple(copied.values()),
            )
            connection.execute(
                "INSERT INTO items SELECT ?, line, name, quantity, price_kopecks, vat_rate, unit FROM items"
                " WHERE document_id = ?",
                (copied["id"], document_id),
            )
        return str(copied["id"])

    def remove_document(self, document_id: str) -> bool:
        """With its payments and refunds; whether it was there."""
        with self.books.transaction() as connection:
            for table in _OF_DOCUMENTS:
                connection.execute(f"DELETE FROM {table} WHERE document_id = ?", (document_id,))
            return connection.execute("DELETE FROM documents WHERE id = ?", (document_id,)).rowcount == 1

    def remove_money(self, table: Money, money_id: str) -> bool:
        """A payment or a refund; whether it was there."""
        return self.books.connection.execute(f"DELETE FROM {table} WHERE id = ?", (money_id,)).rowcount == 1

    def remove_counterparty(self, counterparty_id: str) -> bool:
        """Its documents stay as they are; whether it was there."""
        deleted = self.books.connection.execute("DELETE FROM counterparties WHERE id = ?", (counterparty_id,))
        return deleted.rowcount == 1

    def merge(self, counterparty_id: str, survivor: str) -> int | None:
        """One goes, its documents are the survivor's; how many moved, ``None``: not two of one account."""
        with self.books.transaction() as connection:
            both = connection.execute(
                "SELECT COUNT(*), COUNT(DISTINCT account) FROM counterparties WHERE id IN (?, ?)",
                (counterparty_id, survivor),
            ).fetchone()
            if tuple(both) != (2, 1):
                return None
            moved = connection.execute(
                "UPDATE documents SET counterparty_id = ? WHERE counterparty_id = ?", (survivor, counterparty_id)
            )
            connection.execute("DELETE FROM counterparties WHERE id = ?", (counterparty_id,))
            return moved.rowcount

    def empty(self, account: str) -> dict[str, int]:
        """Everything that one account holds; how many rows went."""
        with self.books.transaction() as connection:
            removed = {
                table: connection.execute(
                    f"DELETE FROM {table} WHERE document_id IN (SELECT id FROM documents WHERE account = ?)", (account,)
                ).rowcount
                for table in _OF_DOCUMENTS
            }
            for table in ("documents", "counterparties"):
                removed[table] = connection.execute(f"DELETE FROM {table} WHERE account = ?", (account,)).rowcount
        return removed

    def _document(self, document_id: str) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self.books.connection.execute(
            "SELECT * FROM documents WHERE id = ?", (document_id,)
        ).fetchone()
        return row
