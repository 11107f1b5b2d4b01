"""Finding an operation again in Kontur whose outcome is unknown: exactly, completely, and shown to be fresh.

A search that breaks off is never «none»; a substring hit is no match; an empty answer of a search that does not know
what was posted since proves nothing.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Collection, Sequence

import msgspec
from kontur_hook.bodies import Body, BodyT, CounterpartyBody, DocumentBody, MoneyBody, decode
from kontur_hook.contract import DocumentKind
from kontur_hook.errors import KonturConfigurationError, KonturProtocolError
from kontur_hook.records import DocumentSummary, KnownCounterparty, MoneyEntry

from include.accounting.marker import find_marker, names_marker, shop_of_marker
from include.accounting.operations import Counterparty, SaleDocument
from include.accounting.payload import StoredError, from_json
from include.books.match import Match
from include.books.matching import AmbiguousError, choose
from include.books.requests import Details, Documents, FindCounterparties
from include.facts import Said, said, several
from include.ledger.operation import UNSETTLED, Kind, OperationRow, State
from include.ledger.statements import DoneSince
from include.ports import Ports, ask, tell
from include.words import text


class Freshness(enum.Enum):
    """What a search shows of what we posted after some moment."""

    SHOWN = enum.auto()
    """One of those: it is fresh."""
    HIDDEN = enum.auto()
    """None of those that there are."""
    NOTHING_NEWER = enum.auto()
    """There is none that it could show."""


class Search:
    """Searches of one Kontur account."""

    def __init__(self, ports: Ports, connection: str, shop_code: str) -> None:
        self._ports = ports
        self._connection = connection
        self._shop_code = shop_code

    async def freshness(self, row: OperationRow, since: dt.datetime) -> Freshness:
        """Whether the search that would find ``row`` shows something of ours that was posted after ``since`` (UTC).

        To be asked before the search: an index that comes back to life between the two must not vouch for what it did
        not show. A payment's document is read by its id, not searched for: no index there could stand still.

        Raises:
            KonturError: the search did not come to its end.
            LedgerError: the ledger is away.
        """
        if row.parent_key is not None:
            return Freshness.SHOWN
        canaries = await tell(self._ports, DoneSince(row.connection, row.kind, since))
        readable = [canary for canary in canaries if _is_readable(canary)]
        for canary in readable:
            if canary.doc_id in await self._shown_like(canary):
                return Freshness.SHOWN
        return Freshness.HIDDEN if readable else Freshness.NOTHING_NEWER

    async def _shown_like(self, canary: OperationRow) -> list[str]:
        if canary.kind == Kind.COUNTERPARTY:
            return [found.id for found in await self._counterparties(_buyer(canary))]
        number = _sent(canary, DocumentBody).number
        return [found.id for found in await self._listed(DocumentKind(canary.kind), number=number)]

    async def _listed(
        self, kind: DocumentKind, *, number: str | None = None, day: dt.date | None = None
    ) -> list[DocumentSummary]:
        return await ask(self._ports, Documents(self._connection, kind, number, day, day))

    async def matches(
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
            return await self._money(row, document, siblings)
        if row.kind == Kind.COUNTERPARTY:
            wanted = _buyer(row)
            return await (self._copies(wanted) if row.state is State.DONE else self._counterparty(wanted))
        return await self._documents(row)

    async def _documents(self, row: OperationRow) -> tuple[Match, ...]:
        kind, sent = DocumentKind(row.kind), _sent(row, DocumentBody)
        found = {document.id: document for document in await self._listed(kind, number=sent.number)}
        # The accountant may have given it another number: look through its day as well.
        found.update((document.id, document) for document in await self._listed(kind, day=sent.date))
        if marked := self._marked(row, found.values()):
            return tuple([await self._compared(document, row, sent) for document in marked])
        # Somebody may have edited the comment since, and the buyer: what equals it in all else is for a person, and
        # never «none».
        alike = [
            document.id
            for document in found.values()
            if shop_of_marker(document.comment) is None and _is_same_but_for_its_buyer(document, sent)
        ]
        difference = said("match_without_marker", marker=row.marker or "")
        return (Match(", ".join(alike), same=False, difference=difference, marked=False),) if alike else ()

    def _marked(self, row: OperationRow, found: Collection[DocumentSummary]) -> list[DocumentSummary]:
        """Those with the row's marker; without one, those in which another marker was written behind it."""
        ours = find_marker(row.marker, self._shop_code)
        its_own = [
            document
            for document in found
            if ours is not None and find_marker(document.comment, self._shop_code) == ours
        ]
        return its_own or [
            document for document in found if ours is not None and names_marker(document.comment, self._shop_code, ours)
        ]

    async def _compared(self, document: DocumentSummary, row: OperationRow, sent: DocumentBody) -> Match:
        """A buyer whose record was merged into another one since is the same buyer."""
        match = _compare_document(document, sent)
        if match.same or not _is_same_but_for_its_buyer(document, sent):
            return match
        try:
            plan = from_json(row.plan or "")
        except StoredError:
            return match
        if not isinstance(plan, SaleDocument):
            return match
        try:
            records = await self._counterparties(plan.counterparty)
            choice = choose(plan.counterparty, records)
        except (AmbiguousError, KonturConfigurationError):  # which record it is, or how to search, is not known
            return match
        gone = all(record.id != sent.counterparty_id for record in records)
        is_merged = gone and choice is not None and choice.id == document.counterparty_id
        return Match(document.id, same=True) if is_merged else match

    async def _money(
        self, row: OperationRow, document: OperationRow, siblings: Sequence[OperationRow]
    ) -> tuple[Match, ...]:
        """A payment or refund carries no marker: what the document has beyond the ledger's own, with the same content.

        Should another sender claim the same entry for an equal operation meanwhile, the ledger lets only one of them
        have it.
        """
        assert document.doc_id is not None
        asked = Details(self._connection, DocumentKind(document.kind), document.doc_id)
        details = await ask(self._ports, asked)
        if details is None:
            # Perhaps it was deleted, with what was sent to it; in any case it is not «none», which would be sent again.
            gone = Match(document.doc_id, same=False, difference=said("match_document_gone"))
            return () if row.state is State.PLANNED else (gone,)
        entries = details.payments if row.kind == Kind.PAYMENT else details.refunds
        # Of this document only: Kontur may number payments within their document.
        alike = [other for other in siblings if (other.kind, other.parent_key) == (row.kind, row.parent_key)]
        settled = {other.doc_id for other in alike if other.state == State.DONE and other.key != row.key}
        sent = _sent(row, MoneyBody)
        equal = sorted((e for e in entries if e.id not in settled and _same_money(e, sent)), key=lambda e: e.id)
        # Beside the row itself, which the siblings may show as it was before it was sent.
        open_twins = [
            other
            for other in alike
            if other.key != row.key and other.payload == row.payload and other.state in UNSETTLED
        ]
        if not equal and row.state is not State.PLANNED:
            # Somebody may have edited it since: what nothing explains is for a person, and never «none».
            strange = [e for e in entries if not any(_explains(other, e) for other in alike if other.key != row.key)]
            return _nearest(strange, sent)
        # What was never sent cannot be doubled: more than one are equal ones that the ledger does not know yet.
        doubled = row.state != State.PLANNED and len(equal) > len(open_twins) + 1
        shown = equal if doubled else equal[:1]
        return tuple(Match(entry.id, same=True) for entry in shown)

    async def _counterparty(self, wanted: Counterparty) -> tuple[Match, ...]:
        """By the rule that chooses a buyer's record: what was sent may have been completed by hand since."""
        found = await self._counterparties(wanted)
        try:
            choice = choose(wanted, found)
        except AmbiguousError as error:
            return (Match(", ".join(record.id for record in found), same=False, difference=error.said or ""),)
        return (Match(choice.id, same=True),) if choice else ()

    async def _copies(self, wanted: Counterparty) -> tuple[Match, ...]:
        """Of one that stands there: how often?"""
        found = await self._counterparties(wanted)
        return tuple(Match(record.id, same=True) for record in found if _is_same_buyer(record, wanted))

    async def _counterparties(self, wanted: Counterparty) -> list[KnownCounterparty]:
        return await ask(self._ports, looked_up(self._connection, wanted))


