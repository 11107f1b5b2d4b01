"""What a worker's own machine may do to it; for the rest of this process."""

from __future__ import annotations

import datetime as dt
import os
import pathlib
import resource
import time
from typing import Any

_FULL = pathlib.Path("/dev/full")
"""Every write to it fails with ENOSPC."""
_Datetime = dt.datetime


def fill_disk() -> pathlib.Path:
    """No file takes another byte, nor do output and log; returns where to log to."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    full = os.open(_FULL, os.O_WRONLY)
    os.dup2(full, 1)
    os.dup2(full, 2)
    return _FULL


def set_clock(off: dt.timedelta) -> None:
    """The clock on the wall is off; the monotonic one goes on, as it does when a machine's clock is set."""
    real_time = time.time

    class AsBefore(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, _Datetime)

    class Off(_Datetime, metaclass=AsBefore):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Any:
            return _Datetime.now(tz) + off

        @classmethod
        def utcnow(cls) -> Any:
            return cls.now(dt.UTC).replace(tzinfo=None)

        @classmethod
        def today(cls) -> Any:
            return cls.now()

    time.time = lambda: real_time() + off.total_seconds()
    dt.datetime = Off  # type: ignore[misc]
