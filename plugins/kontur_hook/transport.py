"""One HTTP exchange, as whoever asks sees it: a request goes out once, and an answer or a failure comes back.

Two ways lead there: :mod:`kontur_hook.blocking` and :mod:`kontur_hook.on_a_loop`. On both nothing is repeated or
redirected, nothing is taken from the environment, no cookie is kept, and an answer is cut at a wall-clock deadline and
at a size.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from kontur_hook.errors import KonturError

HEADERS: Mapping[str, str] = {
    "User-Agent": "bitrix-to-kontur",
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
}
"""Of each request."""
MAX_BODY_MIB = 10
"""Of an answer, decompressed."""
CONNECT_TIMEOUT_S = 10.0
CHUNK_BYTES = 64 * 1024


@dataclasses.dataclass(frozen=True, slots=True)
class Request:
    """What is sent, beside :data:`HEADERS`."""

    method: str
    url: str
    """Quoted, with its query."""
    headers: Mapping[str, str] = dataclasses.field(repr=False)
    body: bytes | None = dataclasses.field(default=None, repr=False)
    leave_by: float = math.inf
    """Whoever gives it a place on the wire later than that, by the monotonic clock, does not send it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, of whatever status."""

    status: int
    headers: Mapping[str, str]
    """Compared without regard to case; empty only if the answer was cut before its first header."""
    body: bytes = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """No whole answer."""

    error: KonturError
    not_sent: bool
    """Proved: no byte of the request has left."""


class Transport(Protocol):
    """Sends requests, and has what those need who wait for one another or for a better time."""

    @property
    def lock(self) -> AbstractAsyncContextManager[object]:
        """Held by one at a time."""

    async def exchange(self, request: Request) -> Answer | Failure:
        """Send it once; whatever goes wrong comes back as a value."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


class NoPlaceError(Exception):
    """There was none on the wire before the request had to leave."""


class TooLargeError(Exception):
    """The answer is larger than we read."""


class Body(bytearray):
    """An answer's body, as far as it has come."""

    def add(self, chunk: bytes) -> None:
        """One more part of it.

        Raises:
            TooLargeError: it grows beyond what we read.
        """
        self += chunk
        if len(self) > MAX_BODY_MIB * 1024 * 1024:
            raise TooLargeError
