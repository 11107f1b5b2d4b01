"""The ports of production: MariaDB, Kontur over HTTP, and the clock.

The driver's coroutines run on an event loop in a thread of its own, which sends their requests as well; what blocks is
done in threads beside it. It has two connections to the ledger: one for state, one that has the locks.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import dataclasses
import random
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar, cast

import tenacity
from kontur_hook.api import KonturApi
from kontur_hook.errors import KonturError
from kontur_hook.outcome import NotApplied

from include.books import requests
from include.books.accounts import Account
from include.ledger import statements
from include.ledger.connection import LedgerDatabase
from include.ledger.errors import LedgerCrowdedError
from include.ledger.statements import OF_LOCKS, Creations, Get, Known, Now, OfOrders, PeriodOf
from include.ledger.tables import Tables
from include.ports import Ports, Request, Statement
from include.posting import groups
from include.posting.places import Places
from include.posting.short_turns import short_turns

T = TypeVar("T")

_CROWDED_S = 300.0
"""How long a driver waits for its connections, while others have them all."""
_APART_S, _APART_AT_LEISURE_S = 0.002, 0.008
_ENOUGH = 24
"""Statements that make a round worth its COMMIT."""
_AT_FIRST, _APART_AT_FIRST_S = 32, 0.005
"""Workers begin in groups: all at once would make rounds so large that the first request leaves late."""
_READS = frozenset({Creations, Get, Known, Now, OfOrders, PeriodOf})
"""Types of what is read in one round where it is asked for at once, in whatever order.

