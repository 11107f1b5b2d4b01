"""A night over a whole shop without Airflow, each of its tasks a process of its own: its cost, and its memory."""

from __future__ import annotations

import collections
import dataclasses
import pathlib
import pickle
import tempfile
import time
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar

import msgspec

from include.facts import said
from include.steps import tasks
from include.steps.flood import nothing_refused, refusals
from include.steps.run_request import RunRequest
from include.window import Window
from sandbox.stack import child as children
from sandbox.stack.child import Child
from sandbox.stack.cpu import cpu_s
from sandbox.stack.days import yesterday
from sandbox.stack.errors import StackError
from sandbox.stack.forked_tasks import Given, Took
from sandbox.stack.provision import PERIOD
from sandbox.stack.stack import Stack

_LOG = "tasks.log"
T = TypeVar("T")
P = ParamSpec("P")


@dataclasses.dataclass(frozen=True, slots=True)
class Night:
    """What it took."""

    shop: int
    """How many orders the shop has."""
    report: Mapping[str, Any]
    """The run's, in figures."""
    seconds: float
    """From the first task to the end of the last, one after the other."""
    python_cpu_s: float
    """Of all tasks' processes."""
    mariadb_cpu_s: float
    """Of the server that has shop and ledger."""
    peaks_mib: Mapping[str, int]
    """Task -> the most resident memory that any instance of it had at any moment; Airflow's own is not in it."""

    @property
    def orders(self) -> int:
        """That it looked at: all but a few that were made before the first day, and left alone since."""
        return int(self.report["orders"])

    @property
    def cpu_ms_per_order(self) -> dict[str, float]:
        """By who took it."""
        taken = {"python": self.python_cpu_s, "mariadb": self.mariadb_cpu_s}
        return {name: 1000 * cpu / self.orders for name, cpu in taken.items()}


def night(stack: Stack, shop: int, overrides: Mapping[str, str]) -> Night:
    """The first night over all days of a stack's shop.

    Args:
        stack: its shop runs; its ledger is empty.
        shop: how many orders that has.
        overrides: environment variables that are to be other than the stack's.

    Raises:
        StackError: a task failed, or left something to be done.
    """
    environment, log = {**stack.environment, **overrides}, stack.layout.logs / _LOG
    with (
        children.running("sandbox.stack.forked_tasks", environment, log) as child,
        tempfile.TemporaryDirectory(prefix="tasks-") as folder,
    ):
        done = _Tasks(child, pathlib.Path(folder))
        before, began = cpu_s(stack.mariadb_pid), time.monotonic()
        report = _all(done)
        return Night(
            shop=shop,
            report=report,
            seconds=time.monotonic() - began,
            python_cpu_s=done.cpu_s,
            mariadb_cpu_s=cpu_s(stack.mariadb_pid) - before,
            peaks_mib=dict(done.peaks_mib),
        )


class _Tasks:
    """Has tasks done, and adds up what they take."""

    def __init__(self, child: Child, folder: pathlib.Path) -> None:
        self._child = child
        self._call, self._answer = folder / "call", folder / "answer"
        self.cpu_s = 0.0
        self.peaks_mib: dict[str, int] = collections.defaultdict(int)

    def do(self, task: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """Its answer."""
        self._call.write_bytes(pickle.dumps((task, arguments, named)))
        given = Given(str(self._call), str(self._answer))
        took = msgspec.convert(self._child.ask(msgspec.to_builtins(given)), Took)
        if took.failed:
            raise StackError(said("bench_ended", log=_LOG))
        self.cpu_s += took.cpu_s
        self.peaks_mib[task.__name__] = max(self.peaks_mib[task.__name__], took.peak_mib)
        answer: T = pickle.loads(self._answer.read_bytes())  # noqa: S301  # our own process wrote it
        return answer


def _all(done: _Tasks) -> dict[str, Any]:
    """The daily DAG's tasks, in their order; the last one's report."""
    asked, window = RunRequest(run_id="first"), Window(yesterday() - PERIOD, yesterday())
    checked = done.do(tasks.preflight, asked, window)
    found = done.do(tasks.extract, asked, window, also=checked.look_again)
    planned = [done.do(tasks.transform, asked, batch) for batch in found.batches]
    refused = [*map(refusals, planned), nothing_refused(found.unchanged["fine"])]
    loaded = [done.do(tasks.load, asked, batch, refused) for batch in planned]
    squares = done.do(tasks.record, asked, found.batches)
    for square in squares:
        done.do(tasks.attention, asked, square, [], cleared=False)
    finished = [batch.handed_on for batch in loaded if batch.again_at is None]
    of_extract = {name: getattr(found, name) for name in ("batches", "unmapped", "covering", "unchanged")}
    report = done.do(tasks.report, asked, window, {"warnings": checked.warnings}, of_extract, finished)
    if done.do(tasks.gaps, asked, {**of_extract, "squares": squares}, finished):
        raise StackError(said("bench_unfinished"))
    return report
