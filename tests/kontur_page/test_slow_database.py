"""A ledger that answers slowly, and many who look: Airflow goes on answering, and each screen comes to an end."""

from __future__ import annotations

import concurrent.futures
import contextlib
import statistics
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import MySQLdb
import pytest
import uvicorn
from fastapi import FastAPI
from kontur_page import page as pages
from kontur_page.app import app as the_page

from include.ledger.connection import LedgerDatabase
from tests.kontur_page.readers import READER, Reader

MANY = 60
TIMEOUT_S = 60.0


@pytest.fixture
def server(open_page: Callable[..., Reader]) -> Iterator[str]:
    """The page beside a route that takes one of Airflow's threads, as its health does; over HTTP."""
    open_page(READER)
    airflow = FastAPI()

    @airflow.get("/health")
    def health() -> str:
        return "healthy"

    airflow.mount("/kontur", the_page())
    serving = uvicorn.Server(uvicorn.Config(airflow, port=0, log_level="warning"))
    thread = threading.Thread(target=serving.run)
    thread.start()
    _wait(lambda: serving.started)
    port = serving.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    serving.should_exit = True
    thread.join()


@contextlib.contextmanager
def locked(ledger: LedgerDatabase) -> Iterator[Callable[[], int]]:
    """Nobody can read the orders; says how many try."""
    with contextlib.closing(ledger.connect()) as holder, contextlib.closing(ledger.connect()) as watcher:
        holder.query("LOCK TABLES local_kontur_bukh_order WRITE")

        def waiting() -> int:
            cursor = watcher.cursor()
            cursor.execute(
                "SELECT COUNT(*) FROM information_schema.processlist"
                " WHERE state LIKE 'Waiting for table%%' AND db = DATABASE()"
            )
            return int(cursor.fetchone()[0])

        try:
            yield waiting
        finally:
            with contextlib.suppress(MySQLdb.Error):
                holder.query("UNLOCK TABLES")


def _wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_sixty_slow_requests_leave_airflow_its_threads(server: str, ledger: LedgerDatabase) -> None:
    """Four of them read at once; Airflow has forty threads for all that it does."""
    with (
        httpx.Client(base_url=server, timeout=TIMEOUT_S, limits=httpx.Limits(max_connections=MANY + 1)) as browser,
        concurrent.futures.ThreadPoolExecutor(MANY) as people,
    ):
        with locked(ledger) as waiting:
            answers = [people.submit(browser.get, "/kontur/needs") for _ in range(MANY)]
            _wait(lambda: waiting() >= 4)
            took = [browser.get("/health").elapsed.total_seconds() for _ in range(20)]
            assert not any(answer.done() for answer in answers)
            assert waiting() == 4
        assert {answer.result().status_code for answer in answers} == {200}
    assert statistics.median(took) < 0.1


def test_a_screen_that_takes_too_long_says_so(
    server: str, ledger: LedgerDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "STATEMENT_LIMIT_S", 1)
    with locked(ledger):
        answer = httpx.get(f"{server}/kontur/needs", timeout=TIMEOUT_S, headers={"Accept-Language": "en"})
    assert answer.status_code == 503
    assert "It did not work" in answer.text
