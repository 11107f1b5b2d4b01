"""The ports of production: MariaDB, Kontur over HTTP, and the clock.

The driver's coroutines run on an event loop in a thread of its own, which sends their requests as well; what blocks is
done in threads beside it. All of them share two connections to the ledger: one for state, one that has their locks.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import dataclasses
import random
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any, TypeVar, cast

import uvloop
from kontur_hook.api import KonturApi
from kontur_hook.errors import KonturError
from kontur_hook.outcome import NotApplied

from include.books import requests
from include.books.accounts import Account
from include.ledger import statements
from include.ledger.connection import LedgerDatabase
from include.ports import Ports, Request, Statement
from include.posting.places import Places
from include.posting.round_queues import Rounds, are_several_reads
from include.posting.short_turns import short_turns

T = TypeVar("T")

_AT_FIRST, _APART_AT_FIRST_S = 24, 0.015
"""Workers begin in groups: all at once would make rounds so large, and the loop so busy, that the wire fills late."""


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
        ending = own.submit(lambda: uvloop.run(_driven(outside, accounts, driver)))
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
        rounds = stack.enter_context(
            Rounds(outside.database, has_leisure=outside.has_leisure, has_ended=lambda: outside.ended)
        )
        return await driver(LivePorts(outside, rounds))


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
    beginning: set[object] = dataclasses.field(default_factory=set)
    """Of those who have workers, who has more to begin: none of his has ended yet, for want of work."""
    ended: bool = False

    def has_leisure(self) -> bool:
        """Whether the ledger may take its time: whoever it keeps would wait for a place, and there is more to begin.

        Once there is nothing more, the batch's end is kept by each round that its last documents wait for.
        """
        return bool(self.beginning) and any(line.places.are_taken for line in self.lines.values())


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
    """See :class:`Ports`. A driver and its workers share them."""

    def __init__(self, outside: _Outside, rounds: Rounds) -> None:
        self._outside = outside
        self._rounds = rounds

    async def state(self, *asked: Statement[Any]) -> list[Any]:
        """See :class:`Ports`."""
        given = cast("tuple[statements.Statement[Any], ...]", asked)
        if not self._rounds.are_open:
            await self._rounds.open()
        if len(given) == 1:
            return [await self._rounds.ask(given[0])]
        if are_several_reads(given):
            return await asyncio.gather(*map(self._rounds.ask, given))
        return [await self._rounds.ask(statement) for statement in given]

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
        self._outside.beginning.add(group := object())
        workers: list[asyncio.Task[None]] = []
        for number in range(most):
            if number and number % _AT_FIRST == 0:
                await asyncio.sleep(_APART_AT_FIRST_S)
            workers.append(worker := asyncio.create_task(work(self)))
            worker.add_done_callback(lambda _: self._outside.beginning.discard(group))
        await asyncio.wait(workers)
        for worker in [worker for worker in workers if worker.exception() is not None]:
            worker.result()

    def monotonic(self) -> float:
        """See :class:`Ports`."""
        return time.monotonic()

    def ended(self) -> bool:
        """See :class:`Ports`."""
        return self._outside.ended
