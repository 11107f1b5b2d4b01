"""An order taken apart: each document with its money, and what each side has of it."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence

from kontur_hook.contract import DocumentKind
from kontur_hook.records import DocumentDetails, DocumentSummary

from include.accounting.keys import document_key, is_document, money_of
from include.accounting.marker import find_marker
from include.accounting.operations import Operation, SaleDocument, Wanted
from include.books.standing import Standing
from include.reconciliation.difference import Measure, Sum
from include.reconciliation.sides import Depth, InShop, Kept, LeftShop, Scope, Sides, sum_of, total_of
from include.window import Window


class Absence(enum.StrEnum):
    """Why the document that the ledger names is not among those of Kontur."""

    NONE = "none"
    """It is there, or the ledger names none."""
    GONE = "gone"
    """Kontur itself says that there is none, or the document of this id is another order's."""
    UNREAD = "unread"
    """Kontur could not be asked."""
    NOT_ASKED = "not_asked"
    """Nobody has asked."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A payment or refund as the books have it."""

    id: str
    document_id: str
    measure: Measure
    sum: Sum
    method: str
    in_copy: bool = False
    """Whether it stands at a document that is one too many."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A document with its money, from all sides."""

    order: Sides
    key: str
    wanted: Wanted | None = None
    kept: Kept | None = None
    stands: Standing | None = None
    """The one that is ours."""
    copies: tuple[Standing, ...] = ()
    """Further ones with its marker."""
    absence: Absence = Absence.NONE
    in_scope: bool = True
    """Whether the document itself is compared; else only its money."""
    money_wanted: tuple[Wanted, ...] = ()
    money_kept: tuple[Kept, ...] = ()
    entries: tuple[Entry, ...] = ()
    unread: bool = False
    """Whether lines, payments and refunds were to be read, and could not be."""
    known_days: frozenset[dt.date] = frozenset()
    """Those for which it is compared whatever a reading of the document shows."""

    @property
    def shop(self) -> Sum | None:
        """What the shop says of the document."""
        return Sum(self.wanted.date, self.wanted.amount) if self.wanted else None

    @property
    def number(self) -> str | None:
        """The order's."""
        return self.order.shop.number

    @property
    def stays_gone(self) -> bool:
        """Whether the document is gone from Kontur, as a person wants it."""
        return self.stands is None and self.kept is not None and self.kept.stays_gone


def document_of(money_key: str, order_id: int) -> str:
    """The document that a payment or refund belongs to."""
    name = money_of(money_key)
    return document_key(order_id, name.shipment_id if name else None)


def measure_of(money_key: str) -> Measure:
    """Whether it is the key of a payment or of a refund."""
    return Measure.REFUNDS if money_key.startswith("refund:") else Measure.PAYMENTS


def units_of(order: Sides, scope: Scope) -> Iterator[Unit]:
    """The order's documents that are compared, in the order of their keys."""
    found = _Assembly(order, scope)
    for key in sorted(found.keys):
        unit = found.unit(key)
        if unit is not None:
            yield unit


def days_elsewhere(order: Sides, scope: Scope) -> frozenset[dt.date]:
    """The days of an order that has something to be compared, and none of it here; else none."""
    if isinstance(order.shop, InShop) and order.shop.wanted is None:
        return frozenset()  # it is told of wherever it is looked at
    if any(True for _ in units_of(order, scope)):
        return frozenset()
    always = dataclasses.replace(scope, window=Window(dt.date.min, dt.date.max))
    return frozenset(day for unit in units_of(order, always) for day in unit.known_days)


