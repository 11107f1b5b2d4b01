"""Where a worker may die: it kills itself at a named point of one operation. Armed only here, never in production."""

from __future__ import annotations

import enum
import os
import signal
import threading
from typing import Any, Never

import urllib3.connection
from kontur_hook.hook import KonturHook
from kontur_hook.outcome import Outcome

from include.ledger.locks import Locks
from include.ledger.operation import OperationRow
from include.posting import core
from include.posting import sender as sender_module
from include.posting.sender import Sender


class Point(enum.StrEnum):
    """In the order of the protocol."""

    AFTER_CLAIM = "after_claim"
    """The lock is taken, nothing written."""
    AFTER_INTENT = "after_intent"
    """The intent is committed."""
    BEFORE_SEND = "before_send"
    """Lock and epoch were looked at for the last time."""
    AFTER_WRITE = "after_write"
    """The request left whole; the answer was not waited for."""
    AFTER_SEND = "after_send"
    """The answer was read, its outcome not recorded."""
    AFTER_RECORD = "after_record"
    """The outcome is committed, the lock still held."""


def die() -> Never:
    """As ``kill -9`` does: no clean-up, no flushing, no goodbye to the server."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def arm(point: Point, key: str, lock: str) -> None:
    """Let this process die when the operation ``key``, posted under ``lock``, comes to ``point``."""
    {
        Point.AFTER_CLAIM: _after_claim,
        Point.AFTER_INTENT: _after_intent,
        Point.BEFORE_SEND: _before_send,
        Point.AFTER_WRITE: _after_write,
        Point.AFTER_SEND: _after_send,
        Point.AFTER_RECORD: _after_record,
    }[point](key, lock)


def _after_claim(_key: str, lock: str) -> None:
    take = Locks.take

    def taking(self: Locks, what: str, *, wait_s: float = 0) -> bool:
        taken = take(self, what, wait_s=wait_s)
        if taken and what == lock:
            die()
        return taken

    Locks.take = taking  # type: ignore[method-assign]


def _after_intent(key: str, _lock: str) -> None:
    save = Sender._save

    def saving(self: Sender, before: OperationRow, target: OperationRow, event: core.Event) -> OperationRow | None:
        saved = save(self, before, target, event)
        if before.key == key and isinstance(event, core.IntentReady):
            die()
        return saved

    Sender._save = saving  # type: ignore[method-assign]


def _before_send(key: str, _lock: str) -> None:
    send = sender_module._send

    def sending(row: OperationRow, hook: KonturHook, document: OperationRow | None) -> Outcome:
        if row.key == key:
            die()
        return send(row, hook, document)

    sender_module._send = sending


def _after_write(key: str, _lock: str) -> None:
    send, getresponse = sender_module._send, urllib3.connection.HTTPConnection.getresponse
    current = threading.local()

    def sending(row: OperationRow, hook: KonturHook, document: OperationRow | None) -> Outcome:
        current.key = row.key
        return send(row, hook, document)

    def reading(self: urllib3.connection.HTTPConnection) -> Any:
        if getattr(current, "key", None) == key:
            die()
        return getresponse(self)

    sender_module._send = sending
    urllib3.connection.HTTPConnection.getresponse = reading  # type: ignore[method-assign]


def _after_send(key: str, _lock: str) -> None:
    send = sender_module._send

    def sending(row: OperationRow, hook: KonturHook, document: OperationRow | None) -> Outcome:
        outcome = send(row, hook, document)
        if row.key == key:
            die()
        return outcome

    sender_module._send = sending


def _after_record(key: str, _lock: str) -> None:
    record = Sender._record

    def recording(self: Sender, sent: OperationRow, target: OperationRow, outcome: Outcome) -> OperationRow | None:
        saved = record(self, sent, target, outcome)
        if sent.key == key:
            die()
        return saved

    Sender._record = recording  # type: ignore[method-assign]
