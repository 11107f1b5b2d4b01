"""Waiting for a condition, not for a time."""

from __future__ import annotations

import time
from collections.abc import Callable

_PATIENCE_S = 30.0


def wait_until(what: Callable[[], bool]) -> None:
    """Return when ``what`` holds."""
    deadline = time.monotonic() + _PATIENCE_S
    while not what():
        assert time.monotonic() < deadline, "what was waited for did not come"
        time.sleep(0.01)
