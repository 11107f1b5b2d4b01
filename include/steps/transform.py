"""transform: the shop's present state of a batch of orders -> plans -> intents in the ledger."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import structs

from include.accounting.flood import BY_THE_CALENDAR
from include.accounting.operations import Finding, Operation, SaleDocument, Verdict
from include.accounting.stored_findings import findings_to_json
from include.bitrix.orders import OrderRows, order_of, read_rows
from include.bitrix.rows import Order
from include.bitrix.shop import read_shop
from include.bitrix.snapshot import snapshot
from include.books.ledger_check import check_go_live
from include.facts import Said, said, to_json
from include.ledger.closings import NOTHING_CLOSED, Closed, Closings
from include.ledger.connection import LedgerDatabase
from include.ledger.errors import LedgerTransientError, RollbackError
from include.ledger.operation import OperationRow, State, Trace
from include.ledger.operation_queries import OperationQueries
from include.ledger.operations import Operations
from include.ledger.orders import OUT_OF_REACH, OrderRow, Orders
from include.ledger.periods import in_force
from include.ledger.reading import reading
from include.ledger.statements import Change, decide
from include.posting.order_state import order_state
from include.posting.withheld import without_what_was_settled_by_hand
from include.settings import Settings
from include.steps import figures, noted, shown
from include.steps.deleted import deleted_as_asked
from include.steps.fingerprint import Fingerprints
from include.steps.known import elsewhere, taken_over, with_taken_over
from include.steps.planning import Planner

_MOST_PROBLEMS = 50
_MOST_TRIES = 5
"""Of planning a batch of whose orders people close findings meanwhile."""
_UNFORESEEN = frozenset({"internal_error", "customize_failed"})
"""Codes of what failed, perhaps for this time only: the same order is planned again."""
_OUT_OF_REACH = findings_to_json(
    (
        Finding(
            verdict=Verdict.SKIPPED,
            code=OUT_OF_REACH,
        ),
    )
)
"""Nothing else is said of such an order; what was posted of it stands, and it is looked at again each night."""


def transform(
    order_ids: Sequence[int],
    settings: Settings,
    run_id: str,
    *,
    dry_run: bool = False,
    retry_rejected: bool = False,
    hold_back: bool = False,
) -> dict[str, Any]:
    """Plan a batch of orders and put what is due into the ledger.

    Args:
        order_ids: at most 500.
        settings: the settings in force.
        run_id: the DAG run that answers for it.
        dry_run: plan only; the ledger is read, not written.
        retry_rejected: a person asks; what was refused or parked is due again, though the shop's data is the same.
        hold_back: leave an order that was fine before and is refused now as it was in the ledger, until the whole run
            was judged (:mod:`include.steps.flood`).

    Returns:
        Counts and references for XCom: ``order_ids``, ``planned`` (operations to post), ``days`` (of their documents,
        :attr:`include.ledger.operation.DocumentDay.plain`), ``states``, ``fine`` (how many orders were fine
        before), ``refused`` (code -> ids of those that are held back), ``first`` (code -> the first of
        them, as JSON), and of a dry run ``dry_run`` with what would be: ``accounts`` (figures), ``noted`` and
        ``problems`` (at most 50).

    Raises:
        GoLiveMissingError: nobody said from which day on orders are posted; not of a dry run.
        BitrixError, LedgerError: the shop or the ledger does not work.
    """
    if not dry_run:
        check_go_live(settings)
    for _ in range(_MOST_TRIES):
        with contextlib.suppress(RollbackError):
            return _planned(
                order_ids, settings, run_id, dry_run=dry_run, retry_rejected=retry_rejected, hold_back=hold_back
            )
    raise LedgerTransientError(said("closed_while_planned"))


def _planned(
    order_ids: Sequence[int], settings: Settings, run_id: str, *, dry_run: bool, retry_rejected: bool, hold_back: bool
) -> dict[str, Any]:
    """Once.

    Raises:
        RollbackError: somebody has closed a finding of these orders meanwhile, or opened it again.
    """
    with snapshot() as shop_db:
        shop = read_shop(shop_db)
        rows = read_rows(shop_db, order_ids)
    orders = {
        id_: order
        for id_, of_order in rows.items()
        if settings.shop.connection_of((order := order_of(of_order)).lid, order.company_id) is not None
    }
    database = LedgerDatabase()
    with reading(database) if dry_run else database.open() as session:
        operations, table = Operations(session), Orders(session)
        known = operations.of_orders(order_ids)
        posted_before = taken_over(table, orders, settings)
        with_taken_over(known, posted_before)
        moved = elsewhere(operations, orders)
        moved_from = {row.order_id for rows in moved.values() for row in rows if row.order_id is not None}
        numbers = {row.order_id: row.number for row in table.read(sorted(moved_from))}
        now = operations.now()
        open_after = in_force(session, settings)
        planner = Planner(shop, settings, run_id, now, open_after)
        fingerprints = Fingerprints(shop, settings, planner.rules, open_after)
        closed = Closings(session).of_orders(list(orders))
        planning = _Planning(planner, fingerprints, numbers, settings, run_id, now, closed, retry_rejected)
        outcome = [planning.plan(orders[id_], rows[id_], known[id_], moved[id_]) for id_ in orders]
        # An order that the shop no longer has, or whose site is no longer mapped, is no cancellation; but what was
        # never sent of it must not be.
        gone = [id_ for id_ in order_ids if id_ not in orders]
        withdrawn = [row for id_ in gone for row in known[id_] if row.withdrawable]
        hold_back = hold_back and not dry_run and settings.run.flood_percent > 0
        fine = _fine_before(outcome, OperationQueries(session), table, run_id) if hold_back else set()
        held_back = [planned for planned in outcome if planned.refusals and planned.order.order_id in fine]
        outcome = [planned for planned in outcome if planned not in held_back]
        if not dry_run:
            if retry_rejected:
                operations.forget_refusals()
            waiting = {planned.order.order_id for planned in held_back}
            for planned in outcome:
                if planned.deleted:
                    decide(session, planned.deleted)

            def write() -> None:
                operations.take_over([row for row in posted_before if row.order_id not in waiting])
                for planned in outcome:
                    for row in planned.moved:
                        operations.move(row, planned.order.order_id)
                operations.plan([row for planned in outcome for row in planned.changed])
                operations.withdraw([*withdrawn, *(row for planned in outcome for row in planned.withdrawn)])
                table.save([planned.order for planned in outcome])
                table.say(gone, _OUT_OF_REACH)
                # Whoever closes a finding locks its order: from here on he waits, and finds other findings.
                if Closings(session).of_orders(list(orders)) != closed:
                    raise RollbackError

            session.in_transaction(write)
    return _result(order_ids, outcome, dry_run=dry_run) | _held_back(held_back, len(fine))


@dataclasses.dataclass(frozen=True, slots=True)
class _Planned:
    order: OrderRow
    changed: tuple[OperationRow, ...]
    moved: tuple[OperationRow, ...]
    """Rows of payments that were planned with another order, and stand in this one now."""
    withdrawn: tuple[OperationRow, ...]
    deleted: tuple[Change, ...]
    """What settles itself, since Kontur has it no longer, as a review had asked for."""
    due: tuple[OperationRow, ...]
    """What is to be posted."""
    refusals: Mapping[str, Said]
    """Code -> why the plan refuses the order or a part of it, or shows it to a person; without what days bring."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Planning:
    """What the orders of a batch are planned with."""

    planner: Planner
    fingerprints: Fingerprints
    numbers: Mapping[int, str]
    """Of the orders that payments were planned with before, by ID."""
    settings: Settings
    run_id: str
    now: dt.datetime
    """The database's clock, UTC."""
    closed: Mapping[int, Closed]
    """What people have closed of orders."""
    retry_rejected: bool

    def plan(
        self, order: Order, rows: OrderRows, known: Sequence[OperationRow], elsewhere: Sequence[OperationRow]
    ) -> _Planned:
        """What becomes of an order.

        Args:
            order: it.
            rows: what of the shop it was made of.
            known: its operations.
            elsewhere: operations of its payments that belong to other orders.
        """
        plan = self.planner.plan(order, [*known, *elsewhere], self.numbers)
        can_read = self.settings.contract.read_documents
        settled = deleted_as_asked(plan, known, self.run_id, can_read=can_read)
        deleted = {change.before.key: change for change in settled}
        if deleted:
            known = [deleted[row.key].after if row.key in deleted else row for row in known]
            plan = self.planner.plan(order, [*known, *elsewhere], self.numbers)
        closed = self.closed.get(order.id, NOTHING_CLOSED)
        plan = without_what_was_settled_by_hand(plan, known, closed)
        planned = {row.key: row for row in self.planner.rows(plan, known)}
        by_key = {row.key: row for row in known}
        changed = tuple(
            row
            for row in planned.values()
            if (before := by_key.get(row.key)) is None or before.gives_way_to(row, asked=self.retry_rejected)
        )
        withdrawn = tuple(row for row in known if row.key not in planned and row.withdrawable)
        replaced = {row.key for row in (*withdrawn, *changed)}
        after = [
            *(row for row in known if row.key not in replaced),
            *(structs.replace(row, state=State.SKIPPED) for row in withdrawn),
            *changed,
        ]
        moved = tuple(row for row in elsewhere if not row.begun and row.key in planned)
        state = order_state(plan.findings, after, self.now, closed.findings)
        findings = findings_to_json(plan.findings)
        fingerprint = None
        if not plan.by_the_clock and _UNFORESEEN.isdisjoint(finding.code for finding in plan.findings):
            traces = [Trace.of(row) for row in (*after, *(row for row in elsewhere if row not in moved))]
            fingerprint = self.fingerprints.of(rows, traces, findings)
        return _Planned(
            order=OrderRow(
                order_id=order.id,
                number=plan.number,
                site=order.lid,
                connection=self.settings.shop.connection_of(order.lid, order.company_id) or "",
                state=state.state,
                code=state.code,
                problems=state.problems,
                findings=findings,
                run_id=self.run_id,
                fingerprint=fingerprint,
                total=order.price,
                inn=_inn(plan.due),
            ),
            changed=changed,
            moved=moved,
            withdrawn=withdrawn,
            deleted=tuple(deleted.values()),
            due=tuple(row for row in after if row.state is State.PLANNED),
            refusals={
                finding.code: finding.said
                for finding in plan.findings
                if finding.verdict in {Verdict.REJECTED, Verdict.REVIEW}
                and finding.code not in BY_THE_CALENDAR
                and finding.said not in closed.findings
            },
        )


