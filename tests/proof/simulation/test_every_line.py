"""What random schedules seldom or never bring about, played in a calm world; and that no line is left out.

A scene says what stands in the ledger and in Kontur, lets runs follow, and judges what came of it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from kontur_hook.errors import (
    KonturAccessError,
    KonturConfigurationError,
    KonturProtocolError,
    KonturTransientError,
)

from include.ledger.errors import LedgerTransientError
from include.ledger.operation import DocumentDay, Kind, OperationRow, State
from include.posting.breaker import DoubledError
from include.posting.core import Action, Result
from include.posting.deciding import Word
from include.posting.run import Held, Holding, Run
from include.posting.sender import post
from proof.simulation import campaign
from proof.simulation.coverage import unexecuted
from proof.simulation.shop import CONNECTION, DAY, company
from proof.simulation.weather import BREAKER, SETTLE_S
from tests.proof.simulation import advance_scenes, buyer_scenes, decision_scenes, round_scenes
from tests.proof.simulation.scenes import Scene, Scenes
from tests.proof.simulation.stage import INN, SUM, Stage, Start, order

SCENES = Scenes()
scene = SCENES.add
_A_DAY = dt.timedelta(days=1)
_RANDOM, _OUTAGES = 40, 1
"""Schedules and nights beside the scenes."""


# --- sending


@scene
def nobody_else_sends() -> None:
    stage = Stage()
    stage.plan(order(1))
    alone = stage.start(1)

    async def send() -> tuple[OperationRow, Action]:
        run = Run(alone.ports, stage.accounts[CONNECTION], stage.settings, "run")
        async with Holding(run.ports, "order:1"):
            held = Held(stage.database.rows["sale:1"], "order:1", stage.database.clock(), closed_until=None)
            return await post(run, held, lambda: stage.sent(order(1), stage.record(company(INN))))

    alone.instead(send()).finish()
    assert stage.told("sale:1") == (State.DONE, None)


@scene
def lists_are_asked_for_ahead() -> None:
    """One of an account that is mapped no longer is not."""
    stage = Stage()
    stage.plan(order(1))
    stage.document(order(1), stage.record(company(INN)))
    days = [DocumentDay(of, Kind.SALE_INVOICE, DAY) for of in (CONNECTION, "another")]
    stage.post(1, days=days)
    assert stage.told("sale:1") == (State.DONE, "found")


# --- looking for what was sent


@scene
def a_buyer_was_merged_while_the_outcome_was_unknown() -> None:
    stage = Stage()
    old, new = stage.record(company(INN)), stage.record(company(INN))
    old.gone = True
    stage.unknown(order(1), old)
    stage.document(order(1), new)
    assert stage.post(1).results == {Result.DONE: 1}


@scene
def a_document_stands_there_with_a_buyer_that_is_not_its_own() -> None:
    for instead in ({}, {"plan": "{"}, {"plan": order(1, payments=1).plan(0.0)[1].plan}):
        stage = Stage()
        ours, other = stage.record(company(INN)), stage.record(company("7700000001"))
        stage.unknown(order(1), ours, **instead)
        stage.document(order(1), other)
        stage.post(1)
        assert stage.told("sale:1") == (State.REVIEW, "mismatch")


@scene
def a_document_stands_there_with_one_of_several_records_of_its_buyer() -> None:
    stage = Stage()
    ours = stage.record(company(INN))
    others = [stage.record(company(INN)) for _ in range(2)]
    stage.unknown(order(1), ours)
    stage.document(order(1), others[0])
    stage.post(1)
    assert stage.told("sale:1") == (State.REVIEW, "mismatch")


@scene
def a_payments_document_is_gone() -> None:
    stage = Stage()
    stage.plan(order(1, payments=2))
    stage.kontur.next_faults = ["none", "none", "timeout_after"]
    stage.post(1)
    stage.kontur.entries[1].gone = True
    stage.change("payment:11", state=State.PLANNED, payload=None)
    stage.settle()
    stage.post(1)
    assert stage.told("payment:10") == (State.REVIEW, "mismatch")
    assert stage.told("payment:11") == (State.REJECTED, "kontur_rejected")


@scene
def a_payment_was_edited_while_its_outcome_was_unknown() -> None:
    stage = Stage()
    stage.plan(order(1, payments=1))
    stage.kontur.next_faults = ["none", "none", "timeout_after"]
    stage.post(1)
    _, _, paid = stage.kontur.entries
    paid.gone = True  # as it was
    stage.kontur.enter(Kind.PAYMENT, stage.row("sale:1").doc_id, paid.body.replace("100.00", "99.00"))
    stage.settle()
    stage.post(1)
    assert stage.told("payment:10") == (State.REVIEW, "mismatch")


@scene
def what_was_sent_is_damaged() -> None:
    stage = Stage()
    buyer = stage.record(company(INN))
    stage.unknown(order(1), buyer, payload="{")
    stage.post_another()
    stage.change("sale:901", payload="{")
    assert stage.post(1).results == {Result.WAITING: 1}
    assert stage.told("sale:1")[0] is State.UNKNOWN


@scene
def a_document_stands_there_twice() -> None:
    stage = Stage()
    buyer = stage.record(company(INN))
    stage.unknown(order(1), buyer)
    for _ in range(2):
        stage.document(order(1), buyer)
    with pytest.raises(DoubledError):
        stage.post(1)
    assert stage.told("sale:1") == (State.REVIEW, "doubled")


@scene
def kontur_cannot_be_searched() -> None:
    stage = Stage(search_documents=False)
    stage.unknown(order(1), stage.record(company(INN)))
    stage.post(1)
    assert stage.told("sale:1") == (State.REVIEW, "no_search")


@scene
def documents_of_days_far_apart_are_listed_apart() -> None:
    stage = Stage()
    stage.plan(order(1))
    stage.plan(order(2), document_date=DAY - dt.timedelta(days=30))
    assert stage.post(1, 2).results == {Result.DONE: 2}


@scene
def a_document_of_a_closed_period() -> None:
    stage = Stage()
    stage.use("accounting", closed_until=DAY)
    stage.plan(order(1))
    stage.post(1)
    assert stage.told("sale:1") == (State.REJECTED, "closed_period")
    absent = stage.database.clock() - dt.timedelta(seconds=SETTLE_S + 1)
    stage.unknown(order(2), stage.record(company("7700000002")), absent_since=absent)
    stage.use("accounting", closed_until=None)
    stage.post_another()
    stage.use("accounting", closed_until=DAY)
    stage.post(2)
    assert stage.told("sale:2") == (State.REVIEW, "closed_period")


# --- something else stands in its place


def _misplaced(state: State = State.REVIEW) -> Stage:
    """Never sent; its marker stands in Kontur under another sum."""
    stage = Stage()
    buyer = stage.record(company(INN))
    stage.document(order(1), buyer, SUM + 100)
    stage.plan(order(1))
    stage.post(1)
    assert stage.told("sale:1") == (State.REVIEW, "mismatch")
    stage.change("sale:1", state=state)
    return stage


@scene
def it_still_stands_there() -> None:
    stage = _misplaced()
    before = stage.row("sale:1")
    assert stage.post(1).results == {Result.REVIEW: 1}
    assert stage.row("sale:1").message == before.message
    stage.kontur.next_errors = [KonturTransientError("busy")]
    assert stage.post(1).results == {Result.REVIEW: 1}


@scene
def it_was_made_equal() -> None:
    stage = _misplaced()
    stage.kontur.entries[1].record = stage.document(order(1), stage.kontur.entries[0]).record
    stage.kontur.entries[2].gone = True
    assert stage.post(1).results == {Result.DONE: 1}


@scene
def it_is_gone() -> None:
    for state, becomes in ((State.REVIEW, State.DONE), (State.SKIPPED, State.SKIPPED)):
        stage = _misplaced(state)
        stage.kontur.entries[1].gone = True
        stage.post(1)
        assert stage.told("sale:1") == (state, "mismatch" if state is State.REVIEW else None)
        stage.settle()
        stage.post_another()
        stage.post(1)
        assert stage.told("sale:1") == (becomes, None)


@scene
def it_cannot_be_looked_for_any_more() -> None:
    for state, result in ((State.REVIEW, Result.REVIEW), (State.SKIPPED, Result.WAITING)):
        stage = _misplaced(state)
        account = stage.accounts["kontur"]
        contract = account.contract.model_copy(update={"search_documents": False})
        stage.accounts = {"kontur": dataclasses.replace(account, contract=contract)}
        assert stage.post(1).results == {result: 1}


@scene
def it_was_listed_and_is_not_found() -> None:
    stage = Stage()
    buyer = stage.record(company(INN))
    document = stage.document(order(1), buyer)
    stage.plan(order(1))
    start = stage.start(1)
    start.begin()
    document.gone = True
    assert start.finish().results == {Result.WAITING: 1}


@scene
def the_ledger_had_forgotten_it() -> None:
    stage = Stage()
    stage.plan(order(1, payments=1))
    stage.post(1)
    stage.database.rows.clear()
    stage.plan(order(1, payments=1))
    stage.post(1)
    assert [stage.told(key) for key in ("sale:1", "payment:10")] == [(State.DONE, "found")] * 2


@scene
def a_later_payment_cannot_be_looked_for() -> None:
    stage = Stage()
    stage.plan(order(1, payments=1))
    stage.change("payment:10", state=State.HELD)
    stage.post(1)
    stage.change("payment:10", state=State.PLANNED)
    stage.kontur.next_errors = [KonturTransientError("busy")]
    assert stage.post(1).results == {Result.NOT_APPLIED: 1, Result.DONE: 1}


@scene
def somebody_changes_the_row_before_its_intent() -> None:
    stage = Stage()
    stage.record(company(INN))
    stage.plan(order(1))
    start = stage.start(1)
    start.begin()
    start.until("begin")
    stage.change("sale:1", epoch=7)
    assert start.finish().results == {Result.LOST: 1}
    assert stage.kontur.log == []


# --- what was sent again


def _sent_again(*, payments: int = 0) -> Stage:
    """Order 1's document, or its first payment, got no answer, was found absent twice, and was sent again."""
    stage = Stage()
    stage.connect(concurrency=1, rate_per_s=None)
    stage.plan(order(1, payments=payments))
    stage.kontur.next_faults = ["none", *["none"] * payments, "timeout_lost"]
    stage.post(1)
    for _ in range(2):
        stage.settle()
        stage.post_another()
        stage.post(1)
    return stage


