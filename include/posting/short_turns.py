"""Threads of this process take short turns while a driver runs in it.

Else a thread of the ledger keeps the loop for 5 ms, Python's own interval, from what came in over the wire: that is
half a round.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator

_SWITCH_S = 0.001


class ShortTurns:
    """The interval is the process's, so whoever begins first sets it, and whoever ends last puts it back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._drivers = 0
        self._before_s = 0.0

    @contextlib.contextmanager
    def __call__(self) -> Iterator[None]:
        """While the block runs."""
        with self._lock:
            if not self._drivers:
                self._before_s = sys.getswitchinterval()
                sys.setswitchinterval(_SWITCH_S)
            self._drivers += 1
        try:
            yield
        finally:
            with self._lock:
                self._drivers -= 1
                if not self._drivers:
                    sys.setswitchinterval(self._before_s)


short_turns = ShortTurns()
