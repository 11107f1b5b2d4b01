"""What the shop's cash registers printed, day by day."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from include.bitrix.orders import RETURN_TYPES
from include.bitrix.snapshot import ShopDatabase
from include.window import Window

_MONEYLESS = ("credit", "creditcash", "creditreturn", "creditreturncash")
"""Goods on credit, or taken back unpaid: no money changes hands."""


class Printed(NamedTuple):
    """The receipts of a site and seller on a local day, roubles."""

    day: dt.date
    site: str
    company_id: int | None
    """The seller, where the shop has several."""
    income: Decimal
    returns: Decimal


def printed(shop_db: ShopDatabase, days: Window) -> list[Printed]:
    """Receipts of payments; none of a shop before sale 17, which has no cash registers.

    Raises:
        BitrixError: the database refused the query.
    """
    if not shop_db.columns.has("b_sale_cashbox_check"):
        return []
    rows = shop_db.rows(
        "receipts_by_day", start=days.start, end=days.end, return_types=RETURN_TYPES, moneyless=_MONEYLESS
    )
    return [
        Printed(
            row["DAY"], row["LID"], row["COMPANY_ID"] or None, row["INCOME"] or Decimal(0), row["RETURNS"] or Decimal(0)
        )
        for row in rows
    ]
