"""What all tests share: Airflow's environment, and a private MariaDB (or MySQL, see :mod:`sandbox.mariadb`)."""

from __future__ import annotations

import json
import os
import pathlib
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import MySQLdb
import pytest
from MySQLdb.connections import Connection

from proof import environment
from sandbox import mariadb
from sandbox.kontur import serving
from sandbox.kontur.serving import Sandbox
from sandbox.shop import schema

if TYPE_CHECKING:
    from include.ledger.connection import LedgerDatabase

environment.prepare()

_FIXTURES = {
    "db": {"mariadb_port", "arena", "ground"},
    "http": {"kontur", "sandbox", "start", "arena", "ground"},
    "airflow": {"dag_bag", "ground"},
}
_FOLDERS = {
    "airflow": ("dags", "e2e"),
    "db": ("bitrix/test_errors.py", "e2e", "proof/faults", "proof/living"),
    "http": (
        "e2e",
        "kontur_hook/test_outcomes.py",
        "kontur_hook/test_reads.py",
        "mysql/test_connecting.py",
        "proof/faults",
        "proof/living",
        "proof/test_versions.py",
        "sandbox/kontur",
        "sandbox/stack",
    ),
    "slow": ("e2e", "proof"),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by what it needs, which its fixtures and its folder say; ``unit``: nothing but Python."""
    for item in items:
        place = item.path.relative_to(environment.ROOT / "tests")
        needs = {name for name, fixtures in _FIXTURES.items() if fixtures & set(getattr(item, "fixturenames", ()))}
        needs |= {name for name, folders in _FOLDERS.items() if any(place.is_relative_to(one) for one in folders)}
        for name in needs if needs - {"slow"} else {*needs, "unit"}:
            item.add_marker(name)


@pytest.fixture(autouse=True)
def _spoken_to_the_next() -> Iterator[None]:
    """A run makes its process speak its language; the next test's begins with none."""
    yield
    from include.words import Language, speak

    speak(Language.RU)


@pytest.fixture(scope="session")
def mariadb_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server that lives as long as the tests; user ``root`` without a password on 127.0.0.1.

    The environment variable ``TESTS_MYSQL_PORT`` names one that runs already; what has to stop its server, or to start
    it with options of its own, has a private one all the same.
    """
    if given := os.environ.get("TESTS_MYSQL_PORT"):
        yield int(given)
        return
    port = mariadb.free_port()
    # Commits survive the server, not the machine: what is to be tested, at a third of the time.
    options = ("--innodb-flush-log-at-trx-commit=2", "--sync-binlog=0")
    with mariadb.running(tmp_path_factory.mktemp("mariadb"), port, *options):
        yield port


@pytest.fixture
def database(mariadb_port: int) -> Iterator[str]:
    """The name of a new, empty utf8mb4 database."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    connection = MySQLdb.connect(host="127.0.0.1", port=mariadb_port, user="root", autocommit=True)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        yield name
        cursor.execute(f"DROP DATABASE {name}")
    connection.close()


@pytest.fixture
def ledger_database(mariadb_port: int, database: str, monkeypatch: pytest.MonkeyPatch) -> LedgerDatabase:
    """The connection ``kontur_sync_mysql`` to a new, empty database."""
    from include.ledger.connection import LedgerDatabase

    connection = {"conn_type": "mysql", "host": "127.0.0.1", "port": mariadb_port, "login": "root", "schema": database}
    monkeypatch.setenv("AIRFLOW_CONN_KONTUR_SYNC_MYSQL", json.dumps(connection))
    return LedgerDatabase()


@pytest.fixture
def kontur(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """The connection ``kontur_default`` to a new sandbox with empty books."""
    with serving.running(tmp_path / "kontur.sqlite") as sandbox:
        connection = {"conn_type": "kontur", "host": sandbox.base_url, "login": "demo", "password": "demo-key"}
        monkeypatch.setenv("AIRFLOW_CONN_KONTUR_DEFAULT", json.dumps(connection))
        yield sandbox


@pytest.fixture
def shop(mariadb_port: int, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Connection]:
    """The connection ``bitrix_mysql`` to a new, empty shop, and a connection to fill it.

    Indirect parameter: version and charset; version 25 in utf8mb4 without.
    """
    version, charset = getattr(request, "param", ("25", "utf8mb4"))
    name = f"shop_{uuid.uuid4().hex[:12]}"
    root = MySQLdb.connect(host="127.0.0.1", port=mariadb_port, user="root", autocommit=True)
    with root.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} CHARACTER SET {charset}")
    root.select_db(name)
    schema.create(root, version, charset)
    connection = {"conn_type": "mysql", "host": "127.0.0.1", "port": mariadb_port, "login": "root", "schema": name}
    monkeypatch.setenv("AIRFLOW_CONN_BITRIX_MYSQL", json.dumps(connection))
    yield root
    with root.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name}")
    root.close()
