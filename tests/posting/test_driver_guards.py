"""Guards are shown to guard in the real driver: each is taken away from the real code, on MariaDB and over HTTP.

Each scenario is played twice, with all guards and without one. What came of it is read from Kontur's books. The
simulation does the same to its copies of the guards (``simulation/mutants.py``).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import urljoin

import pytest
from kontur_hook import on_a_loop
from kontur_hook.answers import Judge
from kontur_hook.contract import DocumentKind
from kontur_hook.errors import KonturTransientError
from kontur_hook.on_a_loop import LoopTransport
from kontur_hook.outcome import Created, NotApplied, Outcome
from kontur_hook.transport import Answer, Failure, Request
from msgspec import structs

from include.books.match import Match
from include.books.posted_before import PostedBefore
from include.books.search import Freshness, Search
from include.ledger.locks import Locks
from include.ledger.named_locks import Look
from include.ledger.operation import OperationRow, State
from include.ledger.operations import Operations
from include.posting import core
from include.posting import sender as sender_module
from include.posting.core import Action, Result, Searched, SearchFailed, Step, Terms
from include.posting.live import LivePorts
from include.posting.run import Held, Run
from include.posting.sender import Attempt
from sandbox.kontur import serving
from sandbox.kontur.serving import Sandbox
from tests.posting.driver_scenarios import (
    Stage,
    answered_by,
    dies,
    foreign_id,
    forgotten,
    is_overtaken,
    is_taken_up_meanwhile,
    loses_its_lock,
    loses_its_lock_before_it_searches,
    number_within_another,
    searched_while,
    takes_effect_late,
    twin_stands_already,
)
from tests.posting.poster import Poster, at_once, in_kontur

T = TypeVar("T")

Patch = pytest.MonkeyPatch


def no_check(patch: Patch) -> None:
    async def clear(self: Attempt, _: OperationRow) -> bool:
        # Nor does the intent's age keep it from being sent, however slow the machine is.
        self._looked_at = self._told_at = self._written_at = time.monotonic()
        return True

    patch.setattr(Attempt, "is_clear", clear)


def _always(answer: T) -> Callable[..., Coroutine[Any, Any, T]]:
    async def answered(*_: object) -> T:
        return answer

    return answered


def no_look_after_a_search(patch: Patch) -> None:
    is_clear = Attempt.is_clear

    async def clear(self: Attempt, row: OperationRow) -> bool:
        return row.state is not State.SENDING or await is_clear(self, row)

    patch.setattr(Attempt, "is_clear", clear)


def no_lock(patch: Patch) -> None:
    patch.setattr(Locks, "take_all", lambda _, names, **__: [True] * len(names))
    look = Locks.look

    def ours(self: Locks[Any], asked: Sequence[tuple[str, Sequence[str]]]) -> list[Look]:
        self._taken_on.update({name: self.connection for name, _ in asked})
        return [shown._replace(held=True) for shown in look(self, asked)]

    patch.setattr(Locks, "look", ours)


def no_compare_and_set(patch: Patch) -> None:
    save = Operations.save

    def overwrite(self: Operations, row: OperationRow) -> OperationRow | None:
        now = self.get(row.key)
        assert now is not None
        return save(self, structs.replace(row, epoch=now.epoch))

    patch.setattr(Operations, "save", overwrite)


def no_settle_time(patch: Patch) -> None:
    patch.setattr(Run, "settle", dt.timedelta(microseconds=1))


def sending_is_sent_again(patch: Patch) -> None:
    _claim_sending(patch, lambda row: (row, Action(Step.PREPARE)), State.PLANNED)


def sending_is_taken_for_done(patch: Patch) -> None:
    _claim_sending(patch, lambda row: (row, Action(Step.FINISH, save=True, result=Result.DONE)), State.DONE)


def _claim_sending(patch: Patch, become: Callable[[OperationRow], tuple[OperationRow, Action]], state: State) -> None:
    claimed = core._claimed

    def believe(row: OperationRow, now: dt.datetime, terms: Terms) -> tuple[OperationRow, Action]:
        if row.state is State.SENDING:
            return become(structs.replace(row, state=state))
        return claimed(row, now, terms)

    patch.setattr(core, "_claimed", believe)


def whatever_the_search_finds(patch: Patch) -> None:
    async def found(self: Search, row: OperationRow) -> tuple[Match, ...]:
        number = row.key.partition(":")[2]
        documents = await self._listed(DocumentKind(row.kind), number=number)
        return tuple(Match(document.id, same=True) for document in documents)

    patch.setattr(Search, "_documents", found)


def siblings_are_ignored(patch: Patch) -> None:
    money = Search._money

    async def alone(self: Search, row: OperationRow, document: OperationRow, _: object) -> tuple[Match, ...]:
        return await money(self, row, document, [])

    patch.setattr(Search, "_money", alone)


def a_failed_search_found_nothing(patch: Patch) -> None:
    search = sender_module._search

    async def none(run: Run, row: OperationRow, action: Action, held: Held) -> core.Event:
        event = await search(run, row, action, held)
        return Searched((), fresh=True, now=event.now) if isinstance(event, SearchFailed) else event

    patch.setattr(sender_module, "_search", none)


def always_fresh(patch: Patch) -> None:
    patch.setattr(Search, "freshness", _always(Freshness.SHOWN))


def documents_are_not_looked_for_first(patch: Patch) -> None:
    patch.setattr(PostedBefore, "keys", _always(set()))


def payments_are_not_looked_for_first(patch: Patch) -> None:
    patch.setattr(sender_module, "Terms", lambda settle, can_search, *_: Terms(settle, can_search))


def any_id_is_believed(patch: Patch) -> None:
    patch.setattr(Operations, "have_other_documents", lambda _, of: [False] * len(of))


def no_answer_is_taken_for_not_sent(patch: Patch) -> None:
    not_sent = Failure(KonturTransientError("reset"), not_sent=True)
    patch.setattr(on_a_loop, "failure_of", lambda *_, **__: not_sent)


def server_error_is_taken_for_not_applied(patch: Patch) -> None:
    write = Judge.write

    def judge(self: Judge, result: Answer | Failure, **named: Any) -> Outcome:
        if isinstance(result, Answer) and result.status >= 500:
            return NotApplied(KonturTransientError("5xx", status=result.status))
        return write(self, result, **named)

    patch.setattr(Judge, "write", judge)


def success_needs_no_id(patch: Patch) -> None:
    patch.setattr(Judge, "_created", lambda _, result: Created("none", result.status))


def redirects_are_followed(patch: Patch) -> None:
    exchange = LoopTransport.exchange

    async def following(self: LoopTransport, request: Request) -> Answer | Failure:
        first = await exchange(self, request)
        if not isinstance(first, Answer) or first.status not in {307, 308}:
            return first
        there = urljoin(request.url, first.headers["Location"])
        return await exchange(self, dataclasses.replace(request, url=there))

    patch.setattr(LoopTransport, "exchange", following)


def the_client_tries_again(patch: Patch) -> None:
    exchange = LoopTransport.exchange

    async def again(self: LoopTransport, request: Request) -> Answer | Failure:
        first = await exchange(self, request)
        return await exchange(self, request) if isinstance(first, Failure) else first

    patch.setattr(LoopTransport, "exchange", again)


GUARDS = [
    (no_check, loses_its_lock, "doubled"),
    (no_look_after_a_search, loses_its_lock_before_it_searches, "lost"),
    (no_lock, is_overtaken, "doubled"),
    (no_compare_and_set, is_taken_up_meanwhile, "doubled"),
    (no_settle_time, takes_effect_late, "doubled"),
    (sending_is_sent_again, dies(sent=True), "doubled"),
    (sending_is_taken_for_done, dies(sent=False), "lost"),
    (whatever_the_search_finds, number_within_another, "lost"),
    (siblings_are_ignored, twin_stands_already, "lost"),
    (a_failed_search_found_nothing, searched_while("search_bad_json"), "doubled"),
    (always_fresh, searched_while("search_stuck"), "doubled"),
    (documents_are_not_looked_for_first, forgotten(0), "doubled"),
    (payments_are_not_looked_for_first, forgotten(1), "doubled"),
    (any_id_is_believed, foreign_id, "misplaced"),
    (no_answer_is_taken_for_not_sent, answered_by("close_after_commit"), "doubled"),
    (server_error_is_taken_for_not_applied, answered_by("status_502_after_commit"), "doubled"),
    (success_needs_no_id, answered_by("no_id_before_commit"), "lost"),
    (redirects_are_followed, answered_by("status_307_after_commit"), "doubled"),
    (the_client_tries_again, answered_by("close_after_commit"), "doubled"),
]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One server, in which each guard has an account of its own."""
    accounts = {guard[0].__name__: f"key-{guard[0].__name__}" for guard in GUARDS}
    with serving.running(tmp_path_factory.mktemp("kontur") / "kontur.sqlite", accounts=accounts) as sandbox:
        yield sandbox


