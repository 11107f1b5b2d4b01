"""``python -m sandbox.stack.load_speed``: how near ``load`` comes to a bare client that sends the same requests.

Both send to the same server, one after the other, several times over; each time the ledger is as it was planned. The
server answers each request after the same time, so nobody can be quicker than connections ÷ latency.
"""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from include.facts import Count, Number, said
from include.words import speak, text
from include.words.terminal import language
from sandbox.lean import client
from sandbox.lean.server import Asked
from sandbox.stack import child as children
from sandbox.stack import environment, loading
from sandbox.stack.child import Child
from sandbox.stack.cpu import cpu_s
from sandbox.stack.errors import StackError
from sandbox.stack.layout import BENCH
from sandbox.stack.lean import Lean, running
from sandbox.stack.load_figures import Journal, Pass, Speed, table, told
from sandbox.stack.machine import look
from sandbox.stack.provision import LEDGER_RIGHTS, as_root, grant
from sandbox.stack.stack import Stack
from sandbox.stack.steps import console, step
from sandbox.stack.work import count_statements

_Loaded = TypeVar("_Loaded", bound=loading.Loaded)
_KEPT = "kontur_planned"
"""The database that keeps the ledger as it was planned."""
_LOG = "loading.log"
_STATUS = {"commits": "Com_commit", "log_writes": "Innodb_log_writes", "bytes": "Bytes_received"}
LEAST_SHARE = 0.6
"""A bare client that does not come so near to connections ÷ latency measures the machine, or itself."""


class _Bench:
    """A planned shop, a server, and both who send to it."""

    def __init__(self, stack: Stack, lean: Lean) -> None:
        self._stack = stack
        self._lean = lean

    def measure(self, connections: int, latency_ms: int, times: int) -> Speed:
        """``load`` and the bare client, in turns, and then ``load`` once more, recorded.

        Raises:
            StackError: the bare client is too slow to be a yardstick, a batch was not finished, or the ledger's journal
                does not have what the server was sent.
        """
        self._lean.control("forget")
        with self._loading(connections) as child:
            self._keep()
            passes = [self._once(child, connections, latency_ms, number) for number in range(times)]
            self._begin_anew(latency_ms)
            again = loading.Pass(f"load-{connections}-recorded", recorded=True)
            recorded = self._load(child, again, loading.LoadedRecorded).recorded
            self._journal()
        speed = Speed(connections, latency_ms, passes, recorded)
        if latency_ms and speed.bare_share < LEAST_SHARE:
            raise StackError(said("bench_busy", share=Number(Decimal(f"{speed.bare_share:.2f}"))))
        return speed

    def _once(self, child: Child, connections: int, latency_ms: int, number: int) -> Pass:
        self._begin_anew(latency_ms)
        before, cpu = self._counted(), self._cpu_s()
        loaded = self._load(child, loading.Pass(f"load-{connections}-{number}", recorded=False), loading.Loaded)
        after, spent = self._counted(), {name: now - cpu[name] for name, now in self._cpu_s().items()}
        journal = self._journal()
        asked = msgspec.convert(self._lean.control("asked"), list[Asked])
        kontur = self._lean.control("counted")
        self._lean.control("forget", latency_ms=latency_ms)
        return Pass(
            seconds=loaded.seconds,
            python_cpu_s=loaded.cpu_s,
            mariadb_cpu_s=spent["mariadb"],
            server_cpu_s=spent["server"],
            counted={name: after[name] - before[name] for name in after},
            kontur=kontur,
            journal=journal,
            bare_s=client.send(self._lean.account_url, "key", asked, connections),
        )

    def _begin_anew(self, latency_ms: int) -> None:
        self._restore()
        self._lean.control("forget", latency_ms=latency_ms)

    @staticmethod
    def _load(child: Child, one: loading.Pass, answer: type[_Loaded]) -> _Loaded:
        loaded = msgspec.convert(child.ask(msgspec.to_builtins(one)), answer)
        if loaded.unfinished:
            raise StackError(said("bench_unfinished"))
        return loaded

    def _journal(self) -> Journal:
        """What the ledger has of a pass, which is what the server has.

        Raises:
            StackError: it is not.
        """
        with self._root(environment.LEDGER_DATABASE) as session, session.cursor() as cursor:
            cursor.execute("SELECT COUNT(*), COUNT(IF(outcome = 'held_up', 1, NULL)) FROM local_kontur_bukh_attempt")
            journal = Journal(*cursor.fetchone())
        journal.check(self._lean.control("counted").get("POST", 0))
        return journal

    @contextlib.contextmanager
    def _loading(self, connections: int) -> Iterator[Child]:
        ledger = json.loads(self._stack.environment["AIRFLOW_CONN_KONTUR_SYNC_MYSQL"])
        with self._root("") as session, session.cursor() as cursor:
            grant(session, ledger, LEDGER_RIGHTS)
            cursor.execute(f"DROP DATABASE IF EXISTS {_KEPT}")
            for table in self._tables(environment.LEDGER_DATABASE):
                cursor.execute(f"DROP TABLE {environment.LEDGER_DATABASE}.{table}")
        of_stack = self._stack.environment
        posted_to = self._lean.connection(of_stack, concurrency=connections)
        with children.running("sandbox.stack.loading", of_stack | posted_to, self._stack.layout.logs / _LOG) as at_work:
            at_work.hear()
            yield at_work

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
        return {"mariadb": cpu_s(self._stack.mariadb_pid), "server": cpu_s(self._lean.pid)}

    def _root(self, database: str) -> Any:
        connection = json.loads(self._stack.environment["AIRFLOW_CONN_BITRIX_MYSQL"])
        return as_root(connection, password="", database=database)


def measure(stack: Stack, latency_ms: int, connections: Sequence[int], times: int) -> list[Speed]:
    """Of a stack's shop, with each number of connections; the stack's own ledger is gone afterwards.

    Raises:
        StackError: as :meth:`_Bench.measure`.
    """
    with running(stack.environment) as lean:
        bench = _Bench(stack, lean)
        return [bench.measure(each, latency_ms, times) for each in connections]


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
        with stack.shop() as session:
            machine = look(session)
        speeds = measure(stack, given.latency, given.connections, given.times)
    finally:
        stack.stop()
    console.print(table(speeds))
    figures = {name: value for speed in speeds for name, value in told(speed).items()}
    console.print_json(data=figures | machine.told)


if __name__ == "__main__":
    main()