def looked_up(connection: str, wanted: Counterparty) -> FindCounterparties:
    """The question that shows a buyer's records: by INN where it has one, else by name."""
    if wanted.inn is not None:
        return FindCounterparties(connection, inn=wanted.inn)
    return FindCounterparties(connection, name=wanted.name)


def _sent(row: OperationRow, kind: type[BodyT]) -> BodyT:
    """The body that was sent, or would be.

    Raises:
        KonturProtocolError: it is damaged in the ledger, so it cannot be looked for.
    """
    try:
        return decode(row.payload or "", kind)
    except msgspec.MsgspecError as error:
        raise KonturProtocolError(text(said("sent_unreadable"))) from error


def _is_readable(canary: OperationRow) -> bool:
    kind: type[Body] = CounterpartyBody if canary.kind == Kind.COUNTERPARTY else DocumentBody
    try:
        _sent(canary, kind)
    except KonturProtocolError:
        return False
    return True


def _buyer(row: OperationRow) -> Counterparty:
    """Of its creation."""
    sent = _sent(row, CounterpartyBody)
    return Counterparty(inn=sent.inn, kpp=sent.kpp, name=sent.name, type=sent.type)


def _is_same_buyer(record: KnownCounterparty, wanted: Counterparty) -> bool:
    same = (record.inn, record.kpp) == (wanted.inn, wanted.kpp)
    return same and (wanted.inn is not None or record.name == wanted.name)


