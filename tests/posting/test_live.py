"""The ports of production, where the simulation's are other code."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from include.ledger.connection import LedgerDatabase
from include.ports import Ports
from include.posting import live
from include.posting.live import drive, driving
from include.posting.round_queues import Rounds
from sandbox.kontur.serving import Sandbox
from tests.posting.connecting import connect
from tests.posting.poster import Poster


def test_what_is_done_together_is_done_to_its_end_before_the_first_error_is_raised(
    ledger_database: LedgerDatabase,
) -> None:
    ended: list[str] = []
    both_run = asyncio.Event()

    async def fails() -> str:
        await both_run.wait()
        raise KeyError("first")

    async def waits() -> str:
        both_run.set()
        await asyncio.sleep(0)
        ended.append("second")
        return "second"

    async def driver(ports: Ports) -> list[str]:
        assert await ports.together(waits(), waits()) == ["second", "second"]
        both_run.clear()
        return await ports.together(fails(), waits())

    with pytest.raises(KeyError, match="first"):
        drive(ledger_database, {}, driver)
    assert ended == ["second"] * 3


def test_threads_take_short_turns_until_the_last_of_several_drivers_has_ended(ledger_database: LedgerDatabase) -> None:
    """The interval holds for the whole process: whoever ends first must not leave it as another one had set it."""
    before = sys.getswitchinterval()
    both_run, first_ended = threading.Barrier(2, timeout=60), threading.Event()

    async def first(_: Ports) -> float:
        await asyncio.to_thread(both_run.wait)
        return sys.getswitchinterval()

    async def second(_: Ports) -> float:
        await asyncio.to_thread(both_run.wait)
        await asyncio.to_thread(first_ended.wait, 60)
        return sys.getswitchinterval()

    with driving(ledger_database, {}, first) as one, driving(ledger_database, {}, second) as other:
        while_both_ran = one.result()
        first_ended.set()
        after_the_first = other.result()
    assert while_both_ran == after_the_first < before
    assert sys.getswitchinterval() == before


def watched(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], bool]]:
    """Of each driver from now on, what its rounds are told of leisure by."""
    of_rounds: list[Callable[[], bool]] = []

    class Watched(Rounds):
        def __init__(self, database: LedgerDatabase, *, has_leisure: Callable[[], bool], **more: Any) -> None:
            of_rounds.append(has_leisure)
            super().__init__(database, has_leisure=has_leisure, **more)

    monkeypatch.setattr(live, "Rounds", Watched)
    return of_rounds


def test_the_ledger_may_take_its_time_while_the_wire_is_full_and_not_once_a_worker_found_nothing_more_to_do(
    poster: Poster, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the batch's end is kept by each round that its last documents wait for."""
    connect(poster, kontur, monkeypatch, concurrency=1)
    connection, of_rounds = poster.account.connection, watched(monkeypatch)

    async def driver(ports: Ports) -> list[bool]:
        (has_leisure,) = of_rounds
        seen = [has_leisure()]
        orders, is_full = ["an order"], asyncio.Event()

        async def look(worker: Ports) -> None:
            async with worker.turn(connection):
                seen.append(has_leisure())

        async def work(worker: Ports) -> None:
            if not orders:
                await is_full.wait()
                return
            orders.pop()
            async with worker.turn(connection), asyncio.timeout(60):
                seen.append(has_leisure())
                is_full.set()
                while has_leisure():
                    await asyncio.sleep(0)

        await ports.spawn(2, work)
        await ports.spawn(1, look)  # of another account
        return seen

    assert drive(poster.ledger, {connection: poster.account}, driver) == [False, True, True]


def test_that_one_batch_is_at_its_end_says_nothing_of_another_that_is_posted_beside_it(
    poster: Poster, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(poster, kontur, monkeypatch, concurrency=1)
    connection, of_rounds = poster.account.connection, watched(monkeypatch)

    async def driver(ports: Ports) -> list[bool]:
        seen: list[bool] = []
        is_full, other_ended = asyncio.Event(), asyncio.Event()

        async def work(worker: Ports) -> None:
            async with worker.turn(connection), asyncio.timeout(60):
                is_full.set()
                await other_ended.wait()
                seen.append(of_rounds[0]())

        async def nothing(_: Ports) -> None:
            await is_full.wait()

        async def beside() -> None:
            await ports.spawn(1, nothing)
            other_ended.set()

        await ports.together(ports.spawn(1, work), beside())
        return seen

    assert drive(poster.ledger, {connection: poster.account}, driver) == [True]
