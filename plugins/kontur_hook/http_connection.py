"""One connection of an event loop: a request goes out on it, its answer comes back, and then perhaps another."""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable
from typing import cast

from kontur_hook.http_answer import AnswerReader, CutError
from kontur_hook.transport import Answer


class Connection(asyncio.Protocol):
    """Carries one exchange at a time. Whoever takes it again looks first at :attr:`is_fit`."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._reader: AnswerReader | None = None
        """While an answer is waited for."""
        self._outcome: asyncio.Future[Answer | Exception] | None = None
        """An error as a value: nobody has to fetch it."""
        self._then: Callable[[Answer], None] | None = None
        self._is_over = False
        """It ends, from here or from there."""
        self.idle_since = self._loop.time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands, and TLS with it."""
        self._transport = cast("asyncio.Transport", transport)
        self._unread = select.poll()
        self._unread.register(transport.get_extra_info("socket").fileno(), select.POLLIN)

    @property
    def is_idle(self) -> bool:
        """Whether all that was asked on it is answered, and nothing else came, as far as the loop has seen."""
        return self._reader is None and not self._is_over

    @property
    def is_fit(self) -> bool:
        """Whether another request may be sent on it: it is idle, and no byte and no end lies unread in the socket.

        Not asked of a new one: TLS sends things of its own after the handshake, which come before the first answer.
        """
        return self.is_idle and not self._unread.poll(0)

    def exchange(self, head: bytes, body: bytes, then: Callable[[Answer], None]) -> asyncio.Future[Answer | Exception]:
        """Send a request; what will come of it. Only on a connection that is new or fit.

        ``then`` is done at a whole answer, before whoever waits for it goes on, unless he has given up.
        """
        self._outcome, self._then = self._loop.create_future(), then
        if self._is_over:  # as soon as it stood
            self._settle(CutError())
        else:
            self._reader = AnswerReader()
            self._write(head, body)
        return self._outcome

    def _write(self, head: bytes, body: bytes) -> None:
        self._transport.write(head + body)

    def abort(self) -> None:
        """Close it at once: nothing more is sent, not even TLS's goodbye, for which the loop would wait."""
        self._is_over = True
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Of the answer, or unasked."""
        reader = self._reader
        if reader is None:
            self.abort()
            return
        try:
            answer = reader.feed(data)
        except Exception as error:
            self._fail(error)
            return
        if answer is not None:
            # Said before the request had left whole, it is an answer as well; but the rest must not leave.
            if not reader.keeps_connection or self._transport.get_write_buffer_size():
                self.abort()
            self._settle(answer)

    def eof_received(self) -> None:
        """The server has said all it will."""
        self._end()
        self.abort()

    def connection_lost(self, error: Exception | None) -> None:
        """It broke, or was closed from here, or ended without TLS's goodbye."""
        if error is None and not self._is_over:
            self._end()
        else:
            self._fail(error or CutError())
        self._is_over = True

    def _end(self) -> None:
        self._is_over = True
        if self._reader is not None:
            try:
                self._settle(self._reader.end())
            except Exception as error:
                self._fail(error)

    def _fail(self, error: Exception) -> None:
        self.abort()
        self._settle(error)

    def _settle(self, outcome: Answer | Exception) -> None:
        self._reader = None
        self.idle_since = self._loop.time()
        if self._outcome is not None and not self._outcome.done():
            self._outcome.set_result(outcome)
            if self._then is not None and isinstance(outcome, Answer):
                self._then(outcome)
