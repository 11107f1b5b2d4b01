"""The ports of production, where the simulation's are other code."""

from __future__ import annotations

import asyncio
import sys
import threading

import pytest

from include.ledger.connection import LedgerDatabase
from include.ports import Ports
from include.posting.live import drive, driving


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
