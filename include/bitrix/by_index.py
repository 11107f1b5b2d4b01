"""Which orders a night of a large shop looks at: those that Bitrix's own indexes lead to.

No version has an index on DATE_DEDUCTED, DATE_STATUS or PAY_RETURN_DATE. Who ships an order or gives money back in the
shop's own forms sets DATE_UPDATE as well, or writes a line of the history; what other modules and plain SQL leave
without either is found when all is read (``selection.py``).
"""

from __future__ import annotations

import bisect
import datetime as dt

from include.bitrix.orders import CHANGE_TYPES, RETURN_TYPES
from include.bitrix.selection import Selection, mapped
from include.bitrix.snapshot import ShopDatabase
from include.settings import Settings
from include.window import Window

_ASTRAY = dt.timedelta(days=1)
"""How much older than the rows before it a row may be: a receipt is printed some time after its row was written."""


class ByIndex:
    """What one snapshot of the shop tells without reading whole tables."""

    def __init__(self, shop_db: ShopDatabase) -> None:
        self._shop_db = shop_db
        self._ids = {
            row["NAME"]: range(row["LOWEST"], row["HIGHEST"] + 1)
            for row in shop_db.rows("id_ranges")
            if row["LOWEST"] is not None
        }

    @property
    def most_orders(self) -> int:
        """How many orders there are at the most: as many as there are numbers from the lowest ID to the highest.

        To count them would read an index from end to end, and what information_schema says is an estimate that differs
        from server to server. Orders that are gone make this too many, never too few.
        """
        return len(self._ids.get("b_sale_order", ()))

    def select(self, days: Window, settings: Settings) -> Selection:
        """Orders with an event or a change on these days, as far as an index leads to it.

        Args:
            days: local days.
            settings: which sites are mapped.

        Raises:
            BitrixError: the database refused a query.
        """
        rows = self._shop_db.rows(
            "orders_by_index",
            start=days.start,
            end=days.end,
            first_change=self._first("b_sale_order_change", "change_from_id", days.start - _ASTRAY),
            first_check=self._first("b_sale_cashbox_check", "check_from_id", days.start - _ASTRAY),
            change_types=CHANGE_TYPES,
            return_types=RETURN_TYPES,
        )
        order_ids, unmapped = mapped(rows, settings)
        return Selection(sorted(order_ids), dict(unmapped))

    def _first(self, table: str, file: str, since: dt.datetime) -> int:
        """The ID from which on a table's rows are dated ``since`` or later: by bisection, as dates ascend with IDs."""
        ids = self._ids.get(table, range(0))

        def is_late(id_: int) -> bool:
            """Of the row with that ID or the next; behind the last one all is late."""
            rows = self._shop_db.rows(file, id=id_)
            return not rows or bool(rows[0]["DATED"] >= since)

        return ids.start + bisect.bisect_left(ids, True, key=is_late)
