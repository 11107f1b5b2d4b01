"""`make bench`: ten thousand orders in one run, then the same run again: time, memory, statements, requests."""

from __future__ import annotations

import collections
import dataclasses
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

import psutil
import requests
from rich.table import Table

from include.facts import Count, Number, said
from include.words import speak, text
from include.words.terminal import language
from sandbox import books
from sandbox.kontur.paths import BASE_PATH
from sandbox.stack import bare, environment
from sandbox.stack.airflow_api import FINISHED, AirflowApi
from sandbox.stack.days import yesterday
from sandbox.stack.layout import BENCH
from sandbox.stack.provision import PERIOD
from sandbox.stack.stack import DAG_ID, Stack
from sandbox.stack.steps import complain, console, step
from sandbox.stack.supervise import Supervisor
from sandbox.stack.task_processes import at_work
from sandbox.stack.waiting import wait_until

ORDERS = 10_000
TIMEOUT_S = 3600
BARE_THREADS = 4
"""As many as one task of the run uses."""


@dataclasses.dataclass(frozen=True, slots=True)
class Measured:
    """One run."""

    report: Mapping[str, int]
    seconds: float
    statements: Mapping[str, int]
    """User of the database → statements it sent."""
    requests: Mapping[str, int]
    """Method and path → requests that the sandbox took."""
    memory: Mapping[str, list[int]]
    """Task → the peak of each instance's resident memory, in MiB, by map index."""


def main() -> int:
    speak(language())
    stack = Stack(BENCH)
    try:
        return bench(stack)
    finally:
        with step(text(said("demo_step_stop"))):
            stack.stop()


def bench(stack: Stack) -> int:
    """Two measured runs over the whole shop, which is left running."""
    last_day = yesterday()
    with step(text(said("bench_stack", orders=Count(ORDERS, "order")))):
        stack.stop()
        stack.layout.forget_data()
        stack.prepare()
        migration = stack.start_migration()
        stack.start_shop(ORDERS)
        stack.start_kontur()
        api = stack.start_airflow(migration)
        with stack.shop() as shop, shop.cursor() as cursor:
            cursor.execute("SET GLOBAL userstat = 1")
    conf = {"date_from": str(last_day - PERIOD), "date_to": str(last_day)}
    with step(text(said("bench_first"))):
        first = _measure(stack, api, lambda: _first_night(api))
    with step(text(said("bench_again"))):
        second = _measure(stack, api, lambda: api.trigger(DAG_ID, conf))
    console.print(_figures(first, second), _memory(first))
    with step(text(said("demo_step_check"))), stack.shop() as shop:
        found = books.check(shop, stack.layout.books, last_day - PERIOD, last_day)
    with step(text(said("bench_bare"))):
        posts = _posts(stack)
        base_url = f"http://127.0.0.1:{stack.chosen.ports.kontur}{BASE_PATH}"
        seconds = bare.send(base_url, environment.KONTUR_ACCOUNT, stack.chosen.kontur_key, posts, BARE_THREADS)
    compared = said(
        "bench_compared",
        posts=len(posts),
        run=round(first.seconds),
        bare=round(seconds),
        threads=BARE_THREADS,
        times=Number(Decimal(f"{first.seconds / seconds:.1f}")),
    )
    console.print(text(compared))
    for difference in found.differences:
        number = difference.number or "–"
        complain(text(said("demo_difference", number=number, kind=difference.kind, message=difference.message)))
    return 0 if found.agrees and not second.report["documents"] + second.report["payments"] else 1


def _first_night(api: AirflowApi) -> str:
    """The run that the scheduler makes when the DAG is switched on; its id."""
    api.unpause(DAG_ID)
    wait_until(lambda: bool(api.runs(DAG_ID)), what=text(said("bench_no_run")), timeout_s=TIMEOUT_S)
    return api.runs(DAG_ID)[0].run_id


