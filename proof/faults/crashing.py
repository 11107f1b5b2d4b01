"""Where a worker may die or stand still: it strikes itself at a named point of one operation.

Armed only here, never in production.
"""

from __future__ import annotations

import dataclasses
import enum
import math
import signal
import threading
from collections.abc import Callable, Sequence
from typing import Any

import urllib3.connection
from kontur_hook.hook import KonturHook
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
        """Strike; returns only to a worker that was stopped and goes on."""
        # To this thread: sent to the process, a stop lets its other threads run on for a moment.
        signal.pthread_kill(threading.get_ident(), self.signal)


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

    def creating(self: Create, hook: KonturHook) -> Outcome:
        if self.idempotency_key == blow.idempotency_key:
            blow.fall()
        return create(self, hook)

    Create.by = creating  # type: ignore[method-assign]


def _half_written(blow: Blow) -> None:
    is_its = _on_the_wire(blow)
    write = urllib3.connection.HTTPConnection.send
    head: list[bytes] = []

    def writing(self: urllib3.connection.HTTPConnection, data: Any) -> None:
        if not is_its():
            write(self, data)
        elif data.startswith(b"POST "):
            head.append(data)  # leaves with the half: the server may hang up as soon as it sees this
        else:
            write(self, head.pop() + data[: len(data) // 2])
            blow.fall()
            write(self, data[len(data) // 2 :])

    urllib3.connection.HTTPConnection.send = writing  # type: ignore[method-assign,assignment]


def _after_write(blow: Blow) -> None:
    is_its = _on_the_wire(blow)
    getresponse = urllib3.connection.HTTPConnection.getresponse

    def reading(self: urllib3.connection.HTTPConnection) -> Any:
        if is_its():
            blow.fall()
        return getresponse(self)

    urllib3.connection.HTTPConnection.getresponse = reading  # type: ignore[method-assign]


def _on_the_wire(blow: Blow) -> Callable[[], bool]:
    """Whether what this thread sends right now is the POST that the blow is about."""
    create = Create.by
    current = threading.local()

    def creating(self: Create, hook: KonturHook) -> Outcome:
        current.key = self.idempotency_key
        try:
            return create(self, hook)
        finally:
            current.key = None

    Create.by = creating  # type: ignore[method-assign]
    return lambda: getattr(current, "key", None) == blow.idempotency_key


def _after_send(blow: Blow) -> None:
    create = Create.by

    def creating(self: Create, hook: KonturHook) -> Outcome:
        outcome = create(self, hook)
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
