"""The three sides of a batch of orders: the shop's plan, the ledger's rows, what Kontur has."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from include.accounting.operations import Plan, SaleDocument
from include.bitrix.orders import archived_orders, read_orders
from include.bitrix.rows import Order
from include.bitrix.shop import read_shop
from include.bitrix.snapshot import snapshot
from include.books.standing import Read, Standing
from include.ledger.closings import NOTHING_CLOSED, Closings
from include.ledger.connection import Session
from include.ledger.counterparties import Counterparties, identity
from include.ledger.operation import REFUSED, OperationRow
from include.ledger.operations import Operations
from include.ledger.orders import OrderRow, Orders
from include.ledger.periods import in_force
from include.posting.withheld import without_what_was_settled_by_hand
from include.reconciliation.sides import InBooks, InLedger, InShop, Kept, LeftShop, Sides
from include.settings import Settings
from include.steps.known import elsewhere, taken_over, with_taken_over
from include.steps.planning import Planner


@dataclasses.dataclass(frozen=True, slots=True)
class TwoSides:
    """Shop and ledger of an order."""

    sides: Sides
    rows: tuple[OperationRow, ...]
    """The ledger's, as they were read."""

    def is_young(self, doc_id: str, since: dt.datetime) -> bool:
        """Whether a document was confirmed after ``since`` (UTC): what reads Kontur may not show it yet."""
        return any(row.doc_id == doc_id and row.done_at is not None and row.done_at > since for row in self.rows)


def two_sides(
    session: Session, connection: str, order_ids: Sequence[int], settings: Settings, run_id: str
) -> list[TwoSides]:
    """What shop and ledger know of those of these orders that belong to a Kontur account.

    An order belongs where its documents were sent to, whatever its site is mapped to by now.

    Args:
        session: of the ledger; read only.
        connection: the account.
        order_ids: at most 500.
        settings: the settings in force.
        run_id: the DAG run.

    Raises:
        BitrixError, LedgerError: the shop or the ledger cannot be read.
    """
    with snapshot() as shop_db:
        shop = read_shop(shop_db)
        orders = {order.id: order for order in read_orders(shop_db, order_ids)}
        archived = archived_orders(shop_db, [id_ for id_ in order_ids if id_ not in orders])
    operations, table = Operations(session), Orders(session)
    known = operations.of_orders(order_ids)
    with_taken_over(known, taken_over(table, orders, settings))
    moved = elsewhere(operations, orders)
    last = {row.order_id: row for row in table.read(order_ids)}
    closed = Closings(session).of_orders(order_ids)
    planner = Planner(shop, settings, run_id, operations.now(), in_force(session, settings))
    found: list[TwoSides] = []
    plans: dict[int, Plan] = {}
    for id_ in order_ids:
        order, rows = orders.get(id_), known[id_]
        if _account(order, rows, last.get(id_), settings) not in {connection, None}:
            continue
        if order is not None and settings.shop.connection_of(order.lid, order.company_id) is not None:
            plan = planner.plan(order, [*rows, *moved[id_]])
            plans[id_] = without_what_was_settled_by_hand(plan, rows, closed.get(id_, NOTHING_CLOSED))
        side = _shop_side(order, plans.get(id_), last.get(id_), rows, is_archived=id_ in archived)
        by_hand = {one: closing.who for one, closing in closed.get(id_, NOTHING_CLOSED).findings.items()}
        refused = _is_refused(last.get(id_))
        kept = InLedger(operations=tuple(map(Kept.of, rows)), refused=refused, closed=by_hand)
        found.append(TwoSides(Sides(order_id=id_, shop=side, ledger=kept), tuple(rows)))
    return _with_buyers(session, connection, found, plans)


def in_books(order: Sides, listed: Sequence[Standing]) -> Sides:
    """With what lists have shown of it."""
    return dataclasses.replace(order, books=InBooks.of(listed))


def with_reads(order: Sides, reads: Iterable[Read], young: Iterable[str]) -> Sides:
    """With what came of reading its documents; that a ``young`` one is not there yet says nothing."""
    hasty = set(young)
    told = [dataclasses.replace(read, is_gone=read.is_gone and read.id not in hasty) for read in reads]
    books = InBooks.of(order.books.documents, told)
    return dataclasses.replace(order, books=dataclasses.replace(books, gone=books.gone | order.books.gone))


def _account(
    order: Order | None, rows: Sequence[OperationRow], last: OrderRow | None, settings: Settings
) -> str | None:
    """``None``: nobody can tell; then it belongs where it was seen."""
    begun = next((row.connection for row in rows if row.begun), None)
    if begun is not None:
        return begun
    if order is not None:
        return settings.shop.connection_of(order.lid, order.company_id)
    return last.connection if last else None


def _shop_side(
    order: Order | None, plan: Plan | None, last: OrderRow | None, rows: Sequence[OperationRow], *, is_archived: bool
) -> InShop | LeftShop:
    if plan is not None:
        return InShop.of(plan)
    if order is not None:  # its site is not mapped any more: nothing is planned of it, what was posted stands
        return InShop(number=order.number, wanted=None)
    kept = (Kept.of(row).operation for row in rows if row.begun)
    return LeftShop(
        number=last.number if last else None,
        kept=tuple(operation for operation in kept if operation is not None),
        archived=is_archived,
    )


def _is_refused(last: OrderRow | None) -> bool:
    return last is not None and last.state in REFUSED


def _with_buyers(
    session: Session, connection: str, found: Sequence[TwoSides], plans: Mapping[int, Plan]
) -> list[TwoSides]:
    """With Kontur's id of each company that is known there."""
    wanted: dict[int, str] = {}
    for id_, plan in plans.items():
        documents = (one.operation for one in plan.wanted or () if isinstance(one.operation, SaleDocument))
        company = next((one.counterparty for one in documents if one.counterparty.inn is not None), None)
        if company is not None:
            wanted[id_] = identity(company)
    known = Counterparties(session).known(connection, wanted.values())

    def told(order: TwoSides) -> TwoSides:
        shop, buyer = order.sides.shop, known.get(wanted.get(order.sides.order_id, ""))
        if buyer is None or not isinstance(shop, InShop):
            return order
        return dataclasses.replace(
            order, sides=dataclasses.replace(order.sides, shop=dataclasses.replace(shop, buyer_id=buyer))
        )

    return [told(order) for order in found]
