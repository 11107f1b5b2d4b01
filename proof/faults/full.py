"""The disk of the ledger's database is full, for a while, while runs are at work: a real file system, without room.

Needs root, or sudo without a password, to mount it.
"""

from __future__ import annotations

import collections
import contextlib
import os
import pathlib
import random
import subprocess
from collections.abc import Iterator

import MySQLdb
from MySQLdb.connections import Connection

from include.facts import said
from include.words import text
from proof.faults import arena as arenas
from proof.faults import calm, traces, verdict, worker
from proof.faults.arena import LEDGER, Arena
from proof.faults.report import Report
from proof.faults.storm import WINDOW
from sandbox.shop import generate

_SIZE_MB = 320
_ORDERS = 40
_LATENCY_MS = 30
_NO_ROOM = frozenset({1021, 1114})
_BALLAST = "INSERT INTO local_kontur_bukh_operation (op_key, connection, kind, state, plan, created_at, updated_at)"
"""Fills what the operations' own table has in reserve; no run looks at it."""


def play(folder: pathlib.Path, times: int, seed: int) -> Report:
    """So many times without room while a run posts; then calm days, and the verdict."""
    dice, fired = random.Random(seed), collections.Counter[str]()
    folder.mkdir(exist_ok=True)
    data = folder / "mariadb"
    with _file_system(data), arenas.running(folder) as arena:
        _reserve(data / "ib_logfile0")
        worker.plan(arena.job("tables", WINDOW))
        arena.kontur.set_options(search_lag_s=arenas.SEARCH_LAG_S, latency_ms=_LATENCY_MS)
        for number in range(times):
            fired["the server died of it"] += _without_room(arena, data / "ballast", dice, number)
            fired["disk full"] += 1
        arena.kontur.set_options(search_lag_s=arenas.SEARCH_LAG_S)
        fired["calm days"] = calm.settle(arena, WINDOW, seed=seed)
        fired["refused for want of room, in words"] = (folder / "workers.log").read_text().count(_in_words())
        fired.update(traces.traces(arena))
        problems = verdict.problems(arena, WINDOW)
    signs = ("refused for want of room, in words", traces.CUT, traces.CONFIRMED)
    problems += [f"idle: nothing was {sign}" for sign in signs if not fired[sign]]
    return Report(problems, fired)


def _in_words() -> str:
    """What the workers are told to do, as they say it."""
    told = text(said("ledger_db_full", database="", number=0, answer=""))
    return told.rpartition("). ")[2]


@contextlib.contextmanager
def _file_system(folder: pathlib.Path) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    owner = f"uid={os.geteuid()},gid={os.getegid()}"
    subprocess.run([*sudo, "mount", "-t", "tmpfs", "-o", f"size={_SIZE_MB}m,{owner}", "tmpfs", str(folder)], check=True)
    log = folder / "mariadbd.log"
    log.symlink_to(folder.with_name(log.name))  # says what it lacked room for
    try:
        yield
    finally:
        subprocess.run([*sudo, "umount", "--lazy", str(folder)], check=True)


def _reserve(log: pathlib.Path) -> None:
    """Blocks for the whole redo log, as it has them on a disk: without, its server dies of each want of room."""
    with log.open("rb+") as file:
        os.posix_fallocate(file.fileno(), 0, log.stat().st_size)


def _without_room(arena: Arena, ballast: pathlib.Path, dice: random.Random, number: int) -> bool:
    """A run, and no room for a while of it; whether the server died of that."""
    with arena.shop() as shop:
        generate.fill(
            shop, orders=_ORDERS, date_from=WINDOW.date_from, date_to=WINDOW.date_to, seed=dice.randrange(1 << 30)
        )
    process = worker.start(arena.job(f"without room {number}", WINDOW))
    process.join(dice.uniform(0.5, 2))
    _fill(ballast)
    with contextlib.suppress(MySQLdb.OperationalError), contextlib.closing(arena.database.connect(LEDGER)) as ledger:
        for size in (1 << 12, 1 << 8):  # within a page: MariaDB 10.11 dies of a larger row without room
            _pour(ledger, size)
    process.join(dice.uniform(1, 3))
    ballast.unlink()
    died = not arena.database.is_alive()
    if died:
        arena.database.start()
    process.join()
    arena.query("DELETE FROM local_kontur_bukh_operation WHERE kind = 'ballast'")
    return died


def _fill(ballast: pathlib.Path) -> None:
    """The file system has not one more block to give."""
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 20))


def _pour(ledger: Connection, size: int) -> None:
    values = f" SELECT UUID(), '', 'ballast', 'skipped', REPEAT('x', {size}), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)"
    while True:
        try:
            ledger.query(_BALLAST + values)
        except MySQLdb.OperationalError as error:
            if error.args[0] not in _NO_ROOM:
                raise
            return
