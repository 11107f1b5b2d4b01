"""The protocol's decisions one by one; every expectation stands in docs/reliability.md, «The protocol»."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from kontur_hook.errors import KonturAccessError, KonturProtocolError, KonturTransientError
from kontur_hook.outcome import Created, NotApplied, Rejected, Unknown
from msgspec import structs

from include.books.commands import rebuilding
from include.books.match import Match
from include.facts import Count, from_json, said, several, to_json
from include.ledger.operation import Kind, OperationRow, State
from include.posting.core import (
    Action,
    Answered,
    BudgetAsked,
    Checked,
    Claimed,
    Expected,
    HeldUp,
    IntentReady,
    Result,
    Searched,
    SearchFailed,
    Step,
    Terms,
    step,
)
from include.words import text

BUSY = KonturTransientError("busy", status=503)
NOW = dt.datetime(2026, 11, 1, 12, 0)
SETTLE = dt.timedelta(minutes=15)
TERMS = Terms(SETTLE, can_search=True)
ROW = OperationRow(
    key="sale:7", order_id=7, connection="c", kind=Kind.SALE_INVOICE, parent_key=None, state=State.PLANNED, plan="{}"
)
SENDING = structs.replace(ROW, state=State.SENDING, payload="{}", attempts=1)
UNKNOWN = structs.replace(SENDING, state=State.UNKNOWN, uncertain=True, unknown_since=NOW)


def test_a_planned_operation_commits_its_intent_checks_and_sends_once() -> None:
    row, action = step(ROW, Claimed(NOW), TERMS)
    assert action.step is Step.PREPARE
    row, action = step(row, IntentReady('{"a":1}'), TERMS)
    assert (row.state, row.payload, row.attempts) == (State.SENDING, '{"a":1}', 1)
    assert (action.step, action.save) == (Step.CHECK, True)
    row, action = step(row, Checked(True), TERMS)
    assert action.step is Step.SEND
    row, action = step(row, Answered(Created("doc-1", 201), NOW), TERMS)
    assert (row.state, row.doc_id, action.save, action.result) == (State.DONE, "doc-1", True, Result.DONE)


def test_a_lost_lock_before_the_post_sends_nothing_and_leaves_the_row_to_its_new_owner() -> None:
    row, action = step(SENDING, Checked(False), TERMS)
    assert (row, action.step, action.save, action.result) == (SENDING, Step.FINISH, False, Result.LOST)


def test_a_row_found_in_sending_is_unknown_from_now_on_not_from_its_intent_on() -> None:
    row, action = step(SENDING, Claimed(NOW), TERMS)
    assert (row.state, row.unknown_since, row.uncertain, row.payload) == (State.UNKNOWN, NOW, True, "{}")
    assert (action.save, action.result, action.again_at) == (True, Result.WAITING, NOW + SETTLE)


def test_an_unknown_is_left_alone_until_it_has_settled_then_searched() -> None:
    row, action = step(UNKNOWN, Claimed(NOW + SETTLE - dt.timedelta(seconds=1)), TERMS)
    assert (row, action.result, action.again_at) == (UNKNOWN, Result.WAITING, NOW + SETTLE)
    _, action = step(UNKNOWN, Claimed(NOW + SETTLE), TERMS)
    assert action.step is Step.SEARCH


def test_a_search_has_to_show_what_was_posted_after_the_settle_time_at_each_look() -> None:
    # Found by simulation: with «after it became unknown» the index may stop between such a document and a late commit.
    _, action = step(UNKNOWN, Claimed(NOW + SETTLE), TERMS)
    assert action.fresh_since == NOW + SETTLE
    second = structs.replace(UNKNOWN, absent_since=NOW + 3 * SETTLE)
    _, action = step(second, Claimed(NOW + 4 * SETTLE), TERMS)
    assert action.fresh_since == NOW + SETTLE


def test_an_unknown_that_cannot_be_searched_is_parked_for_a_person() -> None:
    row, action = step(UNKNOWN, Claimed(NOW), Terms(SETTLE, can_search=False))
    assert (row.state, row.code, action.result) == (State.REVIEW, "no_search", Result.REVIEW)


def test_what_is_found_as_sent_is_adopted_without_a_second_post() -> None:
    row, action = step(UNKNOWN, Searched((Match("doc-9", same=True),), fresh=False, now=NOW), TERMS)
    assert (row.state, row.doc_id, action.result) == (State.DONE, "doc-9", Result.DONE)


def test_what_is_found_different_or_twice_is_parked() -> None:
    row, action = step(UNKNOWN, Searched((Match("x", same=False, difference="total"),), fresh=True, now=NOW), TERMS)
    assert (row.state, row.code, action.result) == (State.REVIEW, "mismatch", Result.REVIEW)
    twice = (Match("x", same=True), Match("y", same=True))
    row, action = step(UNKNOWN, Searched(twice, fresh=True, now=NOW), TERMS)
    assert (row.state, row.code, action.result) == (State.REVIEW, "doubled", Result.DOUBLED)


def test_sending_again_needs_freshness_a_second_look_and_budget() -> None:
    later = NOW + SETTLE
    row, action = step(UNKNOWN, Searched((), fresh=False, now=later), TERMS)
    assert (row, action.save, action.result) == (UNKNOWN, False, Result.WAITING)

    row, action = step(UNKNOWN, Searched((), fresh=True, now=later), TERMS)
    assert (row.absent_since, action.save, action.again_at) == (later, True, later + SETTLE)
    _, action = step(row, Claimed(later + SETTLE - dt.timedelta(seconds=1)), TERMS)
    assert action.result is Result.WAITING
    _, action = step(row, Claimed(later + SETTLE), TERMS)
    assert action.step is Step.SEARCH
    row, action = step(row, Searched((), fresh=True, now=later + SETTLE), TERMS)
    assert action.step is Step.ASK_BUDGET
    for again_at in (None, later + 2 * SETTLE):
        refused, action = step(row, BudgetAsked(False, again_at), TERMS)
        assert (refused.state, action.result, action.again_at) == (State.UNKNOWN, Result.BUDGET, again_at)
    row, action = step(row, BudgetAsked(True), TERMS)
    assert action.step is Step.PREPARE
    row, action = step(row, IntentReady("{}"), TERMS)
    assert (row.state, row.attempts, row.uncertain) == (State.SENDING, 2, True)


AGAIN = structs.replace(UNKNOWN, state=State.SENDING, attempts=2)


def test_what_was_sent_again_is_looked_back_at_a_settle_time_later() -> None:
    row, action = step(AGAIN, Answered(Created("doc-2", 201), NOW), TERMS)
    assert (row.state, row.doc_id, row.code) == (State.DONE, "doc-2", "sent_again")
    assert (action.save, action.result, action.again_at) == (True, Result.DONE, NOW + SETTLE)

    done = structs.replace(row, done_at=NOW)
    _, action = step(done, Claimed(NOW + SETTLE - dt.timedelta(seconds=1)), TERMS)
    assert (action.result, action.again_at) == (Result.DONE, NOW + SETTLE)
    _, action = step(done, Claimed(NOW + SETTLE), TERMS)
    assert (action.step, action.fresh_since) == (Step.SEARCH, None)

    once, action = step(done, Searched((Match("doc-2", same=True),), fresh=True, now=NOW + SETTLE), TERMS)
    assert (once.state, once.doc_id, once.code, action.save) == (State.DONE, "doc-2", None, True)
    assert not once.is_looked_back_at
    edited, _ = step(done, Searched((Match("doc-2", same=False),), fresh=True, now=NOW + SETTLE), TERMS)
    assert edited.code is None, "the accountant may change it"


@pytest.mark.parametrize("shown", [(), (Match("doc-9", same=False),)], ids=["nothing", "something else"])
def test_what_was_sent_again_and_is_not_shown_proves_nothing(shown: tuple[Match, ...]) -> None:
    done = structs.replace(AGAIN, state=State.DONE, doc_id="doc-2", code="sent_again", done_at=NOW)
    row, action = step(done, Searched(shown, fresh=True, now=NOW + SETTLE), TERMS)
    assert (row, action.save, action.result, action.again_at) == (done, False, Result.DONE, None)
    for error, again_at in ((BUSY, NOW + 2 * SETTLE), (KonturProtocolError("nonsense"), None)):
        row, action = step(done, SearchFailed(error, NOW + SETTLE), TERMS)
        assert (row, action.result, action.again_at) == (done, Result.DONE, again_at)


def test_what_was_sent_again_and_stands_there_twice_is_named_until_the_surplus_is_gone() -> None:
    done = structs.replace(AGAIN, state=State.DONE, doc_id="doc-2", code="sent_again", done_at=NOW)
    twice = Searched((Match("doc-1", same=True), Match("doc-2", same=True)), fresh=True, now=NOW + SETTLE)
    row, action = step(done, twice, TERMS)
    assert (row.state, row.code, row.asks_a_person, action.result) == (State.DONE, "doubled", True, Result.REVIEW)
    assert row.said == (said("sent_again_doubled", times=Count(2, "time"), ids=several("doc-1", "doc-2")),)
    again, action = step(row, twice, TERMS)
    assert (again, action.save) == (row, False), "no news"
    _, action = step(row, Claimed(NOW + 2 * SETTLE), TERMS)
    assert action.step is Step.SEARCH
    row, _ = step(row, Searched((Match("doc-1", same=True),), fresh=True, now=NOW + 2 * SETTLE), TERMS)
    assert (row.doc_id, row.code, row.message) == ("doc-1", None, None), "the other one was kept"


def test_a_search_that_broke_off_is_never_none() -> None:
    row, action = step(UNKNOWN, SearchFailed(BUSY, NOW), TERMS)
    assert (row, action.result, action.again_at) == (UNKNOWN, Result.WAITING, NOW + SETTLE)
    nonsense = SearchFailed(KonturProtocolError("nonsense"), NOW)
    assert step(UNKNOWN, nonsense, TERMS)[1].again_at is None, "waiting does not make it readable"


def test_waiting_is_of_use_while_the_search_has_something_to_catch_up_with() -> None:
    settled = NOW + SETTLE
    for search, again_at in (
        (Searched((), fresh=False, now=NOW), settled),
        (Searched((), fresh=False, now=settled), None),
        (Searched((), fresh=False, now=settled, lags=True), settled + SETTLE),
    ):
        _, action = step(UNKNOWN, search, TERMS)
        assert (action.result, action.again_at) == (Result.WAITING, again_at)


def test_what_kontur_may_hold_already_is_looked_for_before_it_is_sent_the_first_time() -> None:
    look_first = Terms(SETTLE, can_search=True, expected=Expected.PERHAPS)
    row, action = step(ROW, Claimed(NOW), look_first)
    assert (row, action.step, action.save) == (ROW, Step.SEARCH, False)

    _, action = step(ROW, Searched((), fresh=True, now=NOW), look_first)
    assert action.step is Step.PREPARE
    row, action = step(ROW, Searched((Match("p-1", same=True),), fresh=True, now=NOW), look_first)
    assert (row.state, row.doc_id, row.code, action.save) == (State.DONE, "p-1", "found", True)
    row, action = step(ROW, SearchFailed(BUSY, NOW), look_first)
    assert (row, action.result, action.error) == (ROW, Result.NOT_APPLIED, BUSY)


def test_an_unknown_outcome_starts_the_clock_anew() -> None:
    again = structs.replace(SENDING, uncertain=True, unknown_since=NOW, absent_since=NOW)
    later = NOW + dt.timedelta(hours=1)
    row, action = step(again, Answered(Unknown("reset"), later), TERMS)
    assert (row.state, row.unknown_since, row.absent_since) == (State.UNKNOWN, later, None)
    assert (action.save, action.result, action.again_at) == (True, Result.UNKNOWN, later + SETTLE)


def test_what_comes_to_its_turn_too_late_is_taken_back_and_begins_with_an_intent_of_its_own() -> None:
    row, action = step(SENDING, HeldUp(ends=False), TERMS)
    assert (row.state, row.payload, row.attempts) == (State.PLANNED, None, 0)
    assert (action.step, action.save) == (Step.PREPARE, True)
    again = structs.replace(SENDING, uncertain=True, unknown_since=NOW, absent_since=NOW, attempts=2)
    row, action = step(again, HeldUp(ends=False), TERMS)
    assert (row.state, row.payload, row.attempts, row.absent_since) == (State.UNKNOWN, "{}", 1, NOW)
    assert (action.step, action.save) == (Step.PREPARE, True)


def test_what_comes_to_its_turn_when_nothing_more_is_begun_is_taken_back_for_a_later_run() -> None:
    row, action = step(SENDING, HeldUp(ends=True), TERMS)
    assert (row.state, action.step, action.save, action.result) == (State.PLANNED, Step.FINISH, True, Result.LOST)


def test_a_refusal_unfreezes_a_first_attempt() -> None:
    row, action = step(SENDING, Answered(Rejected("Kontur says: bad number", 422), NOW), TERMS)
    assert (row.state, row.payload, action.result) == (State.REJECTED, None, Result.REJECTED)
    assert row.message == to_json([said("kontur_rejected", answer="bad number.")])


def test_a_refusal_after_an_unknown_attempt_is_for_a_person() -> None:
    uncertain = structs.replace(SENDING, uncertain=True)
    row, _ = step(uncertain, Answered(Rejected("number is taken", 422), NOW), TERMS)
    assert (row.state, row.code, row.payload) == (State.REVIEW, "rejected_after_unknown", "{}")


@pytest.mark.parametrize("error", [KonturAccessError("key", status=401), KonturTransientError("busy", status=429)])
def test_what_was_not_applied_goes_back_and_an_earlier_unknown_stays_unknown(
    error: KonturAccessError | KonturTransientError,
) -> None:
    row, action = step(SENDING, Answered(NotApplied(error), NOW), TERMS)
    assert (row.state, row.payload, row.attempts) == (State.PLANNED, None, 0)
    assert (action.result, action.error) == (Result.NOT_APPLIED, error)
    uncertain = structs.replace(SENDING, uncertain=True, unknown_since=NOW, absent_since=NOW, attempts=2)
    row, _ = step(uncertain, Answered(NotApplied(error), NOW), TERMS)
    assert (row.state, row.payload, row.unknown_since, row.absent_since) == (State.UNKNOWN, "{}", NOW, NOW)


@pytest.mark.parametrize("state", [State.DONE, State.REJECTED, State.REVIEW, State.HELD, State.SKIPPED])
def test_what_is_not_to_be_sent_is_left_as_it_is(state: State) -> None:
    row = structs.replace(ROW, state=state)
    after, action = step(row, Claimed(NOW), TERMS)
    assert (after, action.step, action.save) == (row, Step.FINISH, False)


@pytest.mark.parametrize("state", [State.DONE, State.REJECTED, State.REVIEW, State.PLANNED, State.UNKNOWN])
def test_an_answer_that_cannot_come_stops_the_program(state: State) -> None:
    with pytest.raises(AssertionError, match="Answered"):
        step(structs.replace(ROW, state=state), Answered(Created("x", 201), NOW), TERMS)


def test_what_kontur_showed_a_moment_ago_is_not_sent_when_a_search_finds_nothing() -> None:
    shown = dataclasses.replace(TERMS, expected=Expected.LISTED)
    row, action = step(ROW, Claimed(NOW), shown)
    assert action.step is Step.SEARCH
    row, action = step(row, Searched((), fresh=True, now=NOW), shown)
    assert (row, action.step, action.result, action.again_at) == (ROW, Step.FINISH, Result.WAITING, NOW + SETTLE)
    row, action = step(row, Searched((Match("doc-1", same=True),), fresh=True, now=NOW), shown)
    assert (row.state, row.doc_id) == (State.DONE, "doc-1")


@pytest.mark.parametrize("expected", Expected)
@pytest.mark.parametrize("can_search", [True, False])
def test_nothing_is_sent_into_a_closed_period(expected: Expected, can_search: bool) -> None:
    terms = Terms(SETTLE, can_search=can_search, expected=expected, closed=True)
    row, action = step(ROW, Claimed(NOW), terms)
    if expected is not Expected.NO:
        assert action.step is Step.SEARCH
        row, action = step(ROW, Searched((), fresh=True, now=NOW), terms)
    if expected is Expected.LISTED:
        assert (row, action.result) == (ROW, Result.WAITING), "to find nothing proves nothing"
        return
    assert (row.state, row.code, row.payload) == (State.REJECTED, "closed_period", None)
    assert (action.step, action.save, action.result) == (Step.FINISH, True, Result.REJECTED)


def test_what_stands_in_a_closed_period_already_is_adopted() -> None:
    terms = Terms(SETTLE, can_search=True, expected=Expected.PERHAPS, closed=True)
    row, action = step(ROW, Searched((Match("p-1", same=True),), fresh=True, now=NOW), terms)
    assert (row.state, row.doc_id, action.result) == (State.DONE, "p-1", Result.DONE)


def test_what_is_absent_is_not_sent_again_into_a_closed_period() -> None:
    absent = structs.replace(UNKNOWN, absent_since=NOW)
    row, action = step(absent, Searched((), fresh=True, now=NOW), dataclasses.replace(TERMS, closed=True))
    assert (row.state, row.code, action.result) == (State.REVIEW, "closed_period", Result.REVIEW)
    row, action = step(absent, Searched((), fresh=True, now=NOW), TERMS)
    assert action.step is Step.ASK_BUDGET


def test_what_only_looks_like_ours_is_believed_by_a_fresh_search_only() -> None:
    alike = (Match("doc-1", same=False, difference="its comment lacks BX1", marked=False),)
    row, action = step(UNKNOWN, Searched(alike, fresh=False, now=NOW), TERMS)
    assert (row, action.result) == (UNKNOWN, Result.WAITING)
    row, action = step(UNKNOWN, Searched(alike, fresh=True, now=NOW), TERMS)
    assert (row.state, row.code) == (State.REVIEW, "mismatch")


PARKED = structs.replace(
    ROW, state=State.REVIEW, code="mismatch", message="Kontur has it under id d-1, but different: x", updated_at=NOW
)
OTHER = Match("d-1", same=False, difference="number B-7 instead of 7")


def looked_again(row: OperationRow, *matches: Match, fresh: bool = True) -> tuple[OperationRow, Action]:
    """What is made of a parked operation when it is looked at the next night."""
    row, action = step(row, Claimed(NOW + SETTLE), TERMS)
    assert (action.step, action.fresh_since) == (Step.SEARCH, NOW), "only what is newer proves anything"
    return step(row, Searched(matches, fresh, NOW + SETTLE), TERMS)


@pytest.mark.parametrize("state", [State.REVIEW, State.SKIPPED])
def test_what_stands_in_its_place_is_still_there(state: State) -> None:
    parked, _ = looked_again(structs.replace(PARKED, state=state), OTHER)
    assert (parked.state, parked.code) == (state, "mismatch")
    assert "number B-7 instead of 7" in (parked.message or "")
    again, action = looked_again(structs.replace(parked, updated_at=NOW), OTHER)
    assert (again.message, action.save, action.result) == (parked.message, False, Result.REVIEW)


def test_what_stands_in_its_place_twice_is_no_new_alarm_each_night() -> None:
    twice = (Match("d-1", same=True), Match("d-2", same=True))
    parked, action = looked_again(PARKED, *twice)
    assert (parked.state, parked.code, action.save, action.result) == (State.REVIEW, "doubled", True, Result.REVIEW)
    again, action = looked_again(structs.replace(parked, updated_at=NOW), *twice)
    assert (again.code, action.save, action.result) == ("doubled", False, Result.REVIEW)


@pytest.mark.parametrize("state", [State.REVIEW, State.SKIPPED])
def test_what_was_made_equal_is_taken_up(state: State) -> None:
    row, action = looked_again(structs.replace(PARKED, state=state), Match("d-1", same=True), fresh=False)
    assert (row.state, row.doc_id, row.code, row.message) == (State.DONE, "d-1", "found", None)
    assert (action.save, action.result) == (True, Result.DONE)


def test_what_is_gone_is_sent_only_where_the_search_is_fresh_and_the_shop_still_calls_for_it() -> None:
    row, action = looked_again(PARKED, fresh=False)
    assert (row, action.step, action.save, action.result) == (PARKED, Step.FINISH, False, Result.REVIEW)
    row, action = looked_again(PARKED)
    assert (row.state, row.code, row.message, action.step) == (State.PLANNED, None, None, Step.PREPARE)
    withdrawn, action = looked_again(structs.replace(PARKED, state=State.SKIPPED))
    assert (withdrawn.state, withdrawn.code, action.step, action.save) == (State.SKIPPED, None, Step.FINISH, True)


def test_a_failed_search_says_nothing_of_what_is_parked() -> None:
    row, action = step(PARKED, SearchFailed(BUSY, NOW), TERMS)
    assert (row, action.save, action.result) == (PARKED, False, Result.REVIEW)
    row, action = step(PARKED, Claimed(NOW), dataclasses.replace(TERMS, can_search=False))
    assert (row, action.step, action.result) == (PARKED, Step.FINISH, Result.REVIEW)


def test_what_was_sent_is_never_taken_for_parked() -> None:
    sent = structs.replace(PARKED, payload="{}", attempts=1)
    row, action = step(sent, Claimed(NOW), TERMS)
    assert (row, action.step, action.result) == (sent, Step.FINISH, Result.REVIEW)


CONFLICT = Unknown("Kontur says: number 7 exists already", 409, conflict=True)


def test_what_kontur_says_to_have_already_is_looked_for_at_once_and_adopted() -> None:
    row, action = step(SENDING, Answered(CONFLICT, NOW), TERMS)
    assert (row.state, row.uncertain, row.code) == (State.UNKNOWN, True, "conflict")
    assert (action.step, action.save, action.fresh_since) == (Step.SEARCH, True, NOW + SETTLE)
    row, action = step(row, Searched((Match("doc-9", same=True),), fresh=False, now=NOW), TERMS)
    assert (row.state, row.doc_id, row.message, action.result) == (State.DONE, "doc-9", None, Result.DONE)


def test_what_kontur_says_to_have_already_and_does_not_show_is_told_at_once() -> None:
    marked = structs.replace(SENDING, marker="BX1-S7-9Y")
    row, _ = step(marked, Answered(CONFLICT, NOW), TERMS)
    row, action = step(row, Searched((), fresh=False, now=NOW), TERMS)
    assert (row.state, row.absent_since, action.result) == (State.UNKNOWN, None, Result.WAITING), (
        "it proves nothing yet"
    )
    assert action.again_at == NOW + SETTLE
    assert row.message is not None
    (told,) = from_json(row.message, code="conflict")
    assert (told.code, dict(told.facts)["answer"]) == ("conflict", "number 7 exists already.")
    assert dict(told.facts)["marked"] == said("with_marker", marker="BX1-S7-9Y")

    absent = structs.replace(row, absent_since=NOW + SETTLE)
    later = Searched((), fresh=True, now=NOW + 2 * SETTLE)
    _, action = step(absent, later, TERMS)
    assert action.step is Step.ASK_BUDGET, "another one may have been on its way"


def test_a_conflict_where_nothing_can_be_searched_is_unknown() -> None:
    row, action = step(SENDING, Answered(CONFLICT, NOW), Terms(SETTLE, can_search=False))
    assert (row.state, row.code, action.result) == (State.UNKNOWN, "conflict", Result.UNKNOWN)


def test_a_refusal_for_the_counterparty_leaves_the_document_to_be_sent_for_another_one() -> None:
    row, action = step(SENDING, Answered(Rejected("no such counterparty", 422, of_counterparty=True), NOW), TERMS)
    assert (row.state, row.payload, row.code, action.save) == (State.PLANNED, None, "counterparty_gone", True)
    assert action.result is Result.NO_BUYER
    frozen = structs.replace(SENDING, uncertain=True)
    row, action = step(frozen, Answered(Rejected("no such counterparty", 422, of_counterparty=True), NOW), TERMS)
    assert (row.state, row.code, row.payload) == (State.REVIEW, "rejected_after_unknown", "{}")


def test_what_a_person_has_to_take_up_is_told_with_the_whole_command() -> None:
    terms = dataclasses.replace(TERMS, document_day=dt.date(2026, 9, 17))
    row, _ = step(UNKNOWN, Searched((Match("x", same=False, difference="total"),), fresh=True, now=NOW), terms)
    then = said("have_it_taken_up", command=rebuilding(dt.date(2026, 9, 17)))
    assert row.message == to_json([said("mismatch", id="x", difference="total", then=then)])
    twice = (Match("x", same=True), Match("y", same=True))
    row, _ = step(UNKNOWN, Searched(twice, fresh=True, now=NOW), terms)
    assert row.message == to_json([said("doubled", count=2, ids=several("x", "y"), then=then)])
    assert "FROM=2026-09-17 TO=2026-09-17" in text(from_json(row.message, code="doubled")[0])
