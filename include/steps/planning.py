"""From an order's present state and the ledger's rows to a plan, and from a plan's operations to rows."""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import logging
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from include.accounting.arithmetic import EXACT
from include.accounting.clock import Clock
from include.accounting.context import Context
from include.accounting.findings import found
from include.accounting.in_ledger import Known
from include.accounting.money.received import Received, received
from include.accounting.named import named
from include.accounting.operations import (
    CLOSED_ADVANCE,
    Finding,
    KnownOperation,
    Operation,
    Payment,
    Plan,
    Progress,
    SaleDocument,
    Verdict,
)
from include.accounting.payload import StoredError, from_json, to_json
from include.accounting.plan import Rules, plan_order
from include.accounting.unshipped import as_if_shipped, would_be_left_out
from include.bitrix.rows import Order, Shop
from include.facts import said
from include.ledger.operation import Kind, OperationRow, State
from include.moments import local
from include.posting.withheld import without_money_of_gone
from include.settings import Settings
from include.words import text

log = logging.getLogger(__name__)


def rules_of(settings: Settings) -> Rules:
    """The rules in force; what is written in documents is in the language that is spoken.

    Raises:
        SettingsError: a template cannot be rendered, or the shop's own rule cannot be imported.
    """
    return Rules.of(settings, comment=text(said("document_comment", number="{{ account_number }}")))


class Planner:
    """Plans orders one by one; a bad one never stops the others."""

    def __init__(
        self,
        shop: Shop,
        settings: Settings,
        run_id: str,
        now: dt.datetime,
        closed: Mapping[str, dt.date | None],
    ) -> None:
        """``now`` is the database's clock, UTC; ``closed``: connection -> the last day that is not posted into."""
        self._shop = shop
        self._closed = closed
        self._settings = settings
        self.rules = rules_of(settings)
        self._run_id = run_id
        self._local_now = local(now, settings.shop.zone)

    def plan(
        self, order: Order, known: Sequence[OperationRow], numbers: Mapping[int, str] = MappingProxyType({})
    ) -> Plan:
        """What the order calls for, given what the ledger has of it and of its payments.

        ``numbers``: of the orders that its payments were planned with, by ID.
        """
        before, unreadable = _known(known, numbers)
        if unreadable:
            return self._without_operations(order, before, unreadable)
        try:
            plan = plan_order(order, self._shop, self._rules_for(order, known), known=before, now=self._local_now)
        except Exception:
            # An order that the rules did not foresee is a bug of ours; it must not cost the others their books.
            log.exception("Order %s could not be planned", order.id)
            finding = found(Verdict.REJECTED, "internal_error")
            return self._without_operations(order, before, (finding,))
        return without_money_of_gone(plan, known)

    def _rules_for(self, order: Order, known: Sequence[OperationRow]) -> Rules:
        """Periods are closed account by account."""
        own = [row for row in known if row.order_id == order.id]
        by_settings = self.rules.accounting.closed_until
        closed = self._closed.get(self._account(order.lid, order.company_id, own), by_settings)
        if closed == by_settings:
            return self.rules
        accounting = self.rules.accounting.model_copy(update={"closed_until": closed})
        return dataclasses.replace(self.rules, accounting=accounting)

    def _account(self, site: str, company_id: int | None, known: Sequence[OperationRow]) -> str:
        """Where the order's document is, though its site may be mapped to another account by now."""
        begun = next((row.connection for row in known if row.begun), None)
        return begun or self._settings.shop.connection_of(site, company_id) or ""

    def _without_operations(self, order: Order, before: Sequence[KnownOperation], findings: Sequence[Finding]) -> Plan:
        """Nothing new is due of this order; what was begun stays."""
        begun = [k.operation for k in before if k.operation is not None and k.progress is not Progress.PLANNED]
        kept = tuple(operation for operation in begun if operation.order_id == order.id)
        return Plan(
            order_id=order.id,
            number=order.number,
            site=order.lid,
            company_id=order.company_id,
            due=kept,
            held=(),
            findings=tuple(findings),
        )

    def received(self, order: Order, known: Sequence[OperationRow]) -> tuple[Received, ...]:
        """All money of the order, whether or not it is to be posted; none of one that cannot be planned either."""
        before, _ = _known(known, {})
        index = Known(before, order.id)
        context = Context(order=order, shop=self._shop, rules=self.rules, known=index, clock=Clock(self._local_now))
        try:
            with decimal.localcontext(EXACT):
                return received(context)
        except Exception:
            log.exception("The money of order %s could not be read", order.id)
            return ()

    def as_if_shipped(self, order: Order, day: dt.date | None) -> SaleDocument | None:
        """What the whole order would be as a document of a day; ``None``: of today."""
        with decimal.localcontext(EXACT):
            return as_if_shipped(order, self._shop, self.rules, day or self._local_now.date())

    def would_be_left_out(self, order: Order) -> bool:
        """Whether it would be left out by rule if it were shipped today."""
        with decimal.localcontext(EXACT):
            return would_be_left_out(order, self._shop, self.rules, self._local_now.date())

    def rows(self, plan: Plan, known: Sequence[OperationRow] = ()) -> list[OperationRow]:
        """The plan's operations as rows of the ledger: planned, and held."""
        connection = self._account(plan.site, plan.company_id, known)
        return [
            *(self._row(operation, State.PLANNED, connection) for operation in plan.due),
            *(self._row(payment, State.HELD, connection) for payment in plan.held),
        ]

    def _row(self, operation: Operation, state: State, connection: str) -> OperationRow:
        document = operation if isinstance(operation, SaleDocument) else None
        return OperationRow(
            key=operation.key,
            order_id=operation.order_id,
            connection=connection,
            kind=Kind(operation.kind) if isinstance(operation, SaleDocument) else _money_kind(operation),
            parent_key=None if isinstance(operation, SaleDocument) else operation.document_key,
            state=state,
            plan=to_json(operation),
            marker=document.marker if document else None,
            document_date=operation.date,
            amount=operation.total_amount if isinstance(operation, SaleDocument) else operation.amount,
            run_id=self._run_id,
        )


def _money_kind(operation: Operation) -> Kind:
    return Kind.PAYMENT if isinstance(operation, Payment) else Kind.REFUND


def _known(rows: Sequence[OperationRow], numbers: Mapping[int, str]) -> tuple[list[KnownOperation], list[Finding]]:
    """What the ledger has, and what of it cannot be read; of what was never sent that is planned anew."""
    known, unreadable = [], []
    for row in rows:
        progress = _progress(row)
        if progress is None:
            continue
        try:
            operation = from_json(row.plan) if row.plan else None
        except StoredError as error:
            log.warning("The plan of %s of order %s cannot be read: %s", row.key, row.order_id, error)
            if row.begun:
                unreadable.append(found(Verdict.REVIEW, "plan_unreadable", operation=named(row.key), why=error.said))
            continue
        number = numbers.get(row.order_id or 0)
        known.append(KnownOperation(key=row.key, operation=operation, progress=progress, order_number=number))
    return known, unreadable


def _progress(row: OperationRow) -> Progress | None:
    """How far it has come; ``None``: it is called for no longer."""
    if row.state is State.SKIPPED:
        return Progress.BY_HAND if row.code == CLOSED_ADVANCE else None
    if row.state is State.DONE:
        return Progress.DONE
    return Progress.BEGUN if row.begun else Progress.PLANNED
