"""A run's figures: each order it looked at in exactly one place, and what it posted, by Kontur account and in total."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
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
_ENDS = ("first_day", "last_day")

Account = dict[str, Any]
"""The counts by name; ``amount``: roubles of the documents, as text; ``first_day`` and ``last_day`` of the documents,
ISO or ``None``."""


@dataclasses.dataclass(frozen=True, slots=True)
class Posted:
    """Operations of a kind and a day that are in the books, or that a dry run would bring there."""

    connection: str
    kind: str
    day: dt.date | None
    """The shop's local day."""
    amount: Decimal | None
    """Roubles; of all of them."""
    count: int = 1

    @property
    def is_document(self) -> bool:
        """No payment, no refund."""
        return self.kind in _DOCUMENTS


def standing(order: OrderRow) -> str:
    """One of ``STANDINGS``."""
    status = OrderState(order.state, order.code, order.problems).sync_status
    if status is not None:
        return _PLACES[status]
    return "nothing" if order.state is None else "skipped"


def accounts(orders: Iterable[OrderRow], posted: Iterable[Posted]) -> dict[str, Account]:
    """Connection -> its figures.

    Args:
        orders: what is known of the orders.
        posted: the operations.
    """
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    amounts: dict[str, Decimal] = collections.defaultdict(lambda: Decimal("0.00"))
    days: dict[str, list[str]] = collections.defaultdict(list)
    for order in orders:
        counts[order.connection][standing(order)] += 1
    for one in posted:
        counts[one.connection]["documents" if one.is_document else f"{one.kind}s"] += one.count
        if one.is_document:
            amounts[one.connection] += one.amount or Decimal(0)
            days[one.connection] += [one.day.isoformat()] if one.day else []
    return {
        connection: {name: found[name] for name in _COUNTS}
        | {"amount": str(amounts[connection])}
        | _first_and_last(days[connection])
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
    whole |= _first_and_last([account[end] for account in found for end in _ENDS if account[end]])
    if orders is not None:
        whole["nothing"] += orders - sum(whole[name] for name in STANDINGS)
    return whole


def _first_and_last(days: Sequence[str]) -> dict[str, str | None]:
    return {"first_day": min(days, default=None), "last_day": max(days, default=None)}
