"""Connections of ``requests``: a wall-clock deadline for one request and its answer, and no answer but its own.

A timeout of ``requests`` is per ``recv``: a server that drips a byte a second never meets it. So a timer shuts the
socket down at the deadline.
"""

from __future__ import annotations

import contextlib
import contextvars
import http.client
import socket
import threading
import time
from http import HTTPStatus
from typing import Any

import urllib3.exceptions
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class Exchange:
    """The deadline of one request and its answer."""

    def __init__(self, timeout_s: float) -> None:
        self._ends = time.monotonic() + timeout_s
        self._timer: threading.Timer | None = None
        self.began = False
        """A byte may have left."""
        self.expired = False

    def begin(self, connection: _Connection) -> None:
        if self.began:
            return
        left = self._ends - time.monotonic()
        if left <= 0:
            raise urllib3.exceptions.ConnectTimeoutError(connection, "the deadline passed before the connection stood")
        self.began = True
        self._timer = threading.Timer(left, self._cut, (connection,))
        self._timer.daemon = True
        self._timer.start()

    def _cut(self, connection: _Connection) -> None:
        self.expired = True
        connection.cut(self)

    def end(self) -> None:
        if self._timer:
            self._timer.cancel()


current: contextvars.ContextVar[Exchange | None] = contextvars.ContextVar("kontur_exchange", default=None)


class _FinalAnswer(http.client.HTTPResponse):
    """http.client passes over a 100 only: what follows another interim answer would be taken for the next one's."""

    def _read_status(self) -> tuple[int, int, str]:
        version, status, reason = super()._read_status()  # type: ignore[misc]
        if status == HTTPStatus.SWITCHING_PROTOCOLS:  # nobody asked for that; what follows is no HTTP
            raise http.client.BadStatusLine(str(status))
        return version, HTTPStatus.CONTINUE if 100 <= status < 200 else status, reason


class _Connection(HTTPConnection):
    response_class = _FinalAnswer

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._exchange: Exchange | None = None
        self._exchange_sock: socket.socket | None = None
        self._exchange_lock = threading.Lock()

    def send(self, data: Any) -> None:
        """Connect first, so that what fails before :meth:`Exchange.begin` is proved not sent."""
        if self.sock is None:
            self.connect()
        exchange = current.get()
        if exchange:
            with self._exchange_lock:
                # http.client forgets the socket before the body is read if the answer ends with the connection.
                self._exchange, self._exchange_sock = exchange, self.sock
            exchange.begin(self)
            # The timer cuts it. For urllib3 the connect timeout goes on until the request is sent.
            self.sock.settimeout(None)
        super().send(data)

    def cut(self, exchange: Exchange) -> None:
        """Wake whoever waits on the socket; the pool may have given the connection to another exchange meanwhile."""
        with self._exchange_lock:
            sock = self._exchange_sock
            if sock is not None and self._exchange is exchange:
                with contextlib.suppress(OSError):
                    # Not SSLSocket.shutdown: that takes the encryption off before it shuts the socket.
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)


class _SecureConnection(_Connection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class Adapter(HTTPAdapter):
    """Connections that know their exchange's deadline."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