class _Assembly:
    def __init__(self, order: Sides, scope: Scope) -> None:
        self._order = order
        self._scope = scope
        self._kept = {kept.key: kept for kept in order.ledger.operations}
        self._wanted = _wanted(order.shop)
        self._standing = self._assigned() if scope.depth is not Depth.LEDGER else self._as_the_ledger_says()
        self._keys_of_money = {key for key in (*self._kept, *(self._wanted or ())) if not is_document(key)}

    @property
    def keys(self) -> set[str]:
        """Of all documents that any side knows, or has money for."""
        documents = {key for key in (*self._kept, *(self._wanted or ()), *self._standing) if is_document(key)}
        return documents | {self._parent(key) for key in self._keys_of_money}

    def unit(self, key: str) -> Unit | None:
        """``None``: nothing of it has a day that is compared."""
        kept = self._kept.get(key)
        stands, copies = _original(kept, self._standing.get(key, ()))
        wanted = self._wanted_now(key, kept, total_of(stands) if stands else None)
        of_document = sorted(name for name in self._keys_of_money if self._parent(name) == key)
        money_kept = [self._kept[name] for name in of_document if name in self._kept]
        entries = list(self._entries(stands, copies, money_kept))
        by_id = {entry.id: entry.sum for entry in entries if not entry.in_copy}
        money_wanted = [
            found
            for name in of_document
            if (found := self._wanted_now(name, self._kept.get(name), by_id.get(_id(self._kept.get(name)))))
        ]
        days = _days([wanted], [kept], [total_of(one) for one in (stands, *copies) if one])
        of_money = _days(money_wanted, money_kept, [entry.sum for entry in entries])
        known_days = frozenset(days | _days(money_wanted, money_kept, ()))
        is_full = self._scope.depth is Depth.FULL
        undated = wanted is not None and wanted.date is None
        in_scope = undated or self._scope.covers({*days, *of_money} if is_full else days)
        in_scope |= is_full and not self._scope.beside.isdisjoint(_ids(kept, stands, copies))
        if not in_scope:
            names = {name for name in of_document if self._is_covered(name, money_wanted, money_kept)}
            money_wanted = [one for one in money_wanted if one.key in names]
            money_kept = [one for one in money_kept if one.key in names]
            entries = list(self._entries(None, (), money_kept))
            if not names:
                return None
        absence = self._absence(kept, stands)
        return Unit(
            order=self._order,
            key=key,
            wanted=wanted,
            kept=kept,
            stands=stands,
            copies=copies,
            absence=absence,
            in_scope=in_scope,
            money_wanted=tuple(money_wanted),
            money_kept=tuple(money_kept),
            entries=tuple(entries),
            unread=is_full and _is_unread(kept, stands, copies, absence),
            known_days=known_days,
        )

    def _assigned(self) -> Mapping[str, Sequence[Standing]]:
        """Kontur's documents by the key of ours that they are."""
        of_id = {kept.doc_id: kept.key for kept in self._kept.values() if kept.doc_id and is_document(kept.key)}
        found: collections.defaultdict[str, list[Standing]] = collections.defaultdict(list)
        for standing in {one.id: one for one in self._order.books.documents}.values():
            marked = find_marker(standing.header.comment, self._scope.shop_code)
            if marked is not None and marked[0] != self._order.order_id:
                continue  # the ledger's id leads to another order's document
            key = of_id.get(standing.id) or (document_key(*marked) if marked else None)
            if key is not None:
                found[key].append(standing)
        return found

    def _as_the_ledger_says(self) -> Mapping[str, Sequence[Standing]]:
        return {
            kept.key: [_standing(kept, kept.operation)]
            for kept in self._kept.values()
            if kept.posted and isinstance(kept.operation, SaleDocument)
        }

    def _wanted_now(self, key: str, kept: Kept | None, in_books: Sum | None) -> Wanted | None:
        """What the shop calls for; where it cannot be asked, what was posted, and if nobody knows that, what stands."""
        if self._scope.depth is Depth.LEDGER and kept is not None and kept.posted and kept.operation is None:
            return None  # only Kontur knows what it is
        if self._wanted is not None and key in self._wanted:
            return self._wanted[key]
        if isinstance(self._order.shop, InShop) and self._wanted is not None:
            return None
        if kept is None or not kept.begun:
            return None
        if kept.operation is not None:
            return _as_wanted(kept.operation)
        return Wanted(key=key, date=in_books.day, amount=in_books.amount) if in_books else None

    def _entries(
        self, stands: Standing | None, copies: Sequence[Standing], money_kept: Sequence[Kept]
    ) -> Iterator[Entry]:
        if self._scope.depth is not Depth.FULL:
            yield from (_entry(kept, kept.operation) for kept in money_kept if kept.posted and kept.operation)
            return
        for standing in filter(None, (stands, *copies)):
            if isinstance(standing.header, DocumentDetails):
                yield from _read(standing, standing.header, in_copy=standing is not stands)

    def _is_covered(self, key: str, wanted: Iterable[Wanted], kept: Iterable[Kept]) -> bool:
        if self._scope.depth is Depth.FULL:
            return False
        mine = [one for one in wanted if one.key == key], [one for one in kept if one.key == key]
        return self._scope.covers(_days(*mine, ()))

    def _absence(self, kept: Kept | None, stands: Standing | None) -> Absence:
        if kept is None or kept.doc_id is None or self._scope.depth is Depth.LEDGER:
            return Absence.NONE
        books = self._order.books
        if stands is not None and stands.id == kept.doc_id:
            return Absence.NONE
        if kept.doc_id in books.gone or any(standing.id == kept.doc_id for standing in books.documents):
            return Absence.GONE
        return Absence.UNREAD if kept.doc_id in books.unread else Absence.NOT_ASKED

    def _parent(self, key: str) -> str:
        kept = self._kept.get(key)
        return (kept and kept.parent_key) or document_of(key, self._order.order_id)


