"""What the judge of the simulation takes for wrong, and what not."""

import dataclasses

from kontur_hook.records import DocumentSummary

from include.facts import said, to_json
from include.ledger.operation import Kind, State
from proof.simulation import checker
from proof.simulation.kontur import Entry
from proof.simulation.shop import company
from tests.proof.simulation.stage import INN, Stage, order

ORDER = order(1)


def parked_beside_its_like() -> tuple[Stage, Entry]:
    """Never sent, or deleted and to be sent again, when a search shows what somebody typed in instead of it."""
    stage = Stage()
    like = stage.kontur.type_in(Kind.SALE_INVOICE, stage.sent(ORDER, stage.record(company(INN))))
    stage.plan(ORDER)
    told = to_json([said("mismatch", id=like.id, difference="", then="")])
    stage.change("sale:1", state=State.REVIEW, code="mismatch", message=told)
    return stage, like


def wrong(stage: Stage) -> list[str]:
    return [problem for problem in checker.problems({1: ORDER}, stage.kontur, stage.database) if "order 1" in problem]


def test_what_a_person_is_shown_instead_of_it_is_not_lost() -> None:
    stage, _ = parked_beside_its_like()
    assert wrong(stage) == []


def test_it_is_lost_if_what_he_is_shown_is_of_another_buyer_or_of_another_sum() -> None:
    stage, like = parked_beside_its_like()
    body, lost = like.body, ["I2 lost: order 1 has no document (review)"]
    like.body = body.replace('"totalAmount":100.00', '"totalAmount":100.01')
    assert (like.body != body, wrong(stage)) == (True, lost)
    like.body = body
    assert isinstance(like.record, DocumentSummary)
    other = stage.record(company("7711111111"))
    like.record = dataclasses.replace(like.record, counterparty_id=other.id)
    assert wrong(stage) == lost
