"""The ledger is wiped, or restored from an old copy, at random points; a rebuild must take up all that was posted."""

from __future__ import annotations

import collections
import contextlib
import pathlib
import random
from collections.abc import Generator, Iterator

from include.accounting.marker import find_marker, marker
from proof.faults import arena as arenas
from proof.faults import calm, verdict, worker
from proof.faults.arena import LEDGER, Arena
from proof.faults.report import Report
from proof.faults.storm import WINDOW
from proof.waiting import wait_until
from sandbox.shop import generate

_COPY = "ledger_copy"
_ORDERS = 25
_SCHEMA = "local_kontur_bukh_version"
_SHOP_CODE = "1"
_OTHERS_CONNECTED = (
    f"SELECT COUNT(*) FROM information_schema.processlist WHERE db = '{LEDGER}' AND id <> CONNECTION_ID()"
)


def play(folder: pathlib.Path, rounds: int, seed: int) -> Report:
    """So many disasters, each followed by a rebuild; then calm days, and the verdict."""
    dice, report = random.Random(seed), Report()
    with arenas.running(folder) as arena:
        worker.plan(arena.job("tables", WINDOW))
        for number in range(rounds):
            report.problems += _disaster(arena, dice, report.fired, number)
        report.fired["calm days"] = calm.settle(arena, WINDOW, seed=seed)
        report.problems += [
            *verdict.in_the_books(arena, WINDOW),
            *verdict.unfinished(arena),
            *verdict.wrong_ids(arena),
        ]
    report.problems += [f"idle: no {name}" for name in ("wipe", "restore", "refusal") if not report.fired[name]]
    return report


def _disaster(arena: Arena, dice: random.Random, fired: collections.Counter[str], number: int) -> Iterator[str]:
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
    fired["refusal"] += yield from _refuses(arena, f"refused {number}")
    if code := worker.rebuild(arena.job(f"rebuild {number}", WINDOW)):
        yield f"rebuild {number} ended with {code}"
    if (yield from _refuses(arena, f"again {number}")):
        yield f"refused after rebuild {number}"


def _refuses(arena: Arena, run_id: str) -> Generator[str, None, bool]:
    """Whether a run refuses to post; a problem if it does not when it should, and the other way round."""
    arena.kontur.set_options()  # its list shows at once what the books hold
    code = worker.check(arena.job(run_id, WINDOW))
    arena.kontur.set_options(search_lag_s=arenas.SEARCH_LAG_S)
    forgotten = _in_the_books(arena) - _sent(arena)
    if code not in {0, worker.REFUSED}:
        yield f"{run_id}: its preflight ended with {code}"
    elif (code == worker.REFUSED) != bool(forgotten):
        yield f"{run_id}: its preflight ended with {code}, and the ledger had forgotten {len(forgotten)} documents"
    return code == worker.REFUSED


def _in_the_books(arena: Arena) -> set[str]:
    """Markers of our documents."""
    found = (find_marker(document["comment"], _SHOP_CODE) for document in arena.kontur.books.documents())
    return {marker(_SHOP_CODE, *ids) for ids in found if ids}


def _sent(arena: Arena) -> set[str]:
    """Markers of what the ledger has sent, by its journal, or taken up."""
    rows = arena.query(
        "SELECT marker FROM local_kontur_bukh_operation o WHERE marker IS NOT NULL AND (state = 'done'"
        " OR EXISTS (SELECT * FROM local_kontur_bukh_attempt a WHERE a.op_key = o.op_key))"
    )
    return {text for (text,) in rows}


def _run_a_while(arena: Arena, run_id: str, dice: random.Random) -> None:
    process = worker.start(arena.job(run_id, WINDOW))
    process.join(dice.uniform(0.3, 3))
    process.kill()
    process.join()
    # The server rolls back what the dead one left open.
    wait_until(lambda: arena.query(_OTHERS_CONNECTED) == [(0,)])


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
