"""What a run's own work costs, without Airflow's: the same steps in one process, its CPU and what the database did.

``python -m sandbox.stack.work --orders 2000`` posts a made-up shop, looks at it once more, and prints both; `make
bench` has the same figures beside those of whole runs under Airflow.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

from include.facts import Count, said
from include.words import speak, text
from include.words.terminal import language
from sandbox.stack import environment
from sandbox.stack.cpu import cpu_s
from sandbox.stack.days import yesterday
from sandbox.stack.layout import BENCH, ROOT
from sandbox.stack.provision import PERIOD
from sandbox.stack.stack import Stack
from sandbox.stack.steps import console, step

_OPERATIONS = ("documents", "payments", "refunds")


@dataclasses.dataclass(frozen=True, slots=True)
class Counted:
    """What a run had the database do."""

    statements: int = 0
    """Of the users of shop and ledger."""
    commits: int = 0
    """``COMMIT`` itself; what commits by being a statement alone is none."""

    def __sub__(self, before: Counted) -> Counted:
        return Counted(self.statements - before.statements, self.commits - before.commits)


@dataclasses.dataclass(frozen=True, slots=True)
class Work:
    """One job."""

    answer: Mapping[str, Any]
    """The run's report."""
    seconds: float
    cpu_s: float
    """Of Python and MariaDB together."""
    counted: Counted

    @property
    def operations(self) -> int:
        """Documents, payments and refunds that it posted."""
        return sum(self.answer[name] for name in _OPERATIONS)

    @property
    def per_operation(self) -> dict[str, float]:
        """Of all the night's tasks, by the names of `.run/bench.json`."""
        return {
            "night_statements_per_operation": round(self.counted.statements / self.operations, 2),
            "night_commits_per_operation": round(self.counted.commits / self.operations, 2),
            "night_cpu_ms_per_operation": round(1000 * self.cpu_s / self.operations, 2),
        }


def counted(stack: Stack) -> Counted:
    """Since the server started; its ``userstat`` has to be on."""
    with stack.shop() as session, session.cursor() as cursor:
        cursor.execute(
            "SELECT SUM(select_commands + update_commands + other_commands)"
            " FROM information_schema.user_statistics WHERE user IN (%s, %s)",
            (environment.SHOP_USER, environment.LEDGER_USER),
        )
        ((statements,),) = cursor.fetchall()
        cursor.execute("SHOW GLOBAL STATUS WHERE Variable_name = 'Com_commit'")
        ((_, commits),) = cursor.fetchall()
        return Counted(int(statements or 0), int(commits))


class Steps:
    """``python -m include.steps.night`` on a stack."""

    def __init__(self, stack: Stack, process: subprocess.Popen[str]) -> None:
        self._stack = stack
        self._process = process
        self._at_work = (process.pid, stack.mariadb_pid)

    def do(self, job: Mapping[str, Any]) -> Work:
        """One job, done to its end.

        Raises:
            RuntimeError: it failed.
        """
        before, cpu, began = counted(self._stack), self._cpu_s(), time.monotonic()
        print(json.dumps(job), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        answer = json.loads(line or '{"error": "it ended"}')
        if answer["error"]:
            raise RuntimeError(answer["error"])
        return Work(answer, time.monotonic() - began, self._cpu_s() - cpu, counted(self._stack) - before)

    def _cpu_s(self) -> float:
        return sum(map(cpu_s, self._at_work))


@contextlib.contextmanager
def steps(stack: Stack, overrides: Mapping[str, str] | None = None) -> Iterator[Steps]:
    """The command at work on a running stack; it has done a day without orders, and so imported what a run needs.

    Args:
        stack: its shop and its Kontur run.
        overrides: environment variables that are to be other than the stack's.
    """
    with (stack.layout.logs / "steps.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "include.steps.night"],
            cwd=ROOT,
            env={**stack.environment, **(overrides or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            started = Steps(stack, process)
            started.do({**dict.fromkeys(("from", "to"), stack.environment[environment.GO_LIVE]), "run_id": "warm-up"})
            yield started
        finally:
            process.kill()
            process.communicate()


def whole_shop(run_id: str) -> dict[str, str]:
    """A job over all days of the stack's shop."""
    return {"from": str(yesterday() - PERIOD), "to": str(yesterday()), "run_id": run_id}


def count_statements(stack: Stack) -> None:
    """From now on, by user."""
    with stack.shop() as session, session.cursor() as cursor:
        cursor.execute("SET GLOBAL userstat = 1")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.stack.work", description="A run's work, without Airflow.")
    parser.add_argument("--orders", type=int, default=2000)
    orders = parser.parse_args().orders
    speak(language())
    stack = Stack(BENCH)
    try:
        with step(text(said("bench_stack", orders=Count(orders, "order")))):
            stack.stop()
            stack.layout.forget_data()
            stack.prepare()
            stack.start_shop(orders)
            stack.start_kontur()
            count_statements(stack)
        with steps(stack) as at_work:
            first, again = (at_work.do(whole_shop(run_id)) for run_id in ("first", "again"))
    finally:
        stack.stop()
    console.print_json(data={name: _told(work) for name, work in (("first", first), ("again", again))})


def _told(work: Work) -> dict[str, Any]:
    figures = {name: work.answer[name] for name in ("orders", "unchanged", *_OPERATIONS)}
    cost = {"seconds": round(work.seconds, 1), "cpu_s": round(work.cpu_s, 2), **dataclasses.asdict(work.counted)}
    return {**figures, **cost, **(work.per_operation if work.operations else {})}


if __name__ == "__main__":
    main()
