"""A sender stands still for longer than the settle time, and goes on when nobody counts on it any more."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkServerProcess
from typing import Any

import psutil
import pytest

from include.ledger.named_locks import name_of
from include.posting import sender as sender_module
from proof.faults import worker
from proof.faults.arena import LEDGER
from proof.faults.crashing import Blow, Point
from proof.waiting import wait_until
from tests.proof.faults.scene import Scene, gone


@contextlib.contextmanager
def stopped(scene: Scene, point: Point, *, old_intents: bool = False, **more: Any) -> Iterator[ForkServerProcess]:
    """A sender that stands still at ``point``; after the block it goes on, and its end is waited for.

    ``more``: of its job.
    """
    blow = Blow(point=point, key=scene.key, lock=scene.lock, signal=signal.SIGSTOP, old_intents=old_intents)
    process = worker.start_loading(scene.job("stopped", **more), blow)
    assert process.pid is not None
    try:
        status = psutil.Process(process.pid).status
        wait_until(lambda: status() == psutil.STATUS_STOPPED)
        yield process
    finally:
        os.kill(process.pid, signal.SIGCONT)
        process.join()
    assert process.exitcode == 0


def others_try(scene: Scene) -> None:
    worker.start_loading(scene.job("other")).join()


def restart(scene: Scene) -> None:
    with gone(scene.arena):
        pass


def kill_the_locks_connection(scene: Scene) -> None:
    """The sender's other connection, the one for state, goes on."""
    name = name_of(LEDGER, scene.lock)
    ((holder,),) = scene.arena.query(f"SELECT IS_USED_LOCK('{name}')")
    with contextlib.closing(scene.arena.database.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(f"KILL {holder}")
    wait_until(lambda: scene.arena.query(f"SELECT IS_FREE_LOCK('{name}')") == [(1,)])


def test_before_its_request_nobody_takes_over_and_on_waking_it_sends_by_a_new_intent(scene: Scene) -> None:
    with stopped(scene, Point.AFTER_INTENT, real_intents=True):
        since, before = time.monotonic(), scene.row()
        assert before["state"] == "sending"
        others_try(scene)
        left = sender_module._INTENT_IS_YOUNG_S - (time.monotonic() - since)  # of an intent's life; four settles
        time.sleep(max(0.0, left))
        others_try(scene)
        assert scene.row() == before, "the lock is held"
    assert scene.attempts() == ["held_up", "created"], "the old intent was taken back: nothing had left"
    assert (scene.row()["state"], scene.posts(), len(scene.documents())) == ("done", 1, 1)


LOSSES = pytest.mark.parametrize("lose", [restart, kill_the_locks_connection])


@LOSSES
def test_it_does_not_send_without_its_lock(scene: Scene, lose: Callable[[Scene], None]) -> None:
    with stopped(scene, Point.AFTER_INTENT, old_intents=True):
        before = scene.row()
        lose(scene)
    assert (scene.row(), scene.posts()) == (before, 0)
    scene.finish()
    assert (scene.row()["state"], scene.posts(), len(scene.documents())) == ("done", 1, 1)


@LOSSES
def test_it_does_not_send_what_another_sender_has_taken_over(scene: Scene, lose: Callable[[Scene], None]) -> None:
    with stopped(scene, Point.AFTER_INTENT, old_intents=True):
        lose(scene)
        scene.finish()
        after = scene.row()
        assert (after["state"], scene.posts()) == ("done", 1)
    assert (scene.row(), scene.posts()) == (after, 1)
    assert scene.documents() == [after["doc_id"]]


def test_after_its_request_it_records_the_outcome_however_late(scene: Scene) -> None:
    with stopped(scene, Point.AFTER_SEND):
        others_try(scene)
        assert scene.row()["state"] == "sending"
    assert scene.row() | {"epoch": 0} == _done(scene, code=None)
    assert scene.posts() == 1


def test_after_its_request_and_a_restart_it_records_the_outcome_on_a_new_connection(scene: Scene) -> None:
    with stopped(scene, Point.AFTER_SEND):
        restart(scene)
    assert scene.row() | {"epoch": 0} == _done(scene, code=None)
    assert scene.posts() == 1


@LOSSES
def test_after_its_request_it_leaves_the_row_to_whoever_took_over(scene: Scene, lose: Callable[[Scene], None]) -> None:
    with stopped(scene, Point.AFTER_SEND):
        lose(scene)
        scene.finish()
        after = scene.row()
        assert after | {"epoch": 0} == _done(scene, code="found")
    assert (scene.row(), scene.posts()) == (after, 1)


def _done(scene: Scene, code: str | None) -> dict[str, Any]:
    (document,) = scene.documents()
    return {"state": "done", "epoch": 0, "code": code, "doc_id": document}
