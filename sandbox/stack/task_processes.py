"""The processes in which the tasks of a stack's Airflow run, found by the titles they give themselves."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
from collections.abc import Sequence

import psutil

_TITLE = re.compile(r"^airflow worker -- (?P<supervisor>LocalExecutor: )?(?P<id>[0-9a-f-]{36})$")


@dataclasses.dataclass(slots=True)
class AtWork:
    """One task instance at work."""

    id: str
    """The task instance's."""
    task: psutil.Process | None = None
    """Does the work."""
    supervisor: psutil.Process | None = None
    """Its parent, which speaks with Airflow; ``None``: it is dead, and the task is an orphan."""


def at_work(processes: Sequence[psutil.Process]) -> list[AtWork]:
    """Whatever of ``processes`` are tasks and their supervisors."""
    found: dict[str, AtWork] = {}
    for process in processes:
        with contextlib.suppress(psutil.Error, ProcessLookupError):  # it ended meanwhile
            title = _TITLE.match(" ".join(process.cmdline()).strip())
            if title is None:
                continue
            work = found.setdefault(title["id"], AtWork(title["id"]))
            # A task has its parent's title for a moment, but a process group of its own at once.
            if title["supervisor"] is None or os.getpgid(process.pid) == process.pid:
                work.task = process
            else:
                work.supervisor = process
    return list(found.values())
