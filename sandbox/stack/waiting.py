"""Waiting for a condition, not for a time."""

from __future__ import annotations

import time
from collections.abc import Callable

from include.facts import said
from sandbox.stack.errors import StackError


def wait_until(condition: Callable[[], bool], *, what: str, timeout_s: float, every_s: float = 0.2) -> None:
    """Return as soon as ``condition()`` holds.

    Raises:
        StackError: it did not within ``timeout_s``; the message begins with ``what``.
    """
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise StackError(said("stack_not_in_time", what=what, seconds=round(timeout_s)))
        time.sleep(every_s)
