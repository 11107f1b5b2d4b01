"""What the ledger has of a range of days: sums of what is posted, and the orders that have anything to do with it."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from include.ledger.connection import Session
from include.window import Window


class Posted(NamedTuple):
    """The operations of a kind that are done in an account."""

    connection: str
    kind: str
    operations: int
    amount: Decimal
    """Roubles."""


class Turnover:
    """What one session reads."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def posted(self, days: Window) -> list[Posted]:
        """What is done with a day of these; documents of another program have none, nor have counterparties."""
        rows = self._session.rows(
            "SELECT connection, kind, COUNT(*), SUM(amount) FROM local_kontur_bukh_operation"
            " WHERE state = 'done' AND amount IS NOT NULL AND document_date BETWEEN %s AND %s"
            " GROUP BY connection, kind",
            [days.date_from, days.date_to],
        )
        return [Posted(*row) for row in rows]

    def orders(self, days: Window) -> set[int]:
        """Orders with an operation on these days, and those that somebody owed something of before them.

        Too many rather than too few: a payment that was withdrawn may have been money or none, so both are tried, and
        what has no day or sum here (a document of another program) always belongs to them.
        """
        rows = self._session.rows(
            "SELECT order_id FROM local_kontur_bukh_operation WHERE order_id IS NOT NULL"
            " AND (document_date <= %s OR document_date IS NULL) GROUP BY order_id"
            " HAVING MAX(document_date) >= %s OR MAX(amount IS NULL OR document_date IS NULL) = 1"
            " OR SUM(CASE WHEN kind = 'payment' THEN -amount WHEN state = 'skipped' THEN 0 ELSE amount END) <> 0"
            " OR SUM(CASE WHEN state = 'skipped' THEN 0 WHEN kind = 'payment' THEN -amount ELSE amount END) <> 0",
            [days.date_to, days.date_from],
        )
        return {row[0] for row in rows}
