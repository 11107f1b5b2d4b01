"""Airflow's face of Kontur.Accounting."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

from airflow.providers.http.hooks.http import HttpHook
from airflow.sdk.exceptions import AirflowNotFoundException
from requests import Response

from kontur_hook.answers import Judge
from kontur_hook.api import KonturApi
from kontur_hook.blocking import BlockingTransport, SafeSession, Signed, finish
from kontur_hook.client import Client
from kontur_hook.connection import ConnectionSettings, parse_connection
from kontur_hook.contract import Contract, DocumentKind
from kontur_hook.errors import KonturConfigurationError, KonturError
from kontur_hook.on_a_loop import LoopTransport, trusting
from kontur_hook.outcome import Outcome
from kontur_hook.records import DocumentDetails, DocumentSummary, KnownCounterparty
from kontur_hook.redaction import Redactor
from kontur_hook.transport import Answer, Transport


class KonturHook(HttpHook):
    """One account of Kontur.Accounting, by a connection of type ``kontur``.

    Its methods are those of :class:`KonturApi`, each done when it returns; one object serves several threads. The same
    as coroutines: :meth:`on_a_loop`.
    """

    conn_name_attr = "kontur_conn_id"
    default_conn_name = "kontur_default"
    conn_type = "kontur"
    hook_name = "Kontur"

    def __init__(self, kontur_conn_id: str = default_conn_name, *, contract: Contract | None = None) -> None:
        super().__init__(method="GET", http_conn_id=kontur_conn_id)
        self.kontur_conn_id = kontur_conn_id
        self._contract = contract or Contract()
        self._sharing = threading.Lock()

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

    @contextlib.asynccontextmanager
    async def on_a_loop(self) -> AsyncIterator[KonturApi]:
        """The same calls as coroutines, for as long as the block lasts; as many connections as ``concurrency``.

        Raises:
            KonturConfigurationError: the connection does not exist or is wrong.
        """
        settings = self.connection_settings
        async with LoopTransport(settings, self._trusted if settings.is_encrypted else None) as transport:
            yield self._api_by(transport)

    @functools.cached_property
    def _trusted(self) -> ssl.SSLContext:
        return trusting(self.connection_settings.ca_bundle)

    def _api_by(self, transport: Transport) -> KonturApi:
        return KonturApi(Client(self.connection_settings, self._contract, transport), self._contract)

    @functools.cached_property
    def _shared(self) -> tuple[SafeSession, KonturApi]:
        transport = BlockingTransport(self.connection_settings)
        api = self._api_by(transport)
        transport.session.auth = Signed(api.client.auth)
        return transport.session, api

    @property
    def _session(self) -> SafeSession:
        with self._sharing:  # one session, whichever thread comes first
            return self._shared[0]

    @property
    def _api(self) -> KonturApi:
        with self._sharing:
            return self._shared[1]

    # --- What Kontur holds

    def find_counterparties(self, *, inn: str | None = None, name: str | None = None) -> list[KnownCounterparty]:
        """See :meth:`KonturApi.find_counterparties`."""
        return finish(self._api.find_counterparties(inn=inn, name=name))

    def list_documents(
        self,
        kind: DocumentKind,
        *,
        number: str | None = None,
        date_from: dt.date | None = None,
        date_to: dt.date | None = None,
    ) -> Iterator[DocumentSummary]:
        """See :meth:`KonturApi.list_documents`; every page is read before the first document is given."""
        return iter(finish(self._api.list_documents(kind, number=number, date_from=date_from, date_to=date_to)))

    def get_document(self, kind: DocumentKind, document_id: str) -> DocumentDetails | None:
        """See :meth:`KonturApi.get_document`."""
        return finish(self._api.get_document(kind, document_id))

    # --- What is written: one POST each

    def create_counterparty(self, body: str, *, idempotency_key: str) -> Outcome:
        """See :meth:`KonturApi.create_counterparty`."""
        return finish(self._api.create_counterparty(body, idempotency_key=idempotency_key))

    def create_document(self, kind: DocumentKind, body: str, *, idempotency_key: str) -> Outcome:
        """See :meth:`KonturApi.create_document`."""
        return finish(self._api.create_document(kind, body, idempotency_key=idempotency_key))

    def create_payment(self, kind: DocumentKind, document_id: str, body: str, *, idempotency_key: str) -> Outcome:
        """See :meth:`KonturApi.create_payment`."""
        return finish(self._api.create_payment(kind, document_id, body, idempotency_key=idempotency_key))

    def create_refund(self, kind: DocumentKind, document_id: str, body: str, *, idempotency_key: str) -> Outcome:
        """See :meth:`KonturApi.create_refund`."""
        return finish(self._api.create_refund(kind, document_id, body, idempotency_key=idempotency_key))

    # --- Whether it works at all

    def check_access(self) -> None:
        """See :meth:`KonturApi.check_access`."""
        finish(self._api.check_access())

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
        return self._session

    def check_response(self, response: Response) -> None:
        """Raise a :class:`KonturError` for what is no success; no body is logged."""
        if not response.ok or 300 <= response.status_code < 400:
            judge = Judge(self._contract, Redactor(), self.kontur_conn_id)
            judge.read(Answer(response.status_code, response.headers, b""))

    def _set_base_url(self, connection: object) -> None:
        self.base_url = self._api.client.url
        self._base_url_initialized = True