def _compare_document(document: DocumentSummary, sent: DocumentBody) -> Match:
    pairs = (
        (document.date == sent.date, said("match_date", kontur=document.date, sent=sent.date)),
        (document.number == sent.number, said("match_number", kontur=document.number, sent=sent.number)),
        (
            document.total_amount == sent.total_amount,
            said("match_total", kontur=document.total_amount, sent=sent.total_amount),
        ),
        (
            document.counterparty_id == sent.counterparty_id,
            said("match_buyer", kontur=document.counterparty_id, sent=sent.counterparty_id),
        ),
    )
    differences = [difference for same, difference in pairs if not same]
    return Match(document.id, same=not differences, difference=several(*differences) if differences else "")


def _is_same_but_for_its_buyer(document: DocumentSummary, sent: DocumentBody) -> bool:
    return _compare_document(document, msgspec.structs.replace(sent, counterparty_id=document.counterparty_id)).same


def _explains(other: OperationRow, entry: MoneyEntry) -> bool:
    """Whether an entry is, or may be, another operation's."""
    return entry.id == other.doc_id or (other.payload is not None and _same_money(entry, _sent(other, MoneyBody)))


def _same_money(entry: MoneyEntry, sent: MoneyBody) -> bool:
    return not _differences(entry, sent)


def _nearest(entries: Sequence[MoneyEntry], sent: MoneyBody) -> tuple[Match, ...]:
    """The one that differs least."""
    if not entries:
        return ()
    nearest = min(entries, key=lambda entry: (len(_differences(entry, sent)), entry.id))
    return (Match(nearest.id, same=False, difference=several(*_differences(nearest, sent)), marked=False),)


def _differences(entry: MoneyEntry, sent: MoneyBody) -> list[Said]:
    pairs = (
        (entry.date == sent.date, said("match_date", kontur=entry.date, sent=sent.date)),
        (entry.amount == sent.amount, said("match_total", kontur=entry.amount, sent=sent.amount)),
        (entry.method == sent.payment_method, said("match_method", kontur=entry.method, sent=sent.payment_method)),
    )
    return [difference for same, difference in pairs if not same]
