"""What each of the three sides knows of an order."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec
from kontur_hook.bodies import DocumentBody, decode
from kontur_hook.contract import DocumentKind

from include.accounting.operations import Finding, Operation, Plan, SaleDocument, Verdict, Wanted
from include.accounting.payload import StoredError, from_json
from include.books.standing import Read, Standing
from include.facts import Said
from include.ledger.operation import STAYS_GONE, OperationRow, State
from include.reconciliation.difference import Sum
from include.window import Window

_ASKS_A_PERSON = frozenset({Verdict.REJECTED, Verdict.REVIEW})


class Depth(enum.StrEnum):
    """How much of Kontur was read."""

    LEDGER = "ledger"
    """Nothing (an account without search): the ledger's word stands for the books."""
    HEADERS = "headers"
    """Lists of documents; of payments and refunds the ledger's word stands for the books."""
    FULL = "full"
    """Each document with its lines, payments and refunds."""


# --- The shop


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class InShop:
    """An order that the shop has."""

    number: str
    wanted: tuple[Wanted, ...] | None
    """What should be in the books; ``None``: the shop could not be asked now, it counts as it was posted."""
    findings: tuple[Finding, ...] = ()
    """Why something cannot be posted."""
    buyer_id: str | None = None
    """Kontur's counterparty, where it is a company that is known there."""

    @classmethod
    def of(cls, plan: Plan, *, buyer_id: str | None = None) -> InShop:
        """What a plan of the order's present state says."""
        findings = tuple(finding for finding in plan.findings if finding.verdict in _ASKS_A_PERSON)
        return cls(number=plan.number, wanted=plan.wanted, findings=findings, buyer_id=buyer_id)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LeftShop:
    """An order that the shop has no longer."""

    number: str | None
    kept: tuple[Operation, ...] = ()
    """What its last plan called for."""
    archived: bool = False
    """Whether it is in the shop's archive; else it was deleted."""


# --- The ledger


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the ledger has of an operation."""

    key: str
    parent_key: str | None = None
    """The document of a payment or refund."""
    kind: str = DocumentKind.SALE_INVOICE.value
    state: State
    begun: bool
    """Whether it was sent, or may have been."""
    operation: Operation | None = None
    """As it was posted, or is planned; ``None``: another program posted it, or it cannot be read."""
    counterparty_id: str | None = None
    """That a document was sent with."""
    doc_id: str | None = None
    code: str | None = None
    message: str | None = None

    @classmethod
    def of(cls, row: OperationRow) -> Kept:
        """What a row of the ledger says."""
        return cls(
            key=row.key,
            parent_key=row.parent_key,
            kind=row.kind,
            state=row.state,
            begun=row.begun,
            operation=_operation(row),
            counterparty_id=_counterparty_id(row),
            doc_id=row.doc_id,
            code=row.code,
            message=row.message,
        )

    @property
    def posted(self) -> bool:
        """Whether it stands confirmed in Kontur, as far as the ledger knows."""
        return self.state is State.DONE

    @property
    def stays_gone(self) -> bool:
        """Whether a person said that it is gone from Kontur, and is to stay so."""
        return self.posted and self.code == STAYS_GONE


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class InLedger:
    """What the ledger has of an order."""

    operations: tuple[Kept, ...] = ()
    refused: bool = False
    """Whether the last run that planned the order rejected it, or put it under review."""
    closed: Mapping[Said, str] = dataclasses.field(default_factory=dict)
    """Findings that a person closed by hand -> who."""


# --- Kontur


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class InBooks:
    """What Kontur has of an order: all that carries its markers, and all that the ledger's ids led to."""

    documents: tuple[Standing, ...] = ()
    gone: frozenset[str] = frozenset()
    """Ids of the ledger for which Kontur itself said that it has no such document."""
    unread: frozenset[str] = frozenset()
    """Ids of documents that could not be read."""

    @classmethod
    def of(cls, listed: Iterable[Standing], reads: Iterable[Read] = ()) -> InBooks:
        """What lists have shown, and what came of reading documents one by one; the reading is the later word."""
        documents, gone, unread = {one.id: one for one in listed}, set(), set()
        for read in reads:
            if read.standing is not None:
                documents[read.id] = read.standing
            elif read.is_gone:
                documents.pop(read.id, None)
                gone.add(read.id)
            else:
                unread.add(read.id)
        return cls(documents=tuple(documents.values()), gone=frozenset(gone), unread=frozenset(unread))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """An order, from all three sides."""

    order_id: int
    shop: InShop | LeftShop
    ledger: InLedger = InLedger()
    books: InBooks = InBooks()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is compared."""

    window: Window
    """What has no day in it is left out: Kontur was not asked for it."""
    depth: Depth
    shop_code: str
    """Of our own markers."""
    beside: frozenset[str] = frozenset()
    """Documents, by Kontur's id, that have no day here, and at which a full reading found money with a day of these."""
    merged: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Counterparties that were merged into another one in Kontur: the old id -> the one that stands."""

    def covers(self, days: Iterable[dt.date]) -> bool:
        """Whether one of the days is compared."""
        return any(self.window.date_from <= day <= self.window.date_to for day in days)

    def widened(self, by: dt.timedelta) -> Scope:
        """With more days before and after."""
        days = Window(self.window.date_from - by, self.window.date_to + by)
        return dataclasses.replace(self, window=days)

    def same_buyer(self, one: str, other: str) -> bool:
        """Whether both ids are of one counterparty."""
        return self.merged.get(one, one) == self.merged.get(other, other)


def sum_of(operation: Operation) -> Sum:
    """An operation's roubles at its day."""
    amount: Decimal = operation.total_amount if isinstance(operation, SaleDocument) else operation.amount
    return Sum(operation.date, amount)


def total_of(standing: Standing) -> Sum:
    """A document's total at its day, as Kontur has it."""
    return Sum(standing.header.date, standing.header.total_amount)


def _operation(row: OperationRow) -> Operation | None:
    try:
        return from_json(row.plan) if row.plan else None
    except StoredError:
        return None


def _counterparty_id(row: OperationRow) -> str | None:
    if row.parent_key is not None or row.payload is None:
        return None
    try:
        return decode(row.payload, DocumentBody).counterparty_id
    except msgspec.MsgspecError:
        return None
