"""A worker's own machine fails it: its disk is full, its clock is set."""

from __future__ import annotations

import dataclasses
import datetime as dt

from proof.faults import verdict, worker
from proof.faults.arena import Arena
from proof.faults.storm import WINDOW
from tests.proof.faults.scene import Scene, an_order

_DAY = dt.timedelta(days=1)
_FAULTS = ("close_before_commit", "close_after_commit", "status_500_before_commit", "no_id_after_commit")


def test_a_full_disk_costs_nothing_but_the_log(arena: Arena) -> None:
    scenes = [an_order(arena) for _ in (*_FAULTS, "none", "kept back")]
    faults = [
        {"fault": fault, "idempotency_key": verdict.key_of(scene.key)}
        for fault, scene in zip(_FAULTS, scenes, strict=False)
    ]
    arena.kontur.set_faults(next=faults)
    job = arena.job("full", WINDOW, order_ids=tuple(scene.order_id for scene in scenes), full_disk=True)
    process = worker.start_loading(job)
    process.join()
    assert process.exitcode == 0
    assert [scene.row()["state"] for scene in scenes] == ["unknown"] * len(_FAULTS) + ["done", "planned"]
    for scene in scenes:
        scene.finish(full_disk=True)
        assert (scene.row()["state"], len(scene.documents())) == ("done", 1)


def test_a_clock_that_jumps_brings_nothing_forward_and_holds_nothing_up(arena: Arena, scene: Scene) -> None:
    fault = {"fault": "close_before_commit", "idempotency_key": verdict.key_of(scene.key)}
    arena.kontur.set_faults(next=[fault])
    an_hour = arena.environment | {"KONTUR__POSTING__SETTLE_S": "3600"}
    first = dataclasses.replace(scene.job("first"), environment=an_hour)
    worker.start_loading(first).join()
    unknown = scene.row()
    assert unknown["state"] == "unknown"

    newer, kept_back = an_order(arena), an_order(arena)
    order_ids = (newer.order_id, kept_back.order_id, scene.order_id)
    ahead = dataclasses.replace(first, order_ids=order_ids, clock_off=_DAY)
    for _ in range(2):
        worker.start_loading(ahead).join()
    assert (newer.row()["state"], kept_back.row()["state"]) == ("done", "planned")
    assert scene.row() == unknown, "its hour has not passed, whatever the worker's clock says"

    scene.finish(clock_off=-_DAY)
    assert (scene.row()["state"], scene.posts(), len(scene.documents())) == ("done", 2, 1)
