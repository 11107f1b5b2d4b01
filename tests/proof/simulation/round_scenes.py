"""Scenes of one round of writes: of a lock whose connection ended, and of rows that say no each for itself."""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import cast

import pytest
from msgspec import structs

from include.ledger.errors import LedgerTransientError
from include.ledger.journal import Ending
from include.ledger.operation import OperationRow, State
from include.ledger.statements import Begin, Begun, Complete, NotWritten
from include.posting.rounds import Write
from proof.simulation.database import Commit
from proof.simulation.ports import Asked, Process, RoundQueue, VirtualPorts
from tests.locking import held
from tests.proof.simulation.scenes import Scenes
from tests.proof.simulation.stage import Stage, order

SCENES = Scenes()
scene = SCENES.add


@scene
def a_lock_is_lost_with_its_connection() -> None:
    stage = Stage()
    locks = RoundQueue(stage.world, workers=2).connections.locks
    assert locks.take("order:1")
    assert locks.connection is not None
    locks.connection.alive = False
    with pytest.raises(LedgerTransientError):
        locks.take("order:2")
    assert held(locks, "order:1") == [False]
    assert locks.take("order:2"), "by a new connection"
    assert not locks.take("order:1"), "its holder would take it for his own"
    assert held(locks, "order:1", "order:2") == [False, True]


@scene
def of_a_round_one_row_was_changed_and_one_is_sent_again() -> None:
    stage = Stage()
    intents = _intents(stage, most_reposts=1)
    stage.change("sale:3", epoch=7)
    assert _told(stage, intents) == [Begun, Begun, NotWritten.CHANGED]
    for id_ in (1, 2, 3):
        stage.change(f"sale:{id_}", epoch=0)
    assert _told(stage, intents) == [Begun, NotWritten.FULL, Begun]


@scene
def two_are_told_the_same_id_in_one_round() -> None:
    stage = Stage()
    assert _told(stage, _intents(stage)) == [Begun] * 3
    rows = [stage.row(f"sale:{id_}") for id_ in (1, 2)]
    done = [
        Complete(row, structs.replace(row, state=State.DONE, doc_id="k1"), Ending("created", 201, None, "k1"))
        for row in rows
    ]
    assert _told(stage, done) == [OperationRow, NotWritten.OF_ANOTHER]
    assert [stage.row(row.key).state for row in rows] == [State.DONE, State.SENDING]


@scene
def a_round_collides_with_another_and_each_is_written_alone() -> None:
    stage = Stage()
    stage.database.next_commits = [Commit.COLLIDED]
    assert _told(stage, _intents(stage)) == [Begun, Begun, Begun]


@scene
def the_commit_of_a_round_is_lost_and_nobody_goes_on() -> None:
    stage = Stage()
    stage.database.next_commits = [Commit.LOST_NOT_DONE]
    assert _told(stage, _intents(stage)) == [LedgerTransientError] * 3
    assert {row.state for row in stage.database.rows.values()} == {State.PLANNED}


@scene
def what_a_lost_commit_wrote_of_an_answer_is_found_written() -> None:
    stage = Stage()
    stage.plan(order(1))
    start = stage.start(1)
    start.begin()
    start.until("record")
    stage.database.next_commits = [Commit.LOST_DONE]
    start.finish()
    assert stage.told("sale:1") == (State.DONE, None)
    assert stage.row("sale:1").epoch == 2, "one intent, one outcome"


def _intents(stage: Stage, most_reposts: int | None = None) -> list[Begin]:
    """Of three orders; ``most_reposts``: the second is sent again."""
    stage.plan(order(1), order(2), order(3))
    rows = [structs.replace(stage.row(f"sale:{id_}"), state=State.SENDING) for id_ in (1, 2, 3)]
    return [Begin(rows[0], "run"), Begin(rows[1], "run", most_reposts=most_reposts), Begin(rows[2], "run")]


def _told(stage: Stage, writes: Sequence[Write]) -> list[object]:
    """What each is answered, asked for at once."""
    queue = RoundQueue(stage.world, workers=len(writes))
    process = cast("Process", types.SimpleNamespace(run="run", dead=False, time_is_up=False))
    asked = [Asked(VirtualPorts(process, stage.world, queue), one) for one in writes]
    for one in asked:
        queue.add(one)
    queue.work_off(writes[0])
    return [one.answer if isinstance(one.answer, NotWritten) else type(one.answer) for one in asked]
