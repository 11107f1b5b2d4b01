"""One HTTP exchange: pooled, never repeated, never redirected, cut at a wall-clock deadline and at a size."""

from __future__ import annotations

import dataclasses
import http.cookiejar
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from kontur_hook.connection import ConnectionSettings
from kontur_hook.deadline import Adapter, Exchange, current
from kontur_hook.failure import Failure, TooLargeError, failure_of, too_slow

USER_AGENT = "bitrix-to-kontur"
MAX_BODY_BYTES = 10 * 1024 * 1024
"""Of an answer, decompressed."""
CONNECT_TIMEOUT_S = 10.0


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, of whatever status."""

    status: int
    headers: Mapping[str, str]
    """Compared without regard to case; empty only if the answer was cut before its first header."""
    body: bytes = dataclasses.field(repr=False)


class SafeSession(requests.Session):
    """A session that follows no redirect, takes nothing from the environment and keeps no cookie."""

    def __init__(self, settings: ConnectionSettings) -> None:
        super().__init__()
        self.trust_env = False
        self.verify = settings.ca_bundle or True
        self.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        self.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"})
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


class Transport:
    """Sends prepared requests. Safe to share between threads."""

    def __init__(self, settings: ConnectionSettings) -> None:
        self.session = SafeSession(settings)
        self._timeout_s = settings.timeout_s

    def exchange(self, request: requests.PreparedRequest) -> Answer | Failure:
        """Send ``request`` once; whatever goes wrong comes back as a value."""
        exchange = Exchange(self._timeout_s)
        previous = current.set(exchange)
        try:
            with self.session.send(request, stream=True) as response:
                answer = Answer(response.status_code, response.headers, _body(response))
        except Exception as error:
            return failure_of(error, exchange, urlsplit(request.url or "").hostname or "", self._timeout_s)
        finally:
            exchange.end()
            current.reset(previous)
        if exchange.expired:  # what was cut can look whole: "HTTP/1.1 201 Cre" is a 201 for requests
            return too_slow(self._timeout_s)
        return answer


def _body(response: requests.Response) -> bytes:
    chunks: list[bytes] = []
    size = 0
    for chunk in response.iter_content(64 * 1024):
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise TooLargeError(f"larger than {MAX_BODY_BYTES // 1024 // 1024} MiB")
        chunks.append(chunk)
    return b"".join(chunks)
