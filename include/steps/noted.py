"""What is noted of orders: for a person's information, and nobody is asked about it."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from include.accounting.days import BEFORE_GO_LIVE
from include.accounting.operations import ADVANCE_ON_SHIPMENT_DAY, BEING_SAVED, CLOSED_ADVANCE, Verdict
from include.accounting.stored_findings import findings_from_json
from include.books import matching
from include.facts import Said, from_json, said
from include.ledger.operation_queries import OperationQueries
from include.ledger.orders import OUT_OF_REACH, OrderRow
from include.words import text

MOST_SHOWN = 50
_AT_POSTING = (*matching.NOTES, CLOSED_ADVANCE, ADVANCE_ON_SHIPMENT_DAY)
"""Codes of what is noted with an operation; the next plan of its order may say the same."""
_FROM_BANK = frozenset({"from_bank", "refund_from_bank"})
_NOTHING_TO_DO = frozenset({BEING_SAVED, OUT_OF_REACH, *BEFORE_GO_LIVE, *_FROM_BANK})
"""Counted only: it settles itself, was typed in by hand before go_live, or comes into the books from elsewhere."""
_FIRST = {Verdict.NOTED: 0, Verdict.SKIPPED: 1}


class Notes:
    """What is noted, or left out by rule, of orders that come batch by batch."""

    def __init__(self) -> None:
        self._found: list[tuple[int, OrderRow, Said]] = []

    def add(self, orders: Sequence[OrderRow], operations: OperationQueries | None = None) -> None:
        """A batch.

        Args:
            orders: what the last plan said of them.
            operations: where what was noted at posting stands; ``None`` for a run that posted nothing.
        """
        found = [
            (_FIRST[finding.verdict], order, finding.said)
            for order in orders
            for finding in findings_from_json(order.findings)
            if finding.verdict in _FIRST
        ]
        if operations is not None:
            by_id = {order.order_id: order for order in orders}
            for id_, code, facts in operations.noted(list(by_id), _AT_POSTING):
                notes = [(0, by_id[id_], note) for note in from_json(facts, code=code)]
                found += [note for note in notes if note not in found]
        self._found += found

    def told(self) -> dict[str, Any]:
        """For XCom.

        Returns:
            ``counts``: code -> how often; ``orders``: at most 50 of ``{order_id, number, code, message}``, what is
            noted before what is left out. A message says the sum and what to do.
        """
        found = sorted(self._found, key=lambda note: (note[0], note[1].order_id))
        listed = [
            {"order_id": order.order_id, "number": order.number, "code": note.code, "message": text(note)}
            for _, order, note in found
            if note.code not in _NOTHING_TO_DO
        ]
        counts = collections.Counter(note.code for _, _, note in found)
        return {"counts": dict(sorted(counts.items())), "orders": listed[:MOST_SHOWN]}


def of_orders(orders: Sequence[OrderRow], operations: OperationQueries | None = None) -> dict[str, Any]:
    """What :meth:`Notes.told` says of one batch alone."""
    notes = Notes()
    notes.add(orders, operations)
    return notes.told()


def added(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Of several batches."""
    counts: collections.Counter[str] = collections.Counter()
    listed: list[Any] = []
    for part in parts:
        counts.update(part["counts"])
        listed += part["orders"]
    return {"counts": dict(sorted(counts.items())), "orders": listed[:MOST_SHOWN]}


def lines(found: Mapping[str, Any]) -> list[str]:
    """For the report; none where nothing is noted. What is listed comes first, then what is counted only."""
    if not found["counts"]:
        return []
    told = [text(said("report_order", number=note["number"], problem=note["message"])) for note in found["orders"]]
    to_tell = sum(count for code, count in found["counts"].items() if code not in _NOTHING_TO_DO)
    more = to_tell - len(told)
    rest = [*([said("noted_more", count=more)] if more > 0 else []), *_counted(found["counts"])]
    return [text(said("noted_title")), *(f"  {line}" for line in (*told, *(text(one) for one in rest)))]


def _counted(counts: Mapping[str, int]) -> list[Said]:
    found = []
    if count := sum(counts.get(code, 0) for code in BEFORE_GO_LIVE):
        found.append(said("noted_before_go_live", count=count))
    if count := sum(counts.get(code, 0) for code in _FROM_BANK):
        found.append(said("noted_from_bank", count=count))
    if count := counts.get(BEING_SAVED, 0):
        found.append(said("noted_being_saved", count=count))
    if count := counts.get(OUT_OF_REACH, 0):
        found.append(said("noted_out_of_reach", count=count))
    return found
