"""Exchanges on an event loop, on ``aiohttp``: many under way at once, in one thread."""

from __future__ import annotations

import asyncio
import contextvars
import dataclasses
import ssl
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp
import yarl
from aiohttp.http_exceptions import ContentEncodingError
from certifi import where

from kontur_hook.connection import ConnectionSettings
from kontur_hook.failure import Cause, failure_of
from kontur_hook.transport import CHUNK_BYTES, CONNECT_TIMEOUT_S, HEADERS, Answer, Body, Failure, Request, TooLargeError

_MOST_BYTES_OF_A_HEADER = 64 * 1024
"""As the other way takes."""


def trusting(ca_bundle: str | None) -> ssl.SSLContext:
    """What is trusted by default, or what ``ca_bundle`` names: the same as on the other way. Dear: to be kept."""
    context = _Tls(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(ca_bundle or where())
    context.set_alpn_protocols(["http/1.1"])
    return context


@dataclasses.dataclass(slots=True)
class _Progress:
    """How far an exchange came."""

    shakes_hands: bool = False
    """TLS has begun."""
    transport: asyncio.Transport | None = None
    """Of the connection, once a byte of the request may have left."""


_current: contextvars.ContextVar[_Progress] = contextvars.ContextVar("kontur_progress")


class _Tls(ssl.SSLContext):
    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        """The handshake begins: aiohttp tells neither its failures nor its timeouts from those of the connection."""
        _current.get().shakes_hands = True
        return super().wrap_bio(*args, **kwargs)


class _ClientRequest(aiohttp.ClientRequest):
    async def send(self, conn: Any) -> aiohttp.ClientResponse:
        """The connection stands."""
        _current.get().transport = conn.transport
        return await super().send(conn)


class _BrokeError(Exception):
    """Carries an error past aiohttp, which answers some of them by sending what it takes for repeatable once more."""


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    try:
        return await handler(request)
    except aiohttp.ClientConnectionError as error:
        raise _BrokeError from error


class LoopTransport:
    """See :class:`Transport`. Of one event loop; open within its block."""

    def __init__(self, settings: ConnectionSettings, trusted: ssl.SSLContext | None) -> None:
        """``trusted``: of https."""
        self.lock = asyncio.Lock()
        self._timeout_s = settings.timeout_s
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=settings.concurrency, ssl=trusted or True),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=min(CONNECT_TIMEOUT_S, settings.timeout_s)),
            headers=HEADERS,
            cookie_jar=aiohttp.DummyCookieJar(),
            request_class=_ClientRequest,
            middlewares=(_once,),
            max_line_size=_MOST_BYTES_OF_A_HEADER,
            max_field_size=_MOST_BYTES_OF_A_HEADER,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def exchange(self, request: Request) -> Answer | Failure:
        """See :class:`Transport`."""
        progress = _Progress()
        previous = _current.set(progress)
        try:
            async with asyncio.timeout(self._timeout_s) as deadline:
                answer = await self._answer(request)
            # What was cut must not look whole, should anybody below have taken the deadline's cancelling for theirs.
            return self._failure(TimeoutError(), progress, request) if deadline.expired() else answer
        except Exception as error:
            reason = error.__cause__ if isinstance(error, _BrokeError) else error
            return self._failure(reason or error, progress, request)
        finally:
            _current.reset(previous)

    async def _answer(self, request: Request) -> Answer:
        url = yarl.URL(request.url, encoded=True)
        async with self._session.request(
            request.method, url, headers=request.headers, data=request.body, allow_redirects=False
        ) as response:
            body = Body()
            async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                body.add(chunk)
            return Answer(response.status, response.headers, bytes(body))

    async def sleep(self, seconds: float) -> None:
        """See :class:`Transport`."""
        await asyncio.sleep(seconds)

    def _failure(self, error: BaseException, progress: _Progress, request: Request) -> Failure:
        if progress.transport:
            progress.transport.abort()  # aiohttp lets it send what is left, and TLS take leave for half a minute
        cause, host = _cause(error, progress), urlsplit(request.url).hostname or ""
        began = progress.transport is not None
        return failure_of(cause, error, began=began, host=host, timeout_s=self._timeout_s)


_CAUSES: dict[type[BaseException], Cause] = {
    aiohttp.ClientConnectorDNSError: Cause.NO_SUCH_NAME,
    aiohttp.ClientConnectorCertificateError: Cause.BAD_CERTIFICATE,
    aiohttp.ClientConnectorSSLError: Cause.NO_TLS,
    TooLargeError: Cause.TOO_LARGE,
}


def _cause(error: BaseException, progress: _Progress) -> Cause:
    connected = progress.transport is not None or progress.shakes_hands
    if cause := _CAUSES.get(type(error)):
        return cause
    if isinstance(error, TimeoutError):
        return Cause.TOO_SLOW if connected else Cause.NOT_ACCEPTED
    if type(error) is aiohttp.ClientConnectorError and not connected:
        return Cause.UNREACHABLE
    return Cause.NOT_UNPACKED if isinstance(error.__cause__, ContentEncodingError) else Cause.BROKE
