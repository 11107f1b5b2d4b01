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
from kontur_hook.errors import KonturProtocolError
from kontur_hook.hook import KonturHook
from kontur_hook.records import DocumentSummary, Settlement

from include.accounting.marker import find_marker
from include.ledger.operation import OperationRow, State
from include.ledger.operations import Operations
from include.posting.core import Match

_decode = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal).decode


class Search:
    """Searches of one Kontur account."""

    def __init__(self, hook: KonturHook, operations: Operations, shop_code: str) -> None:
        self._hook = hook
        self._operations = operations
        self._shop_code = shop_code

    def is_fresh(self, row: OperationRow, since: dt.datetime) -> bool:
        """Whether the search that would find ``row`` shows something of ours that was posted after ``since`` (UTC).

        To be asked before the search: an index that comes back to life between the two must not vouch for what it did
        not show. A payment's document is read by its id, not searched for: no index there could stand still.

        Raises:
            KonturError: the search did not come to its end.
        """
        if row.parent_key is not None:
            return True
        return any(
            canary.doc_id in self._shown_like(canary)
            for canary in self._operations.done_since(row.connection, row.kind, since)
            if _is_readable(canary)
        )

    def _shown_like(self, canary: OperationRow) -> list[str]:
        sent = _sent(canary)
        if canary.kind == "counterparty":
            return self._counterparties(sent)
        return [found.id for found in self._hook.list_documents(DocumentKind(canary.kind), number=sent["number"])]

    def matches(
        self, row: OperationRow, document: OperationRow | None, siblings: Sequence[OperationRow]
    ) -> tuple[Match, ...]:
        """What Kontur has of ``row``, whose payload is what was sent, or would be.

        Args:
            row: a document, known by its marker; a counterparty, by INN and KPP, or by its name; a payment or refund.
            document: of a payment or refund.
            siblings: all operations of the order.

        Raises:
            KonturError: the search did not come to its end.
        """
        if document is not None:
            return self._money(row, document, siblings)
        if row.kind == "counterparty":
            return self._counterparty(_sent(row))
        return self._documents(row)

    def _documents(self, row: OperationRow) -> tuple[Match, ...]:
        kind, sent = DocumentKind(row.kind), _sent(row)
        day = dt.date.fromisoformat(sent["date"])
        found = {document.id: document for document in self._hook.list_documents(kind, number=sent["number"])}
        # The accountant may have given it another number: look through its day as well.
        found.update(
            (document.id, document) for document in self._hook.list_documents(kind, date_from=day, date_to=day)
        )
        ours = find_marker(row.marker, self._shop_code)
        marked = tuple(
            _compare_document(document, sent)
            for document in found.values()
            if ours is not None and find_marker(document.comment, self._shop_code) == ours
        )
        if marked:
            return marked
        # Somebody may have edited the comment since: what equals it in all else is for a person, and never «none».
        alike = [
            document.id
            for document in found.values()
            if find_marker(document.comment, self._shop_code) is None and _compare_document(document, sent).same
        ]
        difference = f"its comment lacks {row.marker}"
        return (Match(", ".join(alike), same=False, difference=difference, marked=False),) if alike else ()

    def _money(self, row: OperationRow, document: OperationRow, siblings: Sequence[OperationRow]) -> tuple[Match, ...]:
        """A payment or refund carries no marker: what the document has beyond the ledger's own, with the same content.

        Should another sender claim the same entry for an equal operation meanwhile, the ledger lets only one of them
        have it.
        """
        assert document.doc_id is not None
        details = self._hook.get_document(DocumentKind(document.kind), document.doc_id)
        if details is None:
            # Perhaps it was deleted, with what was sent to it; in any case it is not «none», which would be sent again.
            gone = Match(document.doc_id, same=False, difference="the document is not there any more")
            return () if row.state is State.PLANNED else (gone,)
        entries = details.payments if row.kind == "payment" else details.refunds
        # Of this document only: Kontur may number payments within their document.
        alike = [other for other in siblings if (other.kind, other.parent_key) == (row.kind, row.parent_key)]
        settled = {other.doc_id for other in alike if other.state == State.DONE}
        sent = _sent(row)
        equal = sorted((e for e in entries if e.id not in settled and _same_money(e, sent)), key=lambda e: e.id)
        open_twins = [
            other for other in alike if other.payload == row.payload and other.state in {State.SENDING, State.UNKNOWN}
        ]
        # What was never sent cannot be doubled: more than one are equal ones that the ledger does not know yet.
        doubled = row.state != State.PLANNED and len(equal) > max(len(open_twins), 1)
        shown = equal if doubled else equal[:1]
        return tuple(Match(entry.id, same=True) for entry in shown)

    def _counterparty(self, sent: dict[str, Any]) -> tuple[Match, ...]:
        exact = self._counterparties(sent)
        if exact or not sent.get("inn") or sent.get("kpp"):
            return tuple(Match(id_, same=True) for id_ in exact)
        # What was sent without KPP may have got one in Kontur since; of several records none is chosen.
        company = [c.id for c in self._hook.find_counterparties(inn=sent["inn"]) if c.inn == sent["inn"]]
        if len(company) > 1:
            return (Match(", ".join(company), same=False, difference="several records of one INN, each with a KPP"),)
        return tuple(Match(id_, same=True) for id_ in company)

    def _counterparties(self, sent: dict[str, Any]) -> list[str]:
        if inn := sent.get("inn"):
            found = self._hook.find_counterparties(inn=inn)
            return [c.id for c in found if c.inn == inn and (c.kpp or None) == (sent.get("kpp") or None)]
        return [c.id for c in self._hook.find_counterparties(name=sent["name"]) if c.name == sent["name"] and not c.inn]


def _sent(row: OperationRow) -> dict[str, Any]:
    """The body that was sent; numbers as Decimal or int.

    Raises:
        KonturProtocolError: it is damaged in the ledger, so it cannot be looked for.
    """
    try:
        return _decode(row.payload or "")
    except msgspec.MsgspecError as error:
        raise KonturProtocolError(f"{row.key}: what was sent cannot be read in the ledger.") from error


def _is_readable(row: OperationRow) -> bool:
    try:
        return bool(_sent(row))
    except KonturProtocolError:
        return False


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
