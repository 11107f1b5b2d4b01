"""Looking for orders: by number or ID, by what stands in Kontur, by buyer or sum."""

from __future__ import annotations

from decimal import Decimal

from include.ledger.connection import Session
from include.ledger.screens.listed import ListedOrder, listed, of_ids


class Found:
    """What one session finds; the orders with the greatest IDs, at most ``most``."""

    def __init__(self, session: Session, most: int) -> None:
        self._session = session
        self._most = most

    def by_number(self, number: str) -> list[ListedOrder]:
        """The shop's people know orders by it; the shop may have given it twice."""
        return self._orders("number = %s", number)

    def by_id(self, order_id: int) -> list[ListedOrder]:
        """The shop's own ID."""
        return self._orders("order_id = %s", order_id)

    def by_inn(self, inn: str) -> list[ListedOrder]:
        """Of the buyer, of what was planned since it is noted."""
        return self._orders("inn = %s", inn)

    def by_document(self, doc_id: str) -> list[ListedOrder]:
        """The id of a document, payment or refund in Kontur."""
        return self._with_operation("doc_id = %s", doc_id)

    def by_marker(self, marker: str) -> list[ListedOrder]:
        """The mark in a document's comment."""
        return self._with_operation("marker = %s", marker)

    def by_amount(self, amount: Decimal) -> list[ListedOrder]:
        """Roubles, of a document, payment or refund."""
        return self._with_operation("amount = %s", amount)

    def _orders(self, condition: str, value: object) -> list[ListedOrder]:
        return listed(self._session, condition, [value], self._most)

    def _with_operation(self, condition: str, value: object) -> list[ListedOrder]:
        rows = self._session.rows(
            f"SELECT DISTINCT order_id FROM local_kontur_bukh_operation WHERE {condition} AND order_id IS NOT NULL"
            " ORDER BY order_id DESC LIMIT %s",
            [value, self._most],
        )
        return of_ids(self._session, [row[0] for row in rows])
