"""The days of a month as bars: the geometry only, in the picture's own units."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

HEIGHT = 100
_STEP = 24


class Bar(NamedTuple):
    """A day, shop beside books."""

    day: dt.date
    left: int
    shop: float
    """Height; a day of more returns than sales has none."""
    books: float
    shop_amount: Decimal
    books_amount: Decimal


def bars(days: Sequence[tuple[dt.date, Decimal, Decimal]]) -> list[Bar]:
    """Each day with what shop and books come to (roubles), one next to the other."""
    most = max((amount for _, *amounts in days for amount in amounts), default=Decimal(0))
    return [
        Bar(day, _STEP * place, _height(shop, most), _height(books, most), shop, books)
        for place, (day, shop, books) in enumerate(days)
    ]


def _height(amount: Decimal, most: Decimal) -> float:
    return round(float(max(amount, Decimal(0)) / most * HEIGHT), 1) if most > 0 else 0.0
