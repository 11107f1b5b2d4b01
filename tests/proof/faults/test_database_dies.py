"""The ledger's database is killed at an exact moment of the protocol."""

from __future__ import annotations

import threading
from collections.abc import Callable

import MySQLdb
import pytest
from kontur_hook.api import KonturApi
from kontur_hook.outcome import Created, Outcome
from MySQLdb.connections import Connection

from include import settings
from include.books.requests import Create
from include.ledger.errors import LedgerTransientError
from include.ledger.statements import Begin, Begun, NotWritten
from include.ledger.tables import Tables
from include.posting import sender as sender_module
from include.steps.load import load
from proof.faults.arena import Arena
from tests.proof.faults.scene import Scene, an_order, gone

pytestmark = pytest.mark.usefixtures("here")


def post(scene: Scene) -> None:
    load([scene.order_id], settings.load(), "struck")


def at_the_intents_commit(monkeypatch: pytest.MonkeyPatch, strike: Callable[[Connection], None]) -> None:
    """``strike`` takes the place of the COMMIT."""
    begin = Begin.on
    commit: Callable[[Connection], None] = Connection.commit
    current = threading.local()

    def beginning(self: Begin, tables: Tables) -> Begun | NotWritten:
        current.is_intent = True
        try:
            return begin(self, tables)
        finally:
            current.is_intent = False

    def committing(connection: Connection) -> None:
        if getattr(current, "is_intent", False):
            strike(connection)
        commit(connection)

    monkeypatch.setattr(Begin, "on", beginning)
    monkeypatch.setattr(Connection, "commit", committing, raising=False)


def after_the_answer(monkeypatch: pytest.MonkeyPatch, strike: Callable[[], None]) -> None:
    create = Create.by

    async def creating(self: Create, api: KonturApi) -> Outcome:
        outcome = await create(self, api)
        assert isinstance(outcome, Created)
        strike()
        return outcome

    monkeypatch.setattr(Create, "by", creating)


def test_before_the_intents_commit_nothing_was_sent_and_the_plan_stands(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = scene.row()
    with monkeypatch.context() as patched:
        at_the_intents_commit(patched, lambda _: scene.arena.database.kill())
        with pytest.raises(LedgerTransientError, match="kontur_sync_mysql"):
            post(scene)
    scene.arena.database.start()
    assert (scene.row(), scene.posts()) == (before, 0)
    post(scene)
    assert (scene.row()["state"], scene.posts(), len(scene.documents())) == ("done", 1, 1)


def test_after_the_intents_commit_was_done_but_not_confirmed_nothing_was_sent(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit: Callable[[Connection], None] = Connection.commit

    def strike(connection: Connection) -> None:
        commit(connection)
        scene.arena.database.kill()
        raise MySQLdb.OperationalError(2013, "Lost connection to server during query")

    with monkeypatch.context() as patched:
        at_the_intents_commit(patched, strike)
        with pytest.raises(LedgerTransientError, match="Lost connection"):
            post(scene)
    scene.arena.database.start()
    assert (scene.row()["state"], scene.posts()) == ("sending", 0)
    scene.finish()
    assert (scene.row()["state"], scene.posts(), len(scene.documents())) == ("done", 1, 1)


def test_killed_and_back_between_answer_and_record_the_outcome_is_recorded(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = an_order(arena, "paid_and_shipped_in_a_day")

    def strike() -> None:
        with gone(arena):
            pass

    with monkeypatch.context() as patched:
        after_the_answer(patched, strike)
        post(scene)
    assert (scene.row()["state"], scene.row()["code"], scene.posts()) == ("done", None, 1)
    scene.finish()  # the payment, whose sender had lost its lock
    paid = [payment for payment in arena.kontur.books.payments() if payment["document_id"] == scene.row()["doc_id"]]
    assert (len(paid), len(scene.documents())) == (1, 1)


def test_away_for_longer_than_the_tries_the_document_is_found_and_adopted_later(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(sender_module, "_RECORD_TRIES", 3)
        after_the_answer(patched, scene.arena.database.kill)
        with pytest.raises(LedgerTransientError, match="kontur_sync_mysql"):
            post(scene)
    scene.arena.database.start()
    assert (scene.row()["state"], scene.posts()) == ("sending", 1)
    scene.finish()
    assert (scene.row()["state"], scene.row()["code"], scene.posts()) == ("done", "found", 1)
    assert scene.documents() == [scene.row()["doc_id"]]
