"""Python's collector of cycles, kept away from what was there before a task."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

_YOUNG_OBJECTS = 20_000
"""New ones, after which it looks for cycles among them; Python's default is 700."""


@contextlib.contextmanager
def few_collections() -> Iterator[None]:
    """A full collection walks over all that Airflow has loaded, 0.2 s at a time, in which no request leaves.

    Of a whole process: for tasks, not for threads beside others.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
