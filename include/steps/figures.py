"""A run's figures: each order it looked at in exactly one place, and what it posted, by Kontur account and in total."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from include.ledger.orders import OrderRow
from include.posting.order_state import OrderState

STANDINGS = ("synced", "pending", "errors", "skipped", "nothing")
"""Where an order can stand: all that is due is done; something waits; a person is needed; left out by rule; nothing is
due, or nothing is known of it."""
_COUNTS = (*STANDINGS, "documents", "payments", "refunds")
_PLACES = {"synced": "synced", "pending": "pending", "error": "errors"}
_DOCUMENTS = frozenset({"saleinvoice", "act"})

Account = dict[str, Any]
"""The counts by name, and ``amount``: roubles of the documents, as text."""


def standing(order: OrderRow) -> str:
    """One of ``STANDINGS``."""
    status = OrderState(order.state, order.code, order.message).sync_status
    if status is not None:
        return _PLACES[status]
    return "nothing" if order.state is None else "skipped"


def accounts(orders: Iterable[OrderRow], posted: Iterable[tuple[str, str, Decimal | None]]) -> dict[str, Account]:
    """Connection -> its figures.

    Args:
        orders: what is known of the orders.
        posted: connection, kind and roubles of each operation.
    """
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    amounts: dict[str, Decimal] = collections.defaultdict(lambda: Decimal("0.00"))
    for order in orders:
        counts[order.connection][standing(order)] += 1
    for connection, kind, amount in posted:
        is_document = kind in _DOCUMENTS
        counts[connection]["documents" if is_document else f"{kind}s"] += 1
        amounts[connection] += amount if is_document and amount is not None else Decimal(0)
    return {
        connection: {name: found[name] for name in _COUNTS} | {"amount": str(amounts[connection])}
        for connection, found in sorted(counts.items())
    }


def added(parts: Sequence[Mapping[str, Account]]) -> dict[str, Account]:
    """Of several batches."""
    connections = sorted({connection for part in parts for connection in part})
    return {c: total([part[c] for part in parts if c in part]) for c in connections}


def total(found: Iterable[Account], *, orders: int | None = None) -> Account:
    """The sum of several; with ``orders``, how many were looked at, what is known of none of them is ``nothing``."""
    found = list(found)
    whole: Account = {name: sum(account[name] for account in found) for name in _COUNTS}
    whole["amount"] = str(sum((Decimal(account["amount"]) for account in found), start=Decimal("0.00")))
    if orders is not None:
        whole["nothing"] += orders - sum(whole[name] for name in STANDINGS)
    return whole
