"""attention: one red square for each order that needs a person, or is not confirmed; clearing it posts it again."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from include.ledger.connection import LedgerDatabase
from include.ledger.orders import Orders
from include.settings import Settings
from include.steps.load import load
from include.steps.outcomes import Outcome, read
from include.steps.transform import transform
from include.steps.write_back import write_back


@dataclasses.dataclass(frozen=True, slots=True)
class Left:
    """What a square still has to show."""

    orders: list[Outcome]
    """Those that need a person, or are not confirmed."""
    again_at: dt.datetime | None = None
    """When what is not confirmed can be looked at again, UTC, naive."""


def show(order_ids: Sequence[int], settings: Settings, run_id: str) -> Left:
    """What is to be shown of these orders; that a person was asked about it is put down.

    Raises:
        LedgerError: the ledger is away.
    """
    left = [outcome for outcome in read(order_ids, settings) if outcome.needs_person or outcome.unconfirmed]
    with LedgerDatabase().open() as session:
        Orders(session).mark_asked([outcome.order for outcome in left if outcome.needs_person], run_id)
    return Left(left)


def again(order_ids: Sequence[int], settings: Settings, run_id: str) -> Left:
    """Plan and post these orders again, as a person asked for by clearing their square; what is still to be shown.

    Raises:
        BitrixError, LedgerError, KonturError: one of the three does not work.
    """
    size = settings.run.batch_size
    again_at = []
    for start in range(0, len(order_ids), size):
        ids = order_ids[start : start + size]
        transform(ids, settings, run_id, retry_rejected=True)
        again_at.append(load(ids, settings, run_id).again_at)
    write_back(order_ids, settings)
    left = show(order_ids, settings, run_id)
    return dataclasses.replace(left, again_at=max((at for at in again_at if at is not None), default=None))
