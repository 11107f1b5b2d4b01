"""How much CPU another process has used, exactly: ``/proc`` tells it in hundredths of a second."""

from __future__ import annotations

import ctypes
import os
import time

_libc = ctypes.CDLL(None, use_errno=True)


def cpu_s(pid: int) -> float:
    """Seconds of CPU, its own and the kernel's, of all threads that the process has had.

    Raises:
        ProcessLookupError: there is no such process.
    """
    clock = ctypes.c_int()
    if error := _libc.clock_getcpuclockid(pid, ctypes.byref(clock)):
        raise OSError(error, os.strerror(error), str(pid))
    return time.clock_gettime(clock.value)
