"""extract: which orders a run looks at, cut into batches."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from include.bitrix.named import NamedOrders, find_named
from include.bitrix.selection import Selection
from include.bitrix.snapshot import snapshot
from include.errors import ForAPerson, HouseError
from include.facts import Count, said
from include.ledger.actions import Actions
from include.ledger.connection import LedgerDatabase, Session
from include.ledger.days import selecting
from include.ledger.differences import Differences
from include.ledger.operation_queries import OperationQueries
from include.ledger.operations import Operations
from include.ledger.orders import Orders
from include.ledger.reading import reading
from include.settings import Settings
from include.steps.looking import Chosen, Look
from include.steps.moved import moved_from
from include.steps.run_request import RunRequest
from include.steps.unchanged import Unchanged, unchanged
from include.window import Window

MOST_BATCHES = 500
LARGEST_BATCH = 500
QUIET_S = 300
"""Open operations younger than this belong to a run at work, and are left to it."""


class TooManyOrdersError(ForAPerson, HouseError):
    """More than a run can hold."""


@dataclasses.dataclass(frozen=True, slots=True)
class Extracted:
    """What XCom carries on: ids, counts, days and moments as ISO texts."""

    batches: list[dict[str, Any]]
    """``{"order_ids": [...]}``"""
    unmapped: dict[str, int]
    """Orders of sites that the settings do not name: left alone."""
    read_at: str
    """When the shop was read: UTC, by the ledger database's clock, taken just before the snapshot."""
    days: list[str] = dataclasses.field(default_factory=list)
    """The shop's local days that the run covers if it finishes, or has looked at by the indexes alone (``full_scan``);
    none for a run that names its orders."""
    uncovered: int = 0
    """Days since ``go_live``, up to the window's last, that no run has covered when this one has finished."""
    selects: dict[str, str] = dataclasses.field(default_factory=dict)
    """With which settings the days are covered (:func:`include.ledger.days.selecting`)."""
    uncovered_before: int = 0
    """As ``uncovered``, while this run has not finished."""
    full_scan: bool = True
    """Whether the shop was read as a whole (``run.full_scan_orders``); else no day is covered."""
    unchanged: dict[str, int] = dataclasses.field(default_factory=lambda: Unchanged().counts)
    """What was left out of the batches because it would be planned as it was."""

    @property
    def covering(self) -> dict[str, Any]:
        """What ``report`` needs to know of the days, for XCom."""
        names = ("days", "read_at", "selects", "uncovered", "uncovered_before", "full_scan")
        return {name: getattr(self, name) for name in names}


def extract(settings: Settings, window: Window, asked: RunRequest, *, also: Sequence[int] = ()) -> Extracted:
    """Orders with an event or a change in the window and those with unfinished operations; or just those named.

    A scheduled run looks as well at the ``run.overlap_days`` before the window, at the days since ``go_live`` that no
    finished run has covered and those before them in the same way, oldest first, as many as fit, and at the orders that
    are rejected or under review. In a large shop most nights find what the indexes lead to, and cover nothing.

    Those that would be planned as they were, and of which nothing is to be done, are left out and counted; not by a dry
    run, so that what it says is all that there is to say.

    Args:
        settings: the settings in force.
        window: the shop's local days.
        asked: what the run is asked for.
        also: look at these as well, changed or not, unless orders are named.

    Raises:
        BitrixError, LedgerError: the shop or the ledger cannot be read.
        UnknownOrdersError: the shop does not have all the orders that are named, or no ID is one.
        TooManyOrdersError: more than 250,000 orders.
    """
    named = NamedOrders.of(asked.order_ids, asked.order_numbers)
    with reading(LedgerDatabase()) as session:
        now = Operations(session).now()
        look = Look.of(session, settings, window, now, scheduled=asked.scheduled)
        in_any_case = {*Actions(session).unplanned_orders(), *also}
        must = set() if named else {*_waiting(session, asked), *in_any_case}
        # The page names all orders of a reason: one that the shop has deleted since stops none of the others.
        known = {row.order_id for row in Orders(session).read(named.ids)}
    left_out = Unchanged()
    if named:
        with snapshot() as shop_db:
            chosen = Chosen(Selection(find_named(shop_db, named, settings, known=known), {}))
    else:
        with snapshot() as shop_db:
            chosen = look.choose(shop_db, room=MOST_BATCHES * LARGEST_BATCH - len(must))
            if not asked.dry_run:
                candidates = sorted(must.union(chosen.selection.order_ids) - in_any_case)
                left_out = unchanged(shop_db, candidates, settings, asked.run_id)
    # Also those that the shop no longer has: what was never sent of them must be withdrawn.
    must = must.union(chosen.selection.order_ids) - left_out.order_ids
    return Extracted(
        batches=batches(sorted(must | moved_from(sorted(must))), settings.run.batch_size),
        unmapped=chosen.selection.unmapped,
        read_at=now.isoformat(),
        days=[day.isoformat() for day in sorted(chosen.covered or chosen.by_index)],
        uncovered=len(set(look.uncovered) - chosen.covered),
        selects=selecting(settings),
        uncovered_before=len(look.uncovered),
        full_scan=chosen.full_scan,
        unchanged=left_out.counts,
    )


def _waiting(session: Session, asked: RunRequest) -> set[int]:
    """Orders that the ledger wants looked at, whatever happened to them in the shop.

    Rejected and reviewed ones, and those of which the reconciliation found something that no run has seen, in scheduled
    runs only: each night is often enough, a backfill of thirty days would look at them thirty times.
    """
    waiting = set(OperationQueries(session).unfinished_orders(asked.run_id, quiet_s=QUIET_S))
    if asked.scheduled:
        waiting.update(Orders(session).asked_about(), Differences(session).unseen_orders())
    return waiting


def batches(order_ids: Sequence[int], size: int) -> list[dict[str, Any]]:
    """Cut orders into at most 500 batches of at most 500 (Airflow maps over 1,024 at the most).

    Raises:
        TooManyOrdersError: they do not fit.
    """
    if len(order_ids) > MOST_BATCHES * LARGEST_BATCH:
        most = MOST_BATCHES * LARGEST_BATCH
        raise TooManyOrdersError(said("too_many_orders", orders=Count(len(order_ids), "order"), most=most))
    if not order_ids:
        # An empty batch rather than none: mapped over nothing, everything downstream would be skipped.
        return [{"order_ids": []}]
    size = max(size, -(-len(order_ids) // MOST_BATCHES))
    parts = [order_ids[start : start + size] for start in range(0, len(order_ids), size)]
    return [{"order_ids": list(ids)} for ids in parts]
