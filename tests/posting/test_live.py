"""The ports of production, where the simulation's are other code."""

from __future__ import annotations

import asyncio
import sys

import pytest

from include.ledger.connection import LedgerDatabase
from include.ports import Ports
from include.posting.live import drive


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


def test_how_long_threads_keep_each_other_waiting_is_as_before_afterwards(ledger_database: LedgerDatabase) -> None:
    """It holds for the whole process, in which others work as well."""
    before = sys.getswitchinterval()

    async def driver(_: Ports) -> float:
        return sys.getswitchinterval()

    assert drive(ledger_database, {}, driver) < before
    assert sys.getswitchinterval() == before
