"""Payments that the shop has given to another order: both orders have to be looked at."""

from __future__ import annotations

from collections.abc import Sequence

from include.bitrix.orders import payment_ids
from include.bitrix.snapshot import snapshot
from include.ledger.connection import LedgerDatabase
from include.ledger.operation import State
from include.ledger.operations import Operations
from include.ledger.reading import reading

_CHUNK = 500


def moved_from(order_ids: Sequence[int]) -> set[int]:
    """Other orders with which payments of these were planned or posted.

    Raises:
        BitrixError, LedgerError: the shop or the ledger cannot be read.
    """
    with snapshot() as shop_db:
        chunks = [order_ids[start : start + _CHUNK] for start in range(0, len(order_ids), _CHUNK)]
        payments = [id_ for chunk in chunks for id_ in payment_ids(shop_db, chunk)]
    with reading(LedgerDatabase()) as session:
        rows = Operations(session).of_payments(payments)
    planned = {row.order_id for row in rows if row.order_id is not None and row.state is not State.SKIPPED}
    return planned.difference(order_ids)
