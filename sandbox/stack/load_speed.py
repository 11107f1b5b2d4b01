"""``python -m sandbox.stack.load_speed``: how near ``load`` comes to a bare client that sends the same requests.

Both send to the same server, one after the other, several times over; each time the ledger is as it was planned. The
server answers each request after the same time, so nobody can be quicker than connections ÷ latency.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import psutil
import requests
from rich.table import Table

from include.facts import Count, Number, said
from include.words import speak, text
from include.words.terminal import language
from sandbox.kontur.paths import BASE_PATH
from sandbox.lean import client
from sandbox.lean.server import CONTROL, Asked
from sandbox.mariadb import free_port
from sandbox.stack import environment
from sandbox.stack.errors import StackError
from sandbox.stack.layout import BENCH, ROOT
from sandbox.stack.provision import LEDGER_RIGHTS, as_root, grant
from sandbox.stack.stack import Stack
from sandbox.stack.steps import console, step
from sandbox.stack.waiting import wait_until
from sandbox.stack.work import count_statements

_KEPT = "kontur_planned"
"""The database that keeps the ledger as it was planned."""
_LOG = "loading.log"
_STATUS = {"commits": "Com_commit", "log_writes": "Innodb_log_writes", "bytes": "Bytes_received"}
LEAST_SHARE = 0.6
"""A bare client that does not come so near to connections ÷ latency measures the machine, or itself."""


@dataclasses.dataclass(frozen=True, slots=True)
class Pass:
    """Once through."""

    seconds: float
    python_cpu_s: float
    mariadb_cpu_s: float
    server_cpu_s: float
    counted: Mapping[str, int]
    """``statements``, ``commits``, ``log_writes`` and ``bytes`` of MariaDB."""
    kontur: Mapping[str, int]
    """What the server counted."""
    bare_s: float
    """Of the bare client, right after."""


@dataclasses.dataclass(frozen=True, slots=True)
class Speed:
    """Of one number of connections."""

    connections: int
    latency_ms: int
    passes: Sequence[Pass]

    @property
    def operations(self) -> int:
        """Documents, payments and refunds of a pass."""
        return sum(self.passes[0].kontur[name] for name in ("documents", "payments", "refunds"))

    @property
    def requests(self) -> int:
        """Of a pass."""
        return sum(self.passes[0].kontur.get(name, 0) for name in ("GET", "POST"))

    def per_operation(self, name: str) -> float:
        """What MariaDB counted."""
        return statistics.median(one.counted[name] for one in self.passes) / self.operations

    @property
    def cpu_ms(self) -> dict[str, float]:
        """CPU for each operation, by who took it."""
        names = ("python", "mariadb", "server")
        return {
            name: 1000 * statistics.median(getattr(one, f"{name}_cpu_s") for one in self.passes) / self.operations
            for name in names
        }

    @property
    def ratio(self) -> float:
        """``load``'s speed by the bare client's, in the middle one of the passes."""
        return statistics.median(one.bare_s / one.seconds for one in self.passes)

    @property
    def orders_per_min(self) -> float:
        """Documents a minute."""
        return 60 * statistics.median(one.kontur["documents"] / one.seconds for one in self.passes)

    @property
    def bare_share(self) -> float:
        """The bare client's speed, of connections ÷ latency."""
        best = self.requests * self.latency_ms / 1000 / self.connections
        return best / statistics.median(one.bare_s for one in self.passes)