@scene
def it_is_seen_once_a_settle_time_later() -> None:
    stage = _sent_again()
    assert stage.told("sale:1") == (State.DONE, "sent_again")
    tally = stage.post(1)
    assert tally.results == {}, "it is in the books"
    assert tally.again_at == stage.row("sale:1").done_at + dt.timedelta(seconds=SETTLE_S)  # type: ignore[operator]
    stage.settle()
    stage.kontur.next_errors = [KonturTransientError("busy")]
    assert stage.post(1).again_at is not None
    document = stage.kontur.entries[-1]
    document.shown_at = stage.database.now + 1.0
    assert stage.post(1).again_at is None, "it is not shown, which proves nothing"
    assert stage.told("sale:1") == (State.DONE, "sent_again")
    document.shown_at = 0.0
    assert stage.post(1).again_at is None
    assert stage.told("sale:1") == (State.DONE, None)


def _about_to_be_sent_again() -> tuple[Stage, Start]:
    """A document of order 1, which was looked for once and not found, and the run that will."""
    stage = Stage()
    absent = stage.database.clock() - dt.timedelta(seconds=SETTLE_S + 1)
    stage.unknown(order(1), stage.record(company(INN)), absent_since=absent)
    stage.post_another()
    start = stage.start(1)
    start.begin()
    return stage, start


