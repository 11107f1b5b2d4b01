"""Who exchanges something, and when: so many at a time, whoever else wants to stands in line.

When one has a good answer, the next one's request leaves on the same connection before anybody learns of that answer:
else the wire would be idle while all that this process has to do meanwhile is done.
"""

from __future__ import annotations

import asyncio
import collections
import dataclasses
import time

from kontur_hook.http_connection import Connection
from kontur_hook.http_pool import Origin, Pool, Progress
from kontur_hook.transport import Answer, NoPlaceError


@dataclasses.dataclass(slots=True, eq=False)
class Exchange:
    """A request, and what of the wire is its own by now."""

    origin: Origin
    head: bytes = dataclasses.field(repr=False)
    body: bytes = dataclasses.field(repr=False)
    progress: Progress
    leave_by: float
    """By the monotonic clock."""
    has_place: bool = False
    connection: Connection | None = None
    """On which it leaves, or has left."""
    outcome: asyncio.Future[Answer | Exception] | None = None
    """What will come of it, once it has left."""


class Line:
    """Of one event loop, in the order in which they came."""

    def __init__(self, pool: Pool, most: int) -> None:
        """``most``: exchanges at a time, each with a connection of the pool."""
        self._pool = pool
        self._free = most
        self._waiting: collections.deque[tuple[Exchange, asyncio.Future[None]]] = collections.deque()

    async def carry(self, one: Exchange) -> Answer | Exception:
        """Wait for a place, send it, once, and wait for what comes of it.

        Raises:
            NoPlaceError: it is too late; nothing was sent.
            OSError: there is no connection.
            TimeoutError: none comes about in time.
        """
        try:
            await self._have_place(one)
            outcome = one.outcome or self._send(one, await self._connected(one))
            return await outcome
        finally:  # also at the deadline, or if the caller is cancelled
            self._leave(one)

    async def _have_place(self, one: Exchange) -> None:
        """The request may have left by then."""
        if self._free:
            self._free -= 1
            one.has_place = True
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((one, turn))
        await turn

    async def _connected(self, one: Exchange) -> Connection:
        one.connection = await self._pool.take(one.origin, one.progress)
        if _is_late(one):
            raise NoPlaceError
        return one.connection

    def _send(self, one: Exchange, connection: Connection) -> asyncio.Future[Answer | Exception]:
        one.progress.began = True
        one.outcome = connection.exchange(one.head, one.body, lambda answer: self._hand_on(one, connection, answer))
        return one.outcome

    def _hand_on(self, one: Exchange, connection: Connection, answer: Answer) -> None:
        """Not after a bad answer: then its caller goes first, who may learn from it that nothing more is to leave.

        Whether the connection is fit is asked of the system, so only where somebody waits.
        """
        if not (self._waiting and 200 <= answer.status < 300 and connection.is_fit):
            return
        if (following := self._next(one.origin)) is not None:
            one.connection, one.has_place = None, False
            following.connection = connection
            self._send(following, connection)

    def _leave(self, one: Exchange) -> None:
        if one.connection is not None:
            self._pool.give_back(one.connection)
        if one.has_place and self._next() is None:
            self._free += 1

    def _next(self, origin: Origin | None = None) -> Exchange | None:
        """Give a place to the first in line; ``origin``: only if that is where his request goes."""
        while self._waiting:
            one, turn = self._waiting[0]
            if turn.done():  # he waits no more
                self._waiting.popleft()
            elif _is_late(one):
                self._waiting.popleft()
                turn.set_exception(NoPlaceError())
            elif origin is None or one.origin == origin:
                self._waiting.popleft()
                one.has_place = True
                turn.set_result(None)
                return one
            else:
                return None
        return None


def _is_late(one: Exchange) -> bool:
    return time.monotonic() > one.leave_by
