"""The books: the SQLite file of Kontur's stand-in."""

from __future__ import annotations

import contextlib
import datetime as dt
import pathlib
import sqlite3
from decimal import ROUND_HALF_UP, Decimal

from sandbox.books.sale import Money, Sale

_KOPECK = Decimal("0.01")


def read_ledger(path: pathlib.Path) -> list[Sale]:
    """Every document of the stand-in with its lines and money; the only place that knows its tables."""
    with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as ledger:
        sales = {
            key: Sale(number, dt.date.fromisoformat(date), total * _KOPECK, inn or None, kpp or None)
            for key, number, date, total, inn, kpp in ledger.execute(
                "SELECT d.id, d.number, d.date, d.total_kopecks, c.inn, c.kpp"
                " FROM documents d JOIN counterparties c ON c.id = d.counterparty_id ORDER BY d.rowid"
            )
        }
        for key, quantity, price, rate in ledger.execute(
            "SELECT document_id, quantity, price_kopecks, vat_rate FROM items"
        ):
            sales[key].vat[rate] += (Decimal(quantity) * price * _KOPECK).quantize(_KOPECK, ROUND_HALF_UP)
        for table in ("payments", "refunds"):
            for key, date, amount, method in ledger.execute(
                f"SELECT document_id, date, amount_kopecks, method FROM {table} ORDER BY rowid"
            ):
                moneys: list[Money] = getattr(sales[key], table)
                moneys.append((dt.date.fromisoformat(date), amount * _KOPECK, method))
    return list(sales.values())
