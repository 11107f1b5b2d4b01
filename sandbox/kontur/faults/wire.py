"""The connection below HTTP: half-sent bytes, silence, FIN, RST."""

from __future__ import annotations

import asyncio
import socket
import struct

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_TRANSPORT = "sandbox.transport"


class TransportInScope(H11Protocol):
    """uvicorn's protocol, which lets the application reach its connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        app = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[_TRANSPORT] = transport
            await app(scope, receive, send)

        self.app = with_transport


class Wire:
    """One request's connection. Every method returns when the connection is gone, so nothing else is sent on it."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._transport: asyncio.Transport = scope["extensions"][_TRANSPORT]
        self._receive = receive

    async def reset(self) -> None:
        """RST: unsent data is dropped, the client's next read fails."""
        if not self._transport.is_closing():
            connection: socket.socket = self._transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()
        await self._gone()

    async def close(self, last_bytes: bytes = b"") -> None:
        """FIN, after these bytes."""
        if not self._transport.is_closing():  # else the client was faster
            self._transport.write(last_bytes)
            self._transport.close()
        await self._gone()

    async def hang(self, seconds: float) -> None:
        """Say nothing until the client goes, or for so long; then RST."""
        try:
            await asyncio.wait_for(self._gone(), seconds)
        except TimeoutError:
            await self.reset()

    async def drip(self, data: bytes, interval_s: float) -> None:
        """One byte at a time, then FIN."""
        for byte in data:
            if self._transport.is_closing():
                break
            self._transport.write(bytes([byte]))
            await asyncio.sleep(interval_s)
        await self.close()

    async def _gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
