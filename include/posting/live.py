"""The ports of production: MariaDB, Kontur over HTTP, and the clock.

The driver's coroutines run on an event loop in a thread of its own; what blocks is done in threads beside it. Each
worker has its connections to the ledger for itself.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import dataclasses
import logging
import random
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar, cast

import tenacity
from kontur_hook.errors import KonturError

from include.books import requests
from include.books.accounts import Account
from include.facts import said
from include.ledger import statements
from include.ledger.capacity import connection_limit, most_senders
from include.ledger.connection import PATIENCE_S, LedgerDatabase
from include.ledger.errors import LedgerCrowdedError
from include.ledger.tables import Tables
from include.ports import Ports, Request, Statement
from include.words import text

log = logging.getLogger(__name__)

T = TypeVar("T")

_CROWDED_S = 300.0
"""How long a batch waits for the connections of its first worker, while other batches have them all."""


def drive(
    database: LedgerDatabase, accounts: Mapping[str, Account], driver: Callable[[Ports], Coroutine[Any, Any, T]]
) -> T:
    """Run a driver to its end.

    What ends the wait for it, as a task's timeout does, lets it begin nothing more; what is on its way is waited for.

    Args:
        database: the ledger.
        accounts: Kontur connection id -> account; each may be asked by as many threads as it has ``concurrency``.
        driver: the coroutine function.

    Raises:
        BaseException: whatever the driver raises.
    """
    most = max((account.concurrency for account in accounts.values()), default=1)
    with (
        concurrent.futures.ThreadPoolExecutor(most, thread_name_prefix="kontur") as threads,
        concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="driver") as own,
    ):
        outside = _Outside(database, accounts, threads)
        ending = own.submit(lambda: asyncio.run(driver(World(outside))))
        try:
            return ending.result()
        except BaseException:
            outside.ended = True
            raise


@dataclasses.dataclass(slots=True)
class _Outside:
    """What all ports of a driver share."""

    database: LedgerDatabase
    accounts: Mapping[str, Account]
    threads: concurrent.futures.Executor
    ended: bool = False

    async def beside(self, work: Callable[[], T]) -> T:
        """Do what blocks in another thread."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, work)


class World:
    """The ports of a driver that has no connections yet: one is opened for each group of statements."""

    def __init__(self, outside: _Outside) -> None:
        self._outside = outside

    async def state(self, *asked: Statement[Any]) -> list[Any]:
        """See :class:`Ports`."""

        def work() -> list[Any]:
            with Tables(self._outside.database, patience_s=PATIENCE_S) as tables:
                return _done(tables, asked)

        return await self._outside.beside(work)

    async def send(self, *asked: Request[Any]) -> list[Any]:
        """See :class:`Ports`."""
        return await self._outside.beside(lambda: [self._sent(request) for request in asked])

    async def sleep(self, least_s: float, most_s: float | None = None) -> None:
        """See :class:`Ports`."""
        await asyncio.sleep(random.uniform(least_s, least_s if most_s is None else most_s))  # noqa: S311

    async def spawn(self, most: int, work: Callable[[Ports], Coroutine[Any, Any, None]]) -> None:
        """See :class:`Ports`."""
        with contextlib.ExitStack() as stack:
            opened = await self._outside.beside(lambda: self._open(stack, most))
            desks = [Desk(self._outside, tables) for tables in opened]
            await asyncio.wait(workers := [asyncio.create_task(work(desk)) for desk in desks])
        for worker in [worker for worker in workers if worker.exception() is not None]:
            worker.result()

    def monotonic(self) -> float:
        """See :class:`Ports`."""
        return time.monotonic()

    def ended(self) -> bool:
        """See :class:`Ports`."""
        return self._outside.ended

    def _sent(self, request: Request[Any]) -> Any:
        asked = cast("requests.Request[Any]", request)
        try:
            return asked.by(self._outside.accounts[asked.connection].hook)
        except KonturError as error:
            return error

    def _open(self, stack: contextlib.ExitStack, wanted: int) -> list[Tables]:
        """As many as wanted, or as find connections to the ledger; the first one waits for them.

        Raises:
            LedgerError: not even one can be had.
        """
        opened: list[Tables] = []
        enough = tenacity.stop_after_delay(_CROWDED_S)
        for attempt in tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(LedgerCrowdedError),
            wait=tenacity.wait_random(0.5, 2),
            stop=lambda state: self._outside.ended or enough(state),
            reraise=True,
        ):
            with attempt:
                opened.append(self._opened(stack))
        limit = connection_limit(opened[0].session)
        with contextlib.suppress(LedgerCrowdedError):
            while len(opened) < min(wanted, most_senders(limit) or wanted):
                opened.append(self._opened(stack))
        if len(opened) < wanted:
            log.warning("%s", text(said("fewer_at_once", at_once=len(opened), wanted=wanted)))
        return opened

    def _opened(self, stack: contextlib.ExitStack) -> Tables:
        """Both connections, or none."""
        with contextlib.ExitStack() as both:
            tables = both.enter_context(Tables(self._outside.database))
            both.enter_context(tables.locks)
            stack.push(both.pop_all())
        return tables


class Desk(World):
    """The ports of one worker, with connections of its own."""

    def __init__(self, outside: _Outside, tables: Tables) -> None:
        super().__init__(outside)
        self._tables = tables

    async def state(self, *asked: Statement[Any]) -> list[Any]:
        """See :class:`Ports`."""
        return await self._outside.beside(lambda: _done(self._tables, asked))


def _done(tables: Tables, asked: tuple[Statement[Any], ...]) -> list[Any]:
    return [cast("statements.Statement[Any]", statement).on(tables) for statement in asked]
