"""Exchanges that block their thread, on ``requests``: the coroutines above never wait, and are driven to their end."""

from __future__ import annotations

import http.cookiejar
import ssl
import threading
import time
from collections.abc import Coroutine
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
import urllib3.exceptions
from requests.auth import AuthBase

from kontur_hook.auth import KonturAuth
from kontur_hook.connection import ConnectionSettings
from kontur_hook.deadline import Adapter, Exchange, current
from kontur_hook.failure import Cause, failure_of
from kontur_hook.transport import (
    CHUNK_BYTES,
    CONNECT_TIMEOUT_S,
    HEADERS,
    Answer,
    Body,
    Failure,
    NoPlaceError,
    Request,
    TooLargeError,
)

T = TypeVar("T")


def finish(work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine gives whose transport blocks, so that it comes to its end at once."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    work.close()
    raise AssertionError("a coroutine waits for an event loop")


class SafeSession(requests.Session):
    """A session that follows no redirect, takes nothing from the environment and keeps no cookie."""

    def __init__(self, settings: ConnectionSettings) -> None:
        super().__init__()
        self.trust_env = False
        self.verify = settings.ca_bundle or True
        self.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        self.headers.update(HEADERS)
        self._timeout = (min(CONNECT_TIMEOUT_S, settings.timeout_s), settings.timeout_s)
        adapter = Adapter(max_retries=0, pool_maxsize=settings.concurrency, pool_block=True)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: requests turns a redirected POST into a GET, and hands the key to another host."""
        return

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """As requests does, with our timeouts where the caller names none."""
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = self._timeout
        return super().send(request, **kwargs)


class Signed(AuthBase):
    """Signs what others send by the session."""

    def __init__(self, auth: KonturAuth) -> None:
        self._auth = auth

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(finish(self._auth.signature()))
        return request


class BlockingTransport:
    """See :class:`Transport`. Safe to share between threads."""

    def __init__(self, settings: ConnectionSettings) -> None:
        self.session = SafeSession(settings)
        self.lock = _Lock()
        self._timeout_s = settings.timeout_s

    async def exchange(self, request: Request) -> Answer | Failure:
        """See :class:`Transport`."""
        exchange = Exchange(self._timeout_s)
        previous = current.set(exchange)
        try:
            _refuse_if_late(request)
            # Not prepared by the session, which would sign it once more.
            prepared = requests.Request(request.method, request.url, {**HEADERS, **request.headers}, data=request.body)
            with self.session.send(prepared.prepare(), stream=True) as response:
                answer = Answer(response.status_code, response.headers, _body(response))
        except Exception as error:
            return self._failure(Cause.TOO_SLOW if exchange.expired else _cause(error), error, exchange, request)
        finally:
            exchange.end()
            current.reset(previous)
        if exchange.expired:  # what was cut can look whole: "HTTP/1.1 201 Cre" is a 201 for requests
            return self._failure(Cause.TOO_SLOW, TimeoutError(), exchange, request)
        return answer

    async def sleep(self, seconds: float) -> None:
        """See :class:`Transport`."""
        time.sleep(seconds)

    def _failure(self, cause: Cause, error: BaseException, exchange: Exchange, request: Request) -> Failure:
        host = urlsplit(request.url).hostname or ""
        return failure_of(cause, _reason(error), began=exchange.began, host=host, timeout_s=self._timeout_s)


def _refuse_if_late(request: Request) -> None:
    if time.monotonic() > request.leave_by:
        raise NoPlaceError


class _Lock:
    """A lock of threads, for coroutines that never wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    async def __aenter__(self) -> None:
        self._lock.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()


def _body(response: requests.Response) -> bytes:
    body = Body()
    for chunk in response.iter_content(CHUNK_BYTES):
        body.add(chunk)
    return bytes(body)


_CAUSES: dict[type[BaseException], Cause] = {
    urllib3.exceptions.NameResolutionError: Cause.NO_SUCH_NAME,
    urllib3.exceptions.NewConnectionError: Cause.UNREACHABLE,
    urllib3.exceptions.ConnectTimeoutError: Cause.NOT_ACCEPTED,
    TooLargeError: Cause.TOO_LARGE,
    NoPlaceError: Cause.NO_PLACE,
}


def _cause(error: Exception) -> Cause:
    reason = _reason(error)
    if isinstance(reason, urllib3.exceptions.SSLError) and _is_of_certificate(reason):
        return Cause.BAD_CERTIFICATE
    if cause := _CAUSES.get(type(reason)):
        return cause
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return Cause.NOT_UNPACKED
    if isinstance(error, requests.Timeout):
        return Cause.TOO_SLOW
    return Cause.NO_TLS if isinstance(error, requests.exceptions.SSLError) else Cause.BROKE


def _is_of_certificate(error: urllib3.exceptions.SSLError) -> bool:
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in error.args)


def _reason(error: BaseException) -> BaseException:
    """What urllib3 met, below the wrappers of requests and of urllib3's retries."""
    inner = error.args[0] if isinstance(error, requests.RequestException) and error.args else error
    reason = inner.reason if isinstance(inner, urllib3.exceptions.MaxRetryError) else inner
    return reason if isinstance(reason, BaseException) else error
