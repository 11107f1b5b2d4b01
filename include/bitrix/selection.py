"""Which orders a run looks at. A wide choice: what there is to post is decided from each order's present state.

The tables are read as a whole; ``by_index.py`` has the cheaper way for the nights of a large shop.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from include.bitrix.orders import CHANGE_TYPES, RETURN_TYPES
from include.bitrix.snapshot import ShopDatabase
from include.settings import Settings, ShippedBy
from include.window import Window

_YEAR_ZERO = 365
"""MySQL's TO_DAYS begins one year before Python's ordinals do."""


@dataclasses.dataclass(frozen=True, slots=True)
class Selection:
    """Orders to look at."""

    order_ids: list[int]
    """Ascending, of mapped sites only."""
    unmapped: dict[str, int]
    """Site that ``shop.sites`` does not name, or a selling company with its site -> how many orders were left alone."""
    taken: list[dt.date] = dataclasses.field(default_factory=list)
    """Those of the uncovered days all of whose orders are among them: the oldest."""


def select_orders(
    shop_db: ShopDatabase, days: Window, settings: Settings, *, uncovered: Sequence[dt.date] = (), room: int = 0
) -> Selection:
    """Orders with an event or a change on these days, and of the uncovered days, oldest first, while there is room.

    Events are shipment, payment, return, cancellation and change of status. Each table is read once, whatever the days
    are: most of these dates have no index in Bitrix.

    Args:
        shop_db: a snapshot of the shop.
        days: the run's own; all their orders are chosen.
        settings: which sites are mapped.
        uncovered: other local days, ascending.
        room: how many orders there may be with those of the uncovered days.

    Raises:
        BitrixError: the database refused the query.
    """
    rows = shop_db.stream(
        "select_orders",
        start=days.start,
        end=days.end,
        uncovered=tuple(day.toordinal() + _YEAR_ZERO for day in uncovered) or (None,),
        change_types=CHANGE_TYPES,
        return_types=RETURN_TYPES,
    )
    order_ids: list[int] = []
    unmapped: collections.Counter[str] = collections.Counter()
    taken = list(uncovered)
    for day, of_day in itertools.groupby(rows, key=lambda row: int(row["DAY"])):
        found, others = mapped(of_day, settings)
        if day and len(order_ids) + len(found) > room:
            taken = [before for before in taken if before.toordinal() + _YEAR_ZERO < day]
            break
        order_ids += found
        unmapped += others
    return Selection(sorted(order_ids), dict(unmapped), taken)


def paid_before(shop_db: ShopDatabase, days: Window, settings: Settings) -> list[int]:
    """Orders with money of before these days, whose goods had not left by then; too many rather than too few.

    Raises:
        BitrixError: the database refused the query.
    """
    shipped = tuple(sorted(settings.shop.shipped_statuses)) or (None,)
    by = settings.shop.shipped_by
    rows = shop_db.stream(
        "paid_before",
        start=days.start,
        shipped=shipped,
        by_flag=by is not ShippedBy.STATUS,
        by_status=by is not ShippedBy.FLAG,
    )
    return mapped(rows, settings)[0]


def mapped(rows: Iterable[Mapping[str, Any]], settings: Settings) -> tuple[list[int], collections.Counter[str]]:
    """The orders that go to some account, and how many of which site or company do not.

    Args:
        rows: ID, LID and COMPANY_ID of orders.
        settings: which sites and companies are mapped.
    """
    order_ids: list[int] = []
    others: collections.Counter[str] = collections.Counter()
    for row in rows:
        if settings.shop.connection_of(row["LID"], row["COMPANY_ID"] or None) is None:
            others[_unmapped(row, settings)] += 1
        else:
            order_ids.append(row["ID"])
    return order_ids, others


def _unmapped(row: Mapping[str, Any], settings: Settings) -> str:
    """What the settings do not name: the site, or the selling company."""
    company, companies = row["COMPANY_ID"], settings.shop.companies
    site = str(row["LID"])
    return site if companies is None or not company else f"{site} (COMPANY_ID {company})"
