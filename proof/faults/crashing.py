"""Where a worker may die or stand still: it strikes itself at a named point of one operation.

Armed only here, never in production.
"""

from __future__ import annotations

import contextvars
import dataclasses
import enum
import math
import signal
import threading
from collections.abc import Callable, Sequence
from typing import Any

from kontur_hook.api import KonturApi
from kontur_hook.http_connection import Connection
from kontur_hook.outcome import Outcome

from include.books.requests import Create
from include.ledger.locks import Locks
from include.ledger.statements import Begin, Complete
from include.posting import rounds
from include.posting import sender as sender_module
from include.posting.rounds import Ground, Write
from proof.faults import verdict


class Point(enum.StrEnum):
    """In the order of the protocol."""

    AFTER_CLAIM = "after_claim"
    """The lock is taken, nothing written."""
    AFTER_INTENT = "after_intent"
    """The intent is committed."""
    BEFORE_SEND = "before_send"
    """Lock and epoch were looked at for the last time."""
    HALF_WRITTEN = "half_written"
    """Half of the request's body left."""
    AFTER_WRITE = "after_write"
    """The request left whole; the answer was not waited for."""
    AFTER_SEND = "after_send"
    """The answer was read, its outcome not recorded."""
    AFTER_RECORD = "after_record"
    """The outcome is committed, the lock still held."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """What strikes a worker, where, and for which operation."""

    point: Point
    key: str
    lock: str
    """What ``key`` is posted under."""
    signal: signal.Signals = signal.SIGKILL
    """SIGKILL: no clean-up, no flushing, no goodbye to the server. SIGSTOP: until somebody sends SIGCONT."""
    old_intents: bool = False
    """An intent may be of any age at the last check, so that lock and epoch alone have to stop the sender."""

    @property
    def idempotency_key(self) -> str:
        """Of its requests."""
        return verdict.key_of(self.key)

    def fall(self) -> None:
        """Strike, once; returns only to a worker that was stopped and goes on."""
        if self in _FALLEN:
            return
        _FALLEN.add(self)
        # To this thread: sent to the process, a stop lets its other threads run on for a moment.
        signal.pthread_kill(threading.get_ident(), self.signal)


_FALLEN: set[Blow] = set()
"""On this process."""


def arm(blow: Blow) -> None:
    """Let the blow fall on this process when its operation comes to its point."""
    if blow.old_intents:
        sender_module._INTENT_IS_YOUNG_S = math.inf
    {
        Point.AFTER_CLAIM: _after_claim,
        Point.AFTER_INTENT: _after_intent,
        Point.BEFORE_SEND: _before_send,
        Point.HALF_WRITTEN: _half_written,
        Point.AFTER_WRITE: _after_write,
        Point.AFTER_SEND: _after_send,
        Point.AFTER_RECORD: _after_record,
    }[blow.point](blow)


def _after_claim(blow: Blow) -> None:
    take_all = Locks.take_all

    def taking(self: Locks[Any], names: Sequence[str], *, wait_s: float = 0) -> list[bool]:
        taken = take_all(self, names, wait_s=wait_s)
        if (blow.lock, True) in zip(names, taken, strict=True):
            blow.fall()
        return taken

    Locks.take_all = taking  # type: ignore[method-assign,assignment]


def _after_intent(blow: Blow) -> None:
    _after_write_of(blow, lambda write: isinstance(write, Begin) and write.row.key == blow.key)


def _before_send(blow: Blow) -> None:
    create = Create.by

    async def creating(self: Create, api: KonturApi) -> Outcome:
        if self.idempotency_key == blow.idempotency_key:
            blow.fall()
        return await create(self, api)

    Create.by = creating  # type: ignore[method-assign]


def _half_written(blow: Blow) -> None:
    _on_the_wire(blow, lambda body: len(body) // 2)


def _after_write(blow: Blow) -> None:
    _on_the_wire(blow, len)


def _on_the_wire(blow: Blow, written: Callable[[bytes], int]) -> None:
    """When so many bytes of its POST's body have left."""
    create, write = Create.by, Connection._write
    is_its = contextvars.ContextVar("is_its", default=False)

    async def creating(self: Create, api: KonturApi) -> Outcome:
        before = is_its.set(self.idempotency_key == blow.idempotency_key)
        try:
            return await create(self, api)
        finally:
            is_its.reset(before)

    def writing(self: Connection, head: bytes, body: bytes) -> None:
        if not is_its.get():
            write(self, head, body)
            return
        # Head and body leave together: the server may hang up as soon as it sees the head.
        write(self, head, body[: written(body)])
        blow.fall()
        write(self, b"", body[written(body) :])

    Create.by = creating  # type: ignore[method-assign]
    Connection._write = writing  # type: ignore[method-assign]


def _after_send(blow: Blow) -> None:
    create = Create.by

    async def creating(self: Create, api: KonturApi) -> Outcome:
        outcome = await create(self, api)
        if self.idempotency_key == blow.idempotency_key:
            blow.fall()
        return outcome

    Create.by = creating  # type: ignore[method-assign]


def _after_record(blow: Blow) -> None:
    _after_write_of(blow, lambda write: isinstance(write, Complete) and write.sent.key == blow.key)


def _after_write_of(blow: Blow, is_its: Callable[[Write], bool]) -> None:
    """When the round is committed that has the operation's."""
    write = rounds.write

    def writing(ground: Ground, writes: Sequence[Write]) -> list[Any]:
        written = write(ground, writes)
        if any(is_its(one) for one in writes):
            blow.fall()
        return written

    rounds.write = writing
