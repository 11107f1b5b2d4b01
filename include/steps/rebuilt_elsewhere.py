"""Money that a rebuilt document holds unexplained, and that the shop may have given to another order since.

A payment whose row was moved, or deleted and entered again, would be posted into its new order's document, while it
stands in the old one's. Nobody but a person knows which is which, so what equals such an entry by day and sum waits.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from include.accounting.named import named
from include.bitrix.orders import read_orders
from include.bitrix.selection import select_orders
from include.bitrix.shop import read_shop
from include.bitrix.snapshot import snapshot
from include.facts import said, several
from include.ledger.chunks import parts
from include.ledger.connection import Session
from include.ledger.operation import OperationRow
from include.ledger.operations import Operations
from include.ledger.periods import in_force
from include.settings import Settings
from include.steps.known import elsewhere
from include.steps.planning import Planner
from include.steps.rebuilt_money import Entry, put_aside
from include.window import Window


def put_aside_elsewhere(
    session: Session, entries: Sequence[Entry], settings: Settings, run_id: str, *, but: Sequence[str]
) -> list[OperationRow]:
    """Keep back all payments and refunds of the shop that may be one of these entries of other documents.

    Args:
        session: the ledger's.
        entries: what stands in Kontur unexplained.
        settings: the settings in force.
        run_id: who keeps them back.
        but: keys of what is kept back already.

    Raises:
        BitrixError, LedgerError: the shop or the ledger does not work.
    """
    if not entries:
        return []
    operations = Operations(session)
    found = []
    for row in _not_sent(session, entries, settings, run_id):
        alike = [entry for entry in entries if _may_be(row, entry)]
        if alike and row.key not in but and (aside := _put_aside(operations, row, alike)) is not None:
            found.append(aside)
    return found


def _not_sent(session: Session, entries: Sequence[Entry], settings: Settings, run_id: str) -> Iterator[OperationRow]:
    """Payments and refunds of the orders of these days that a run would send, now or once their goods have left."""
    operations = Operations(session)
    days = sorted({entry.day for entry in entries})
    with snapshot() as shop_db:
        shop = read_shop(shop_db)
        chosen = select_orders(shop_db, Window(days[0], days[0]), settings, uncovered=days, room=sys.maxsize)
        planner = Planner(shop, settings, run_id, operations.now(), in_force(session, settings))
        for ids in parts(chosen.order_ids):
            orders = {order.id: order for order in read_orders(shop_db, ids)}
            known, moved = operations.of_orders(ids), elsewhere(operations, orders)
            for id_, order in orders.items():
                begun = {row.key for row in (*known[id_], *moved[id_]) if row.begun}
                planned = planner.rows(planner.plan(order, [*known[id_], *moved[id_]]), known[id_])
                yield from (row for row in planned if row.parent_key is not None and row.key not in begun)


def _may_be(row: OperationRow, entry: Entry) -> bool:
    """Not of its own document: what that holds is judged beside it."""
    same = (row.kind, row.document_date, row.amount) == (entry.kind, entry.day, entry.amount)
    return same and row.parent_key != entry.document_key


def _put_aside(operations: Operations, row: OperationRow, alike: Sequence[Entry]) -> OperationRow | None:
    before = operations.get(row.key)
    if before is not None and before.order_id != row.order_id and row.order_id is not None:
        operations.move(before, row.order_id)
    held = several(*(entry.told for entry in alike))
    return put_aside(operations, row, said("stands_elsewhere", operation=named(row.key), held=held))
