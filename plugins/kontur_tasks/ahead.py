"""What every task would import for itself is imported once, by the scheduler.

LocalExecutor forks its workers from the scheduler and a task from its worker, and each has what was imported before. A
task that begins after one of our files was changed imports all of them anew: new code takes effect without a restart,
and the hash of what a plan was made from is that of the code that made it.
"""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import pathlib
import sys
from collections.abc import Iterator

from airflow.listeners import hookimpl

_SCHEDULER = "airflow.jobs.scheduler_job_runner"
"""Imported where tasks are scheduled, and in no other part: a job that starts does not know yet which one it is."""
_OURS = ("include", "kontur_hook")
_REGISTERED = frozenset({"kontur_hook", "kontur_hook.timetable"})
"""Their class is known to Airflow, and has to stay the same."""
_STEPS = (
    *("attention", "by_hand", "extract", "flood", "language", "load", "preflight", "record", "report", "shown"),
    *("tasks", "transform", "write_back"),
    *(f"reconciliation.{step}" for step in ("attention", "compare", "conclude", "days", "preflight", "telling")),
)
_OF_AIRFLOW = ("airflow.providers.standard.decorators.python", "airflow.sdk.execution_time.task_runner")


class Ahead:
    """A listener: what this process, or the one that it was forked from, has imported for tasks to come."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[int, int]] = {}
        """As they were when they were imported; none: nothing was."""
        self._modules: list[str] = []

    @hookimpl
    def on_starting(self, component: object) -> None:
        """A part of Airflow starts, or a task, whose DAG file is read after this."""
        del component
        if self._files:
            if self._files != _files():
                self._forget()
        elif _SCHEDULER in sys.modules and multiprocessing.get_start_method() == "fork":
            self._take()

    def _take(self) -> None:
        self._files = _files()
        try:
            for name in (*_OF_AIRFLOW, *(f"include.steps.{step}" for step in _STEPS)):
                importlib.import_module(name)
            catalogue = importlib.import_module("include.words.catalogue")
            for language in catalogue.Language:
                catalogue.translations(language)
        finally:
            # Also what was imported before: plugins, and the form of the connection, import some of it.
            self._modules = [name for name in sys.modules if name.split(".")[0] in _OURS and name not in _REGISTERED]

    def _forget(self) -> None:
        for name in self._modules:
            sys.modules.pop(name, None)
            package, _, own = name.rpartition(".")
            if package in sys.modules:
                vars(sys.modules[package]).pop(own, None)
        self._files, self._modules = {}, []


def _files() -> dict[str, tuple[int, int]]:
    """Path → when it was changed, and its size: code, SQL, texts, defaults."""
    found = {}
    for file in _paths():
        with contextlib.suppress(FileNotFoundError):  # an editor's, for a moment
            status = file.stat()
            found[str(file)] = (status.st_mtime_ns, status.st_size)
    return found


def _paths() -> Iterator[pathlib.Path]:
    for name in _OURS:
        for folder in importlib.import_module(name).__path__:
            yield from (file for file in pathlib.Path(folder).rglob("*.*") if file.parent.name != "__pycache__")


AHEAD = Ahead()
