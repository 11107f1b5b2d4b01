"""A task is ended from outside while its requests are on their way: by SIGTERM, and by its execution timeout."""

from __future__ import annotations

import os
import signal

import pytest

from tests.conftest import wait_until
from tests.faults import verdict, worker
from tests.faults.arena import Arena
from tests.faults.conftest import Scene, an_order
from tests.faults.storm import WINDOW

_AT_ONCE = 3
"""The connection's concurrency."""


@pytest.mark.parametrize("fault", ["hang_before_commit", "hang_after_commit"])
def test_sigterm_in_the_middle_of_a_post_leaves_it_to_be_settled(arena: Arena, scene: Scene, fault: str) -> None:
    arena.kontur.set_faults(next=[{"fault": fault, "idempotency_key": verdict.key_of(scene.key)}])
    process = worker.start_loading(scene.job("ended"))
    wait_until(lambda: scene.posts() == 1)
    process.terminate()
    process.join()
    assert process.exitcode == -signal.SIGTERM
    assert scene.row()["state"] == "sending"
    scene.finish()
    assert (scene.row()["state"], len(scene.documents())) == ("done", 1)
    assert scene.posts() == (1 if fault == "hang_after_commit" else 2)


def test_a_timeout_waits_for_what_was_sent_and_begins_nothing_more(arena: Arena) -> None:
    scenes = [an_order(arena) for _ in range(_AT_ONCE + 3)]
    arena.kontur.set_faults(rates={"hang_after_commit": 1.0})
    job = arena.job("timed out", WINDOW, order_ids=tuple(scene.order_id for scene in scenes))
    process = worker.start_loading(job)
    wait_until(lambda: sum(scene.posts() for scene in scenes) == _AT_ONCE)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGALRM)  # its time is up
    process.join()
    assert process.exitcode == 1
    arena.kontur.set_faults()
    states = sorted((scene.row()["state"], scene.posts()) for scene in scenes)
    assert states == [("planned", 0)] * 3 + [("unknown", 1)] * _AT_ONCE
    for scene in scenes:
        scene.finish()
        assert (scene.row()["state"], scene.posts(), len(scene.documents())) == ("done", 1, 1)
