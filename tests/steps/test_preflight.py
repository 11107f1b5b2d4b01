"""What does not answer: for a person at once if nobody is there, worth another try if it broke half-way."""

from __future__ import annotations

import datetime as dt
import json
import socket
import threading
from collections.abc import Callable, Iterator

import MySQLdb
import pytest
from airflow.sdk.definitions.retry_policy import RetryAction
from kontur_hook.errors import KonturTransientError
from MySQLdb.connections import Connection

from include import settings
from include.bitrix.checks import check_shop
from include.bitrix.errors import BitrixTransientError
from include.bitrix.problems import ShopProblem
from include.bitrix.snapshot import ShopDatabase
from include.ledger.connection import LedgerDatabase
from include.ledger.errors import LedgerTransientError, in_words
from include.sandbox.kontur.serving import Sandbox
from include.steps import preflight as step
from include.steps.preflight import PreflightError, preflight
from include.steps.retrying import KonturRetryPolicy
from include.window import Window

DAY = dt.date(2026, 3, 17)

pytestmark = pytest.mark.usefixtures("shop", "ledger_database", "kontur")


def failure() -> Exception:
    """What preflight fails with."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each test looks at the class
        preflight(settings.load(), Window(DAY, DAY))
    return caught.value


def action(error: Exception) -> RetryAction:
    """What Airflow is told after the first of four tries."""
    return KonturRetryPolicy().evaluate(error, 1, 3).action


@pytest.fixture
def lost_line() -> Iterator[str]:
    """Address of a server that takes a connection and ends it without a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    taken, _ = server.accept()
                except OSError:
                    return
                taken.close()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/budget/v1"
        server.shutdown(socket.SHUT_RDWR)


def point_kontur_to(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    connection = {"conn_type": "kontur", "host": host, "login": "demo", "password": "demo-key"}
    monkeypatch.setenv("AIRFLOW_CONN_KONTUR_DEFAULT", json.dumps(connection))


def test_all_well() -> None:
    assert preflight(settings.load(), Window(DAY, DAY)).look_again == []


def test_kontur_that_ends_the_connection_is_tried_again(monkeypatch: pytest.MonkeyPatch, lost_line: str) -> None:
    point_kontur_to(monkeypatch, lost_line)
    error = failure()
    assert isinstance(error, KonturTransientError)
    assert error.status is None
    assert action(error) is not RetryAction.FAIL


def test_kontur_that_is_too_slow_is_tried_again(monkeypatch: pytest.MonkeyPatch, kontur: Sandbox) -> None:
    connection = {"conn_type": "kontur", "host": kontur.base_url, "login": "demo", "password": "demo-key"}
    monkeypatch.setenv("AIRFLOW_CONN_KONTUR_DEFAULT", json.dumps({**connection, "extra": {"timeout_s": 1}}))
    kontur.set_options(latency_ms=3000)
    error = failure()
    assert isinstance(error, KonturTransientError)
    assert "did not come within 1 s" in str(error)
    assert action(error) is not RetryAction.FAIL


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("http://127.0.0.1:1/budget/v1", "refuses the connection"),
        ("https://no-such-host.invalid/budget/v1", "not found in DNS"),
    ],
)
def test_kontur_that_is_not_there_is_for_a_person(monkeypatch: pytest.MonkeyPatch, host: str, words: str) -> None:
    point_kontur_to(monkeypatch, host)
    error = failure()
    assert isinstance(error, PreflightError)
    assert words in str(error)
    assert action(error) is RetryAction.FAIL


def _raising(code: int) -> Callable[[LedgerDatabase], None]:
    def fail(_: LedgerDatabase) -> None:
        with in_words("kontur_sync_mysql"):
            raise MySQLdb.OperationalError(code, "as the server says")

    return fail


@pytest.mark.parametrize("code", [2006, 2013, 1053, 1927, 1205, 1213, 1040])
def test_a_ledger_that_is_lost_or_busy_is_tried_again(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    monkeypatch.setattr(step, "migrate", _raising(code))
    error = failure()
    assert isinstance(error, LedgerTransientError)
    assert "does not answer: as the server says" in str(error)
    assert action(error) is not RetryAction.FAIL


@pytest.mark.parametrize("code", [2002, 2003, 2005])
def test_a_ledger_that_is_not_there_is_for_a_person(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    monkeypatch.setattr(step, "migrate", _raising(code))
    assert action(failure()) is RetryAction.FAIL


def test_a_shop_that_is_lost_half_way_is_tried_again(monkeypatch: pytest.MonkeyPatch, shop: Connection) -> None:
    def cut(shop_db: ShopDatabase, rules: settings.Settings) -> list[ShopProblem]:
        with shop.cursor() as cursor:
            cursor.execute(
                "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID()"
            )
            for (victim,) in cursor.fetchall():
                cursor.execute(f"KILL {victim}")
        return check_shop(shop_db, rules)

    monkeypatch.setattr(step, "check_shop", cut)
    error = failure()
    assert isinstance(error, BitrixTransientError)
    assert action(error) is not RetryAction.FAIL