@scene
def what_was_to_be_sent_again_and_was_not_costs_nothing() -> None:
    stage, start = _about_to_be_sent_again()
    start.until("begin")
    start.lose_locks()
    assert start.finish().results == {Result.LOST: 1}
    assert stage.row("sale:1").state is State.SENDING
    assert stage.database.granted["run"] == 0


@scene
def what_was_sent_again_is_paid_for_though_the_order_is_lost_at_the_search_that_follows() -> None:
    stage, start = _about_to_be_sent_again()
    start.until("send")
    stage.kontur.next_faults = ["conflict_before"]
    start.until("search")
    start.lose_locks()
    assert start.finish().results == {Result.LOST: 1}
    assert stage.told("sale:1") == (State.UNKNOWN, "conflict")
    assert stage.database.granted["run"] == 1


@scene
def its_first_request_arrives_after_all_and_nothing_is_sent_again_until_that_is_settled() -> None:
    stage = _sent_again()
    late = stage.document(order(1), stage.kontur.entries[0])
    stage.unknown(order(2), stage.record(company("7700000002")), absent_since=stage.database.clock())
    stage.settle()
    stage.post_another()
    tally = stage.post(1, 2)
    assert stage.told("sale:1") == (State.DONE, "doubled")
    assert (tally.results, tally.again_at) == ({Result.REVIEW: 1, Result.BUDGET: 1}, None), "to wait is of no use"
    tally = stage.post(1, 2, run="next night")
    assert tally.results == {Result.REVIEW: 1, Result.BUDGET: 1}

    late.gone = True
    assert stage.post(1, 2, run="next night").results == {Result.DONE: 1}
    assert [stage.told(f"sale:{id_}") for id_ in (1, 2)] == [(State.DONE, None), (State.DONE, "sent_again")]


