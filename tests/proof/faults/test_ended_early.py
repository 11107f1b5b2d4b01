"""A task is ended from outside while its requests are on their way: by SIGTERM, and by its execution timeout."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import signal

import pytest

from proof.faults import verdict, worker
from proof.faults.arena import Arena
from proof.faults.storm import WINDOW
from proof.waiting import wait_until
from sandbox.kontur import serving
from sandbox.kontur.serving import Sandbox
from tests.proof.faults.scene import Scene, an_order

_AT_ONCE = 3
"""The connection's concurrency."""
_FOREVER_S = 600


@pytest.mark.parametrize("fault", ["hang_before_commit", "hang_after_commit"])
def test_sigterm_in_the_middle_of_a_post_leaves_it_to_be_settled(arena: Arena, scene: Scene, fault: str) -> None:
    arena.kontur.set_faults(next=[{"fault": fault, "idempotency_key": verdict.key_of(scene.key)}], hang_s=_FOREVER_S)
    process = worker.start_loading(scene.job("ended"))
    wait_until(lambda: scene.posts() == 1)
    process.terminate()
    process.join()
    assert process.exitcode == -signal.SIGTERM
    assert scene.row()["state"] == "sending"
    scene.finish()
    assert (scene.row()["state"], len(scene.documents())) == ("done", 1)
    assert scene.posts() == (1 if fault == "hang_after_commit" else 2)


def test_a_timeout_waits_for_what_was_sent_and_begins_nothing_more(arena: Arena, tmp_path: pathlib.Path) -> None:
    scenes = [an_order(arena) for _ in range(_AT_ONCE + 3)]
    log = tmp_path / "log"
    with serving.running(arena.books) as silent:
        silent.set_faults(rates={"hang_after_commit": 1.0}, hang_s=_FOREVER_S)
        job = arena.job("timed out", WINDOW, order_ids=tuple(scene.order_id for scene in scenes))
        process = worker.start_loading(
            dataclasses.replace(job, log=log, environment=_asking(silent, arena.environment))
        )
        wait_until(lambda: sum(len(scene.documents()) for scene in scenes) == _AT_ONCE)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGALRM)  # its time is up
        wait_until(lambda: "Process timed out" in log.read_text())
        assert process.is_alive()
        silent.process.kill()  # it will not answer any more
        process.join()
    assert process.exitcode == 1
    states = sorted((scene.row()["state"], scene.posts()) for scene in scenes)
    assert states == [("planned", 0)] * 3 + [("unknown", 1)] * _AT_ONCE
    for scene in scenes:
        scene.finish()
        assert (scene.row()["state"], scene.posts(), len(scene.documents())) == ("done", 1, 1)


def _asking(kontur: Sandbox, environment: dict[str, str]) -> dict[str, str]:
    """The environment of a worker that has another server on the same books, and all the time in the world."""
    account = json.loads(environment["AIRFLOW_CONN_KONTUR_DEFAULT"])
    account |= {"host": kontur.base_url, "extra": account["extra"] | {"timeout_s": _FOREVER_S}}
    return environment | {"AIRFLOW_CONN_KONTUR_DEFAULT": json.dumps(account)}
