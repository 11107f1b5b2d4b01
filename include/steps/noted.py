"""What is noted of orders: for a person's information, and nobody is asked about it."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from include.accounting.operations import BEING_SAVED, Verdict
from include.accounting.stored_findings import findings_from_json
from include.books.matching import NOTES
from include.ledger.operations import Operations
from include.ledger.orders import OUT_OF_REACH, OrderRow
from include.words import text

MOST_SHOWN = 50
_NOTHING_TO_DO = frozenset({BEING_SAVED, OUT_OF_REACH, "before_go_live", "payment_before_go_live"})
"""Counted only: it settles itself, or was typed in by hand before go_live."""
_FIRST = {Verdict.NOTED: 0, Verdict.SKIPPED: 1}


def of_orders(orders: Sequence[OrderRow], operations: Operations | None = None) -> dict[str, Any]:
    """What is noted, or left out by rule, of these orders.

    Args:
        orders: what the last plan said of them.
        operations: where what was noted at posting stands; ``None`` for a run that posted nothing.

    Returns:
        ``counts``: code -> how often; ``orders``: at most 50 of ``{order_id, number, code, message}``, what is noted
        before what is left out. A message says the sum and what to do.
    """
    found = [
        (_FIRST[finding.verdict], order, finding.code, text(finding.said))
        for order in orders
        for finding in findings_from_json(order.findings)
        if finding.verdict in _FIRST
    ]
    if operations is not None:
        by_id = {order.order_id: order for order in orders}
        found += [(0, by_id[id_], code, message) for id_, code, message in operations.noted(list(by_id), NOTES)]
    found.sort(key=lambda note: (note[0], note[1].order_id))
    listed = [
        {"order_id": order.order_id, "number": order.number, "code": code, "message": message}
        for _, order, code, message in found
        if code not in _NOTHING_TO_DO
    ]
    counts = collections.Counter(code for _, _, code, _ in found)
    return {"counts": dict(sorted(counts.items())), "orders": listed[:MOST_SHOWN]}


def added(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Of several batches."""
    counts: collections.Counter[str] = collections.Counter()
    listed: list[Any] = []
    for part in parts:
        counts.update(part["counts"])
        listed += part["orders"]
    return {"counts": dict(sorted(counts.items())), "orders": listed[:MOST_SHOWN]}


def in_words(found: Mapping[str, Any]) -> list[str]:
    """Lines for the log; none where nothing is noted."""
    if not found["counts"]:
        return []
    counts = ", ".join(f"{code} {count}" for code, count in found["counts"].items())
    lines = [f"Noted, nobody is asked: {counts}."]
    lines += [f"  № {note['number']}: {note['message']}" for note in found["orders"]]
    told = sum(count for code, count in found["counts"].items() if code not in _NOTHING_TO_DO)
    if (more := told - len(found["orders"])) > 0:
        lines.append(f"  and {more} more: column findings of local_kontur_bukh_order.")
    return lines