@scene
def a_payment_stands_there_twice() -> None:
    stage = _sent_again(payments=1)
    assert stage.told("payment:10") == (State.DONE, "sent_again")
    stage.kontur.enter(Kind.PAYMENT, stage.row("sale:1").doc_id, order(1, payments=1).payments[0].body)
    stage.settle()
    assert stage.post(1).results == {Result.REVIEW: 1}
    assert stage.told("payment:10") == (State.DONE, "doubled")


@scene
def whoever_looks_back_has_lost_the_order() -> None:
    """What stands there twice now may be a payment that another run has posted since, and that is not known here."""
    stage = _sent_again(payments=1)
    stage.settle()
    start = stage.start(1)
    start.begin()
    start.until("search")
    start.lose_locks()
    stage.kontur.enter(Kind.PAYMENT, stage.row("sale:1").doc_id, order(1, payments=1).payments[0].body)
    tally = start.finish()
    assert (stage.told("payment:10"), tally.results[Result.REVIEW]) == ((State.DONE, "sent_again"), 0)
    assert tally.again_at is not None, "and so it is looked at later"


@scene
def a_person_has_it_sent_again_with_its_document_before_it_is_looked_back_at() -> None:
    stage = _sent_again(payments=1)
    stage.settle()
    start = stage.start(1)
    start.begin()
    stage.delete(stage.row("sale:1").doc_id or "")
    assert stage.decide("sale:1", Word.SEND_AGAIN) is None
    sent = len(stage.kontur.log)
    start.finish()
    assert len(stage.kontur.log) == sent, "what is planned anew waits for its document"
    assert stage.post(1).results == {Result.DONE: 2}


@scene
def what_is_sent_again_is_refused() -> None:
    stage = Stage()
    buyer = stage.record(company(INN))
    stage.unknown(order(1), buyer)
    stage.post_another()
    stage.post(1)
    stage.settle()
    buyer.gone = True
    stage.post(1)
    assert stage.told("sale:1") == (State.REVIEW, "rejected_after_unknown"), "what was sent first may be there yet"


@scene
def a_buyer_stands_there_twice_and_the_next_order_says_so() -> None:
    stage = Stage()
    stage.plan(order(1))
    stage.kontur.next_faults = ["timeout_lost"]
    stage.post(1)
    stage.settle()
    stage.post_another()
    stage.post(1)
    stage.settle()
    stage.post(1)
    key = f"counterparty:kontur:{INN}/"
    assert [stage.told(what) for what in (key, "sale:1")] == [(State.DONE, "sent_again"), (State.DONE, None)]
    stage.record(company(INN))
    stage.settle()
    stage.plan(order(2), order(3))
    stage.post(2)
    assert stage.told(key) == (State.DONE, "doubled")
    stage.post(3)
    assert stage.told("sale:3") == (State.REJECTED, "counterparty_ambiguous")


@scene
def another_run_is_at_the_order_when_it_is_looked_back_at() -> None:
    stage = _sent_again()
    stage.settle()
    _, payment = order(1, payments=1).plan(0.0)
    stage.database.rows[payment.key] = payment
    other = stage.start(1, run="daily")
    other.begin()
    other.until("answer")  # the payment's
    tally = stage.post(1)
    assert stage.told("sale:1") == (State.DONE, "sent_again")
    assert tally.again_at is not None
    other.finish()


@scene
def its_like_stands_there_and_the_search_is_not_fresh() -> None:
    stage = Stage()
    buyer = stage.record(company(INN))
    stage.unknown(order(1), buyer)
    stage.kontur.type_in(Kind.SALE_INVOICE, stage.sent(order(1), buyer))
    assert stage.post(1).results == {Result.WAITING: 1}
    assert stage.told("sale:1")[0] is State.UNKNOWN, "ours may stand beside it, and not be shown yet"


