"""Everything that a driver asks of Kontur and writes there, as values.

Each is sent once by whoever takes it; a read may be repeated by the client while it fails for a reason that passes.
"""

from __future__ import annotations

import abc
import dataclasses
import datetime as dt
import math
from typing import Generic, TypeVar

from kontur_hook.api import KonturApi
from kontur_hook.contract import DocumentKind
from kontur_hook.outcome import Outcome
from kontur_hook.records import DocumentDetails, DocumentSummary, KnownCounterparty

from include import ports
from include.ledger.operation import Kind

T = TypeVar("T")


@dataclasses.dataclass(frozen=True, slots=True)
class Request(ports.Request[T], abc.ABC, Generic[T]):
    """A request to an account."""

    connection: str

    @abc.abstractmethod
    async def by(self, api: KonturApi) -> T:
        """Send it.

        Raises:
            KonturError: a read did not come to its end.
        """


@dataclasses.dataclass(frozen=True, slots=True)
class Documents(Request[list[DocumentSummary]]):
    """Documents of a kind, by their number (perhaps a part of it) or by their days, both inclusive."""

    kind: DocumentKind
    number: str | None = None
    date_from: dt.date | None = None
    date_to: dt.date | None = None

    async def by(self, api: KonturApi) -> list[DocumentSummary]:
        return await api.list_documents(self.kind, number=self.number, date_from=self.date_from, date_to=self.date_to)


@dataclasses.dataclass(frozen=True, slots=True)
class PageOfDocuments(Request[list[DocumentSummary]]):
    """Of the documents of a kind and of days, both inclusive, those from a row on, as many as the server gives."""

    kind: DocumentKind
    date_from: dt.date
    date_to: dt.date
    offset: int

    async def by(self, api: KonturApi) -> list[DocumentSummary]:
        return await api.page_of_documents(self.kind, self.offset, date_from=self.date_from, date_to=self.date_to)


@dataclasses.dataclass(frozen=True, slots=True)
class Details(Request["DocumentDetails | None"]):
    """A document with its payments and refunds."""

    kind: DocumentKind
    document_id: str

    async def by(self, api: KonturApi) -> DocumentDetails | None:
        return await api.get_document(self.kind, self.document_id)


@dataclasses.dataclass(frozen=True, slots=True)
class FindCounterparties(Request[list[KnownCounterparty]]):
    """Counterparties by INN or name, perhaps by a part of it."""

    inn: str | None = None
    name: str | None = None

    async def by(self, api: KonturApi) -> list[KnownCounterparty]:
        return await api.find_counterparties(inn=self.inn, name=self.name)


@dataclasses.dataclass(frozen=True, slots=True)
class Create(Request[Outcome]):
    """The one POST of an attempt."""

    kind: Kind
    body: str
    idempotency_key: str
    document_kind: Kind | None = None
    """Of a payment or refund: what it belongs to."""
    document_id: str | None = None
    leave_by: float = math.inf
    """By :meth:`Ports.monotonic`; later it is not sent, and the outcome is a :class:`KonturTooLateError`."""

    async def by(self, api: KonturApi) -> Outcome:
        key, by = self.idempotency_key, self.leave_by
        match self.kind:
            case Kind.COUNTERPARTY:
                return await api.create_counterparty(self.body, idempotency_key=key, leave_by=by)
            case Kind.PAYMENT | Kind.REFUND:
                assert self.document_kind is not None
                assert self.document_id is not None
                create = api.create_payment if self.kind == Kind.PAYMENT else api.create_refund
                document = DocumentKind(self.document_kind)
                return await create(document, self.document_id, self.body, idempotency_key=key, leave_by=by)
            case _:
                kind = DocumentKind(self.kind)
                return await api.create_document(kind, self.body, idempotency_key=key, leave_by=by)
