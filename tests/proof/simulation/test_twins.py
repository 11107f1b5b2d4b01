"""Two equal payments of one document, and a sender that lost its lock: both could claim the same entry of Kontur.

Found by thinking, and by one schedule in a hundred thousand; too rare for the campaign, so it is driven step by step.
"""

from __future__ import annotations

from include.ledger.operation import State
from proof.simulation import checker
from proof.simulation.shop import company
from proof.simulation.weather import SETTLE_S
from tests.proof.simulation.stage import INN, Stage, order

ORDER = order(1, payments=2)


def _stage(*, one_owner: bool) -> Stage:
    """The document stands; payment 10 is unknown, was never applied, and settles at 1 s; 11 is planned."""
    stage = Stage(one_owner=one_owner)
    buyer = stage.record(company(INN))
    document = stage.document(ORDER, buyer)
    stage.plan(ORDER, state=State.DONE, doc_id=document.id, payload=stage.sent(ORDER, buyer))
    stage.change(
        "payment:10",
        state=State.UNKNOWN,
        payload=ORDER.payments[0].body,
        attempts=1,
        uncertain=True,
        unknown_since=stage.database.clock(1.0 - SETTLE_S),
    )
    stage.database.now = 0.5
    return stage


def _play(*, one_owner: bool) -> list[str]:
    """What is wrong with the money; the document was put there without a journal."""
    stage = _stage(one_owner=one_owner)
    slow = stage.start(1, run="daily")
    slow.begin()
    slow.until("answer")  # payment 10 has not settled yet; 11 is sent and stands in Kontur
    slow.lose_locks()
    stage.database.now = 2.0
    quick = stage.start(1, run="backfill")
    quick.begin()
    quick.until("save")
    quick.until("save")  # it has looked for payment 10, and goes on to 11
    slow.finish()  # the answer arrives: 11 is done
    quick.finish()
    for _ in range(4):
        stage.settle()
        stage.post(1, run="later")
    found = checker.problems({ORDER.id: ORDER}, stage.kontur, stage.database)
    return [problem for problem in found if "payment" in problem and not problem.startswith(("I10", "I12"))]


def test_a_payment_is_not_taken_for_its_twin_whose_sender_lost_the_lock() -> None:
    assert _play(one_owner=True) == []


def test_without_the_unique_key_one_payment_is_lost() -> None:
    lost = f"I2 lost: order 1 lacks 1 payment ({ORDER.payments[0].body})"
    assert lost in _play(one_owner=False)
