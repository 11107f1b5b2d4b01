"""When what a batch's workers ask of the ledger is done: by rounds, on two connections that they share."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

import tenacity

from include.ledger import statements
from include.ledger.connection import LedgerDatabase
from include.ledger.errors import LedgerCrowdedError
from include.ledger.statements import OF_LOCKS, Creations, Get, Known, Now, OfOrders, PeriodOf
from include.ledger.tables import Tables
from include.posting import groups

_CROWDED_S = 300.0
"""How long a batch waits for its connections, while other batches have them all."""
_APART_S, _APART_AT_LEISURE_S = 0.002, 0.010
_ENOUGH = 24
"""Statements that make a round worth its COMMIT."""
_READS = frozenset({Creations, Get, Known, Now, OfOrders, PeriodOf})
"""Types of what is read in one round where it is asked for at once, in whatever order.

Asked for a statement's type: that is far cheaper than ``isinstance``, which abstract classes make slow.
"""


class Rounds:
    """The queues of a driver's two connections; from the first that it asks to its end."""

    def __init__(
        self, database: LedgerDatabase, *, has_leisure: Callable[[], bool], has_ended: Callable[[], bool]
    ) -> None:
        """Have none yet.

        Args:
            database: the ledger.
            has_leisure: see :class:`RoundQueue`.
            has_ended: whether nobody wants the connections any more.
        """
        self._database = database
        self._has_leisure = has_leisure
        self._has_ended = has_ended
        self._state: RoundQueue | None = None
        self._locks: RoundQueue | None = None
        self._opening = asyncio.Lock()
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def are_open(self) -> bool:
        """Whether it has its connections."""
        return self._state is not None

    async def open(self) -> None:
        """Unless they are.

        Raises:
            LedgerError: the connections cannot be had.
        """
        async with self._opening:
            if not self.are_open:
                tables = await asyncio.to_thread(self._connected)
                self._state, self._locks = (
                    self._stack.enter_context(RoundQueue(tables, self._has_leisure)) for _ in range(2)
                )

    def ask(self, statement: statements.Statement[Any]) -> asyncio.Future[Any]:
        """See :meth:`RoundQueue.ask`."""
        queue = self._locks if type(statement) in OF_LOCKS else self._state
        assert queue is not None
        return queue.ask(statement)

    def _connected(self) -> Tables:
        """By both connections, or none; waits for them while other batches have all that there are."""
        enough = tenacity.stop_after_delay(_CROWDED_S)
        for attempt in tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(LedgerCrowdedError),
            wait=tenacity.wait_random(0.5, 2),
            stop=lambda state: self._has_ended() or enough(state),
            reraise=True,
        ):
            with attempt, contextlib.ExitStack() as both:
                tables = both.enter_context(Tables(self._database))
                both.enter_context(tables.locks)
                self._stack.push(both.pop_all())
                return tables
        raise AssertionError


def are_several_reads(asked: Sequence[statements.Statement[Any]]) -> bool:
    """Whether they may be done in one round: their order does not matter."""
    return all(type(statement) in _READS for statement in asked)


class RoundQueue:
    """Where a batch's workers have their statements done, by rounds: whatever waits when one ended is the next.

    A statement and a COMMIT cost for one worker what they cost for many. So at leisure, while nobody gains by a round
    that begins at once, rounds of few begin further apart. A round's answers go out when all of it is done, so nobody
    goes on before what he wrote is committed.
    """

    def __init__(self, tables: Tables, has_leisure: Callable[[], bool]) -> None:
        """``tables``: of whose two connections it uses one."""
        self._tables = tables
        self._has_leisure = has_leisure
        self._thread = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._waiting: list[tuple[statements.Statement[Any], asyncio.Future[Any]]] = []
        self._began = 0.0
        """When the last round did, by the monotonic clock."""
        self._at_work: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown()

    def ask(self, statement: statements.Statement[Any]) -> asyncio.Future[Any]:
        """What will be its answer, or the :class:`LedgerError` that it ends in: the next round does it."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((statement, answer))
        if self._at_work is None:
            self._at_work = asyncio.create_task(self._work())
        return answer

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            while len(self._waiting) < _ENOUGH and (wait_s := self._began + self._apart_s - time.monotonic()) > 0:
                await asyncio.sleep(min(wait_s, _APART_S))
            self._began = time.monotonic()
            due, self._waiting = self._waiting, []
            asked = [statement for statement, _ in due]
            try:
                told = await loop.run_in_executor(self._thread, groups.do, self._tables, asked)
            except BaseException as error:
                told = [error] * len(due)
            for (_, answer), what in zip(due, told, strict=True):
                if isinstance(what, BaseException):
                    answer.set_exception(what)
                else:
                    answer.set_result(what)
        self._at_work = None

    @property
    def _apart_s(self) -> float:
        return _APART_AT_LEISURE_S if self._has_leisure() else _APART_S
