"""The virtual Kontur: never deduplicates, takes effect late, answers wrongly or not at all, shows things with a lag."""

from __future__ import annotations

import bisect
import collections
import dataclasses
import datetime as dt
import itertools
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, cast

import msgspec
from kontur_hook.contract import Contract
from kontur_hook.errors import KonturError, KonturTransientError
from kontur_hook.outcome import Outcome
from kontur_hook.records import DocumentDetails, DocumentSummary, KnownCounterparty, MoneyEntry
from kontur_hook.redaction import Redactor
from kontur_hook.transport import Answer

from include.accounting.marker import find_marker
from include.books.requests import Create, Details, Documents, FindCounterparties, PageOfDocuments
from include.ledger.operation import Kind
from proof.simulation.drivers import Driver
from proof.simulation.shop import BAD_VAT, CONNECTION, SHOP_CODE
from proof.simulation.weather import LAG_S, LATE_S, POST_FAULTS, STUCK_SHARE, TIMEOUT_S, Weather

_FAULTS = tuple(POST_FAULTS)
_UP_TO = tuple(itertools.accumulate(POST_FAULTS.values()))
_TAKES_EFFECT = frozenset(
    {
        "none",
        "reset_after",
        "timeout_after",
        "timeout_late",
        "server_error_after",
        "conflict_after",
        "no_id",
        "foreign_id",
    }
)
_FAILURES = {
    "refused": "refused",
    "reset_before": "reset",
    "reset_after": "reset",
    "timeout_lost": "timeout",
    "timeout_after": "timeout",
    "timeout_late": "timeout",
}
_CAUSES = {
    "refused": ("UNREACHABLE", ConnectionRefusedError()),
    "reset": ("BROKE", ConnectionResetError()),
    "timeout": ("TOO_SLOW", TimeoutError()),
}
"""What a transport tells of a request without a whole answer."""
_PAGES = (3, 10, 500)
"""Rows that a server gives at once, whatever it is asked for."""
_JSON = {"Content-Type": "application/json"}
_SAID = {
    400: b'{"message":"the VAT rate is unknown"}',
    404: b'{"message":"there is no such document"}',
    422: b'{"message":"the counterparty is unknown"}',
}
_ANSWERS = {
    "server_error_before": Answer(503, _JSON, b"{}"),
    "server_error_after": Answer(502, _JSON, b"{}"),
    "busy": Answer(429, _JSON, b"{}"),
    "no_access": Answer(401, _JSON, b"{}"),
    "conflict_before": Answer(409, _JSON, b"{}"),
    "conflict_after": Answer(409, _JSON, b"{}"),
    "redirect": Answer(302, {"Location": "https://elsewhere"}, b""),
    "no_id": Answer(201, _JSON, b"{}"),
    "login_page": Answer(200, {"Content-Type": "text/html"}, b"<html></html>"),
}
_SURE = frozenset({"refused", "busy", "no_access"})
"""Faults whose answer proves to the client that nothing was written."""

_RELEASED_S = (1.0, 20.0)

Record = DocumentSummary | MoneyEntry | KnownCounterparty


class _Line(msgspec.Struct):
    vatRate: str  # noqa: N815


class _Document(msgspec.Struct):
    date: dt.date
    number: str
    counterpartyId: str  # noqa: N815
    items: list[_Line]
    totalAmount: Decimal  # noqa: N815
    comment: str | None = None


class _Money(msgspec.Struct):
    date: dt.date
    amount: Decimal
    paymentMethod: str  # noqa: N815


class _Buyer(msgspec.Struct):
    name: str
    inn: str | None = None
    kpp: str | None = None


_document = msgspec.json.Decoder(_Document).decode
_money = msgspec.json.Decoder(_Money).decode
_buyer = msgspec.json.Decoder(_Buyer).decode


