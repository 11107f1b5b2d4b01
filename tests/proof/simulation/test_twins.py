"""Two equal payments of one document, and a sender that lost its lock: both could claim the same entry of Kontur.

Found by thinking, and by one schedule in a hundred thousand; too rare for the campaign, so it is driven step by step.
"""

from __future__ import annotations

import collections
import dataclasses
import random
from collections.abc import Generator

from include.ledger.operation import State
from proof.simulation import checker
from proof.simulation.database import Database
from proof.simulation.guards import Guards
from proof.simulation.kontur import Kontur
from proof.simulation.mutants import TwoOwners
from proof.simulation.shop import Order, Payment
from proof.simulation.weather import CALM, SETTLE_S
from proof.simulation.worker import Point, Process, Sender

ORDER = Order(
    id=1,
    inn="7700000000",
    shipped_at=0.0,
    amounts=((0.0, 10_000),),
    bad_until=0.0,
    payments=tuple(Payment(id_, 0.0, 5_000, "Cash", float("inf")) for id_ in (10, 11)),
)


class Stage:
    """The order's document stands; payment 10 is unknown, was never applied, and settles at 1 s; 11 is planned."""

    def __init__(self, guards: Guards) -> None:
        self._seen: collections.Counter[str] = collections.Counter()
        self._rng = random.Random(1)
        self._guards = guards
        self.database = Database(self._rng, self._seen)
        self.kontur = Kontur(self._rng, self._seen, gets_stuck=False)
        customer = self.kontur.typed_by_hand("counterparty", ORDER.inn)
        document, first, second = ORDER.plan(0.0)
        body = f"1|10000|none|{customer.id}"
        reply, _ = self.kontur.post(
            "saleinvoice", None, body, ORDER.marker, key=document.key, run="", now=0.0, weather=CALM
        )
        done = dataclasses.replace(document, state=State.DONE, doc_id=reply.id, payload=body)
        unknown = dataclasses.replace(
            first,
            state=State.UNKNOWN,
            payload=first.plan,
            attempts=1,
            uncertain=True,
            unknown_since=self.database.clock(1.0 - SETTLE_S),
        )
        self.database.rows = {row.key: row for row in (done, unknown, second)}
        self.database.now = 0.5

    def sender(self, process: Process) -> Generator[Point, None, None]:
        process.queue.append(ORDER.id)
        return Sender(process, self._guards, self.database, self.kontur, self._rng, self._seen).work()

    def finish(self) -> None:
        """Calm runs, one settle time apart."""
        for _ in range(4):
            self.database.now += SETTLE_S
            _run_until(self.sender(Process("later")), None)

    def problems(self) -> list[str]:
        """Of the money; the document was put there without a journal."""
        found = checker.problems({ORDER.id: ORDER}, self.kontur, self.database)
        return [problem for problem in found if "payment" in problem and not problem.startswith(("I10", "I12"))]


def _run_until(thread: Generator[Point, None, None], point: str | None) -> None:
    for reached, _ in thread:
        if reached == point:
            return


def _play(guards: Guards) -> list[str]:
    stage = Stage(guards)
    slow, quick = Process("daily"), Process("backfill")
    first, second = stage.sender(slow), stage.sender(quick)
    _run_until(first, "answer")  # payment 10 has not settled yet; 11 is sent and stands in Kontur
    for session in slow.lock_sessions:
        session.alive = False
    stage.database.now = 2.0
    _run_until(second, "search")
    _run_until(second, "claim")  # it has looked for payment 10, and goes on to 11
    _run_until(first, None)  # the answer arrives: 11 is done
    _run_until(second, None)
    stage.finish()
    return stage.problems()


def test_a_payment_is_not_taken_for_its_twin_whose_sender_lost_the_lock() -> None:
    assert _play(Guards()) == []


def test_without_that_guard_one_payment_is_lost() -> None:
    assert "I2 lost: order 1 lacks 1 payment (5000|Cash)" in _play(TwoOwners())