# --- a batch


def _documents(stage: Stage) -> list[int]:
    """The orders whose documents stand in Kontur, in the order of their coming."""
    return [entry.marker[0] for entry in stage.kontur.entries if entry.marker]


@scene
def the_last_document_shows_the_same_night_that_the_search_is_fresh() -> None:
    stage = Stage()
    stage.connect(concurrency=1, rate_per_s=None)
    stage.plan(*(order(id_) for id_ in (1, 2, 3)))
    stage.kontur.next_faults = ["none", "timeout_lost"]  # the buyer's and the first document's
    tally = stage.post(1, 2, 3)
    assert [stage.told(f"sale:{id_}")[0] for id_ in (1, 2, 3)] == [State.UNKNOWN, State.DONE, State.PLANNED]
    since = stage.row("sale:1").unknown_since
    assert since is not None
    settled = since + dt.timedelta(seconds=SETTLE_S)
    assert tally.again_at == settled

    again = stage.post(1, 2, 3)
    assert (again.results, again.again_at) == ({Result.WAITING: 1}, settled), "it has not settled"
    stage.settle()
    assert stage.post(1, 2, 3).results == {Result.DONE: 1, Result.WAITING: 1}, "the last one, and a first look"
    stage.settle()
    assert stage.post(1, 2, 3).results == {Result.DONE: 1}
    assert _documents(stage) == [2, 3, 1]


@scene
def a_document_alone_has_no_witness() -> None:
    stage = Stage()
    stage.plan(order(1))
    stage.kontur.next_faults = ["none", "timeout_lost"]
    stage.post(1)
    stage.settle()
    tally = stage.post(1)
    assert (tally.results, tally.again_at) == ({Result.WAITING: 1}, None), "to wait is of no use"
    assert stage.told("sale:1")[0] is State.UNKNOWN


@scene
def a_search_that_lags_is_waited_for() -> None:
    stage = Stage()
    stage.connect(concurrency=1, rate_per_s=None)
    stage.plan(order(1), order(2))
    stage.kontur.next_faults = ["none", "timeout_lost"]
    stage.post(1, 2)
    stage.settle()
    start = stage.start(1, 2)
    start.begin()
    start.until("unlock")  # the witness stands in Kontur
    stage.kontur.entries[-1].shown_at = stage.database.now + SETTLE_S
    tally = start.finish()
    assert (stage.row("sale:1").absent_since, tally.again_at is not None) == (None, True)
    stage.settle()
    stage.post(1, 2)
    assert stage.row("sale:1").absent_since is not None


@scene
def another_run_is_at_an_order() -> None:
    stage = Stage()
    stage.plan(order(1), order(2))
    other = stage.start(1, run="daily")
    other.begin()
    other.until("answer")  # the buyer's
    tally = stage.post(1, 2)
    assert tally.results == {Result.WAITING: 1}, "and the last document is kept back"
    assert tally.again_at is not None
    other.finish()
    assert stage.post(1, 2).results == {Result.DONE: 1}


@scene
def an_account_takes_so_many_a_second() -> None:
    stage = Stage()
    stage.connect(concurrency=2, rate_per_s=0.1)
    stage.plan(*(order(id_) for id_ in (1, 2, 3)))
    began = stage.database.now
    assert stage.post(1, 2, 3).results == {Result.DONE: 3}
    assert stage.database.now - began >= 30, "a buyer and three documents, ten seconds apart"


@scene
def kontur_gives_the_id_of_another_document() -> None:
    stage = Stage()
    stage.plan(order(1), order(2))
    stage.post(1)
    stage.kontur.next_faults = ["foreign_id"]
    assert stage.post(2).results == {Result.UNKNOWN: 1}


@scene
def the_ledger_is_away_for_longer_than_the_tries() -> None:
    stage = Stage()
    stage.plan(order(1))
    start = stage.start(1)
    start.begin()
    start.until("answer")  # the buyer's
    start.until("answer")
    stage.database.restart(1_000_000.0)
    with pytest.raises(LedgerTransientError):
        start.finish()
    assert stage.told("sale:1")[0] is State.SENDING


