"""``load`` seen from outside: its rounds on the ledger, and how old is what a POST relies on when it leaves.

It stands in the way of what is measured, so it is for a pass of its own: whoever is timed is not recorded.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
import time
from asyncio import Future
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from unittest import mock

from kontur_hook.http_connection import Connection
from kontur_hook.transport import Answer

from include.ledger.statements import OF_LOCKS, Begin, Begun, LastLook
from include.ledger.tables import Tables
from include.ports import Statement
from include.posting import groups
from include.posting.sender import idempotency_key

_Exchanged = Future[Answer | Exception]
_IDEMPOTENCY_KEY = re.compile(rb"\r\nIdempotency-Key: *([^\r]+)\r\n", re.IGNORECASE)


@dataclasses.dataclass(frozen=True, slots=True)
class Recorded:
    """Of all that was recorded."""

    rounds: int
    """On the connection for state; those of the locks have one of their own."""
    rows_per_round: float
    """Statements of senders that a round did together: each reads or writes the row of an operation or an order."""
    ms_per_round: float
    posts: int
    oldest_intent_s: float
    """How long before its POST left an intent was written: just before its COMMIT."""
    oldest_look_s: float
    """How long before its POST left the round began that looked at its lock and its row."""


class Recorder:
    """Takes down what happens."""

    def __init__(self) -> None:
        self._rounds: list[tuple[int, float]] = []
        self._intents: dict[str, tuple[str, float]] = {}
        """Idempotency key -> the operation's key, and when its last intent was written."""
        self._looks: dict[str, float] = {}
        """Key of an operation -> when the round of its last look began."""
        self._ages: list[tuple[float, float]] = []
        """Of each POST: intent and look, in seconds."""

    @property
    def recorded(self) -> Recorded:
        """All so far, of which there is at least one round and one POST."""
        intents, looks = zip(*self._ages, strict=True)
        rows, seconds = (sum(values) for values in zip(*self._rounds, strict=True))
        return Recorded(
            rounds=len(self._rounds),
            rows_per_round=rows / len(self._rounds),
            ms_per_round=1000 * seconds / len(self._rounds),
            posts=len(self._ages),
            oldest_intent_s=max(intents),
            oldest_look_s=max(looks),
        )

    def did(self, asked: Sequence[Statement[Any]], answers: Sequence[Any], began: float, ended: float) -> None:
        """A round was done, between these moments of the monotonic clock."""
        if not all(type(statement) in OF_LOCKS for statement in asked):
            self._rounds.append((len(asked), ended - began))
        for statement, answer in zip(asked, answers, strict=True):
            if isinstance(statement, LastLook):
                self._looks[statement.keys[0]] = began
            elif isinstance(statement, Begin) and isinstance(answer, Begun):
                row = answer.row
                key = idempotency_key(row.connection, row.key, row.restarts)
                self._intents[key] = row.key, answer.written_at

    def leaves(self, head: bytes) -> None:
        """A request with this head is handed to the event loop, which gives it to the socket at once."""
        if head.startswith(b"POST ") and (found := _IDEMPOTENCY_KEY.search(head)):
            now = time.monotonic()
            operation, written_at = self._intents[found[1].decode()]
            self._ages.append((now - written_at, now - self._looks[operation]))


@contextlib.contextmanager
def recording() -> Iterator[Recorder]:
    """Record what this process posts, for as long as the block lasts."""
    recorder = Recorder()
    do, exchange = groups.do, Connection.exchange

    def done(tables: Tables, asked: Sequence[Any]) -> list[Any]:
        began = time.monotonic()
        answers = do(tables, asked)
        recorder.did(asked, answers, began, time.monotonic())
        return answers

    def exchanged(self: Connection, head: bytes, body: bytes, then: Callable[[Answer], None]) -> _Exchanged:
        recorder.leaves(head)
        return exchange(self, head, body, then)

    with mock.patch.object(groups, "do", done), mock.patch.object(Connection, "exchange", exchanged):
        yield recorder
