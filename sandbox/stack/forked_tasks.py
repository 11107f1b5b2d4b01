"""Tasks of a run, each in a process of its own, as under Airflow: ``python -m sandbox.stack.forked_tasks``.

A line of JSON on stdin names two files: a pickled call of a function of :mod:`include.steps.tasks`, and where its
pickled answer goes. What the task took is the answer, one line of JSON (:class:`Took`).

A task's process is forked from one that has done a day without orders. So it has what it imports, and what it prepares
once, before it begins: its CPU is that of the work itself, whose share does not hang on how many tasks share a start.
Its memory has the modules of all tasks, and nothing of what other tasks read.
"""

from __future__ import annotations

import gc
import logging
import os
import pathlib
import pickle
import sys

import msgspec

from include.steps import night
from sandbox.stack import child, environment

log = logging.getLogger(__name__)


class Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One task."""

    call: str
    """Path of ``(function, arguments, named arguments)``, pickled."""
    answer: str
    """Path of what it returns."""


class Took(msgspec.Struct, frozen=True):
    """What its process took, all in all."""

    failed: bool
    """The log says why, and there is no answer."""
    cpu_s: float
    """Python's, in all of its threads."""
    peak_mib: int
    """The most resident memory at any moment."""


def main() -> None:
    """The command line."""
    answers = child.answers()
    day = os.environ[environment.GO_LIVE]
    night.run(night.Job(date_from=day, date_to=day, run_id="warm-up"))
    # What is there already is not searched for garbage by each child, which would copy all of it.
    gc.freeze()
    for line in sys.stdin:
        took = _forked(msgspec.json.decode(line, type=Given))
        print(msgspec.json.encode(took).decode(), file=answers, flush=True)


def _forked(given: Given) -> Took:
    forked = os.fork()
    if not forked:
        os._exit(_done(given))
    _, status, used = os.wait4(forked, 0)
    return Took(bool(status), used.ru_utime + used.ru_stime, used.ru_maxrss // 1024)


def _done(given: Given) -> int:
    """The exit status."""
    try:
        function, arguments, named = pickle.loads(pathlib.Path(given.call).read_bytes())  # noqa: S301  # our own
        pathlib.Path(given.answer).write_bytes(pickle.dumps(function(*arguments, **named)))
    except BaseException:
        log.exception("a task failed")
        return 1
    return 0


if __name__ == "__main__":
    main()
