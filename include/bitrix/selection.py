"""Which orders a run looks at. A wide choice: what there is to post is decided from each order's present state."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from include.bitrix.orders import CHANGE_TYPES, RETURN_TYPES
from include.bitrix.snapshot import ShopDatabase
from include.settings import Settings
from include.window import Window


@dataclasses.dataclass(frozen=True, slots=True)
class Selection:
    """Orders to look at."""

    order_ids: list[int]
    """Ascending, of mapped sites only."""
    unmapped: dict[str, int]
    """Site that ``shop.sites`` does not name -> how many orders were left alone for that."""


def select_orders(
    shop_db: ShopDatabase, window: Window, settings: Settings, *, changed_since: dt.datetime | None
) -> Selection:
    """Orders with an event in the window, changed in it, or changed from ``changed_since`` to its end.

    Events are shipment, payment, return, cancellation and change of status. ``changed_since`` is naive and in the
    shop's zone; ``None`` is the window's start. Each table is read once, whatever the window: most of these dates have
    no index in Bitrix.

    Raises:
        BitrixError: the database refused the query.
    """
    rows = shop_db.stream(
        "select_orders",
        start=window.start,
        end=window.end,
        updated_from=min(changed_since or window.start, window.start),
        change_types=CHANGE_TYPES,
        return_types=RETURN_TYPES,
    )
    return _mapped(rows, settings)


def existing(shop_db: ShopDatabase, ids: Sequence[int], settings: Settings) -> Selection:
    """Those of ``ids`` that the shop has.

    Raises:
        BitrixError: the database refused the query.
    """
    return _mapped(shop_db.rows("existing_orders", ids=tuple(ids)) if ids else [], settings)


def _mapped(rows: Iterable[Mapping[str, Any]], settings: Settings) -> Selection:
    order_ids: list[int] = []
    unmapped: collections.Counter[str] = collections.Counter()
    for row in rows:
        if settings.shop.connection_of(row["LID"]) is None:
            unmapped[row["LID"]] += 1
        else:
            order_ids.append(row["ID"])
    return Selection(order_ids, dict(unmapped))
