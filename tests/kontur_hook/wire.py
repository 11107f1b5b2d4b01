"""A server of raw sockets: says byte for byte what a test wants, and counts what it was asked."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclasses.dataclass(frozen=True)
class Asked:
    """A request, read whole: what a server could have applied."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {key: values[0] for key, values in parse_qs(urlsplit(self.target).query).items()}


Behaviour = Callable[[socket.socket, Asked], None]
"""Answers one request; raising ``ConnectionError`` ends the connection."""


def http(status: int, body: Any = None, *, headers: dict[str, str] | None = None, media: str | None = None) -> bytes:
    """A whole answer: ``body`` as it is if it is bytes, else as JSON; none at all for ``None``."""
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    kind = media or ("application/json; charset=utf-8" if body is not None else None)
    lines = [f"HTTP/1.1 {status} Word", f"Content-Length: {len(raw)}", *([f"Content-Type: {kind}"] if kind else [])]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


def say(raw: bytes, *, then: str = "stay") -> Behaviour:
    """Send ``raw``; ``then`` stay, close (FIN), reset (RST) or cut (no TLS goodbye)."""

    def behave(sock: socket.socket, _: Asked) -> None:
        sock.sendall(raw)
        if then == "reset":
            reset(sock)
        if then != "stay":
            raise ConnectionAbortedError

    return behave


def reset(sock: socket.socket) -> None:
    """Make the coming close an RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Wire:
    """Answers each request with the next behaviour; the last one stays."""

    def __init__(
        self,
        *behaviours: Behaviour | bytes,
        tls: ssl.SSLContext | None = None,
        on_accept: Callable[[socket.socket], None] | None = None,
        route: Callable[[Asked], bytes] | None = None,
    ) -> None:
        self._behaviours = [say(entry) if isinstance(entry, bytes) else entry for entry in behaviours]
        self._tls = tls
        self._on_accept = on_accept
        self._route = route
        self._lock = threading.Lock()
        self.asked: list[Asked] = []
        self.connections = 0
        self.over = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._server.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/budget/v1"

    @contextlib.contextmanager
    def running(self) -> Iterator[Wire]:
        thread = threading.Thread(target=self._accept, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.over.set()
            with contextlib.suppress(OSError):
                self._server.shutdown(socket.SHUT_RDWR)
            self._server.close()
            thread.join(5)

    def _accept(self) -> None:
        while not self.over.is_set():
            try:
                sock, _ = self._server.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError), sock:
            if self._on_accept:
                self._on_accept(sock)
                return
            if self._tls:
                sock = self._tls.wrap_socket(sock, server_side=True)
            with sock, sock.makefile("rb") as stream:
                while asked := _read(stream):
                    with self._lock:
                        self.asked.append(asked)
                        behave = self._next()
                    if self._route:
                        sock.sendall(self._route(asked))
                    else:
                        behave(sock, asked)

    def _next(self) -> Behaviour:
        if not self._behaviours:
            return say(b"")
        return self._behaviours.pop(0) if len(self._behaviours) > 1 else self._behaviours[0]


def _read(stream: Any) -> Asked | None:
    line = stream.readline().decode("latin-1").split()
    if len(line) < 3:
        return None
    headers: dict[str, str] = {}
    while (header := stream.readline().decode("latin-1").strip()) != "":
        name, _, value = header.partition(":")
        headers[name.lower()] = value.strip()
    return Asked(line[0], line[1], headers, stream.read(int(headers.get("content-length", 0))))
