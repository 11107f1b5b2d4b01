"""Runs overlap: a daily run, a backfill and a run by hand, of two installations, by eight processes at once."""

from __future__ import annotations

import collections
import pathlib

from proof.faults import arena as arenas
from proof.faults import verdict, worker
from proof.faults.storm import LAST_DAY, WINDOW
from sandbox.shop import generate

_ORDERS = 40


def test_eight_processes_over_the_same_orders_post_each_operation_once(tmp_path: pathlib.Path) -> None:
    with arenas.running(tmp_path, run__batch_size=10) as arena:
        worker.plan(arena.job("tables", WINDOW))
        with arena.shop() as shop:
            for window in (WINDOW, LAST_DAY):
                generate.fill(shop, orders=_ORDERS // 2, date_from=window.date_from, date_to=window.date_to, seed=1)
        # So that they meet: the first has not done all of it before the last has begun, also on a slow machine.
        arena.kontur.set_options(latency_ms=500)
        by_hand = tuple(range(1, _ORDERS + 1))
        jobs = [
            # Run ids are the same in both installations, as those of scheduled runs are.
            job
            for number in range(2)
            for job in (
                arena.job("scheduled", LAST_DAY, shuffle=number),
                arena.job("scheduled", WINDOW, shuffle=number + 2),
                arena.job("backfill", WINDOW, shuffle=number + 4),
                arena.job("manual", WINDOW, shuffle=number + 6, order_ids=by_hand),
            )
        ]
        workers = [worker.start(job) for job in jobs]
        for process in workers:
            process.join()
        assert [process.exitcode for process in workers] == [0] * 8
        assert verdict.problems(arena, WINDOW) == []

        posts = collections.Counter(
            request["idempotency_key"] for request in arena.kontur.books.requests() if request["method"] == "POST"
        )
        operations = arena.query("SELECT op_key FROM local_kontur_bukh_operation WHERE state = 'done'")
        assert posts == collections.Counter(verdict.key_of(key) for (key,) in operations)
        runs = arena.query("SELECT DISTINCT run_id FROM local_kontur_bukh_attempt")
        assert len(runs) > 1, "they did not meet"
