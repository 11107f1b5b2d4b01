"""A sale document with its money, as it must be or as it stands in the books."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
from decimal import Decimal

Money = tuple[dt.date | None, Decimal, str]
"""Date (``None``: any), roubles, the API's word for the method."""


@dataclasses.dataclass(slots=True)
class Sale:
    """A sale document, as it must be or as it is."""

    number: str
    date: dt.date
    total: Decimal
    inn: str | None
    kpp: str | None
    order_id: int = 0
    tolerance: Decimal = Decimal(0)
    """What rounding may move between VAT rates."""
    vat: dict[str, Decimal] = dataclasses.field(default_factory=lambda: collections.defaultdict(Decimal))
    payments: list[Money] = dataclasses.field(default_factory=list)
    refunds: list[Money] = dataclasses.field(default_factory=list)