def _inn(operations: Sequence[Operation]) -> str | None:
    """Of the buyer, as the documents have it."""
    buyers = (operation.counterparty for operation in operations if isinstance(operation, SaleDocument))
    return next((buyer.inn for buyer in buyers if buyer.inn is not None), None)


def _fine_before(outcome: Sequence[_Planned], operations: OperationQueries, table: Orders, run_id: str) -> set[int]:
    """Orders that were posted, or planned without a refusal, before; if nothing ever was, all that have something."""
    if not operations.posted_by_others(run_id):
        return {planned.order.order_id for planned in outcome if planned.order.state not in {None, State.SKIPPED}}
    before = table.read([planned.order.order_id for planned in outcome])
    return {row.order_id for row in before if row.is_fine}


def _held_back(held_back: Sequence[_Planned], fine: int) -> dict[str, Any]:
    refused: dict[str, list[int]] = collections.defaultdict(list)
    first: dict[str, str] = {}
    for planned in held_back:
        for code, problem in planned.refusals.items():
            refused[code].append(planned.order.order_id)
            if code not in first:
                first[code] = to_json([said("refused_order", number=planned.order.number, problem=problem)])
    return {"fine": fine, "refused": dict(refused), "first": first}


def _result(order_ids: Sequence[int], outcome: Sequence[_Planned], *, dry_run: bool) -> dict[str, Any]:
    due = [row for planned in outcome for row in planned.due]
    states = collections.Counter(planned.order.state or "nothing" for planned in outcome)
    days = {day for row in due if (day := row.document_day) is not None}
    result: dict[str, Any] = {
        "order_ids": list(order_ids),
        "planned": len(due),
        "days": [day.plain for day in sorted(days)],
        "states": dict(sorted(states.items())),
    }
    if dry_run:
        looked_at = [planned.order for planned in outcome]
        asked = [order for order in looked_at if order.problems]
        result["dry_run"] = {
            "accounts": figures.accounts(
                looked_at, (figures.Posted(row.connection, row.kind, row.document_date, row.amount) for row in due)
            ),
            "noted": noted.of_orders(looked_at),
            "problems": [shown.failed(order) for order in asked[:_MOST_PROBLEMS]],
        }
    return result
