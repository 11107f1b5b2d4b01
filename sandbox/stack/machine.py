"""What the figures hang on besides the program: the machine, and how its database server makes sure of a COMMIT."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import statistics
import tempfile
import time
from typing import Any

import MySQLdb

_SYNCS = 200
_BLOCK = b"\0" * 4096
"""Written before each sync: about what a group's COMMIT adds to the server's log."""


@dataclasses.dataclass(frozen=True, slots=True)
class Machine:
    """As it was at one moment."""

    cores: int
    """That this process may use."""
    load_average: float
    """Of the last minute: processes at work, or waiting for a core or a disk."""
    fdatasync_p50_ms: float
    """The middle one of :data:`_SYNCS` in the server's data folder."""
    mariadb: str
    """The server's version."""
    innodb_flush_log_at_trx_commit: int
    """1: a COMMIT is on the disk when it is answered."""

    @property
    def told(self) -> dict[str, Any]:
        """By the names of `.run/bench.json`."""
        return {f"machine_{name}": value for name, value in dataclasses.asdict(self).items()}


def look(session: MySQLdb.Connection) -> Machine:
    """The machine now, where the server of this session runs as well."""
    with session.cursor() as cursor:
        cursor.execute("SELECT VERSION(), @@innodb_flush_log_at_trx_commit, @@datadir")
        version, flush, folder = cursor.fetchone()
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        load_average=round(os.getloadavg()[0], 2),
        fdatasync_p50_ms=round(1000 * statistics.median(_syncs_s(pathlib.Path(folder))), 3),
        mariadb=version,
        innodb_flush_log_at_trx_commit=int(flush),
    )


def _syncs_s(folder: pathlib.Path) -> list[float]:
    """Of a file that does not grow meanwhile, as the server's log does not."""
    taken = []
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(_BLOCK * _SYNCS)
        file.flush()
        os.fsync(file.fileno())
        for number in range(_SYNCS):
            os.pwrite(file.fileno(), _BLOCK, number * len(_BLOCK))
            began = time.monotonic()
            os.fdatasync(file.fileno())
            taken.append(time.monotonic() - began)
    return taken
