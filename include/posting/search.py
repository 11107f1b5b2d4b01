"""Finding an operation again in Kontur whose outcome is unknown: exactly, completely, and shown to be fresh.

A search that breaks off is never «none»; a substring hit is no match; an empty answer of a search that does not know
what was posted since proves nothing (facts/reliability.md §3.4).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
from kontur_hook.contract import DocumentKind
from kontur_hook.hook import KonturHook
from kontur_hook.records import DocumentSummary, Settlement

from include.accounting.marker import find_marker
from include.ledger.operation import OperationRow, State
from include.ledger.operations import Operations
from include.posting.core import Match

_decode = msgspec.json.Decoder(float_hook=Decimal).decode


class Search:
    """Searches of one Kontur account."""

    def __init__(self, hook: KonturHook, operations: Operations, shop_code: str) -> None:
        self._hook = hook
        self._operations = operations
        self._shop_code = shop_code

    def document(self, row: OperationRow, fresh_since: dt.datetime) -> tuple[tuple[Match, ...], bool]:
        """Documents that carry the marker of ``row``, and whether the search shows one posted after ``fresh_since``.

        Raises:
            KonturError: the search did not come to its end.
        """
        kind, sent = DocumentKind(row.kind), _sent(row)
        # Asked first: an index that comes back to life between the two must not vouch for what it did not show.
        fresh = self._is_fresh(row, kind, fresh_since)
        day = dt.date.fromisoformat(sent["date"])
        found = {document.id: document for document in self._hook.list_documents(kind, number=sent["number"])}
        # The accountant may have given it another number: look through its day as well.
        found.update(
            (document.id, document) for document in self._hook.list_documents(kind, date_from=day, date_to=day)
        )
        ours = find_marker(row.marker, self._shop_code)
        matches = tuple(
            _compare_document(document, sent)
            for document in found.values()
            if ours is not None and find_marker(document.comment, self._shop_code) == ours
        )
        return matches, fresh

    def _is_fresh(self, row: OperationRow, kind: DocumentKind, since: dt.datetime) -> bool:
        """Whether the search shows a document of ours that was posted after ``since``."""
        return any(
            document.id == canary.doc_id
            for canary in self._operations.done_since(row.connection, row.kind, since)
            for document in self._hook.list_documents(kind, number=_sent(canary)["number"])
        )

    def money(
        self, row: OperationRow, document: OperationRow, siblings: Sequence[OperationRow]
    ) -> tuple[tuple[Match, ...], bool]:
        """A payment or refund carries no marker: what the document has beyond the ledger's own, with the same content.

        The document is read by its id, not searched for, so there is no index that could stand still. Should another
        sender claim the same entry for an equal operation meanwhile, the ledger lets only one of them have it.
        """
        assert document.doc_id is not None
        details = self._hook.get_document(DocumentKind(document.kind), document.doc_id)
        if details is None:
            return (), True
        entries = details.payments if row.kind == "payment" else details.refunds
        settled = {other.doc_id for other in siblings if other.kind == row.kind and other.state == State.DONE}
        sent = _sent(row)
        equal = sorted((e for e in entries if e.id not in settled and _same_money(e, sent)), key=lambda e: e.id)
        open_twins = [
            other
            for other in siblings
            if other.kind == row.kind and other.payload == row.payload and other.state in {State.SENDING, State.UNKNOWN}
        ]
        if len(equal) > max(len(open_twins), 1):
            return tuple(Match(entry.id, same=True) for entry in equal), True
        return tuple(Match(entry.id, same=True) for entry in equal[:1]), True

    def counterparty(self, row: OperationRow, fresh_since: dt.datetime) -> tuple[tuple[Match, ...], bool]:
        """Counterparties with the same INN and KPP, or the same name where there is no INN."""
        canaries = self._operations.done_since(row.connection, row.kind, fresh_since)
        fresh = any(canary.doc_id in self._counterparties(_sent(canary)) for canary in canaries)
        return tuple(Match(id_, same=True) for id_ in self._counterparties(_sent(row))), fresh

    def _counterparties(self, sent: dict[str, Any]) -> list[str]:
        if inn := sent.get("inn"):
            found = self._hook.find_counterparties(inn=inn)
            return [c.id for c in found if c.inn == inn and (c.kpp or None) == (sent.get("kpp") or None)]
        return [c.id for c in self._hook.find_counterparties(name=sent["name"]) if c.name == sent["name"] and not c.inn]


def _sent(row: OperationRow) -> dict[str, Any]:
    """The body that was sent; numbers as Decimal or int."""
    assert row.payload is not None
    return _decode(row.payload)  # type: ignore[no-any-return]


def _compare_document(document: DocumentSummary, sent: dict[str, Any]) -> Match:
    pairs = (
        ("date", document.date.isoformat(), sent["date"]),
        ("number", document.number, sent["number"]),
        ("total", document.total_amount, sent["totalAmount"]),
        ("counterparty", document.counterparty_id, sent["counterpartyId"]),
    )
    differences = [f"{name} {theirs} instead of {ours}" for name, theirs, ours in pairs if theirs != ours]
    return Match(document.id, same=not differences, difference=", ".join(differences))


def _same_money(entry: Settlement, sent: dict[str, Any]) -> bool:
    theirs = (entry.date.isoformat(), entry.amount, entry.method)
    return theirs == (sent["date"], sent["amount"], sent["paymentMethod"])
