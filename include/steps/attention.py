"""attention: one red square for each order that needs a person; clearing it plans and posts that order again."""

from __future__ import annotations

from collections.abc import Sequence

from include.ledger.connection import LedgerDatabase
from include.ledger.orders import OrderRow, Orders
from include.settings import Settings
from include.steps.load import load
from include.steps.record import record
from include.steps.transform import transform
from include.steps.write_back import write_back


def unsettled(order_ids: Sequence[int]) -> list[OrderRow]:
    """Those of these orders that need a person still."""
    with LedgerDatabase().open() as session:
        return [row for row in Orders(session).read(order_ids) if row.problems]


def again(order_ids: Sequence[int], settings: Settings, run_id: str) -> list[OrderRow]:
    """Plan and post these orders again, as a person asked for by clearing their square; those that need one still.

    Raises:
        BitrixError, LedgerError, KonturError: one of the three does not work.
    """
    size = settings.run.batch_size
    for start in range(0, len(order_ids), size):
        ids = order_ids[start : start + size]
        transform(ids, settings, run_id, retry_rejected=True)
        load(ids, settings, run_id, last_try=True)
    record(order_ids, run_id)
    write_back(order_ids, settings)
    return unsettled(order_ids)
