"""`make bench`: ten thousand orders in one run, then the same run again: time, memory, statements, requests.

Its figures are printed, and written to `.run/bench.json`. What an operation costs, and the work of a run with nothing
due, comes from the same steps without Airflow (`work.py`); so do `load` by itself (`load_speed.py`), nights of other
sizes (`growth.py`), and a day among very many orders (`one_day.py`), which are commands of their own as well.
"""

from __future__ import annotations

import collections
import dataclasses
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import psutil
import requests
from rich.table import Table

from include.facts import Count, said
from include.words import speak, text
from include.words.terminal import language
from sandbox import books
from sandbox.stack import environment, growth, load_figures, load_speed, one_day, work
from sandbox.stack.airflow_api import FINISHED, AirflowApi
from sandbox.stack.days import yesterday
from sandbox.stack.layout import BENCH, ROOT
from sandbox.stack.machine import look
from sandbox.stack.provision import LEDGER_RIGHTS, PERIOD, grant
from sandbox.stack.stack import DAG_ID, Stack
from sandbox.stack.steps import complain, console, step
from sandbox.stack.supervise import Supervisor
from sandbox.stack.task_processes import at_work
from sandbox.stack.waiting import wait_until

ORDERS = 10_000
TIMEOUT_S = 3600
FIGURES = ROOT / ".run" / "bench.json"
POSTED_BY_STEPS = 1_000
"""Orders."""
LATENCY_MS, CONNECTIONS, TURNS = 20, (20, 64), 3
"""How ``load`` is measured by itself: the latency of each answer, requests at once, how often."""


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
    instances: int
    """How many of its task instances were run; those that were skipped took no process."""


def main() -> int:
    speak(language())
    stack = Stack(BENCH)
    try:
        figures, is_right = bench(stack)
        _keep(figures)  # what follows takes minutes, and may fail
        nights = list(growth.measure(stack, growth.SIZES))
    finally:
        with step(text(said("demo_step_stop"))):
            stack.stop()
    day = one_day.run(one_day.ORDERS, one_day.TIMES)
    console.print(growth.table(nights), one_day.table(day))
    figures |= {**growth.told(nights), **day.told}
    _keep(figures)
    console.print_json(data=figures)
    return 0 if is_right else 1


def _keep(figures: Mapping[str, Any]) -> None:
    FIGURES.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def bench(stack: Stack) -> tuple[dict[str, Any], bool]:
    """Two measured runs over the whole shop, and its posting alone; the stack is left running.

    Returns:
        The figures, and whether the books agree with the shop and the second run had nothing to post.
    """
    last_day = yesterday()
    with step(text(said("bench_stack", orders=Count(ORDERS, "order")))):
        stack.stop()
        stack.layout.forget_data()
        stack.prepare()
        migration = stack.start_migration()
        stack.start_shop(ORDERS)
        stack.start_kontur()
        api = stack.start_airflow(migration)
        work.count_statements(stack)
    conf = {"date_from": str(last_day - PERIOD), "date_to": str(last_day)}
    with step(text(said("bench_first"))):
        first = _measure(stack, api, lambda: _first_night(api))
    with step(text(said("bench_again"))):
        second = _measure(stack, api, lambda: api.trigger(DAG_ID, conf))
    with step(text(said("bench_work"))), work.steps(stack) as at_work:
        nothing_due = at_work.do(work.whole_shop("bench-nothing-due"))
    console.print(_figures(first, second), _memory(first))
    with step(text(said("demo_step_check"))), stack.shop() as shop:
        found = books.check(shop, stack.layout.books, last_day - PERIOD, last_day)
    # The books were checked before: this posts a part of the shop once more, as another shop's.
    with step(text(said("bench_posting", orders=Count(POSTED_BY_STEPS, "order")))):
        posting = _posted_by_steps(stack)
    with stack.shop() as shop:
        machine = look(shop)
    with step(text(said("bench_load"))):
        speeds = load_speed.measure(stack, LATENCY_MS, CONNECTIONS, TURNS)
    console.print(load_figures.table(speeds))
    figures = {**posting.per_operation, **of_runs(first, second, nothing_due), **machine.told}
    figures |= load_figures.per_operation(speeds[0])  # by as many requests at once as is the default
    for speed in speeds:
        figures |= load_figures.told(speed)
    for difference in found.differences:
        number = difference.number or "–"
        complain(text(said("demo_difference", number=number, kind=difference.kind, message=difference.message)))
    return figures, found.agrees and not second.report["documents"] + second.report["payments"]


def _posted_by_steps(stack: Stack) -> work.Work:
    """Some of the orders, whose companies Kontur knows, into a ledger of their own."""
    ledger = json.loads(stack.environment["AIRFLOW_CONN_KONTUR_SYNC_MYSQL"]) | {"schema": "kontur_bench"}
    with stack.shop() as session, session.cursor() as cursor:
        grant(session, ledger, LEDGER_RIGHTS)
        cursor.execute("SELECT ID FROM b_sale_order WHERE DEDUCTED = 'Y' ORDER BY ID LIMIT %s", [POSTED_BY_STEPS])
        order_ids = [row[0] for row in cursor.fetchall()]
    overrides = {"AIRFLOW_CONN_KONTUR_SYNC_MYSQL": json.dumps(ledger), "KONTUR__SHOP__CODE": "BENCH"}
    with work.steps(stack, overrides) as at_work:
        return at_work.do({"order_ids": order_ids, "run_id": "bench-posting"})


def of_runs(first: Measured, second: Measured, nothing_due: work.Work) -> dict[str, Any]:
    """By the names of `.run/bench.json`; a shop of :data:`ORDERS` orders."""
    of_orders = sum(count for path, count in first.requests.items() if not _is_of_few(path))
    return {
        "requests_per_order": round(of_orders / first.report["documents"], 3),
        "noop_10000_cpu_s": round(nothing_due.cpu_s, 2),
        "noop_10000_statements": nothing_due.counted.statements,
        "noop_10000_wall_s": round(second.seconds, 1),
        "noop_10000_instances": second.instances,
        "first_10000_wall_s": round(first.seconds, 1),
        "peak_task_mib": max(max(peaks) for run in (first, second) for peaks in run.memory.values()),
    }


def _is_of_few(path: str) -> bool:
    """Whether only some orders call for it: a new company is looked up and created, money goes back."""
    return "/counterparties" in path or path.endswith("/refunds")


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
    tasks = api.task_instances(DAG_ID, run_id)
    for task in sorted(tasks, key=lambda task: task.map_index):
        if task.id in memory.peaks:
            peaks[task.task_id].append(memory.peaks[task.id] // 2**20)
    return Measured(
        report=api.result(DAG_ID, run_id, "report"),
        seconds=seconds,
        statements=_statements(stack) - statements,
        requests=_requests(stack) - answered,
        memory=peaks,
        instances=sum(task.state != "skipped" for task in tasks),
    )


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
        for instance in at_work(self._supervisor.processes()):
            try:
                if instance.task is not None:
                    yield instance.id, instance.task.memory_info().rss
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
