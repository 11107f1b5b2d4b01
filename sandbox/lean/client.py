"""The yardstick: a bare client that sends requests over so many connections, and does nothing else."""

from __future__ import annotations

import asyncio
import collections
import functools
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import httptools

from sandbox.lean.server import Asked


class RefusedError(Exception):
    """The server answered with another status than 200 or 201."""


class _Sender(asyncio.Protocol):
    """One connection: sends the next request as soon as the answer before it is whole."""

    def __init__(self, due: collections.deque[bytes], ended: asyncio.Future[None]) -> None:
        self._due = due
        self._ended = ended
        self._transport: Any = None
        self._parser: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        if (status := self._parser.get_status_code()) not in {200, 201}:
            self._ended.set_exception(RefusedError(f"HTTP {status}"))
            self._transport.close()
            return
        self._send()

    def _send(self) -> None:
        if not self._due:
            self._transport.close()
            return
        self._parser = httptools.HttpResponseParser(self)
        self._transport.write(self._due.popleft())

    def connection_lost(self, error: Exception | None) -> None:
        if not self._ended.done():
            self._ended.set_exception(error) if error else self._ended.set_result(None)


def send(base_url: str, key: str, requests: Sequence[Asked], connections: int) -> float:
    """Seconds for sending ``requests``, whose paths are below the account.

    Args:
        base_url: of the account.
        key: the API key.
        requests: what is sent, in this order.
        connections: how many at once.

    Raises:
        RefusedError: one was.
        OSError: a connection broke.
    """
    url = urlsplit(base_url)
    due = collections.deque(_bytes(url.path, url.netloc, key, one) for one in requests)

    async def work() -> float:
        loop = asyncio.get_running_loop()
        began = time.monotonic()
        ends = [loop.create_future() for _ in range(connections)]
        for ended in ends:
            await loop.create_connection(functools.partial(_Sender, due, ended), url.hostname or "", url.port or 80)
        await asyncio.gather(*ends)
        return time.monotonic() - began

    return asyncio.run(work())


def _bytes(below: str, host: str, key: str, request: Asked) -> bytes:
    body = request.body.encode()
    head = [f"{request.method} {below}{request.path} HTTP/1.1", f"Host: {host}", f"X-Api-Key: {key}"]
    head += ["Accept: application/json", "Content-Type: application/json; charset=utf-8"]
    return "\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body
