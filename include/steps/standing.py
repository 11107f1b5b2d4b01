"""How things stand, by the ledger alone: the last run that finished, and what waits for a person or for Kontur."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from include.ledger.compared import ComparedDays
from include.ledger.connection import LedgerDatabase
from include.ledger.days import Days, LastLook, selecting
from include.ledger.differences import DifferenceRow, Differences
from include.ledger.operation_queries import OperationQueries
from include.ledger.operations import Operations
from include.ledger.orders import Orders
from include.ledger.reading import reading
from include.moments import local
from include.settings import Settings
from include.steps.outcomes import Outcome, read
from include.steps.reconciliation.conclude import ASKED_ELSEWHERE

_A_DAY = dt.timedelta(days=1)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Times are the shop's, naive."""

    now: dt.datetime
    finished: LastLook | None = None
    """The last run that finished: when it read the shop, and its id. ``None``: none ever did."""
    looked_since: dt.datetime | None = None
    """When the oldest run that finished read the shop, as far as is still known. ``None``: none ever did."""
    compared_at: dt.datetime | None = None
    """When the last reconciliation of all accounts read shop and books; ``None``: one of them was never compared."""
    needs_person: Sequence[Outcome] = ()
    unconfirmed: Sequence[Outcome] = ()
    """Sent, or due, and not known to stand in the books."""
    differences: Sequence[DifferenceRow] = ()
    """Those that a person still has to settle, without the orders that wait already, and what was posted since."""
    uncovered: Sequence[dt.date] = ()
    """Days up to yesterday that no finished run has looked at."""

    @property
    def new(self) -> int:
        """How many of the orders that need a person were shown first by the last run."""
        last = self.finished.run_id if self.finished is not None else None
        return sum(outcome.order.asked_run == last for outcome in self.needs_person)


def standing(settings: Settings) -> Standing:
    """Read it; nothing is written, and tables that are not there yet are empty.

    Raises:
        LedgerError: the ledger is away.
    """
    zone = settings.shop.zone
    with reading(LedgerDatabase()) as session:
        now = local(Operations(session).now(), zone)
        days, orders = Days(session), Orders(session)
        looked, looked_since = days.last_look(), days.first_look()
        compared_at = ComparedDays(session).last_read(settings.shop.connections)
        first, last = settings.accounting.go_live, now.date() - _A_DAY
        uncovered: list[dt.date] = []
        if first is not None and first <= last:
            looked_at = days.by_index(first, last)
            uncovered = [day for day in days.uncovered(selecting(settings), first, last) if day not in looked_at]
        waiting = sorted({*orders.asked_about(), *OperationQueries(session).unconfirmed_orders()})
        differences = Differences(session)
        open_ = [
            row
            for connection in settings.shop.connections
            for row in differences.standing(connection)
            if row.is_open and row.code not in ASKED_ELSEWHERE
        ]
        posted = differences.posted_since(open_)
    outcomes = read(waiting, settings) if waiting else []

    return Standing(
        now=now,
        finished=None if looked is None else looked._replace(read_at=local(looked.read_at, zone)),
        looked_since=None if looked_since is None else local(looked_since, zone),
        compared_at=None if compared_at is None else local(compared_at, zone),
        needs_person=[outcome for outcome in outcomes if outcome.needs_person],
        unconfirmed=[outcome for outcome in outcomes if outcome.unconfirmed and not outcome.needs_person],
        differences=[row for row in open_ if row.id not in posted],
        uncovered=uncovered,
    )
