"""Kontur's calls, as coroutines: one body each, whatever way the requests take."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import math

from kontur_hook.client import Client, Post
from kontur_hook.contract import Contract, DocumentKind, Field, Query
from kontur_hook.errors import KonturConfigurationError, KonturProtocolError
from kontur_hook.outcome import NotApplied, Outcome
from kontur_hook.paging import all_pages
from kontur_hook.records import DocumentDetails, DocumentSummary, KnownCounterparty, Reader

NO_SUCH_INN = "0000000000"


class KonturApi:
    """One account of Kontur.Accounting.

    Reads raise a :class:`KonturError`; a ``create_…`` returns what became of its one POST and raises nothing for what
    the network or Kontur does.
    """

    def __init__(self, client: Client, contract: Contract) -> None:
        self.client = client
        self._contract = contract
        self._read = Reader(contract)

    # --- What Kontur holds

    async def find_counterparties(self, *, inn: str | None = None, name: str | None = None) -> list[KnownCounterparty]:
        """Counterparties as the server finds them, perhaps by a part of the text: compare exactly.

        Raises:
            KonturError: there is no answer that can be trusted.
        """
        if name is not None:
            self._require(self._contract.search_counterparties_by_name, "search_counterparties_by_name")
        given: dict[str, str | None] = {Query.INN: inn, Query.NAME: name}
        query = {key: value for key, value in given.items() if value is not None}
        if not query:
            raise ValueError("find_counterparties needs inn or name")
        data = await self.client.read(self._contract.counterparties_path, query=query)
        return [self._read.counterparty(row) for row in self._read.items(data)]

    async def list_documents(
        self,
        kind: DocumentKind,
        *,
        number: str | None = None,
        date_from: dt.date | None = None,
        date_to: dt.date | None = None,
    ) -> list[DocumentSummary]:
        """All documents as the server finds them (``number`` perhaps by a part); local days, both inclusive.

        All or an error, never a part.

        Raises:
            KonturError: there is no answer that can be trusted, a page is missing or contradicts another.
        """

        async def page(offset: int) -> list[DocumentSummary]:
            return await self.page_of_documents(kind, offset, number=number, date_from=date_from, date_to=date_to)

        return await all_pages(page, self._contract.page_limit)

    async def page_of_documents(
        self,
        kind: DocumentKind,
        offset: int,
        *,
        number: str | None = None,
        date_from: dt.date | None = None,
        date_to: dt.date | None = None,
    ) -> list[DocumentSummary]:
        """Some of that list, from a row on, as many as the server gives: see :mod:`kontur_hook.paging`.

        Raises:
            KonturError: there is no answer that can be trusted.
        """
        self._require(self._contract.search_documents, "search_documents")
        given = {
            Query.NUMBER: number,
            Query.DATE_FROM: date_from,
            Query.DATE_TO: date_to,
            Query.LIMIT: self._contract.page_limit,
            Query.OFFSET: offset,
        }
        query: dict[str, str] = {key: str(value) for key, value in given.items() if value is not None}
        data = await self.client.read(self._document_path(kind), query=query)
        return [self._read.document(row) for row in self._read.items(data)]

    async def get_document(self, kind: DocumentKind, document_id: str) -> DocumentDetails | None:
        """A document with its payments and refunds; ``None`` if the API itself says that it has none of this id.

        Raises:
            KonturError: there is no answer that can be trusted.
        """
        self._require(self._contract.read_documents, "read_documents")
        path = self._document_path(kind) + "/{id}"
        data = await self.client.read(path, document_id=document_id, query={}, absent_is_none=True)
        if data is None:
            return None
        document = self._read.details(data)
        if document.id != document_id:
            raise KonturProtocolError("Kontur gave another document than the one that was asked for.")
        return document

    # --- What is written: one POST each, which leaves by a moment of the monotonic clock or not at all

    async def create_counterparty(self, body: str, *, idempotency_key: str, leave_by: float = math.inf) -> Outcome:
        """POST a counterparty; ``body`` is JSON text, sent as it is."""
        name = json.loads(body).get(Field.NAME)
        private = (name,) if isinstance(name, str) else ()
        path = self._contract.counterparties_path
        return await self.client.write(Post(path, body, idempotency_key, leave_by, private=private))

    async def create_document(
        self, kind: DocumentKind, body: str, *, idempotency_key: str, leave_by: float = math.inf
    ) -> Outcome:
        """POST a sale document; ``body`` is JSON text, sent as it is."""
        try:
            path = self._document_path(kind)
        except KonturConfigurationError as error:
            return NotApplied(error)
        return await self.client.write(Post(path, body, idempotency_key, leave_by, names_counterparty=True))

    async def create_payment(
        self, kind: DocumentKind, document_id: str, body: str, *, idempotency_key: str, leave_by: float = math.inf
    ) -> Outcome:
        """POST a payment of a document; ``Rejected`` with status 404: Kontur has no such document."""
        below = Post(self._contract.payments_path, body, idempotency_key, leave_by, document_id=document_id)
        return await self._create_below(kind, below)

    async def create_refund(
        self, kind: DocumentKind, document_id: str, body: str, *, idempotency_key: str, leave_by: float = math.inf
    ) -> Outcome:
        """POST a refund of a document; ``Rejected`` with status 404: Kontur has no such document."""
        try:
            self._require(self._contract.refunds, "refunds")
        except KonturConfigurationError as error:
            return NotApplied(error)
        below = Post(self._contract.refunds_path, body, idempotency_key, leave_by, document_id=document_id)
        return await self._create_below(kind, below)

    async def _create_below(self, kind: DocumentKind, post: Post) -> Outcome:
        """``post.path`` is below the document."""
        try:
            path = self._document_path(kind) + "/{id}" + post.path
        except KonturConfigurationError as error:
            return NotApplied(error)
        return await self.client.write(dataclasses.replace(post, path=path))

    # --- Whether it works at all

    async def check_access(self) -> None:
        """Read something harmless: the counterparties of an INN that nobody has.

        Raises:
            KonturError: a sentence that says what to correct: name, port, certificate, key, rights, account, URL.
        """
        try:
            found = await self.find_counterparties(inn=NO_SUCH_INN)
        except KonturProtocolError as error:
            raise KonturConfigurationError(
                f"{self.client.url} does not answer like Kontur's API: {error.message} Check host.",
                status=error.status,
                trace_id=error.trace_id,
            ) from error
        if any(counterparty.inn != NO_SUCH_INN for counterparty in found):
            raise KonturConfigurationError(
                f"{self.client.url} gives counterparties of other INNs than the one asked for: check host."
            )

    def _document_path(self, kind: DocumentKind) -> str:
        self._require(kind is not DocumentKind.ACT or self._contract.acts, "acts")
        return self._contract.document_paths[kind]

    def _require(self, switched_on: bool, switch: str) -> None:
        if not switched_on:
            raise KonturConfigurationError(f"The settings say that the API has no such call (contract.{switch}).")
