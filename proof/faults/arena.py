"""A shop, a ledger and Kontur's stand-in as real processes that may be killed and started again on the same data."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import pathlib
import subprocess
from collections.abc import Iterator
from typing import Any

import MySQLdb
from MySQLdb.connections import Connection

from include.window import Window
from proof.faults.worker import Job
from sandbox import mariadb
from sandbox.kontur import serving
from sandbox.kontur.serving import Sandbox
from sandbox.shop import schema

SHOP, LEDGER = "shop", "ledger"
SETTLE_S = 2.0
TIMEOUT_S = 0.7
"""A client's patience where many requests hang or drip."""
_LONG_TIMEOUT_S = 30.0
"""Elsewhere: no answer of a busy machine is taken for none."""
LATE_COMMIT_S = 0.4
SEARCH_LAG_S = 0.3
"""A late commit is in the search after 0.7 s at the latest; the rest of the settle time is for a busy machine."""


class Database:
    """A server of the arena's own, MariaDB or MySQL: see :mod:`sandbox.mariadb`."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder
        self.port = mariadb.free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        mariadb.prepare(self._folder)
        with (self._folder / "mariadbd.log").open("ab") as log:
            self._process = subprocess.Popen(mariadb.command(self._folder, self.port), stdout=log, stderr=log)
        mariadb.wait_until_ready(self.port, self._process)

    def kill(self) -> None:
        """SIGKILL; two servers on one folder would spoil it, so its end is waited for."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def is_alive(self) -> bool:
        """Whether it runs, or ended of itself."""
        return self._process is not None and self._process.poll() is None

    def connect(self, name: str = "") -> Connection:
        """As root, autocommit on."""
        return MySQLdb.connect(
            host="127.0.0.1", port=self.port, user="root", database=name, autocommit=True, charset="utf8mb4"
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Arena:
    """Everything a run needs."""

    folder: pathlib.Path
    database: Database
    kontur: Sandbox
    environment: dict[str, str]
    """What a worker has as connections and settings."""

    @property
    def books(self) -> pathlib.Path:
        """The file of Kontur's stand-in."""
        return self.folder / "kontur.sqlite"

    def job(self, run_id: str, window: Window, **more: Any) -> Job:
        """A worker's work here."""
        log = self.folder / "workers.log"
        return Job(environment=self.environment, log=log, run_id=run_id, window=window, **more)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the ledger."""
        with contextlib.closing(self.database.connect(LEDGER)) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    @contextlib.contextmanager
    def shop(self) -> Iterator[Connection]:
        """A connection to fill or read the shop."""
        with contextlib.closing(self.database.connect(SHOP)) as connection:
            yield connection


@contextlib.contextmanager
def running(folder: pathlib.Path, *, timeout_s: float = _LONG_TIMEOUT_S, **settings: object) -> Iterator[Arena]:
    """An arena with an empty shop of version 25.

    Args:
        folder: where its data lies.
        timeout_s: the client's, for each request.
        settings: as ``posting__breaker=50``.
    """
    folder.mkdir(exist_ok=True)
    database = Database(folder / "mariadb")
    database.start()
    try:
        with contextlib.closing(database.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {LEDGER} CHARACTER SET utf8mb4")
            cursor.execute(f"CREATE DATABASE {SHOP} CHARACTER SET utf8mb4")
            connection.select_db(SHOP)
            schema.create(connection)
        with serving.running(folder / "kontur.sqlite") as kontur:
            kontur.set_options(search_lag_s=SEARCH_LAG_S)
            yield Arena(folder, database, kontur, _environment(database, kontur, timeout_s, settings))
    finally:
        database.kill()


def _environment(database: Database, kontur: Sandbox, timeout_s: float, settings: dict[str, object]) -> dict[str, str]:
    mysql = {"conn_type": "mysql", "host": "127.0.0.1", "port": database.port, "login": "root"}
    account = {"conn_type": "kontur", "host": kontur.base_url, "login": "demo", "password": "demo-key"}
    connections = {
        "BITRIX_MYSQL": mysql | {"schema": SHOP},
        "KONTUR_SYNC_MYSQL": mysql | {"schema": LEDGER},
        "KONTUR_DEFAULT": account | {"extra": {"timeout_s": timeout_s, "concurrency": 3}},
    }
    chosen: dict[str, object] = {
        "accounting__go_live": "2016-01-01",
        "run__batch_size": 25,
        "posting__settle_s": SETTLE_S,
        "posting__repost_budget": 1_000_000,
        "posting__breaker": 50,
        **settings,
    }
    return {f"AIRFLOW_CONN_{name}": json.dumps(value) for name, value in connections.items()} | {
        f"KONTUR__{key.upper()}": str(value) for key, value in chosen.items()
    }
