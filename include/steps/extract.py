"""extract: which orders a run looks at, cut into batches."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from include.bitrix.selection import Selection, existing, select_orders
from include.bitrix.snapshot import snapshot
from include.ledger.connection import LedgerDatabase
from include.ledger.operations import Operations
from include.ledger.reading import reading
from include.settings import Settings
from include.window import Window

MOST_BATCHES = 500
LARGEST_BATCH = 500
QUIET_S = 300
"""Open operations younger than this belong to a run at work, and are left to it."""


class TooManyOrdersError(Exception):
    """More than a run can hold; ``str()`` says what to do."""


@dataclasses.dataclass(frozen=True, slots=True)
class Extracted:
    """What XCom carries on: ids and counts."""

    batches: list[dict[str, Any]]
    """``{"label": "orders 1001…1200", "order_ids": [...]}``"""
    unmapped: dict[str, int]
    """Orders of sites that the settings do not name: left alone."""


def extract(
    settings: Settings,
    window: Window,
    *,
    order_ids: Sequence[int] | None = None,
    also: Sequence[int] = (),
    overlap: bool = False,
) -> Extracted:
    """Orders with an event or a change in the window and those with unfinished operations; or just those asked for.

    Args:
        settings: the settings in force.
        window: the shop's local days.
        order_ids: look at these and no others.
        also: look at these as well, unless ``order_ids`` says at which.
        overlap: look as well at what changed in the ``run.overlap_days`` before the window.

    Raises:
        BitrixError, LedgerError: the shop or the ledger cannot be read.
        TooManyOrdersError: more than 250,000 orders.
    """
    with snapshot() as shop_db:
        if order_ids:
            selection = existing(shop_db, sorted(set(order_ids)), settings)
        else:
            since = window.start - dt.timedelta(days=settings.run.overlap_days) if overlap else None
            selection = _with_unfinished(select_orders(shop_db, window, settings, changed_since=since), also)
    return Extracted(batches(selection.order_ids, settings.run.batch_size), selection.unmapped)


def _with_unfinished(selection: Selection, also: Sequence[int]) -> Selection:
    with reading(LedgerDatabase()) as session:
        unfinished = Operations(session).unfinished_orders(quiet_s=QUIET_S)
    # Also those that the shop no longer has: what was never sent of them must be withdrawn.
    ids = sorted({*selection.order_ids, *unfinished, *also})
    return Selection(ids, selection.unmapped)


def batches(order_ids: Sequence[int], size: int) -> list[dict[str, Any]]:
    """Cut orders into at most 500 batches of at most 500 (Airflow maps over 1,024 at the most).

    Raises:
        TooManyOrdersError: they do not fit.
    """
    if len(order_ids) > MOST_BATCHES * LARGEST_BATCH:
        raise TooManyOrdersError(
            f"{len(order_ids)} orders are more than one run can hold ({MOST_BATCHES * LARGEST_BATCH});"
            " ask for fewer days, or go through the months one by one: make backfill FROM=… TO=…"
        )
    if not order_ids:
        # An empty batch rather than none: mapped over nothing, everything downstream would be skipped.
        return [{"label": "no orders", "order_ids": []}]
    size = max(size, -(-len(order_ids) // MOST_BATCHES))
    parts = [order_ids[start : start + size] for start in range(0, len(order_ids), size)]
    return [{"label": _label(ids), "order_ids": list(ids)} for ids in parts]


def _label(ids: Sequence[int]) -> str:
    return f"order {ids[0]}" if len(ids) == 1 else f"orders {ids[0]}…{ids[-1]}"