def _wanted(shop: InShop | LeftShop) -> Mapping[str, Wanted] | None:
    if isinstance(shop, LeftShop):
        return {operation.key: _as_wanted(operation) for operation in shop.kept}
    return None if shop.wanted is None else {wanted.key: wanted for wanted in shop.wanted}


def _as_wanted(operation: Operation) -> Wanted:
    total = sum_of(operation)
    return Wanted(key=operation.key, date=total.day, amount=total.amount, operation=operation)


def _original(kept: Kept | None, standing: Sequence[Standing]) -> tuple[Standing | None, tuple[Standing, ...]]:
    """Which of several is ours: the ledger's, else the one that is most like what was posted, else the first."""
    posted = kept.operation if kept else None

    def unlike(one: Standing) -> tuple[bool, int, dt.date, str]:
        is_like = isinstance(posted, SaleDocument) and (
            (one.header.date == posted.date)
            + (one.header.total_amount == posted.total_amount)
            + (one.header.number == posted.number)
        )
        return one.id != (kept and kept.doc_id), -int(is_like), one.header.date, one.id

    in_order = sorted(standing, key=unlike)
    return (in_order[0], tuple(in_order[1:])) if in_order else (None, ())


def _is_unread(kept: Kept | None, stands: Standing | None, copies: Iterable[Standing], absence: Absence) -> bool:
    if stands is None:
        return kept is not None and kept.posted and absence in {Absence.UNREAD, Absence.NOT_ASKED}
    return any(not isinstance(one.header, DocumentDetails) for one in (stands, *copies))


def _standing(kept: Kept, posted: SaleDocument) -> Standing:
    header = DocumentSummary(
        id=kept.doc_id or kept.key,
        number=posted.number,
        date=posted.date,
        counterparty_id=kept.counterparty_id or "",
        total_amount=posted.total_amount,
        comment=posted.comment,
    )
    return Standing(kind=DocumentKind(kept.kind), header=header)


def _entry(kept: Kept, posted: Operation) -> Entry:
    method = "" if isinstance(posted, SaleDocument) else posted.method.value
    measure = measure_of(kept.key)
    return Entry(id=kept.doc_id or kept.key, document_id="", measure=measure, sum=sum_of(posted), method=method)


def _read(standing: Standing, details: DocumentDetails, *, in_copy: bool) -> Iterator[Entry]:
    for measure, entries in ((Measure.PAYMENTS, details.payments), (Measure.REFUNDS, details.refunds)):
        for entry in entries:
            yield Entry(
                id=entry.id,
                document_id=standing.id,
                measure=measure,
                sum=Sum(entry.date, entry.amount),
                method=entry.method,
                in_copy=in_copy,
            )


def _ids(kept: Kept | None, stands: Standing | None, copies: Iterable[Standing]) -> set[str]:
    """In Kontur, of the document and its copies."""
    return {one.id for one in (stands, *copies) if one is not None} | {_id(kept)}


def _id(kept: Kept | None) -> str:
    return (kept and kept.doc_id) or ""


def _days(wanted: Iterable[Wanted | None], kept: Iterable[Kept | None], sums: Iterable[Sum]) -> set[dt.date]:
    told = [one.date for one in wanted if one]
    told += [sum_of(one.operation).day for one in kept if one and one.operation and one.begun]
    told += [one.day for one in sums]
    return {day for day in told if day is not None}
