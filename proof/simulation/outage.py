"""Kontur is away for a while at the beginning of a night, and sixty documents are left without an answer.

One run, its orders cut into batches; each batch's task waits and comes again, as ``load`` does, until to wait is of no
use. Either nothing of what was sent meanwhile has arrived: then all of it stands in the books the same night, once. Or
each arrives after all, soon after it was sent again: then the run stops that, and no more than its budget is doubled.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from include.accounting.payload import counterparty_body
from include.ledger.operation import DOUBLED, Kind
from proof.simulation import checker, drivers
from proof.simulation.drivers import Driver
from proof.simulation.schedule import Process, Scenario, Schedule, Verdict, played
from proof.simulation.shop import paid_in_cash
from proof.simulation.weather import CALM, REPOST_BUDGET, SETTLE_S

UNKNOWN = 60
"""Documents without an answer, at least."""
WAIT_S = 24 * SETTLE_S
"""``posting.wait_s`` of the virtual world."""
_AWAY_S = 22.0
_BATCH_SIZES = (5, 8)
"""Of the smaller ones only the last document is left when Kontur is back; in the others the breaker opens first."""
_SURPLUS = re.compile(r"I1 doubled: order (?P<order>\d+) has 2 documents")


class Outage(Schedule):
    """The virtual world of one seed."""

    def __init__(self, seed: int, driver: Driver, *, arrives_late: bool, trace: Callable[[str], None] | None) -> None:
        super().__init__(seed, driver, Scenario(weather=CALM, stuck_search=0.0), trace)
        self._arrives_late = arrives_late
        self._size = self._rng.choice(_BATCH_SIZES)
        orders = UNKNOWN // 4 * 5 if self._size == 5 else UNKNOWN // 5 * 8
        self.orders = {id_: paid_in_cash(id_) for id_ in range(1, orders + 1)}

    def _set_the_stage(self) -> None:
        buyer = next(iter(self.orders.values())).buyer
        self.kontur.type_in(Kind.COUNTERPARTY, counterparty_body(buyer))
        self.kontur.away_until, self.kontur.holds_requests = _AWAY_S, self._arrives_late
        ids = list(self.orders)
        for first in range(0, len(ids), self._size):
            self._at(self._rng.uniform(0.0, 2.0), self._starter("night", ids[first : first + self._size]))

    def _retry(self, process: Process, wait_s: float) -> None:
        if self.database.now + wait_s <= WAIT_S:
            self._at(self.database.now + wait_s, self._starter(process.run, process.covered))

    def _problems(self) -> list[str]:
        found = checker.problems(self.orders, self.kontur, self.database)
        if self.seen["post: server_error_before"] < UNKNOWN:
            found.append("I14 too few requests got no answer: this night shows nothing")
        return found if not self._arrives_late else list(self._of_late_arrivals(found))

    def _of_late_arrivals(self, found: list[str]) -> list[str]:
        """What is doubled must be little, and named; what was not sent again must have been left alone."""
        doubled = {int(match["order"]) for problem in found if (match := _SURPLUS.match(problem))}
        rows = {id_: self.database.rows[f"sale:{id_}"] for id_ in self.orders}
        problems = [p for p in found if p.startswith(("I5 ", "I10 ", "I12 ")) or "payment" in p or "customer" in p]
        if len(doubled) > REPOST_BUDGET:
            problems.append(f"I12 {len(doubled)} documents are doubled, with a budget of {REPOST_BUDGET}")
        if not doubled:
            problems.append("I14 nothing arrived late: this night shows nothing")
        problems += [f"I2 order {id_} is doubled and nobody is told" for id_ in doubled if rows[id_].code != DOUBLED]
        return problems


def play(seed: int, driver: Driver | None = None, *, trace: Callable[[str], None] | None = None) -> Verdict:
    """Play one night; in those of even seeds what was sent first arrives late."""
    return played(Outage(seed, driver or drivers.real(), arrives_late=seed % 2 == 0, trace=trace))