def _measure(stack: Stack, api: AirflowApi, begin: Callable[[], str]) -> Measured:
    statements, answered = _statements(stack), _requests(stack)
    began = time.monotonic()
    run_id = begin()
    with _Memory(stack.supervisor) as memory:
        what = text(said("bench_unfinished"))
        wait_until(lambda: api.state(DAG_ID, run_id) in FINISHED, what=what, timeout_s=TIMEOUT_S, every_s=1)
    seconds = time.monotonic() - began
    peaks: dict[str, list[int]] = collections.defaultdict(list)
    for task in sorted(api.task_instances(DAG_ID, run_id), key=lambda task: task.map_index):
        if task.id in memory.peaks:
            peaks[task.task_id].append(memory.peaks[task.id] // 2**20)
    return Measured(
        report=api.result(DAG_ID, run_id, "report"),
        seconds=seconds,
        statements=_statements(stack) - statements,
        requests=_requests(stack) - answered,
        memory=peaks,
    )


def _posts(stack: Stack) -> list[bare.Post]:
    """The documents and payments of the run, as they were sent."""
    with stack.shop() as session, session.cursor() as cursor:
        cursor.execute(
            "SELECT IF(o.kind = 'payment', CONCAT('/documents/saleinvoices/', d.doc_id, '/payments'),"
            " '/documents/saleinvoices'), o.payload"
            f" FROM {environment.LEDGER_DATABASE}.local_kontur_bukh_operation o"
            f" LEFT JOIN {environment.LEDGER_DATABASE}.local_kontur_bukh_operation d ON d.op_key = o.parent_key"
            " WHERE o.state = 'done' AND o.kind IN ('saleinvoice', 'payment') AND o.payload IS NOT NULL"
        )
        return list(cursor.fetchall())


def _statements(stack: Stack) -> collections.Counter[str]:
    with stack.shop() as session, session.cursor() as cursor:
        cursor.execute(
            "SELECT user, select_commands + update_commands + other_commands FROM information_schema.user_statistics"
        )
        return collections.Counter({user: int(sent) for user, sent in cursor.fetchall()})


def _requests(stack: Stack) -> collections.Counter[str]:
    answer = requests.get(f"http://127.0.0.1:{stack.chosen.ports.kontur}/_sandbox/requests", timeout=60)
    answer.raise_for_status()
    counted: collections.Counter[str] = collections.Counter()
    for item in answer.json()["items"]:
        counted[f"{item['method']} {item['path']}"] += item["count"]
    return counted


class _Memory(threading.Thread):
    """Samples the resident memory of task processes for as long as the block lasts."""

    def __init__(self, supervisor: Supervisor) -> None:
        super().__init__(daemon=True)
        self.peaks: dict[str, int] = collections.defaultdict(int)
        """Task instance's id → bytes."""
        self._supervisor = supervisor
        self._done = threading.Event()

    def run(self) -> None:
        while not self._done.wait(0.2):
            for task, size in self._sizes():
                self.peaks[task] = max(self.peaks[task], size)

    def _sizes(self) -> Iterator[tuple[str, int]]:
        for work in at_work(self._supervisor.processes()):
            try:
                if work.task is not None:
                    yield work.id, work.task.memory_info().rss
            except psutil.Error:  # it ended meanwhile
                continue

    def __enter__(self) -> _Memory:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self.join()


def _figures(first: Measured, second: Measured) -> Table:
    table = Table("", "first run", "the same again", title=text(said("bench_costs")))
    for column in table.columns[1:]:
        column.justify = "right"
    for name in ("orders", "unchanged", "documents", "payments", "refunds", "errors"):
        table.add_row(name, str(first.report[name]), str(second.report[name]))
    table.add_row("time", f"{first.seconds:.0f} s", f"{second.seconds:.0f} s")
    for user in (environment.SHOP_USER, environment.LEDGER_USER):
        table.add_row(f"statements of {user}", str(first.statements[user]), str(second.statements[user]))
    for path in sorted(first.requests.keys() | second.requests.keys()):
        table.add_row(path, str(first.requests[path]), str(second.requests[path]))
    return table


def _memory(run: Measured) -> Table:
    table = Table("task", "instances", "first", "least", "most", "last", title=text(said("bench_memory")))
    for column in table.columns[1:]:
        column.justify = "right"
    for task, peaks in run.memory.items():
        table.add_row(task, *map(str, (len(peaks), peaks[0], min(peaks), max(peaks), peaks[-1])))
    return table


if __name__ == "__main__":
    sys.exit(main())
