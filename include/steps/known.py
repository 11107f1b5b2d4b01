"""What the ledger has of orders beside their own rows: documents of another program, payments that moved."""

from __future__ import annotations

from collections.abc import Mapping

from include.accounting.keys import document_key, money_of
from include.bitrix.rows import Order
from include.ledger.operation import Kind, OperationRow, State
from include.ledger.operations import Operations
from include.ledger.orders import Orders
from include.settings import Settings


def elsewhere(operations: Operations, orders: Mapping[int, Order]) -> dict[int, list[OperationRow]]:
    """Order -> the ledger's rows of its payments that belong to another order: the shop has moved them since."""
    now_of = {payment.id: order.id for order in orders.values() for payment in order.payments}
    found: dict[int, list[OperationRow]] = {order_id: [] for order_id in orders}
    for row in operations.of_payments(list(now_of)):
        name = money_of(row.key)
        if name is not None and row.order_id != now_of[name.payment_id]:
            found[now_of[name.payment_id]].append(row)
    return found


def taken_over(table: Orders, orders: Mapping[int, Order], settings: Settings) -> list[OperationRow]:
    """Documents that another program posted count as done; their content is unknown, payments attach."""
    return [
        OperationRow(
            key=document_key(order_id),
            order_id=order_id,
            connection=settings.shop.connection_of(orders[order_id].lid) or "",
            kind=Kind.SALE_INVOICE,
            parent_key=None,
            state=State.DONE,
            doc_id=doc_id,
            code="taken_over",
        )
        for order_id, doc_id in table.taken_over(list(orders)).items()
    ]


def with_taken_over(known: dict[int, list[OperationRow]], rows: list[OperationRow]) -> None:
    """Put them in the place of what was only planned."""
    for row in rows:
        known[row.order_id or 0] = [row, *(other for other in known[row.order_id or 0] if other.key != row.key)]
