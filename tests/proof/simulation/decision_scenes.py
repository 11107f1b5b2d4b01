"""What people decide, played in a calm world: what is believed, what is not, and what is written down."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from kontur_hook.contract import VatRate
from kontur_hook.records import DocumentSummary
from msgspec import structs

from include.accounting.findings import found
from include.accounting.operations import Verdict
from include.facts import Said, said, several, to_json
from include.ledger.operation import Kind, State
from include.posting.closing import About
from include.posting.deciding import DecisionError, Word
from proof.simulation.kontur import Entry
from proof.simulation.shop import company
from proof.simulation.weather import LAG_S, LATE_S, SETTLE_S
from tests.proof.simulation.scenes import Scenes
from tests.proof.simulation.stage import INN, SUM, Stage, Start, order

SCENES = Scenes()
scene = SCENES.add
ORDER = order(1, payments=2)


def _unknown(stage: Stage, *, stands: bool, amount: int = SUM) -> Entry | None:
    """The document was sent long ago; what stands in Kontur for it."""
    buyer = stage.record(company(INN))
    stage.unknown(ORDER, buyer)
    return stage.document(ORDER, buyer, amount) if stands else None


def _posted() -> tuple[Stage, str]:
    """The document with its payments, long ago; its id."""
    stage = Stage()
    stage.plan(ORDER)
    stage.post(1)
    stage.settle()
    return stage, stage.row("sale:1").doc_id or ""


def _standing(stage: Stage) -> list[str]:
    return sorted(str(entry.kind) for entry in stage.kontur.entries if not entry.gone and entry.kind != "counterparty")


@scene
def what_is_found_is_accepted() -> None:
    stage = Stage()
    document = _unknown(stage, stands=True)
    assert document is not None
    assert stage.decide("sale:1", Word.ACCEPT) is None
    assert (*stage.told("sale:1"), stage.row("sale:1").doc_id) == (State.DONE, "accepted", document.id)
    (action,) = stage.database.actions
    assert (action.who, action.why, action.kind, action.op_key) == ("Anna", "so", "accepted", "sale:1")
    assert (action.before, action.after) == ("unknown", "done")
    stage.post(1)
    assert _standing(stage) == ["payment", "payment", "saleinvoice"]


@scene
def what_was_parked_is_accepted_with_another_sum() -> None:
    stage = Stage()
    document = _unknown(stage, stands=True, amount=SUM + 100)
    assert document is not None
    stage.post(1)
    assert stage.told("sale:1") == (State.REVIEW, "mismatch")
    assert stage.decide("sale:1", Word.ACCEPT) is None
    row = stage.row("sale:1")
    assert (row.state, row.doc_id, row.plan, row.payload) == (State.DONE, document.id, None, None)
    assert row.amount is not None
    assert int(row.amount * 100) == SUM + 100


@scene
def what_was_never_sent_is_accepted_as_a_person_was_told_of_it() -> None:
    stage = Stage()
    buyer = stage.record(company(INN))
    document = stage.document(ORDER, buyer, SUM + 100)
    stage.plan(ORDER)
    stage.post(1)
    assert stage.told("sale:1") == (State.REVIEW, "mismatch")
    assert stage.decide("sale:1", Word.ACCEPT) is None
    assert stage.row("sale:1").doc_id == document.id


@scene
def one_of_several_is_named() -> None:
    stage = Stage()
    first = _unknown(stage, stands=True)
    second = stage.document(ORDER, stage.kontur.entries[0])
    assert first is not None
    both = several(first.id, second.id)
    assert stage.decide("sale:1", Word.ACCEPT) == said("decide_several_found", ids=both)
    assert stage.decide("sale:1", Word.ACCEPT, "k99") == said("decide_other_found", id="k99", ids=both)
    keep = said("document_by_id", id=first.id)
    told = to_json([said("listed_again", id=5, keep=keep, surplus=several(second.id))])
    stage.change("sale:1", state=State.DONE, doc_id=first.id, code="doubled", message=told)
    assert stage.decide("sale:1", Word.ACCEPT) == said("decide_several_found", ids=both)
    assert stage.decide("sale:1", Word.STANDS, second.id) is None
    assert stage.told("sale:1") == (State.DONE, "settled")


@scene
def nothing_is_found() -> None:
    stage = Stage()
    _unknown(stage, stands=False)
    assert stage.decide("sale:1", Word.ACCEPT) == said("decide_nothing_found")


@scene
def a_person_names_a_document_that_names_another_order_behind_its_own() -> None:
    stage = Stage()
    document = _unknown(stage, stands=True)
    assert document is not None
    assert isinstance(document.record, DocumentSummary)
    other = order(2).document(SUM, VatRate.NONE).marker
    document.record = dataclasses.replace(document.record, comment=f"{document.record.comment} {other}")
    assert stage.decide("sale:1", Word.STANDS, document.id) is None
    assert stage.told("sale:1") == (State.DONE, "settled")


@scene
def a_person_names_what_is_not_it() -> None:
    stage = Stage()
    document = _unknown(stage, stands=True)
    assert document is not None
    theirs = stage.document(order(2), stage.kontur.entries[0])
    assert stage.decide("sale:1", Word.STANDS, "№ 5") == said("decide_no_id", id="№ 5")
    assert stage.decide("sale:1", Word.STANDS, "k99") == said("decide_not_there", id="k99")
    assert stage.decide("sale:1", Word.STANDS, theirs.id) == said("decide_of_another", id=theirs.id)
    stage.plan(order(3), state=State.DONE, doc_id=document.id)
    assert stage.decide("sale:1", Word.STANDS, document.id) == said("decide_of_another", id=document.id)
    assert stage.database.actions == []


@scene
def a_payment_of_the_same_document_is_another_operations() -> None:
    stage, _ = _posted()
    theirs = stage.row("payment:11").doc_id or ""
    stage.change("payment:10", state=State.REVIEW, code="mismatch", doc_id=None)
    assert stage.decide("payment:10", Word.STANDS, theirs) == said("decide_of_another", id=theirs)
    assert stage.database.actions == []


@scene
def kontur_cannot_be_read() -> None:
    stage = Stage(read_documents=False, search_documents=False)
    _unknown(stage, stands=False)
    assert stage.decide("sale:1", Word.STANDS, "k99") is None, "the person's word stands for it"
    stage.settle()
    assert stage.decide("sale:1", Word.SEND_AGAIN) == said("decide_not_gone", id="k99")
    stage.change("sale:1", code="vanished")
    assert stage.decide("sale:1", Word.SEND_AGAIN) is None
    _, id_ = stage.told("sale:1"), stage.row("sale:1").doc_id
    assert id_ is None


@scene
def what_was_not_posted_is_sent_once() -> None:
    stage = Stage()
    _unknown(stage, stands=False)
    assert stage.decide("sale:1", Word.NOT_POSTED) is None
    row = stage.row("sale:1")
    assert (row.state, row.payload, row.uncertain, row.begun) == (State.PLANNED, None, False, False)
    stage.post(1)
    assert _standing(stage) == ["payment", "payment", "saleinvoice"]


@scene
def a_persons_word_is_not_believed() -> None:
    stage = Stage()
    document = _unknown(stage, stands=True)
    assert document is not None
    assert stage.decide("sale:1", Word.NOT_POSTED) == said("decide_found", ids=several(document.id))
    early = dataclasses.replace(stage.seen("sale:1"), at=stage.database.clock() - dt.timedelta(seconds=SETTLE_S))
    # It became unknown SETTLE_S + 1 ago: he looked after one second, 32 too early.
    assert stage.decide("sale:1", Word.NOT_POSTED, seen=early) == said("decide_too_early", minutes=1)
    assert stage.decide("sale:1", Word.STANDS, document.id, seen=early) == said("decide_too_early", minutes=1)
    stage.change("sale:1", state=State.SENDING)
    assert stage.decide("sale:1", Word.NOT_POSTED) == said("decide_sending")
    assert stage.database.actions == []


@scene
def there_is_nothing_to_decide() -> None:
    stage, document = _posted()
    done = said("decide_done", id=document)
    assert stage.decide("sale:1", Word.STANDS, document) == done
    assert stage.decide("sale:1", Word.NOT_POSTED) == done
    assert stage.decide("sale:1", Word.SEND_AGAIN) == said("decide_not_gone", id=document)
    stage.plan(order(2, payments=1))
    assert stage.decide("sale:2", Word.NOT_POSTED) == said("decide_never_sent")
    assert stage.decide("sale:2", Word.SEND_AGAIN) == said("decide_not_posted_yet")
    assert stage.decide("payment:20", Word.STANDS, "k5") == said("decide_document_first")
    stage.change("sale:2", state=State.SKIPPED)
    typed = stage.document(order(2), stage.kontur.entries[0])
    assert stage.decide("sale:2", Word.STANDS, typed.id) == said("decide_not_due")
    assert stage.decide("sale:9", Word.STANDS, typed.id) == said("decide_no_operation", key="sale:9")
    assert stage.decide("sale:2", Word.STANDS, typed.id, who=" ") == said("decide_who_and_why")


@scene
def what_was_typed_by_hand_is_taken_for_a_payment() -> None:
    stage, document = _posted()
    first, second = (stage.row(key).doc_id or "" for key in ("payment:10", "payment:11"))
    stage.change("payment:10", state=State.REVIEW, doc_id=None, code="no_search")
    assert stage.decide("payment:10", Word.STANDS, second) is not None, "it is the other payment's"
    assert stage.decide("payment:10", Word.STANDS, first) is None
    assert stage.row("payment:10").payload is not None, "it is what was sent"
    for plan in (stage.row("sale:1").plan, "{", None):
        stage.change("payment:10", state=State.REVIEW, doc_id=None, plan=plan)
        assert stage.decide("payment:10", Word.STANDS, first) is None
        assert stage.row("payment:10").payload is None, "it is another thing than is planned"
    stage.delete(document)
    stage.change("payment:10", state=State.REVIEW)
    assert stage.decide("payment:10", Word.STANDS, first) == said("decide_not_there", id=first)


@scene
def another_program_posted_it() -> None:
    stage = Stage()
    document = _unknown(stage, stands=True)
    assert document is not None
    for plan in (stage.kontur.entries[0].body, None):
        stage.change("sale:1", state=State.REVIEW, plan=plan)
        assert stage.decide("sale:1", Word.STANDS, document.id) is None
        assert stage.row("sale:1").plan is None


@scene
def what_was_deleted_is_sent_again_with_its_money() -> None:
    stage, document = _posted()
    assert stage.decide("sale:1", Word.SEND_AGAIN) == said("decide_not_gone", id=document)
    stage.delete(document)
    stage.change("payment:11", state=State.REJECTED, payload=None, doc_id=None, code="kontur_rejected")
    assert stage.decide("sale:1", Word.SEND_AGAIN) is None
    assert [stage.row(key).state for key in ("sale:1", "payment:10", "payment:11")] == [State.PLANNED] * 3
    assert [action.op_key for action in stage.database.actions] == ["sale:1", "payment:10", "payment:11"]
    keys = {post.key for post in stage.kontur.log}
    stage.post(1)
    assert _standing(stage) == ["payment", "payment", "saleinvoice"]
    assert stage.row("sale:1").doc_id != document
    assert len({post.key for post in stage.kontur.log} - keys) == 3, "by keys of their own"
    assert stage.decide("sale:1", Word.SEND_AGAIN) == said("decide_too_early", minutes=1)


def _about_to_have_it_sent_again() -> tuple[Stage, str, Start]:
    """Of a deleted document, of which one payment is posted and one planned: all but his word is done; its id."""
    stage, document = _posted()
    stage.delete(document)
    stage.change("payment:11", state=State.PLANNED, payload=None, doc_id=None)
    person = stage.person("sale:1", Word.SEND_AGAIN)
    person.begin()
    person.until("decide")
    return stage, document, person


def _is_not_written(stage: Stage, document: str, person: Start) -> None:
    with pytest.raises(DecisionError):
        person.finish()
    assert stage.row("sale:1").doc_id == document
    assert stage.database.actions == []


@scene
def money_that_was_sent_meanwhile_is_not_left_without_its_document() -> None:
    stage, document, person = _about_to_have_it_sent_again()
    stage.change("payment:11", state=State.UNKNOWN, epoch=9, attempts=1, uncertain=True)
    _is_not_written(stage, document, person)


@scene
def money_that_was_planned_and_sent_meanwhile_is_not_left_without_its_document() -> None:
    stage, document, person = _about_to_have_it_sent_again()
    refund = structs.replace(stage.row("payment:11"), key="refund:10", kind=Kind.REFUND)
    stage.database.rows["refund:10"] = structs.replace(refund, state=State.REJECTED, code="kontur_rejected")
    _is_not_written(stage, document, person)


@scene
def money_does_not_go_to_a_document_that_a_person_has_sent_again_meanwhile() -> None:
    stage, _, person = _about_to_have_it_sent_again()
    person.lose_locks()
    run = stage.start(1)
    run.begin()
    run.until("begin")  # it has read the document as it was
    requests = len(stage.kontur.log)
    person.finish()
    run.finish()
    assert len(stage.kontur.log) == requests
    stage.settle()
    for _ in range(4):
        stage.post(1)
        stage.post_another()
        stage.settle()
    assert stage.row("payment:11").state is State.DONE
    assert _standing(stage) == ["payment"] * 2 + ["saleinvoice"] * 5


@scene
def what_was_deleted_stays_so_and_no_money_goes_to_it() -> None:
    stage, document = _posted()
    assert stage.decide("sale:1", Word.STAYS_GONE) == said("decide_not_gone", id=document)
    stage.delete(document)
    stage.change("payment:11", state=State.REJECTED, payload=None, doc_id=None, code="kontur_rejected")
    assert stage.decide("sale:1", Word.STAYS_GONE) is None
    assert [stage.told(key) for key in ("sale:1", "payment:10", "payment:11")] == [
        (State.DONE, "stays_gone"),
        (State.DONE, None),
        (State.SKIPPED, None),
    ]
    assert [(action.kind, action.op_key) for action in stage.database.actions] == [
        ("stays_gone", "sale:1"),
        ("stays_gone", "payment:11"),
    ]
    assert stage.decide("sale:1", Word.STAYS_GONE) == said("decide_stays_gone_already")
    stage.change("payment:11", state=State.PLANNED)
    requests = len(stage.kontur.log)
    stage.post(1)
    assert stage.told("payment:11") == (State.REJECTED, "document_stays_gone")
    assert (_standing(stage), len(stage.kontur.log)) == ([], requests)


@scene
def what_was_to_stay_gone_is_wanted_after_all() -> None:
    stage, document = _posted()
    stage.delete(document)
    assert stage.decide("sale:1", Word.STAYS_GONE) is None
    assert stage.decide("sale:1", Word.SEND_AGAIN) is None
    stage.post(1)
    assert _standing(stage) == ["payment", "payment", "saleinvoice"]


@scene
def of_two_who_say_what_is_to_become_of_what_is_gone_one_wins() -> None:
    stage, document = _posted()
    stage.delete(document)
    seen = stage.seen("sale:1")
    assert stage.decide("sale:1", Word.SEND_AGAIN, who="Boris") is None
    told = stage.decide("sale:1", Word.STAYS_GONE, seen=seen)
    assert told == said("decide_overtaken_by", who="Boris")
    assert {action.who for action in stage.database.actions} == {"Boris"}


@scene
def a_payment_that_was_deleted_is_sent_again() -> None:
    stage, _ = _posted()
    payment = stage.row("payment:10").doc_id or ""
    assert stage.decide("payment:10", Word.SEND_AGAIN) == said("decide_not_gone", id=payment)
    stage.delete(payment)
    assert stage.decide("payment:10", Word.STAYS_GONE) == said("decide_stays_with_document")
    assert stage.decide("payment:10", Word.SEND_AGAIN) is None
    stage.post(1)
    assert _standing(stage) == ["payment", "payment", "saleinvoice"]
    stage.settle()
    stage.change("sale:1", doc_id="№ 1")
    payment = stage.row("payment:10").doc_id or ""
    refused = said("decide_not_gone", id=payment)
    assert stage.decide("payment:10", Word.SEND_AGAIN) == refused, "its document's id is none: nothing can be asked"


@scene
def a_run_is_at_work_on_the_order() -> None:
    stage = Stage()
    stage.plan(ORDER)
    start = stage.start(1)
    start.begin()
    start.until("answer")  # the buyer's
    assert stage.decide("sale:1", Word.NOT_POSTED) == said("decide_busy")
    start.finish()
    assert stage.database.actions == []


@scene
def of_two_one_wins() -> None:
    stage = Stage()
    _unknown(stage, stands=True)
    seen = stage.seen("sale:1")
    assert stage.decide("sale:1", Word.ACCEPT, who="Boris") is None
    told = stage.decide("sale:1", Word.ACCEPT, seen=seen)
    assert told == said("decide_overtaken_by", who="Boris")
    assert [action.who for action in stage.database.actions] == ["Boris"]


@scene
def a_run_was_quicker() -> None:
    stage = Stage()
    _unknown(stage, stands=True)
    seen = stage.seen("sale:1")
    stage.post(1)
    assert stage.decide("sale:1", Word.NOT_POSTED, seen=seen) == said("decide_overtaken")


# --- of findings

REFUSED = found(Verdict.REJECTED, "inn_zero")
REST = found(Verdict.REVIEW, "payment_rest", 10)


@scene
def a_finding_is_closed_once_and_may_be_reopened() -> None:
    stage = Stage()
    assert stage.close(REFUSED.said) == said("close_no_such_finding"), "nothing was planned yet"
    stage.find(1, REFUSED, REST, found(Verdict.NOTED, "store_credit"))
    assert stage.close(said("store_credit")) == said("close_no_such_finding"), "it asks nobody"
    assert stage.close(REFUSED.said, About.REOPEN) == said("reopen_not_closed")
    assert stage.close(REFUSED.said, who="Boris") is None
    assert stage.close(REFUSED.said) == said("close_closed_already", who="Boris")
    assert stage.close(REFUSED.said, About.REOPEN) is None
    assert stage.close(REFUSED.said, why=" ") == said("decide_who_and_why")
    assert [(one.who, one.kind, one.before, one.after) for one in stage.database.actions] == [
        ("Boris", "finding_closed", "rejected", "closed"),
        ("Anna", "finding_reopened", "closed", "rejected"),
    ]


@scene
def what_a_finding_tells_by_now_is_another_one() -> None:
    stage = Stage()
    seen = found(Verdict.REVIEW, "receipt_differs", 10, receipts=Decimal(1), refund=Decimal(2))
    stage.find(1, found(Verdict.REVIEW, "receipt_differs", 10, receipts=Decimal(1), refund=Decimal(3)))
    assert stage.close(seen.said) == said("close_no_such_finding")


def _closes_while(stage: Stage, change: Callable[[], object]) -> Said:
    """What Anna is told of a finding that is there when she looks at it, and is written down a moment later."""
    stage.find(1, REFUSED, REST)
    anna = stage.closer(REFUSED.said)
    anna.begin()
    anna.until("closefinding")
    change()
    with pytest.raises(DecisionError) as error:
        anna.finish()
    return error.value.said


@scene
def of_two_who_close_a_finding_one_wins_and_so_does_a_run() -> None:
    stage = Stage()
    assert _closes_while(stage, lambda: stage.find(1, REFUSED)) == said("close_overtaken")
    assert stage.database.actions == []
    assert _closes_while(stage, lambda: stage.close(REFUSED.said, who="Boris")) == said("close_overtaken")
    assert [action.who for action in stage.database.actions] == ["Boris"]


# --- of periods

SEPTEMBER, OCTOBER = dt.date(2026, 9, 30), dt.date(2026, 10, 31)
"""Their last days; the virtual clock begins on the first of November."""


@scene
def a_period_is_closed_up_to_a_day_and_may_be_reopened() -> None:
    stage = Stage()
    assert stage.close_period(OCTOBER, why="") == said("decide_who_and_why")
    assert stage.close_period(dt.date(2026, 11, 1)) == said("period_not_over", day=dt.date(2026, 11, 1))
    assert stage.close_period(OCTOBER, About.REOPEN) == said("period_open_already", day=OCTOBER)
    assert stage.close_period(OCTOBER) is None
    assert stage.close_period(SEPTEMBER, seen=1) == said("period_closed_already", until=OCTOBER)
    assert stage.close_period(dt.date(2026, 10, 1), About.REOPEN, seen=1, who="Boris") is None
    told = [(one.who, one.kind, one.before, one.after) for one in stage.database.actions]
    assert told == [
        ("Anna", "period_closed", None, "2026-10-31"),
        ("Boris", "period_reopened", "2026-10-31", "2026-09-30"),
    ]


@scene
def what_the_settings_close_only_the_settings_open() -> None:
    stage = Stage()
    stage.use("accounting", closed_until=SEPTEMBER)
    assert stage.close_period(SEPTEMBER) == said("period_closed_already", until=SEPTEMBER)
    assert stage.close_period(SEPTEMBER, About.REOPEN) == said("period_closed_by_settings", until=SEPTEMBER)
    assert stage.close_period(OCTOBER) is None
    assert stage.close_period(SEPTEMBER, About.REOPEN, seen=1) == said("period_closed_by_settings", until=SEPTEMBER)
    assert stage.close_period(dt.date(2026, 10, 1), About.REOPEN, seen=1) is None


@scene
def of_two_who_close_a_period_one_wins() -> None:
    stage = Stage()
    anna = stage.closes_period(OCTOBER)
    anna.begin()
    anna.until("sayofperiod")
    assert stage.close_period(SEPTEMBER, who="Boris") is None
    with pytest.raises(DecisionError) as error:
        anna.finish()
    overtaken = said("period_overtaken", who="Boris", now=said("period_closed", until=SEPTEMBER))
    assert error.value.said == overtaken
    assert stage.close_period(OCTOBER) == overtaken, "she has still the old page before her"
    assert [action.who for action in stage.database.actions] == ["Boris"]


@scene
def what_is_planned_already_keeps_to_a_period_that_is_closed_meanwhile() -> None:
    stage = Stage()
    stage.plan(order(1), document_date=OCTOBER)
    stage.plan(order(2), document_date=dt.date(2026, 11, 1))
    assert stage.close_period(OCTOBER) is None
    stage.post(1, 2)
    assert stage.told("sale:1") == (State.REJECTED, "closed_period")
    assert stage.told("sale:2")[0] is State.DONE


def taken_over(stage: Stage) -> Said | None:
    """A person's lock is lost while Kontur is asked, and a run sends the same again meanwhile; what he is told."""
    _unknown(stage, stands=False)
    stage.database.now += SETTLE_S
    stage.post_another()
    stage.post(1)  # not found a first time
    stage.settle()
    person = stage.person("sale:1", Word.NOT_POSTED)
    person.begin()
    person.until("decide")
    person.lose_locks()
    stage.post_another()
    stage.post(1)
    assert stage.told("sale:1")[0] is State.DONE, "sent again by a run"
    for entry in _of_order_1(stage):
        entry.shown_at = stage.database.now + LAG_S  # no list shows it yet
    try:
        person.finish()
    except stage.deciding.DecisionError as error:
        told: Said = error.said
        return told
    return None


def not_there_yet(stage: Stage) -> Said | None:
    """A person does not see in Kontur what is still on its way, and says that it was not posted; what he is told."""
    stage.plan(ORDER)
    stage.kontur.next_faults = ["none", "timeout_late"]  # the buyer's and the document's
    stage.post(1)
    assert stage.told("sale:1")[0] is State.UNKNOWN
    for entry in _of_order_1(stage):
        entry.at = entry.shown_at = stage.database.now + LATE_S
    return stage.decide("sale:1", Word.NOT_POSTED)


def _of_order_1(stage: Stage) -> list[Entry]:
    return [entry for entry in stage.kontur.entries if entry.marker == (1, None)]


def documents(stage: Stage) -> int:
    """Of order 1, in Kontur, once the next run is over."""
    stage.post(1)
    return len(_of_order_1(stage))


@scene
def it_is_on_its_way_while_a_person_decides() -> None:
    stage = Stage()
    assert not_there_yet(stage) == said("decide_too_early", minutes=1)
    assert documents(stage) == 1


@scene
def a_run_takes_over_while_kontur_is_asked() -> None:
    stage = Stage()
    assert taken_over(stage) == said("decide_overtaken")
    assert documents(stage) == 1
