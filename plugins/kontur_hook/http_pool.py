"""The connections of an event loop: at most so many, kept for the next request."""

from __future__ import annotations

import asyncio
import contextvars
import dataclasses
import functools
import socket
import ssl
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from aiohappyeyeballs import start_connection
from certifi import where

from kontur_hook.http_connection import Connection

_IDLE_S = 15.0
"""Longer kept, a server or a firewall may have forgotten it."""
_NEXT_ADDRESS_S = 0.25
"""A name's next address is tried after so long (RFC 8305)."""


@dataclasses.dataclass(slots=True)
class Progress:
    """How far an exchange came."""

    shakes_hands: bool = False
    """TLS has begun."""
    began: bool = False
    """A byte of the request may have left."""


_current: contextvars.ContextVar[Progress] = contextvars.ContextVar("kontur_progress")


def trusting(ca_bundle: str | None) -> ssl.SSLContext:
    """What is trusted by default, or what ``ca_bundle`` names: the same as on the other way. Dear: to be kept."""
    context = _Tls(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(ca_bundle or where())
    context.set_alpn_protocols(["http/1.1"])
    return context


class _Tls(ssl.SSLContext):
    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        """The handshake begins: the loop tells neither its resets nor its timeouts from those of the connection."""
        _current.get().shakes_hands = True
        return super().wrap_bio(*args, **kwargs)


class Origin(NamedTuple):
    """Where a connection leads."""

    is_encrypted: bool
    host: str
    port: int
    named: str
    """As the header Host says it."""


@functools.lru_cache
def origin_of(scheme: str, netloc: str) -> Origin:
    """Of a URL's parts."""
    url = urlsplit(f"{scheme}://{netloc}")
    host, usual = url.hostname or "", {"https": 443, "http": 80}[scheme]
    named = f"[{host}]" if ":" in host else host
    port = url.port or usual
    return Origin(scheme == "https", host, port, named if port == usual else f"{named}:{port}")


class Pool:
    """Gives a connection to one exchange at a time.

    Args:
        most: connections at a time; nobody takes one while others have so many.
        connect_s: how long one may take to stand, its name's look-up not counted.
        trusted: of https.
    """

    def __init__(self, most: int, connect_s: float, trusted: ssl.SSLContext | None) -> None:
        self._most = most
        self._connect_s = connect_s
        self._trusted = trusted
        self._open: dict[Connection, Origin] = {}
        self._idle: list[Connection] = []
        """The one used last is last."""
        self._connecting = 0
        self._is_closed = False

    async def take(self, origin: Origin, progress: Progress) -> Connection:
        """One that leads there, and on which nothing is under way.

        Raises:
            OSError: none comes about.
            TimeoutError: none does in time.
        """
        self._drop_old()
        for at in reversed(range(len(self._idle))):
            if self._open[self._idle[at]] == origin:
                connection = self._idle.pop(at)
                if connection.is_fit:
                    return connection
                self._drop(connection)
        return await self._new(origin, progress)

    def give_back(self, connection: Connection) -> None:
        """Keep it for the next exchange, or close it, whatever is still under way on it."""
        if connection.is_idle and not self._is_closed:
            self._idle.append(connection)
        else:
            self._drop(connection)

    async def close(self) -> None:
        """Close all of them, whatever is under way on them."""
        self._is_closed = True
        for connection in list(self._open):
            self._drop(connection)
        self._idle.clear()
        await asyncio.sleep(0)  # sockets are closed on the loop's next turn

    def _drop_old(self) -> None:
        now = asyncio.get_running_loop().time()
        while self._idle and now - self._idle[0].idle_since > _IDLE_S:
            self._drop(self._idle.pop(0))

    def _drop(self, connection: Connection) -> None:
        self._open.pop(connection, None)
        connection.abort()

    async def _new(self, origin: Origin, progress: Progress) -> Connection:
        if self._is_closed:
            raise RuntimeError("the transport is closed")
        if self._idle and len(self._open) + self._connecting >= self._most:  # kept for another host
            self._drop(self._idle.pop(0))
        self._connecting += 1
        try:
            connection = await self._connected(origin, progress)
        finally:
            self._connecting -= 1
        if self._is_closed:
            connection.abort()
            raise RuntimeError("the transport is closed")
        self._open[connection] = origin
        return connection

    async def _connected(self, origin: Origin, progress: Progress) -> Connection:
        if origin.is_encrypted and self._trusted is None:
            raise ValueError("nothing is trusted")
        loop = asyncio.get_running_loop()
        # Before the clock runs: what a name server takes is not what a firewall does.
        addresses = await loop.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
        before = _current.set(progress)
        try:
            async with asyncio.timeout(self._connect_s):
                _, connection = await loop.create_connection(
                    Connection,
                    sock=await start_connection(addresses, happy_eyeballs_delay=_NEXT_ADDRESS_S),
                    ssl=self._trusted if origin.is_encrypted else None,
                    server_hostname=origin.host.rstrip(".") if origin.is_encrypted else None,
                )
        finally:
            _current.reset(before)
        return connection
