"""The ledger is wiped, or restored from an old copy, at random points; a rebuild must take up all that was posted."""

from __future__ import annotations

import collections
import contextlib
import pathlib
import random
import time

from include.sandbox.shop import generate
from tests.faults import arena as arenas
from tests.faults import calm, verdict, worker
from tests.faults.arena import LEDGER, Arena
from tests.faults.report import Report
from tests.faults.storm import WINDOW

_COPY = "ledger_copy"
_ORDERS = 25
_SCHEMA = "local_kontur_bukh_version"


def play(folder: pathlib.Path, rounds: int, seed: int) -> Report:
    """So many disasters, each followed by a rebuild; then calm days, and the verdict."""
    dice, fired = random.Random(seed), collections.Counter[str]()
    with arenas.running(folder) as arena:
        worker.plan(arena.job("tables", WINDOW))
        for number in range(rounds):
            _disaster(arena, dice, fired, number)
        fired["calm days"] = calm.settle(arena, WINDOW, seed=seed)
        problems = [*verdict.in_the_books(arena, WINDOW), *verdict.unfinished(arena), *verdict.wrong_ids(arena)]
    problems += [f"idle: no {name}" for name in ("wipe", "restore", "refusal") if not fired[name]]
    return Report(problems, fired)


def _disaster(arena: Arena, dice: random.Random, fired: collections.Counter[str], number: int) -> None:
    with arena.shop() as shop:
        generate.fill(
            shop, orders=_ORDERS, date_from=WINDOW.date_from, date_to=WINDOW.date_to, seed=dice.randrange(1 << 30)
        )
    _run_a_while(arena, f"before {number}", dice)
    _copy(arena, LEDGER, _COPY)
    _run_a_while(arena, f"lost {number}", dice)
    if dice.random() < 0.5:
        _copy(arena, _COPY, LEDGER)
        fired["restore"] += 1
    else:
        _wipe(arena)
        fired["wipe"] += 1
    fired["refusal"] += worker.refuses(arena.job(f"refused {number}", WINDOW))
    worker.rebuild(arena.job(f"rebuild {number}", WINDOW))
    fired["refusal after the rebuild"] += worker.refuses(arena.job(f"again {number}", WINDOW))


def _run_a_while(arena: Arena, run_id: str, dice: random.Random) -> None:
    process = worker.start(arena.job(run_id, WINDOW))
    process.join(dice.uniform(0.3, 3))
    process.kill()
    process.join()
    time.sleep(0.1)  # the server rolls back what the dead one left open


def _tables(arena: Arena) -> list[str]:
    rows = arena.query(f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{LEDGER}'")
    return [name for (name,) in rows if name != _SCHEMA]


def _copy(arena: Arena, source: str, target: str) -> None:
    with contextlib.closing(arena.database.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE IF NOT EXISTS {target}")
        for table in _tables(arena):
            cursor.execute(f"CREATE TABLE IF NOT EXISTS {target}.{table} LIKE {source}.{table}")
            cursor.execute(f"DELETE FROM {target}.{table}")
            cursor.execute(f"INSERT INTO {target}.{table} SELECT * FROM {source}.{table}")


def _wipe(arena: Arena) -> None:
    with contextlib.closing(arena.database.connect(LEDGER)) as connection, connection.cursor() as cursor:
        for table in _tables(arena):
            cursor.execute(f"DELETE FROM {table}")