@pytest.fixture
def kontur(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, take_away: Callable[[Patch], None]) -> Sandbox:
    login = take_away.__name__
    connection = {"conn_type": "kontur", "host": sandbox.base_url, "login": login, "password": f"key-{login}"}
    monkeypatch.setenv("AIRFLOW_CONN_KONTUR_DEFAULT", json.dumps(connection))
    sandbox.set_options()
    return sandbox


@pytest.fixture
def patched(poster: Poster, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Patch]:
    """Nobody waits: neither for Kontur to be less busy nor between two reads."""
    kontur.set_faults()
    in_kontur(poster.account, None, None, "Розничные покупатели")
    with monkeypatch.context() as patch:
        patch.setattr(time, "sleep", lambda _: None)
        patch.setattr(LivePorts, "sleep", at_once)
        yield patch


@pytest.mark.parametrize(("take_away", "scenario", "without"), GUARDS, ids=[guard[0].__name__ for guard in GUARDS])
def test_without_it_the_same_scenario_goes_wrong(
    poster: Poster,
    kontur: Sandbox,
    patched: Patch,
    take_away: Callable[[Patch], None],
    scenario: Callable[[Stage], None],
    without: str,
) -> None:
    stage = Stage(poster, kontur, patched, first=1)
    scenario(stage)
    assert stage.verdict() == "once"
    assert set(poster.states().values()) == {State.DONE}

    take_away(patched)
    stage.first = 7
    scenario(stage)
    assert stage.verdict() == without
