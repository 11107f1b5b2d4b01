"""Requests to one account of Kontur: signed, sent, judged; reads are repeated, writes never."""

from __future__ import annotations

import dataclasses
import logging
import math
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import tenacity

from kontur_hook.answers import Judge, valid_id
from kontur_hook.auth import ApiKeyAuth, ClientCredentialsAuth, KonturAuth
from kontur_hook.connection import ConnectionSettings
from kontur_hook.contract import Contract
from kontur_hook.errors import KonturError, KonturTransientError
from kontur_hook.extra import AuthScheme
from kontur_hook.outcome import NotApplied, Outcome
from kontur_hook.redaction import Redactor
from kontur_hook.transport import Answer, Failure, Request, Transport

READ_ATTEMPTS = 4
RETRY_AFTER_CAP_S = 30.0
"""A server that wants us to wait longer gets its wish: the error goes to the caller, with the time in it."""

log = logging.getLogger(__name__)
_backoff = tenacity.wait_exponential_jitter(multiplier=0.5, max=10)


@dataclasses.dataclass(frozen=True, slots=True)
class Post:
    """One POST."""

    path: str
    """Below the account; ``{id}`` in it becomes ``document_id``."""
    body: str
    """JSON, sent as it is."""
    idempotency_key: str
    leave_by: float = math.inf
    """See :class:`Request`."""
    _: dataclasses.KW_ONLY
    document_id: str | None = None
    names_counterparty: bool = False
    private: tuple[str, ...] = ()
    """What must not come back in a message."""


class Client:
    """As safe to share as its transport: nothing is kept per call."""

    def __init__(self, settings: ConnectionSettings, contract: Contract, transport: Transport) -> None:
        redactor = Redactor()
        redactor.learn(settings.secret.get_secret_value())
        self.url = settings.base_url + contract.account_path.format(account=quote(settings.account, safe=""))
        self.auth = _auth(settings, contract, redactor, transport)
        self._transport = transport
        self._judge = Judge(contract, redactor, settings.conn_id)
        self._idempotency_header = contract.idempotency_header

    async def read(
        self, path: str, *, document_id: str | None = None, query: Mapping[str, str], absent_is_none: bool = False
    ) -> Any:
        """GET, repeated a few times while it fails for a reason that passes; see :meth:`Judge.read`.

        Args:
            path: below the account; ``{id}`` in it becomes ``document_id``.
            document_id: as Kontur gave it.
            query: parameters.
            absent_is_none: whether ``None`` is an answer.

        Raises:
            KonturError: as :meth:`Judge.read`.
        """
        url = self._url(path, document_id) + (f"?{urlencode(query)}" if query else "")
        request = Request("GET", url, {})

        async def once() -> Any:
            return self._judge.read(await self._send(request, path), absent_is_none=absent_is_none)

        attempts = tenacity.AsyncRetrying(
            sleep=self._transport.sleep,
            stop=tenacity.stop_after_attempt(READ_ATTEMPTS),
            wait=_wait,
            retry=tenacity.retry_if_exception(_passes_soon),
            reraise=True,
        )
        return await attempts(once)

    async def write(self, post: Post) -> Outcome:
        """Send it once; see :meth:`Judge.write`."""
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if self._idempotency_header:
            headers[self._idempotency_header] = post.idempotency_key
        url = self._url(post.path, post.document_id)
        request = Request("POST", url, headers, post.body.encode("utf-8"), post.leave_by)
        try:
            result = await self._send(request, post.path)
        except KonturError as error:  # of the token service: the request itself was not sent
            return NotApplied(error)
        return self._judge.write(
            result,
            below_document=post.document_id is not None,
            names_counterparty=post.names_counterparty,
            private=post.private,
        )

    def _url(self, path: str, document_id: str | None) -> str:
        if document_id is not None and valid_id(document_id) is None:
            raise ValueError("a document's id has 1 to 100 visible ASCII characters")
        return self.url + path.replace("{id}", quote(document_id or "", safe=""))

    async def _send(self, request: Request, template: str) -> Answer | Failure:
        """Send once, and once more with a new token if a 401 proves that the first was refused unread."""
        started = time.monotonic()
        signed = await self._signed(request)
        result = await self._transport.exchange(signed)
        if isinstance(result, Answer) and result.status == 401 and result.headers and await self.auth.renew(signed):
            result = await self._transport.exchange(await self._signed(request))
        log.debug(
            "%s %s: %s, %d ms",
            request.method,
            template,
            result.status if isinstance(result, Answer) else type(result.error).__name__,
            (time.monotonic() - started) * 1000,
        )
        return result

    async def _signed(self, request: Request) -> Request:
        return dataclasses.replace(request, headers={**request.headers, **await self.auth.signature()})


def _auth(settings: ConnectionSettings, contract: Contract, redactor: Redactor, transport: Transport) -> KonturAuth:
    secret = settings.secret.get_secret_value()
    if settings.auth is AuthScheme.CLIENT_CREDENTIALS:
        return ClientCredentialsAuth(
            token_url=settings.token_url or "",
            client_id=settings.client_id or "",
            client_secret=secret,
            scope=settings.scope,
            redactor=redactor,
            transport=transport,
        )
    return ApiKeyAuth(settings.api_key_header or contract.api_key_header, secret)


def _passes_soon(error: BaseException) -> bool:
    return isinstance(error, KonturTransientError) and (error.retry_after_s or 0) <= RETRY_AFTER_CAP_S


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after_s if isinstance(error, KonturTransientError) else None
    return max(_backoff(state), asked or 0.0)
