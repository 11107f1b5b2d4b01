"""Payments that the shop has given to another order: both orders have to be looked at."""

from __future__ import annotations

from collections.abc import Sequence

from include.bitrix.orders import payment_ids
from include.bitrix.snapshot import snapshot
from include.ledger.chunks import parts
from include.ledger.connection import LedgerDatabase
from include.ledger.operations import Operations
from include.ledger.reading import reading


def moved_from(order_ids: Sequence[int]) -> set[int]:
    """Other orders with which payments of these were planned or posted.

    Raises:
        BitrixError, LedgerError: the shop or the ledger cannot be read.
    """
    if not order_ids:
        return set()
    found: set[int] = set()
    with snapshot() as shop_db, reading(LedgerDatabase()) as session:
        operations = Operations(session)
        for ids in parts(order_ids):
            found |= operations.orders_of_payments(payment_ids(shop_db, ids))
    return found.difference(order_ids)