@dataclasses.dataclass(slots=True)
class Entry:
    """Something in Kontur's books."""

    id: str
    kind: Kind
    parent: str | None
    body: str
    record: Record
    """As reads show it."""
    at: float
    """When it was committed: in the future while the request is still on its way."""
    shown_at: float
    """Since when reads show it."""
    marker: tuple[int, int | None] | None = None
    """Of the ids that its comment holds."""
    gone: bool = False
    """Somebody has deleted it."""
    refused: bool = False
    """It is listed, and no document is taken for it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Post:
    """A line of the access log: a request that reached Kontur."""

    key: str
    """The idempotency key."""
    run: str
    body: str
    at: float
    settled: bool
    """Its answer, if it arrived, tells for certain what became of it."""
    refused: bool
    """Nothing was written and the answer says so."""


class Kontur:
    """Books, access log and moods."""

    def __init__(self, rng: random.Random, seen: collections.Counter[str], driver: Driver, *, gets_stuck: bool) -> None:
        self.entries: list[Entry] = []
        self.log: list[Post] = []
        self._by_id: dict[str, Entry] = {}
        self._documents: list[Entry] = []
        self._counterparties: list[Entry] = []
        self._money: dict[str, list[Entry]] = collections.defaultdict(list)
        self._rng = rng
        self._seen = seen
        self._gets_stuck = gets_stuck
        self._stuck = (0.0, 0.0)
        """From then to then searches show only what they showed when that began."""
        self._page_rows = rng.choice(_PAGES)
        self._numbers = itertools.count(1)
        self.next_faults: list[str] = []
        """Of the next requests that write, in calm weather too."""
        self.next_errors: list[KonturError] = []
        """Of the next reads."""
        self.away_until = 0.0
        """Until then it answers each request that writes with an error, and does nothing."""
        self.holds_requests = False
        """What it gets meanwhile takes effect after all, soon after the same is sent again."""
        self._held: dict[str, Create] = {}
        self._judge = driver.judge(Contract(), Redactor(), CONNECTION)
        self._failures = {
            name: driver.failure.failure_of(
                driver.failure.Cause[cause], error, began=name != "refused", host="kontur", timeout_s=TIMEOUT_S
            )
            for name, (cause, error) in _CAUSES.items()
        }

    # --- what an accountant does

    def type_in(self, kind: Kind, body: str) -> Entry:
        """Enter something by hand, without a marker."""
        return self.enter(kind, None, _without_comment(body) if kind == Kind.SALE_INVOICE else body)

    def enter(self, kind: Kind, parent: str | None, body: str) -> Entry:
        """What stands there from the beginning."""
        return self._enter(kind, parent, body, 0.0, 0.0)

    # --- writing

    def post(self, create: Create, run: str, now: float, weather: Weather) -> tuple[Any, float]:
        """One request: what comes back of it, and after how many seconds."""
        # As the request itself does, before it leaves.
        assert create.document_id is not None or create.kind not in {Kind.PAYMENT, Kind.REFUND}
        rng = self._rng
        fault = self.next_faults.pop(0) if self.next_faults else self._fault() if weather.post_fault else "none"
        if now < self.away_until:
            fault = "server_error_before"
            if self.holds_requests:
                self._held[create.idempotency_key] = create
        elif (held := self._held.pop(create.idempotency_key, None)) is not None:
            at = now + rng.uniform(*_RELEASED_S)
            self._enter(held.kind, held.document_id, held.body, at, at)
        self._seen[f"post: {fault}"] += 1
        seconds = TIMEOUT_S if fault.startswith("timeout") else rng.uniform(0.05, 1.0)
        if fault == "timeout_late":
            self._maybe_get_stuck(now)
        problem = self._problem(create, now)
        answer = self._failures[_FAILURES[fault]] if fault in _FAILURES else _ANSWERS.get(fault)
        if fault == "none" and problem:
            answer = Answer(422 if problem == 400 else problem, _JSON, _SAID[problem])
        if fault == "foreign_id":
            answer = _created(next(entry for entry in self.entries if entry.kind == create.kind))
        if fault in _TAKES_EFFECT and not problem:
            late = rng.uniform(0, weather.late_s) if fault == "timeout_late" else seconds * rng.random()
            lag = rng.uniform(0, LAG_S) if rng.random() < weather.hidden else 0.0
            entry = self._enter(create.kind, create.document_id, create.body, now + late, now + late + lag)
            answer = answer or _created(entry)
        if fault != "refused":
            settled = fault == "none" or fault in _SURE
            refused = fault in _SURE or (fault == "none" and bool(problem))
            self.log.append(Post(create.idempotency_key, run, create.body, now, settled, refused))
        return answer, seconds

    def judged(self, create: Create, answer: Any) -> Outcome:
        """As the hook judges what came back."""
        outcome: Outcome = self._judge.write(
            answer,
            below_document=create.document_id is not None,
            names_counterparty=create.kind in {Kind.SALE_INVOICE, Kind.ACT},
        )
        return outcome

    # --- reading

    def documents(self, asked: Documents, now: float, weather: Weather) -> list[DocumentSummary]:
        """The search, by a part of the number or by days: all pages of it or an error."""
        return self._listed(asked.number, asked.date_from, asked.date_to, self._search(now, weather))

    def page_of_documents(self, asked: PageOfDocuments, now: float, weather: Weather) -> list[DocumentSummary]:
        """As many as it gives at once, which may be fewer than were asked for."""
        listed = self._listed(None, asked.date_from, asked.date_to, self._search(now, weather))
        return listed[asked.offset : asked.offset + self._page_rows]

    def _listed(
        self, number: str | None, first: dt.date | None, last: dt.date | None, seen_at: float
    ) -> list[DocumentSummary]:
        shown = (entry.record for entry in self._documents if entry.shown_at <= seen_at and not entry.gone)
        return [
            record
            for record in cast("Iterator[DocumentSummary]", shown)
            if (number is None or number in record.number)
            and (first is None or first <= record.date)
            and (last is None or record.date <= last)
        ]

    def counterparties(self, asked: FindCounterparties, now: float, weather: Weather) -> list[KnownCounterparty]:
        """The search by INN or name; finds parts of it, as some services do."""
        seen_at = self._search(now, weather)
        inn, name = asked.inn, asked.name
        shown = (entry.record for entry in self._counterparties if entry.shown_at <= seen_at and not entry.gone)
        return [
            record
            for record in cast("Iterator[KnownCounterparty]", shown)
            if (inn is None or inn in (record.inn or "")) and (name is None or name in record.name)
        ]

    def details(self, asked: Details, now: float, weather: Weather) -> DocumentDetails | None:
        """A document with its money, read by its id: that may lag, and is never stuck."""
        self._maybe_fail(weather)
        document = self._by_id.get(asked.document_id)
        if document is None or document.gone:
            return None
        assert isinstance(document.record, DocumentSummary)
        money = [e for e in self._money[document.id] if e.shown_at <= now and not e.gone]
        payments, refunds = (
            tuple(e.record for e in money if e.kind == kind and isinstance(e.record, MoneyEntry))
            for kind in (Kind.PAYMENT, Kind.REFUND)
        )
        shown = {name: getattr(document.record, name) for name in DocumentSummary.__slots__}
        return DocumentDetails(**shown, payments=payments, refunds=refunds)

    def find(self, id_: str | None) -> Entry | None:
        """For the checker."""
        return self._by_id.get(id_ or "")

    # --- moods

    def _fault(self) -> str:
        at = bisect.bisect(_UP_TO, self._rng.random())
        return _FAULTS[at] if at < len(_FAULTS) else "none"

    def _enter(self, kind: Kind, parent: str | None, body: str, at: float, shown_at: float) -> Entry:
        id_ = f"k{next(self._numbers)}"
        record = _record(kind, id_, body)
        entry = Entry(id_, kind, parent, body, record, at, shown_at)
        if isinstance(record, DocumentSummary):
            entry.marker = find_marker(record.comment, SHOP_CODE)
            self._documents.append(entry)
        elif parent is None:
            self._counterparties.append(entry)
        else:
            self._money[parent].append(entry)
        self.entries.append(entry)
        self._by_id[entry.id] = entry
        return entry

    def _problem(self, create: Create, now: float) -> int:
        """What is wrong with a request; 0 for nothing."""
        if create.document_id is not None:
            document = self._by_id.get(create.document_id)
            return 0 if document is not None and document.at <= now and not document.gone else 404
        if not create.body:
            return 400
        if create.kind == Kind.COUNTERPARTY:
            return 0
        document_sent = _document(create.body)
        if any(line.vatRate == BAD_VAT for line in document_sent.items):
            return 400
        buyer = self._by_id.get(document_sent.counterpartyId)
        return 422 if buyer is None or buyer.gone or buyer.refused else 0

    def _search(self, now: float, weather: Weather) -> float:
        self._maybe_fail(weather)
        since, until = self._stuck
        if since <= now < until:
            self._seen["search: stuck"] += 1
            return since
        return now

    def _maybe_get_stuck(self, now: float) -> None:
        """A server under strain is late, and its index stands still at the same time."""
        if self._gets_stuck and now > self._stuck[1] and self._rng.random() < STUCK_SHARE:
            since = now + self._rng.uniform(0, LATE_S)
            self._stuck = (since, since + self._rng.uniform(50, 500))

    def _maybe_fail(self, weather: Weather) -> None:
        if self.next_errors:
            raise self.next_errors.pop(0)
        if self._rng.random() < weather.read_fault:
            self._seen["search: failed"] += 1
            raise KonturTransientError("busy", status=503)


def _record(kind: Kind, id_: str, body: str) -> Record:
    if kind == Kind.COUNTERPARTY:
        buyer = _buyer(body)
        return KnownCounterparty(id=id_, inn=buyer.inn, kpp=buyer.kpp, name=buyer.name)
    if kind in {Kind.PAYMENT, Kind.REFUND}:
        money = _money(body)
        return MoneyEntry(id=id_, date=money.date, amount=money.amount, method=money.paymentMethod)
    document = _document(body)
    return DocumentSummary(
        id=id_,
        number=document.number,
        date=document.date,
        counterparty_id=document.counterpartyId,
        total_amount=document.totalAmount,
        comment=document.comment,
    )


def _created(entry: Entry) -> Answer:
    return Answer(201, _JSON, b'{"id":"' + entry.id.encode() + b'"}')


def _without_comment(body: str) -> str:
    return body[: body.rindex(',"comment"')] + "}"
