"""Exchanges on an event loop: many under way at once, in one thread."""

from __future__ import annotations

import asyncio
import socket
import ssl
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from kontur_hook.connection import ConnectionSettings
from kontur_hook.failure import Cause, failure_of
from kontur_hook.http_line import Exchange, Line
from kontur_hook.http_pool import Origin, Pool, Progress, origin_of, trusting
from kontur_hook.transport import CONNECT_TIMEOUT_S, HEADERS, Answer, Failure, NoPlaceError, Request, TooLargeError
from kontur_hook.unpacking import NotUnpackedError

__all__ = ["LoopTransport", "trusting"]


class LoopTransport:
    """See :class:`Transport`. Of one event loop; open within its block."""

    def __init__(self, settings: ConnectionSettings, trusted: ssl.SSLContext | None) -> None:
        """``trusted``: of https."""
        self.lock = asyncio.Lock()
        self._timeout_s = settings.timeout_s
        self._pool = Pool(settings.concurrency, min(CONNECT_TIMEOUT_S, settings.timeout_s), trusted)
        self._line = Line(self._pool, settings.concurrency)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool.close()

    async def exchange(self, request: Request) -> Answer | Failure:
        """See :class:`Transport`."""
        progress = Progress()
        try:
            async with asyncio.timeout(self._timeout_s):
                outcome = await self._outcome(request, progress)
        except Exception as error:
            outcome = error
        if isinstance(outcome, Answer):
            return outcome
        cause, host = _cause(outcome, progress), urlsplit(request.url).hostname or ""
        return failure_of(cause, outcome, began=progress.began, host=host, timeout_s=self._timeout_s)

    async def _outcome(self, request: Request, progress: Progress) -> Answer | Exception:
        url = urlsplit(request.url)
        origin = origin_of(url.scheme, url.netloc)
        target = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
        head = _head(request, origin, target)
        return await self._line.carry(Exchange(origin, head, request.body or b"", progress, request.leave_by))

    async def sleep(self, seconds: float) -> None:
        """See :class:`Transport`."""
        await asyncio.sleep(seconds)


def _head(request: Request, origin: Origin, target: str) -> bytes:
    """All of a request but its body.

    Raises:
        ValueError: a part of it would be more than that.
    """
    lines = [f"{request.method} {target} HTTP/1.1", f"Host: {origin.named}"]
    lines += [f"{name}: {value}" for name, value in {**HEADERS, **request.headers}.items()]
    if request.body is not None or request.method != "GET":
        lines.append(f"Content-Length: {len(request.body or b'')}")
    text = "\n".join([*lines, "", ""])
    if text.count("\n") != len(lines) + 1 or "\r" in text or "\0" in text:
        raise ValueError("a header has a line break")
    return text.replace("\n", "\r\n").encode()


_CAUSES: dict[type[Exception], Cause] = {
    NoPlaceError: Cause.NO_PLACE,
    socket.gaierror: Cause.NO_SUCH_NAME,
    ssl.SSLCertVerificationError: Cause.BAD_CERTIFICATE,
    TooLargeError: Cause.TOO_LARGE,
    NotUnpackedError: Cause.NOT_UNPACKED,
}


def _cause(error: Exception, progress: Progress) -> Cause:
    connected = progress.began or progress.shakes_hands
    if cause := _CAUSES.get(type(error)):
        return cause
    if type(error) is TimeoutError and error.errno is None:  # of ours: the system's own has a number
        return Cause.TOO_SLOW if connected else Cause.NOT_ACCEPTED
    if isinstance(error, ssl.SSLError):
        return Cause.NO_TLS
    return Cause.UNREACHABLE if isinstance(error, OSError) and not connected else Cause.BROKE