Asked for a statement's type: that is far cheaper than ``isinstance``, which abstract classes make slow.
"""


def drive(
    database: LedgerDatabase, accounts: Mapping[str, Account], driver: Callable[[Ports], Coroutine[Any, Any, T]]
) -> T:
    """Run a driver to its end; see :func:`driving`.

    Raises:
        BaseException: whatever the driver raises.
    """
    with driving(database, accounts, driver) as ending:
        return ending.result()


@contextlib.contextmanager
def driving(
    database: LedgerDatabase, accounts: Mapping[str, Account], driver: Callable[[Ports], Coroutine[Any, Any, T]]
) -> Iterator[concurrent.futures.Future[T]]:
    """Run a driver beside the block, which yields what will be its answer, or what it raises.

    What ends the block, as a task's timeout does, lets it begin nothing more; what is on its way is waited for.

    Args:
        database: the ledger.
        accounts: Kontur connection id -> account; to each as many requests are under way as it has ``concurrency``.
        driver: the coroutine function.
    """
    outside = _Outside(database)
    with concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="driver") as own:
        ending = own.submit(lambda: asyncio.run(_driven(outside, accounts, driver)))
        try:
            yield ending
        except BaseException:
            outside.ended = True
            raise


async def _driven(
    outside: _Outside, accounts: Mapping[str, Account], driver: Callable[[Ports], Coroutine[Any, Any, T]]
) -> T:
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(short_turns())
        for connection, account in accounts.items():
            api = await stack.enter_async_context(account.hook.on_a_loop())
            outside.lines[connection] = _Line(api, Places(account.concurrency))
        tables = await asyncio.to_thread(_opened, outside, stack)
        state, locks = (stack.enter_context(RoundQueue(tables, outside.is_wire_full)) for _ in range(2))
        return await driver(LivePorts(outside, state, locks))


def _opened(outside: _Outside, stack: contextlib.ExitStack | contextlib.AsyncExitStack) -> Tables:
    """Both connections, or none; waits for them while other batches have all that there are.

    Raises:
        LedgerError: they cannot be had.
    """
    enough = tenacity.stop_after_delay(_CROWDED_S)
    for attempt in tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(LedgerCrowdedError),
        wait=tenacity.wait_random(0.5, 2),
        stop=lambda state: outside.ended or enough(state),
        reraise=True,
    ):
        with attempt, contextlib.ExitStack() as both:
            tables = both.enter_context(Tables(outside.database))
            both.enter_context(tables.locks)
            stack.push(both.pop_all())
            return tables
    raise AssertionError


@dataclasses.dataclass(frozen=True, slots=True)
class _Line:
    """To one account."""

    api: KonturApi
    places: Places


@dataclasses.dataclass(slots=True)
class _Outside:
    """What all ports of a driver share."""

    database: LedgerDatabase
    lines: dict[str, _Line] = dataclasses.field(default_factory=dict)
    """Kontur connection id -> the line to its account."""
    ended: bool = False

    def is_wire_full(self) -> bool:
        """Whether somebody would have to wait for a place."""
        return any(line.places.are_taken for line in self.lines.values())


@dataclasses.dataclass(slots=True)
class _Turn:
    """See :meth:`Ports.turn`."""

    wire: LivePorts
    places: Places
    ahead: bool
    since: float = 0.0

    async def __aenter__(self) -> LivePorts:
        await self.places.take(ahead=self.ahead)
        self.since = time.monotonic()
        return self.wire

    async def __aexit__(self, *_: object) -> None:
        self.places.give_back(time.monotonic() - self.since)


class LivePorts:
    """See :class:`Ports`. A driver and its workers share them, and the two connections."""

    def __init__(self, outside: _Outside, state: RoundQueue, locks: RoundQueue) -> None:
        self._outside = outside
        self._state = state
        self._locks = locks

    async def state(self, *asked: Statement[Any]) -> list[Any]:
        """See :class:`Ports`."""
        if len(asked) > 1 and all(type(statement) in _READS for statement in asked):
            return await asyncio.gather(*map(self._asked, asked))
        return [await self._asked(statement) for statement in asked]

    def _asked(self, statement: Statement[Any]) -> asyncio.Future[Any]:
        queue = self._locks if type(statement) in OF_LOCKS else self._state
        return queue.ask(cast("statements.Statement[Any]", statement))

    def turn(self, connection: str, *, ahead: bool = False) -> _Turn:
        """See :class:`Ports`."""
        return _Turn(self, self._outside.lines[connection].places, ahead)

    def under_way(self, connection: str) -> float:
        """See :class:`Ports`."""
        return self._outside.lines[connection].places.worth_under_way

    async def send(self, request: Request[Any]) -> Any:
        """See :class:`include.ports.Wire`."""
        asked = cast("requests.Request[Any]", request)
        line = self._outside.lines[asked.connection]
        try:
            answer = await asked.by(line.api)
        except KonturError as error:
            return error
        if isinstance(answer, NotApplied) and answer.came_too_late:
            line.places.came_too_late()
        return answer

    async def together(self, *works: Coroutine[Any, Any, T]) -> list[T]:
        """See :class:`Ports`."""
        answers = await asyncio.gather(*works, return_exceptions=True)
        for error in [answer for answer in answers if isinstance(answer, BaseException)]:
            raise error
        return cast("list[T]", answers)

    async def sleep(self, least_s: float, most_s: float | None = None) -> None:
        """See :class:`Ports`."""
        await asyncio.sleep(random.uniform(least_s, least_s if most_s is None else most_s))  # noqa: S311

    async def spawn(self, most: int, work: Callable[[Ports], Coroutine[Any, Any, None]]) -> None:
        """See :class:`Ports`."""
        workers: list[asyncio.Task[None]] = []
        for number in range(most):
            if number and number % _AT_FIRST == 0:
                await asyncio.sleep(_APART_AT_FIRST_S)
            workers.append(asyncio.create_task(work(self)))
        await asyncio.wait(workers)
        for worker in [worker for worker in workers if worker.exception() is not None]:
            worker.result()

    def monotonic(self) -> float:
        """See :class:`Ports`."""
        return time.monotonic()

    def ended(self) -> bool:
        """See :class:`Ports`."""
        return self._outside.ended


class RoundQueue:
    """Where a driver and its workers have their statements done, by rounds: whatever waits when one ended is the next.

    While the wire is full, nobody gains by a round that begins at once, and a statement and a COMMIT cost for one
    worker what they cost for many: then rounds of few begin further apart. A round's answers go out when all of it is
    done, so nobody goes on before what he wrote is committed.
    """

    def __init__(self, tables: Tables, is_wire_full: Callable[[], bool]) -> None:
        """``tables``: of whose two connections it uses one."""
        self._tables = tables
        self._is_wire_full = is_wire_full
        self._thread = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._waiting: list[tuple[statements.Statement[Any], asyncio.Future[Any]]] = []
        self._began = 0.0
        """When the last round did, by the loop's clock."""
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
            while len(self._waiting) < _ENOUGH and (wait_s := self._began + self._apart_s - loop.time()) > 0:
                await asyncio.sleep(min(wait_s, _APART_S))
            self._began = loop.time()
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
        return _APART_AT_LEISURE_S if self._is_wire_full() else _APART_S
