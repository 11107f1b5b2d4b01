"""What a living shop stands on: databases whose clock is ours, a sandbox of Kontur, and the command that is driven.

The database's clock: a user without administrator's rights gets ``init_connect``, and that sets the session's
``timestamp``. The product runs as it is; nothing in it knows that time is made up.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import os
import pathlib
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import MySQLdb
from MySQLdb.connections import Connection

from sandbox.kontur.serving import Sandbox
from sandbox.shop import reference, schema

ROOT = pathlib.Path(__file__).resolve().parents[2]
MOSCOW = dt.timezone(dt.timedelta(hours=3))
USER, _PASSWORD = "living", "living"


@dataclasses.dataclass(frozen=True, slots=True)
class Server:
    """A MariaDB of our own."""

    port: int
    root: Connection

    def set_clock(self, local: dt.datetime) -> None:
        """What time it is for every connection that is opened from now on; naive, Moscow's."""
        stamp = local.replace(tzinfo=MOSCOW).timestamp()
        with self.root.cursor() as cursor:
            cursor.execute("SET GLOBAL init_connect = %s", (f"SET timestamp = {stamp:f}",))

    @contextlib.contextmanager
    def database(self, name: str, charset: str = "utf8mb4") -> Iterator[str]:
        """A new, empty database of our user's; its whole name."""
        whole = f"living_{name}_{uuid.uuid4().hex[:8]}"
        with self.root.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {whole} CHARACTER SET {charset}")
            cursor.execute(f"GRANT ALL PRIVILEGES ON {whole}.* TO {USER}@'127.0.0.1'")
            yield whole
            cursor.execute(f"DROP DATABASE {whole}")


@contextlib.contextmanager
def server(port: int) -> Iterator[Server]:
    """The MariaDB that listens there, with our user in it."""
    root = MySQLdb.connect(host="127.0.0.1", port=port, user="root", autocommit=True)
    with contextlib.closing(root):
        with root.cursor() as cursor:
            cursor.execute(f"CREATE USER IF NOT EXISTS {USER}@'127.0.0.1' IDENTIFIED BY '{_PASSWORD}'")
        try:
            yield Server(port, root)
        finally:
            with root.cursor() as cursor:
                cursor.execute("SET GLOBAL init_connect = ''")


@contextlib.contextmanager
def shop_database(on: Server, version: str, charset: str) -> Iterator[tuple[str, Connection]]:
    """A shop with all that it has before its first order, and a connection to write into it as Bitrix does."""
    with on.database("shop", charset) as name:
        connection = MySQLdb.connect(host="127.0.0.1", port=on.port, user="root", db=name, autocommit=True)
        with contextlib.closing(connection):
            schema.create(connection, version, charset)
            with schema.bitrix_session(connection):
                reference.ensure(connection, version)
                yield name, connection


@dataclasses.dataclass(frozen=True, slots=True)
class Books:
    """One account of the sandbox, one ledger, and the command that posts from one into the other."""

    account: str
    ledger: str
    process: subprocess.Popen[str]
    log: pathlib.Path

    def ask(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """Give one job; its answer.

        Raises:
            EOFError: the command ended.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps(job), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            said = self.log.read_text(encoding="utf-8")[-2000:]
            raise EOFError(f"the command ended with code {self.process.wait()}: {said}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextlib.contextmanager
def books(
    on: Server,
    shop: str,
    sandbox: Sandbox,
    account: str,
    settings: Mapping[str, str],
    *,
    log: pathlib.Path,
    command: Sequence[str] = ("-m", "include.steps.night"),
    source: pathlib.Path = ROOT,
) -> Iterator[Books]:
    """A new ledger for an account, and the command at work between them.

    Args:
        on: where shop and ledger are.
        shop: the shop's database.
        sandbox: Kontur; the key of an account is its name and ``-key``.
        account: whose books.
        settings: by the names of the environment.
        log: where stderr goes.
        command: what Python runs.
        source: the tree it runs in.
    """
    with on.database("ledger") as ledger, log.open("a", encoding="utf-8") as stderr:
        mysql = {"conn_type": "mysql", "host": "127.0.0.1", "port": on.port, "login": USER, "password": _PASSWORD}
        kontur = {
            "conn_type": "kontur",
            "host": sandbox.base_url,
            "login": account,
            "password": f"{account}-key",
            # The clock stands still during a job: a rate would be waited for again and again.
            "extra": json.dumps({"rate_per_s": 100000, "timeout_s": 20}),
        }
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_CONN_")} | {
            "AIRFLOW_CONN_BITRIX_MYSQL": json.dumps(mysql | {"schema": shop}),
            "AIRFLOW_CONN_KONTUR_SYNC_MYSQL": json.dumps(mysql | {"schema": ledger}),
            "AIRFLOW_CONN_KONTUR_DEFAULT": json.dumps(kontur),
            "PYTHONPATH": os.pathsep.join([str(source), str(source / "plugins")]),
            **settings,
        }
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=source,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
        try:
            yield Books(account, ledger, process, log)
        finally:
            process.kill()
            process.communicate()
