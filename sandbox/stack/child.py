"""A Python process of the project that is given one line of JSON at a time, and answers each by one."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

from include.facts import said
from sandbox.stack.errors import StackError
from sandbox.stack.layout import ROOT


class Child:
    """Such a process at work."""

    def __init__(self, process: subprocess.Popen[str], log: pathlib.Path) -> None:
        self._process = process
        self._log = log

    def ask(self, job: object) -> Any:
        """Its answer to a job.

        Raises:
            StackError: it ended.
        """
        print(json.dumps(job), file=self._process.stdin, flush=True)
        return self.hear()

    def hear(self) -> Any:
        """What it says next.

        Raises:
            StackError: it ended.
        """
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        if not line:
            raise StackError(said("bench_ended", log=self._log.name))
        return json.loads(line)


def answers() -> TextIO:
    """Of such a process: where it answers; what it prints goes to stderr from now on, and so to the log."""
    answers: TextIO = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


@contextlib.contextmanager
def running(module: str, environment: Mapping[str, str], log: pathlib.Path) -> Iterator[Child]:
    """``python -m module``, for as long as the block lasts; what it says on stderr goes to ``log``."""
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
        try:
            yield Child(process, log)
        finally:
            process.kill()
            process.communicate()