class _Bench:
    """A planned shop, a server, and both who send to it."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._port = free_port()
        self._server: subprocess.Popen[bytes]

    @contextlib.contextmanager
    def ready(self) -> Iterator[None]:
        """With the server at work."""
        command = [sys.executable, "-m", "sandbox.lean", "--port", str(self._port)]
        with subprocess.Popen(command, cwd=ROOT, env=self._stack.environment) as self._server:
            try:
                wait_until(self._answers, what="the server", timeout_s=30)
                yield
            finally:
                self._server.kill()

    def measure(self, connections: int, latency_ms: int, times: int) -> Speed:
        """``load`` and the bare client, in turns.

        Raises:
            StackError: the bare client is too slow to be a yardstick, or a batch was not finished.
        """
        self._control("forget")
        with self._loading(connections) as process:
            self._keep()
            passes = [self._once(process, connections, latency_ms, number) for number in range(times)]
        speed = Speed(connections, latency_ms, passes)
        if latency_ms and speed.bare_share < LEAST_SHARE:
            raise StackError(said("bench_busy", share=Number(Decimal(f"{speed.bare_share:.2f}"))))
        return speed

    def _once(self, process: subprocess.Popen[str], connections: int, latency_ms: int, number: int) -> Pass:
        self._restore()
        self._control("forget", latency_ms=latency_ms)
        before, cpu = self._counted(), self._cpu_s()
        told = _ask(process, f"load-{connections}-{number}")
        if told["unfinished"]:
            raise StackError(said("bench_unfinished"))
        after, spent = self._counted(), {name: now - cpu[name] for name, now in self._cpu_s().items()}
        asked = msgspec.convert(self._control("asked"), list[Asked])
        kontur = self._control("counted")
        self._control("forget", latency_ms=latency_ms)
        return Pass(
            seconds=told["seconds"],
            python_cpu_s=told["cpu_s"],
            mariadb_cpu_s=spent["mariadb"],
            server_cpu_s=spent["server"],
            counted={name: after[name] - before[name] for name in after},
            kontur=kontur,
            bare_s=client.send(self._account_url, "key", asked, connections),
        )

    @contextlib.contextmanager
    def _loading(self, connections: int) -> Iterator[subprocess.Popen[str]]:
        ledger = json.loads(self._stack.environment["AIRFLOW_CONN_KONTUR_SYNC_MYSQL"])
        with self._root("") as session, session.cursor() as cursor:
            grant(session, ledger, LEDGER_RIGHTS)
            cursor.execute(f"DROP DATABASE IF EXISTS {_KEPT}")
            for table in self._tables(environment.LEDGER_DATABASE):
                cursor.execute(f"DROP TABLE {environment.LEDGER_DATABASE}.{table}")
        connection = json.loads(self._stack.environment["AIRFLOW_CONN_KONTUR_DEFAULT"])
        connection |= {"host": f"http://127.0.0.1:{self._port}{BASE_PATH}", "extra": {"concurrency": connections}}
        with (self._stack.layout.logs / _LOG).open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "sandbox.stack.loading"],
                cwd=ROOT,
                env={**self._stack.environment, "AIRFLOW_CONN_KONTUR_DEFAULT": json.dumps(connection)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
            try:
                _answer(process)
                yield process
            finally:
                process.kill()
                process.communicate()

    def _keep(self) -> None:
        with self._root("") as session, session.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {_KEPT}")
            for table in self._tables(environment.LEDGER_DATABASE):
                cursor.execute(f"CREATE TABLE {_KEPT}.{table} LIKE {environment.LEDGER_DATABASE}.{table}")
                cursor.execute(f"INSERT INTO {_KEPT}.{table} SELECT * FROM {environment.LEDGER_DATABASE}.{table}")

    def _restore(self) -> None:
        with self._root("") as session, session.cursor() as cursor:
            cursor.execute("SET foreign_key_checks = 0")
            for table in self._tables(_KEPT):
                cursor.execute(f"TRUNCATE {environment.LEDGER_DATABASE}.{table}")
                cursor.execute(f"INSERT INTO {environment.LEDGER_DATABASE}.{table} SELECT * FROM {_KEPT}.{table}")

    def _tables(self, database: str) -> list[str]:
        with self._root("") as session, session.cursor() as cursor:
            cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = %s", [database])
            return [name for (name,) in cursor.fetchall()]

    def _counted(self) -> dict[str, int]:
        with self._root("") as session, session.cursor() as cursor:
            cursor.execute(
                "SELECT SUM(select_commands + update_commands + other_commands)"
                " FROM information_schema.user_statistics WHERE user IN (%s, %s)",
                (environment.SHOP_USER, environment.LEDGER_USER),
            )
            ((statements,),) = cursor.fetchall()
            cursor.execute("SHOW GLOBAL STATUS")
            status = dict(cursor.fetchall())
        return {"statements": int(statements or 0), **{name: int(status[key]) for name, key in _STATUS.items()}}

    def _cpu_s(self) -> dict[str, float]:
        (mariadb,) = (found for found in self._stack.supervisor.processes() if found.name() == "mariadbd")
        times = {"mariadb": mariadb.cpu_times(), "server": psutil.Process(self._server.pid).cpu_times()}
        return {name: each.user + each.system for name, each in times.items()}

    def _root(self, database: str) -> Any:
        connection = json.loads(self._stack.environment["AIRFLOW_CONN_BITRIX_MYSQL"])
        return as_root(connection, password="", database=database)

    @property
    def _account_url(self) -> str:
        return f"http://127.0.0.1:{self._port}{BASE_PATH}/accounts/{environment.KONTUR_ACCOUNT}"

    def _control(self, what: str, **query: int) -> Any:
        answer = requests.get(f"http://127.0.0.1:{self._port}{CONTROL}/{what}", params=query, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def _answers(self) -> bool:
        try:
            self._control("counted")
        except requests.ConnectionError:
            return False
        return True


def measure(stack: Stack, latency_ms: int, connections: Sequence[int], times: int) -> list[Speed]:
    """Of a stack's shop, with each number of connections; the stack's own ledger is gone afterwards.

    Raises:
        StackError: the bare client is too slow to be a yardstick, or a batch was not finished.
    """
    bench = _Bench(stack)
    with bench.ready():
        return [bench.measure(each, latency_ms, times) for each in connections]


def _ask(process: subprocess.Popen[str], what: str) -> Any:
    print(what, file=process.stdin, flush=True)
    return _answer(process)


def _answer(process: subprocess.Popen[str]) -> Any:
    line = process.stdout.readline() if process.stdout is not None else ""
    if not line:
        raise StackError(said("bench_ended", log=_LOG))
    return json.loads(line)


def told(speed: Speed) -> dict[str, Any]:
    """By the names of `.run/bench.json`."""
    name = f"load_{speed.latency_ms}ms_c{speed.connections}"
    return {
        f"{name}_ratio": round(speed.ratio, 3),
        f"{name}_orders_per_min": round(speed.orders_per_min),
        f"{name}_bare_share": round(speed.bare_share, 2),
        f"{name}_statements_per_operation": round(speed.per_operation("statements"), 2),
        f"{name}_commits_per_operation": round(speed.per_operation("commits"), 2),
        f"{name}_log_writes_per_operation": round(speed.per_operation("log_writes"), 2),
        f"{name}_bytes_per_operation": round(speed.per_operation("bytes")),
        **{f"{name}_{who}_cpu_ms_per_operation": round(cost, 3) for who, cost in speed.cpu_ms.items()},
    }


def table(speeds: Sequence[Speed]) -> Table:
    """Each number of connections a column."""
    columns = [told(speed) for speed in speeds]
    shown = Table("", *(f"{speed.latency_ms} ms, {speed.connections}" for speed in speeds))
    for column in shown.columns[1:]:
        column.justify = "right"
    for names in zip(*columns, strict=True):
        label = names[0].split("_", 3)[3].replace("_", " ")
        shown.add_row(label, *(str(told[name]) for told, name in zip(columns, names, strict=True)))
    return shown


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.stack.load_speed", description="load by itself.")
    parser.add_argument("--orders", type=int, default=10_000, help="of the made-up shop (default: %(default)s)")
    parser.add_argument("--latency", type=int, default=20, help="of each answer, ms (default: %(default)s)")
    parser.add_argument("--connections", type=int, nargs="+", default=[20, 64], help="default: %(default)s")
    parser.add_argument("--times", type=int, default=3, help="both in turns (default: %(default)s)")
    given = parser.parse_args()
    speak(language())
    stack = Stack(BENCH)
    try:
        with step(text(said("bench_stack", orders=Count(given.orders, "order")))):
            stack.stop()
            stack.layout.forget_data()
            stack.prepare()
            stack.start_shop(given.orders)
            count_statements(stack)
        speeds = measure(stack, given.latency, given.connections, given.times)
    finally:
        stack.stop()
    console.print(table(speeds))
    console.print_json(data={name: value for speed in speeds for name, value in told(speed).items()})


if __name__ == "__main__":
    main()
