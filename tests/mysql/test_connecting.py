"""Servers and connections that are set up otherwise than ours: extras, limits, TLS, an impatient server."""

from __future__ import annotations

import contextlib
import pathlib
import subprocess
from collections.abc import Callable
from typing import Any

import MySQLdb
import pytest
from kontur_hook.contract import Contract
from kontur_hook.hook import KonturHook
from MySQLdb.connections import Connection

from include import settings
from include.bitrix.errors import BitrixConfigurationError, BitrixUnreachableError
from include.bitrix.shop import read_shop
from include.bitrix.snapshot import snapshot
from include.books.accounts import Account
from include.errors import HouseError
from include.ledger import named_locks
from include.ledger.connection import LedgerDatabase
from include.ledger.errors import (
    LedgerConfigurationError,
    LedgerCrowdedError,
    LedgerUnreachableError,
)
from include.ledger.locks import Locks
from include.ledger.migrate import migrate
from include.posting.core import Result
from include.steps.preflight import PreflightError, preflight
from include.window import Window
from sandbox import mariadb
from sandbox.kontur.serving import Sandbox
from tests.locking import held
from tests.mysql.users import connection, user
from tests.posting.poster import DAY, RETAIL, Poster, in_kontur, operations_of

ORDERS = tuple(range(1, 5))


def told(error: HouseError) -> str:
    """The code of what is said."""
    assert error.said is not None
    return error.said.code


def posted_once(ledger: LedgerDatabase, kontur: Sandbox) -> None:
    """Post four orders, paid and refunded, and look at the books."""
    migrate(ledger)
    poster = Poster(ledger, Account("kontur_default", KonturHook(), Contract()))
    in_kontur(poster.account, None, None, RETAIL.name)
    for order_id in ORDERS:
        poster.plan(*operations_of(order_id))
    assert poster.post(*ORDERS).results == {Result.DONE: 3 * len(ORDERS)}
    assert len(kontur.books.documents()) == len(kontur.books.payments()) == len(kontur.books.refunds()) == len(ORDERS)


