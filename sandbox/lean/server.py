"""The server: one process, one thread, an answer after a set time, however many are asked for at once."""

from __future__ import annotations

import asyncio
import collections
from typing import Any
from urllib.parse import parse_qsl

import httptools
import msgspec

from sandbox.kontur.paths import BASE_PATH
from sandbox.lean.books import Books

CONTROL = "/_lean"
_ANSWER = "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Asked(msgspec.Struct):
    """A request, as it is told to who asks what came."""

    method: str
    path: str
    """Below the account, with its query."""
    body: str


class Served:
    """What all connections share."""

    def __init__(self) -> None:
        self.latency_s = 0.0
        self._forget()

    def _forget(self) -> None:
        self.books = Books()
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self.at_once = 0

    def answer(self, method: str, target: str, body: bytes) -> bytes:
        """Of a whole request."""
        path, _, query = target.partition("?")
        if path.startswith(CONTROL):
            return _told(200, self._control(path, dict(parse_qsl(query))))
        below = "/" + path.removeprefix(BASE_PATH).split("/", 3)[-1]
        self.asked.append(Asked(method, f"{below}?{query}" if query else below, body.decode()))
        if method == "POST":
            return _told(201, {"id": self.books.add(below, body)})
        found = self.books.read(below, dict(parse_qsl(query)))
        return _told(404, {"error": {"code": "unknown_document"}}) if found is None else _told(200, found)

    def _control(self, path: str, query: dict[str, str]) -> object:
        match path.removeprefix(CONTROL):
            case "/asked":
                return self.asked
            case "/counted":
                counted = collections.Counter(one.method for one in self.asked)
                return {**counted, **self.books.counted, "most_at_once": self.most_at_once}
            case "/forget":
                self.latency_s = float(query.get("latency_ms", 0)) / 1000
                self._forget()
        return {}


class Connection(asyncio.Protocol):
    """One connection; a request is answered before the next one is read, as clients of ours send them."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._transport: Any = None
        self._parser = httptools.HttpRequestParser(self)
        self._target = b""
        self._body: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        served, method = self._served, self._parser.get_method().decode()
        target, body = self._target.decode(), b"".join(self._body)
        self._target, self._body = b"", []
        answer = served.answer(method, target, body)
        if served.latency_s and not target.startswith(CONTROL):
            served.at_once += 1
            served.most_at_once = max(served.most_at_once, served.at_once)
            asyncio.get_running_loop().call_later(served.latency_s, self._late, answer)
        else:
            self._transport.write(answer)

    def _late(self, answer: bytes) -> None:
        self._served.at_once -= 1
        self._transport.write(answer)


def _told(status: int, what: object) -> bytes:
    body = _encode(what)
    return (_ANSWER % (status, len(body))).encode() + body


async def serve(port: int) -> None:
    """On this machine's loopback, until it is ended."""
    served = Served()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(served), "127.0.0.1", port, backlog=256)
    await server.serve_forever()
