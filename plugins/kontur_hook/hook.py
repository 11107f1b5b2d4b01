"""Airflow's face of Kontur.Accounting."""

from __future__ import annotations

import datetime as dt
import functools
import json
import threading
from collections.abc import Iterator
from typing import Any

from airflow.providers.http.hooks.http import HttpHook
from airflow.sdk.exceptions import AirflowNotFoundException
from requests import Response

from kontur_hook.answers import Judge
from kontur_hook.client import Client, Post
from kontur_hook.connection import ConnectionSettings, parse_connection
from kontur_hook.contract import Contract, DocumentKind, Field, Query
from kontur_hook.errors import KonturConfigurationError, KonturError, KonturProtocolError
from kontur_hook.outcome import NotApplied, Outcome
from kontur_hook.paging import all_pages
from kontur_hook.records import DocumentDetails, DocumentSummary, KnownCounterparty, Reader
from kontur_hook.redaction import Redactor
from kontur_hook.transport import Answer, SafeSession

NO_SUCH_INN = "0000000000"


class KonturHook(HttpHook):
    """One account of Kontur.Accounting, by a connection of type ``kontur``.

    One object serves several threads. Reads raise a :class:`KonturError`; a ``create_…`` returns what became of
    its one POST and raises nothing for what the network or Kontur does.
    """

    conn_name_attr = "kontur_conn_id"
    default_conn_name = "kontur_default"
    conn_type = "kontur"
    hook_name = "Kontur"

    def __init__(self, kontur_conn_id: str = default_conn_name, *, contract: Contract | None = None) -> None:
        super().__init__(method="GET", http_conn_id=kontur_conn_id)
        self.kontur_conn_id = kontur_conn_id
        self._contract = contract or Contract()
        self._read = Reader(self._contract)
        self._client_lock = threading.Lock()

    @functools.cached_property
    def connection_settings(self) -> ConnectionSettings:
        """The connection, checked.

        Raises:
            KonturConfigurationError: it does not exist or is wrong.
        """
        try:
            connection = self.get_connection(self.kontur_conn_id)
        except AirflowNotFoundException:
            raise KonturConfigurationError(
                f"Connection {self.kontur_conn_id} does not exist: add it, of type kontur."
            ) from None
        return parse_connection(connection, self._contract)

    @functools.cached_property
    def _shared_client(self) -> Client:
        return Client(self.connection_settings, self._contract)

    @property
    def _client(self) -> Client:
        with self._client_lock:  # one session, whichever thread comes first
            return self._shared_client

    # --- What Kontur holds

    def find_counterparties(self, *, inn: str | None = None, name: str | None = None) -> list[KnownCounterparty]:
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
        data = self._client.read(self._contract.counterparties_path, query=query)
        return [self._read.counterparty(row) for row in self._read.items(data)]

    def list_documents(
        self,
        kind: DocumentKind,
        *,
        number: str | None = None,
        date_from: dt.date | None = None,
        date_to: dt.date | None = None,
    ) -> Iterator[DocumentSummary]:
        """All documents as the server finds them (``number`` perhaps by a part); local days, both inclusive.

        Every page is read before the first document is given: all or an error, never a part.

        Raises:
            KonturError: there is no answer that can be trusted, a page is missing or contradicts another.
        """
        self._require(self._contract.search_documents, "search_documents")
        path, limit = self._document_path(kind), self._contract.page_limit
        given = {Query.NUMBER: number, Query.DATE_FROM: date_from, Query.DATE_TO: date_to, Query.LIMIT: limit}
        wanted: dict[str, str] = {key: str(value) for key, value in given.items() if value is not None}

        def fetch(offset: int) -> list[DocumentSummary]:
            query = {**wanted, Query.OFFSET: str(offset)}
            return [self._read.document(row) for row in self._read.items(self._client.read(path, query=query))]

        return iter(all_pages(fetch, limit))

    def get_document(self, kind: DocumentKind, document_id: str) -> DocumentDetails | None:
        """A document with its payments and refunds; ``None`` if the API itself says that it has none of this id.

        Raises:
            KonturError: there is no answer that can be trusted.
        """
        self._require(self._contract.read_documents, "read_documents")
        path = self._document_path(kind) + "/{id}"
        data = self._client.read(path, document_id=document_id, query={}, absent_is_none=True)
        if data is None:
            return None
        document = self._read.details(data)
        if document.id != document_id:
            raise KonturProtocolError("Kontur gave another document than the one that was asked for.")
        return document

    # --- What is written: one POST each

    def create_counterparty(self, body: str, *, idempotency_key: str) -> Outcome:
        """POST a counterparty; ``body`` is JSON text, sent as it is."""
        name = json.loads(body).get(Field.NAME)
        private = (name,) if isinstance(name, str) else ()
        path = self._contract.counterparties_path
        return self._client.write(Post(path=path, body=body, idempotency_key=idempotency_key, private=private))

    def create_document(self, kind: DocumentKind, body: str, *, idempotency_key: str) -> Outcome:
        """POST a sale document; ``body`` is JSON text, sent as it is."""
        try:
            path = self._document_path(kind)
        except KonturConfigurationError as error:
            return NotApplied(error)
        return self._client.write(Post(path=path, body=body, idempotency_key=idempotency_key, names_counterparty=True))

    def create_payment(self, kind: DocumentKind, document_id: str, body: str, *, idempotency_key: str) -> Outcome:
        """POST a payment of a document; ``Rejected`` with status 404: Kontur has no such document."""
        return self._create_below(kind, document_id, self._contract.payments_path, body, idempotency_key)

    def create_refund(self, kind: DocumentKind, document_id: str, body: str, *, idempotency_key: str) -> Outcome:
        """POST a refund of a document; ``Rejected`` with status 404: Kontur has no such document."""
        try:
            self._require(self._contract.refunds, "refunds")
        except KonturConfigurationError as error:
            return NotApplied(error)
        return self._create_below(kind, document_id, self._contract.refunds_path, body, idempotency_key)

    def _create_below(self, kind: DocumentKind, document_id: str, below: str, body: str, key: str) -> Outcome:
        try:
            path = self._document_path(kind) + "/{id}" + below
        except KonturConfigurationError as error:
            return NotApplied(error)
        return self._client.write(Post(path=path, body=body, idempotency_key=key, document_id=document_id))

    # --- Whether it works at all

    def check_access(self) -> None:
        """Read something harmless: the counterparties of an INN that nobody has.

        Raises:
            KonturError: a sentence that says what to correct: name, port, certificate, key, rights, account, URL.
        """
        try:
            found = self.find_counterparties(inn=NO_SUCH_INN)
        except KonturProtocolError as error:
            raise KonturConfigurationError(
                f"{self._client.url} does not answer like Kontur's API: {error.message} Check host.",
                status=error.status,
                trace_id=error.trace_id,
            ) from error
        if any(counterparty.inn != NO_SUCH_INN for counterparty in found):
            raise KonturConfigurationError(
                f"{self._client.url} gives counterparties of other INNs than the one asked for: check host."
            )

    def test_connection(self) -> tuple[bool, str]:
        """For Airflow's Test button, which gives the connection a random id for as long as the test lasts."""
        try:
            self.check_access()
        except KonturError as error:
            return False, str(error).replace(f"Connection {self.kontur_conn_id}", "This connection")
        return True, f"Kontur's API answers for account {self.connection_settings.account}."

    # --- Seams of HttpHook, closed: its own methods get our session and our judgement

    def get_conn(
        self, headers: dict[Any, Any] | None = None, extra_options: dict[str, Any] | None = None
    ) -> SafeSession:
        """The session of all calls: signed, no redirects, nothing from the environment; shared, so not set per call."""
        if headers or extra_options:
            raise ValueError("headers and options are not set on the shared session; use the methods of KonturHook")
        self._set_base_url(None)
        return self._client.session

    def check_response(self, response: Response) -> None:
        """Raise a :class:`KonturError` for what is no success; no body is logged."""
        if not response.ok or 300 <= response.status_code < 400:
            judge = Judge(self._contract, Redactor(), self.kontur_conn_id)
            judge.read(Answer(response.status_code, response.headers, b""))

    def _set_base_url(self, connection: object) -> None:
        self.base_url = self._client.url
        self._base_url_initialized = True

    def _document_path(self, kind: DocumentKind) -> str:
        self._require(kind is not DocumentKind.ACT or self._contract.acts, "acts")
        return self._contract.document_paths[kind]

    def _require(self, switched_on: bool, switch: str) -> None:
        if not switched_on:
            raise KonturConfigurationError(f"The settings say that the API has no such call (contract.{switch}).")