@pytest.mark.parametrize("cursor", ["dictcursor", "SSCursor", "ssdictcursor", "nonsense"])
def test_a_cursor_class_in_the_extra_changes_nothing(
    mariadb_port: int, database: str, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch, cursor: str
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_KONTUR_SYNC_MYSQL", connection(mariadb_port, database, extra={"cursor": cursor}))
    posted_once(LedgerDatabase(), kontur)


@pytest.mark.parametrize("cursor", ["dictcursor", "SSCursor", "ssdictcursor"])
def test_nor_does_it_for_the_shop(
    shop: Connection, mariadb_port: int, monkeypatch: pytest.MonkeyPatch, cursor: str
) -> None:
    with shop.cursor() as opened:
        opened.execute("SELECT DATABASE()")
        ((name,),) = opened.fetchall()
    monkeypatch.setenv("AIRFLOW_CONN_BITRIX_MYSQL", connection(mariadb_port, name, extra={"cursor": cursor}))
    with snapshot() as shop_db:
        read_shop(shop_db)
        assert shop_db.hides("b_sale_order", "NO_SUCH_COLUMN") is False


def test_text_of_the_ledger_travels_as_utf8mb4_whatever_the_extra_says(
    mariadb_port: int, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "AIRFLOW_CONN_KONTUR_SYNC_MYSQL", connection(mariadb_port, database, extra={"charset": "cp1251"})
    )
    with LedgerDatabase().open() as session:
        assert session.row("SELECT %s, CHAR_LENGTH(%s)", ["→ 📦", "→ 📦"]) == ("→ 📦", 3)


def test_an_unknown_host_is_unreachable_for_shop_and_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = connection(3306, "shop", host="no-such-host.invalid")
    monkeypatch.setenv("AIRFLOW_CONN_KONTUR_SYNC_MYSQL", nowhere)
    monkeypatch.setenv("AIRFLOW_CONN_BITRIX_MYSQL", nowhere)
    with pytest.raises(LedgerUnreachableError, match=r"no-such-host\.invalid") as of_the_ledger:
        LedgerDatabase().connect()
    with pytest.raises(BitrixUnreachableError, match=r"no-such-host\.invalid") as of_the_shop, snapshot():
        pass
    assert told(of_the_ledger.value) == told(of_the_shop.value) == "db_unreachable"


def certificates(folder: pathlib.Path) -> list[str]:
    """Options of a server that speaks TLS, by a certificate that signs itself."""
    folder.mkdir(parents=True)
    key, certificate = folder / "key.pem", folder / "ca.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    return [f"--ssl-cert={certificate}", f"--ssl-key={key}", f"--ssl-ca={certificate}"]


NO_TLS = ["--loose-skip-ssl", "--tls-version="]
"""MySQL has no such switch any more: it offers none where it may speak no version of it."""


@pytest.mark.parametrize("offers_tls", [False, True])
def test_a_user_that_must_come_by_tls_is_told_so(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, offers_tls: bool
) -> None:
    port = mariadb.free_port()
    options = certificates(tmp_path / "tls") if offers_tls else NO_TLS
    with mariadb.running(tmp_path / "mariadb", port, *options):
        root = MySQLdb.connect(host="127.0.0.1", port=port, user="root", autocommit=True)
        with contextlib.closing(root), root.cursor() as cursor:
            cursor.execute("CREATE DATABASE ledger_of_tls CHARACTER SET utf8mb4")
        with user(port, "ledger_of_tls", "REQUIRE SSL") as name:
            plain = connection(port, "ledger_of_tls", name)
            monkeypatch.setenv("AIRFLOW_CONN_KONTUR_SYNC_MYSQL", plain)
            monkeypatch.setenv("AIRFLOW_CONN_BITRIX_MYSQL", plain)
            with pytest.raises(LedgerConfigurationError) as of_the_ledger:
                LedgerDatabase().connect()
            with pytest.raises(BitrixConfigurationError) as of_the_shop, snapshot():
                pass
            assert told(of_the_ledger.value) == told(of_the_shop.value) == "db_login", "its text speaks of TLS, too"
            extra = {"ssl": {"ca": str(tmp_path / "tls" / "ca.pem")}}
            by_tls = connection(port, "ledger_of_tls", name, extra=extra)
            monkeypatch.setenv("AIRFLOW_CONN_KONTUR_SYNC_MYSQL", by_tls)
            monkeypatch.setenv("AIRFLOW_CONN_BITRIX_MYSQL", by_tls)
            if offers_tls:
                with LedgerDatabase().open() as session:
                    ((_, cipher),) = session.rows("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
                assert cipher
            else:
                with pytest.raises(LedgerConfigurationError) as of_the_ledger:
                    LedgerDatabase().connect()
                assert told(of_the_ledger.value) == "db_login"


@pytest.mark.parametrize("limit", [2, 3, 6])
def test_few_connections_are_enough_to_post(
    mariadb_port: int, database: str, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    with user(mariadb_port, database, f"WITH MAX_USER_CONNECTIONS {limit}") as name:
        monkeypatch.setenv("AIRFLOW_CONN_KONTUR_SYNC_MYSQL", connection(mariadb_port, database, name))
        posted_once(LedgerDatabase(), kontur)


def test_a_task_waits_for_a_connection_that_another_one_ends(
    mariadb_port: int, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with user(mariadb_port, database, "WITH MAX_USER_CONNECTIONS 1") as name:
        monkeypatch.setenv("AIRFLOW_CONN_KONTUR_SYNC_MYSQL", connection(mariadb_port, database, name))
        ledger = LedgerDatabase()
        first = ledger.connect()
        refused: list[LedgerCrowdedError] = []
        connect = ledger.connect

        def end_the_first() -> Any:
            try:
                return connect()
            except LedgerCrowdedError as error:
                refused.append(error)
                first.close()
                raise

        monkeypatch.setattr(ledger, "connect", end_the_first)
        with ledger.open() as session:
            assert session.row("SELECT 1") == (1,)
        assert len(refused) >= 1


@pytest.mark.parametrize("limit", [1, 2])
@pytest.mark.usefixtures("shop", "kontur")
def test_preflight_says_how_many_connections_are_needed(
    mariadb_port: int, database: str, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    with user(mariadb_port, database, f"WITH MAX_USER_CONNECTIONS {limit}") as name:
        monkeypatch.setenv("AIRFLOW_CONN_KONTUR_SYNC_MYSQL", connection(mariadb_port, database, name))
        check: Callable[[], list[str]] = lambda: preflight(settings.load(), Window(DAY, DAY)).warnings  # noqa: E731
        if limit == 1:
            with pytest.raises(PreflightError, match="no_connections"):
                check()
        else:
            assert "no_connections" not in check()


@pytest.mark.parametrize("seconds", [1, 2])
def test_a_server_that_ends_idle_connections_sooner_than_a_request_is_answered(
    tmp_path: pathlib.Path, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    port = mariadb.free_port()
    with mariadb.running(tmp_path / "mariadb", port, f"--wait-timeout={seconds}"):
        root = MySQLdb.connect(host="127.0.0.1", port=port, user="root", autocommit=True)
        with contextlib.closing(root), root.cursor() as cursor:
            cursor.execute("CREATE DATABASE ledger CHARACTER SET utf8mb4")
        monkeypatch.setenv("AIRFLOW_CONN_KONTUR_SYNC_MYSQL", connection(port, "ledger"))
        ledger = LedgerDatabase()
        with Locks(lambda: named_locks.Connection(ledger)) as locks:  # idle for as long as what follows takes
            assert locks.take("order:404")
            kontur.set_options(latency_ms=seconds * 1000 + 500)
            posted_once(ledger, kontur)
            assert held(locks, "order:404") == [True]