@scene
def what_kontur_says_to_have_is_not_shown_yet() -> None:
    stage = Stage()
    stage.plan(order(1), order(2))
    stage.post(2)
    stage.kontur.next_faults = ["conflict_before"]
    again_at = stage.post(1).again_at
    assert again_at is not None
    assert again_at > stage.database.clock()
    assert stage.told("sale:1") == (State.UNKNOWN, "conflict")


@scene
def all_are_turned_away_at_once() -> None:
    stage = Stage()
    stage.plan(*(order(id_, company(f"770000000{id_}")) for id_ in range(1, 9)))
    stage.kontur.next_faults = ["busy"] * (BREAKER + 1)
    tally = stage.post(*range(1, 9))
    assert tally.results[Result.DONE] == 8


@scene
def the_breaker_opens() -> None:
    for fault, error in (("busy", KonturTransientError), ("timeout_lost", KonturTransientError)):
        stage = Stage()
        stage.connect(concurrency=1, rate_per_s=None)
        stage.plan(*(order(id_, company(f"770000000{id_}")) for id_ in range(1, 9)))
        for id_ in range(1, 9):
            stage.record(company(f"770000000{id_}"))
        stage.kontur.next_faults = [fault] * 99
        with pytest.raises(error, match=f"Остановлено после неудач подряд: {BREAKER}"):
            stage.post(*range(1, 9))


@scene
def its_time_is_up() -> None:
    stage = Stage()
    stage.plan(order(1), order(2))
    start = stage.start(1, 2)
    start.time_is_up = True
    assert start.finish().results == {}
    start = stage.start(1, 2)
    start.begin()
    start.until("answer")  # the buyer's
    start.time_is_up = True
    assert start.finish().results == {Result.LOST: 1}, "what is on its way is brought to its end, nothing more leaves"
    assert [row.state for row in stage.database.rows.values() if row.kind is Kind.COUNTERPARTY] == [State.DONE]
    assert stage.told("sale:1") == (State.PLANNED, None)
    assert stage.post(1, 2).results == {Result.DONE: 2}


@scene
def an_account_is_gone() -> None:
    stage = Stage()
    stage.plan(order(1))
    stage.plan(order(2), connection="elsewhere")
    with pytest.raises(KonturConfigurationError, match=r"1 заказ \(подключение elsewhere\)"):
        stage.post(1, 2)
    assert stage.told("sale:1") == (State.DONE, None)


@scene
def a_read_finds_the_key_refused() -> None:
    stage = Stage()
    stage.plan(order(1))
    start = stage.start(1)
    start.begin()
    stage.kontur.next_errors = [KonturAccessError("no key", status=401)]
    with pytest.raises(KonturAccessError):
        start.finish()
    assert stage.told("sale:1") == (State.PLANNED, None)


@scene
def an_answer_makes_no_sense() -> None:
    stage = Stage()
    stage.plan(order(1), order(2, company("7700000002")))
    start = stage.start(1, 2)
    start.begin()
    stage.kontur.next_errors = [KonturProtocolError("nonsense")]
    with pytest.raises(KonturProtocolError, match=r"sale:\d: nonsense"):
        start.finish()
    assert sorted(stage.told(f"sale:{id_}")[0] for id_ in (1, 2)) == [State.DONE, State.PLANNED]


@scene
def another_program_left_an_id_that_is_none() -> None:
    stage = Stage()
    stage.plan(order(1, payments=1), state=State.DONE, doc_id="№ 15")
    stage.post(1)
    assert stage.told("payment:10") == (State.REJECTED, "document_id")


@scene
def a_plan_cannot_be_read() -> None:
    stage = Stage()
    stage.plan(order(1), plan="{")
    stage.post(1)
    assert stage.told("sale:1") == (State.REJECTED, "plan_unreadable")


ALL = [
    *buyer_scenes.SCENES,
    *SCENES,
    *advance_scenes.SCENES,
    *decision_scenes.SCENES,
    *round_scenes.SCENES,
]


@pytest.mark.parametrize("play", ALL, ids=[play.__name__ for play in ALL])
def test_a_scene(play: Scene) -> None:
    play()


def _play_all() -> None:
    for play in ALL:
        play()
    campaign.run_here(1, _RANDOM)
    campaign.run_here(1, _OUTAGES, world=campaign.World.OUTAGE)


def test_every_line_of_the_driver_is_executed_by_the_simulation() -> None:
    assert unexecuted(_play_all) == {}
