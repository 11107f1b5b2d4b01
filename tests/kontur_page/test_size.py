"""No screen reads the whole ledger: what a screen costs the database, of a few operations or of a million.

``PAGE_OPERATIONS=1000000 pytest tests/kontur_page/test_size.py -s`` measures it at size.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from kontur_page import nights

from include.ledger.connection import LedgerDatabase, Session
from tests.kontur_page.many import LAST_DAY, LAST_RUN, fill_many
from tests.kontur_page.readers import READER, Reader

OPERATIONS = int(os.environ.get("PAGE_OPERATIONS", "20000"))
AT_SIZE = 1_000_000
MOST_S = 0.3
MOST_READ = 0.1
"""Of all operations: a twentieth is of the last run."""
ORDER = 4100
SCREENS = {
    "today": "/",
    "needs a person": "/needs",
    "needs a person, one reason": "/needs?code=inn_checksum",
    "needs a person, further on": f"/needs?before={ORDER}",
    "order": f"/order/{ORDER}",
    "months": "/months",
    "months, further on": "/months?before=2025-10",
    "month": f"/months/kontur_default/{LAST_DAY[:7]}",
    "search by number": f"/search?q={ORDER}",
    "search by id in Kontur": f"/search?q=payment-{ORDER}",
    "search by marker": f"/search?q=BX1-S{ORDER}-00",
    "search by INN": "/search?q=7700000100",
    "search by amount": "/search?q=100,00",
    "tab of a run": f"/run?run_id={LAST_RUN}",
    "card": "/card",
}


class Cost:
    """What was asked of the database since it was last reset."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.seconds = 0.0
        self.read: list[tuple[int, str]] = []


@pytest.fixture(scope="module")
def many(ledger: LedgerDatabase) -> None:
    fill_many(ledger, OPERATIONS)


@pytest.fixture
def cost(many: None, monkeypatch: pytest.MonkeyPatch) -> Cost:
    counted, rows = Cost(), Session.rows

    def measured(self: Session, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        self.execute("FLUSH STATUS")
        began = time.perf_counter()
        found = rows(self, sql, parameters)
        counted.seconds += time.perf_counter() - began
        handlers = rows(self, "SHOW SESSION STATUS LIKE 'Handler_read%%'")
        counted.read.append((sum(int(count) for _, count in handlers), sql))
        return found

    monkeypatch.setattr(Session, "rows", measured)
    return counted


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_reads_what_it_shows(
    open_page: Callable[..., Reader], cost: Cost, screen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page(READER)
    # After ``open_page``, which says that there was no run yet.
    monkeypatch.setattr(nights, "last", lambda: nights.Night(LAST_RUN, began=None, state="success", is_over=True))
    assert page.get(SCREENS[screen]).status_code == 200
    most, sql = max(cost.read)
    taken = [cost.seconds]
    for _ in range(2):
        cost.reset()
        page.get(SCREENS[screen])
        taken.append(cost.seconds)
    print(f"{screen}: {min(taken):.3f} s, at most {most} rows in one statement")  # noqa: T201
    assert most <= max(MOST_READ * OPERATIONS, 500), sql
    assert OPERATIONS < AT_SIZE or min(taken) <= MOST_S
