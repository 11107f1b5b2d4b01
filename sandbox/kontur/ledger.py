"""The books on disk: SQLite, committed before the answer leaves. Nothing is deduplicated."""

from __future__ import annotations

import contextlib
import pathlib
import sqlite3
import time
import uuid
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Literal

from sandbox.kontur.kopecks import kopecks, roubles
from sandbox.kontur.schemas import CounterpartyIn, CounterpartyQuery, DocumentIn, DocumentQuery, ItemIn, MoneyIn

Money = Literal["payments", "refunds"]
_SCHEMA = pathlib.Path(__file__).with_name("schema.sql")


class Ledger:
    """One account's data is never seen from another. To be used from one thread."""

    def __init__(self, path: pathlib.Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.row_factory = sqlite3.Row
        self.connection.create_function("as_searched", 1, _as_searched, deterministic=True)
        # Survives a killed process, which is what the tests kill; a power cut is not among them.
        self.connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;")
        self.connection.executescript(_SCHEMA.read_text())

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing of what the block writes."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def add_counterparty(self, account: str, new: CounterpartyIn, idempotency_key: str | None) -> str:
        """Write it; returns its id."""
        counterparty_id = str(uuid.uuid4())
        self.connection.execute(
            "INSERT INTO counterparties (id, account, name, inn, kpp, type, created_at, idempotency_key)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (counterparty_id, account, new.name, new.inn, new.kpp, new.type, time.time(), idempotency_key),
        )
        return counterparty_id

    def has_counterparty(self, account: str, counterparty_id: str) -> bool:
        found = self.connection.execute(
            "SELECT 1 FROM counterparties WHERE account = ? AND id = ?", (account, counterparty_id)
        )
        return found.fetchone() is not None

    def counterparties(self, account: str, query: CounterpartyQuery, *, substring: bool) -> list[dict[str, Any]]:
        """Those that match, oldest first, as the wire gives them."""
        where, values = ["account = ?"], [account]
        if query.inn is not None:
            where.append("inn = ?")
            values.append(query.inn)
        if query.name is not None:
            where.append("instr(as_searched(name), ?) > 0" if substring else "as_searched(name) = ?")
            values.append(_as_searched(query.name))
        rows = self.connection.execute(
            f"SELECT id, inn, kpp, name FROM counterparties WHERE {' AND '.join(where)} ORDER BY seq", values
        )
        return [dict(row) for row in rows]

    def add_document(self, account: str, kind: str, new: DocumentIn, idempotency_key: str | None) -> str:
        """Write a document with its items; returns its id."""
        document_id = str(uuid.uuid4())
        with self.transaction() as connection:
            connection.execute(
                "INSERT INTO documents (id, account, kind, number, date, counterparty_id, total_kopecks, comment,"
                " created_at, idempotency_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    document_id,
                    account,
                    kind,
                    new.number,
                    new.date,
                    new.counterparty_id,
                    kopecks(new.total_amount),
                    new.comment,
                    time.time(),
                    idempotency_key,
                ),
            )
            self.add_items(document_id, new.items)
        return document_id

    def add_items(self, document_id: str, items: Sequence[ItemIn]) -> None:
        """Write the lines of a document."""
        self.connection.executemany(
            "INSERT INTO items (document_id, line, name, quantity, price_kopecks, vat_rate, unit)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (document_id, line, i.name, f"{i.quantity:f}", kopecks(i.price), i.vat_rate, i.unit)
                for line, i in enumerate(items, 1)
            ),
        )

    def documents(
        self, account: str, kind: str, query: DocumentQuery, *, lag_s: float, substring: bool
    ) -> list[dict[str, Any]]:
        """One page of those written at least ``lag_s`` seconds ago, by date and, within a day, as they came."""
        where, values = ["account = ?", "kind = ?"], [account, kind]
        if query.number is not None:
            where.append("instr(number, ?) > 0" if substring else "number = ?")
            values.append(query.number)
        if query.date_from is not None:
            where.append("date >= ?")
            values.append(query.date_from)
        if query.date_to is not None:
            where.append("date <= ?")
            values.append(query.date_to)
        rows = self.connection.execute(
            f"SELECT * FROM documents WHERE {' AND '.join(where)} AND created_at <= ?"
            " ORDER BY date, seq LIMIT ? OFFSET ?",
            (*values, time.time() - lag_s, query.limit, query.offset),
        )
        return [_summary(row) for row in rows]

    def document(self, account: str, kind: str, document_id: str) -> dict[str, Any] | None:
        """One document with its items, payments and refunds."""
        row = self.connection.execute(
            "SELECT * FROM documents WHERE account = ? AND kind = ? AND id = ?", (account, kind, document_id)
        ).fetchone()
        if row is None:
            return None
        items = self.connection.execute(
            "SELECT name, quantity, price_kopecks, vat_rate, unit FROM items WHERE document_id = ? ORDER BY line",
            (document_id,),
        )
        return _summary(row) | {
            "items": [
                {
                    "name": item["name"],
                    "quantity": Decimal(item["quantity"]),
                    "price": roubles(item["price_kopecks"]),
                    "vatRate": item["vat_rate"],
                    "unit": item["unit"],
                }
                for item in items
            ],
            "payments": self._money("payments", document_id),
            "refunds": self._money("refunds", document_id),
        }

    def has_document(self, account: str, kind: str, document_id: str) -> bool:
        found = self.connection.execute(
            "SELECT 1 FROM documents WHERE account = ? AND kind = ? AND id = ?", (account, kind, document_id)
        )
        return found.fetchone() is not None

    def another_document(self, document_id: str) -> str | None:
        """The id of the newest document that is not this one."""
        row = self.connection.execute(
            "SELECT id FROM documents WHERE id <> ? ORDER BY seq DESC LIMIT 1", (document_id,)
        ).fetchone()
        return row["id"] if row else None

    def add_money(self, table: Money, document_id: str, new: MoneyIn, idempotency_key: str | None) -> str:
        """Write a payment or a refund; returns its id."""
        money_id = str(uuid.uuid4())
        self.connection.execute(
            f"INSERT INTO {table} (id, document_id, date, amount_kopecks, method, created_at, idempotency_key)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                money_id,
                document_id,
                new.date,
                kopecks(new.amount),
                new.payment_method,
                time.time(),
                idempotency_key,
            ),
        )
        return money_id

    def sum_of(self, table: Money, document_id: str) -> Decimal:
        """Roubles of a document's payments or refunds."""
        query = f"SELECT COALESCE(SUM(amount_kopecks), 0) FROM {table} WHERE document_id = ?"
        return roubles(self.connection.execute(query, (document_id,)).fetchone()[0])

    def totals(self, account: str | None) -> dict[str, Any]:
        """How many documents, payments and refunds, and their sums; of one account or of all."""
        only, values = ("WHERE d.account = ?", (account,)) if account else ("", ())
        documents = self.connection.execute(
            f"SELECT COUNT(*), COALESCE(SUM(total_kopecks), 0) FROM documents AS d {only}", values
        ).fetchone()
        totals = {"documents": {"count": documents[0], "amount": roubles(documents[1])}}
        for table in ("payments", "refunds"):
            row = self.connection.execute(
                f"SELECT COUNT(*), COALESCE(SUM(m.amount_kopecks), 0) FROM {table} AS m"
                f" JOIN documents AS d ON d.id = m.document_id {only}",
                values,
            ).fetchone()
            totals[table] = {"count": row[0], "amount": roubles(row[1])}
        return totals

    def page(self, account: str | None, *, limit: int, offset: int) -> list[dict[str, Any]]:
        """Documents of every kind in the order they came, each with what belongs to it."""
        only, values = ("WHERE account = ?", [account]) if account else ("", [])
        rows = self.connection.execute(
            f"SELECT account, kind, id FROM documents {only} ORDER BY seq LIMIT ? OFFSET ?", (*values, limit, offset)
        ).fetchall()
        return [{"account": row["account"], "kind": row["kind"]} | (self.document(*row) or {}) for row in rows]

    def _money(self, table: Money, document_id: str) -> list[dict[str, Any]]:
        query = f"SELECT id, date, amount_kopecks, method FROM {table} WHERE document_id = ? ORDER BY seq"
        return [
            {
                "id": row["id"],
                "date": row["date"],
                "amount": roubles(row["amount_kopecks"]),
                "paymentMethod": row["method"],
            }
            for row in self.connection.execute(query, (document_id,))
        ]


def _as_searched(name: str) -> str:
    """A search by name knows no case, and no outer or doubled spaces."""
    return " ".join(name.split()).casefold()


def _summary(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "number": row["number"],
        "date": row["date"],
        "counterpartyId": row["counterparty_id"],
        "totalAmount": roubles(row["total_kopecks"]),
        "comment": row["comment"],
    }
