"""What is posted keeps its kopecks: which prices a part of a line has in the document that is in the books."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from include.accounting.arithmetic import KOPECK, kopecks
from include.accounting.operations import Item, SaleDocument
from include.accounting.sale.lines import Line
from include.accounting.sale.unit_prices import Split, split

_Run = tuple[Item, ...]
"""One item, or the two that a line was split into."""


def kept_in(document: SaleDocument, lines: Sequence[Line], carried: Mapping[int, Decimal]) -> dict[int, Split]:
    """Basket row -> quantities and unit prices of its part in a posted document; without rows that changed since.

    A part is as it was posted if it has the same quantity at the same price. Names only tell equals apart: a line that
    was renamed, which is a change, keeps its kopecks too.

    Args:
        document: in the books.
        lines: the order's, as the shop has them now.
        carried: how much of each row the document's shipment carries now, by basket id.
    """
    left, found = list(document.items), {}
    for line in lines:
        here = carried.get(line.basket_id, Decimal(0))
        # What rounding can come to: a kopeck for the part and for each line, and for each unit (VAT on top of it).
        most = KOPECK * (1 + len(lines) + here)
        runs = [run for run in _runs(left) if here > 0 and _is_part(run, here, line, most)]
        if runs:
            run = min(runs, key=lambda run: run[0].name != line.name)
            found[line.basket_id] = _split(run)
            for item in run:
                left.remove(item)
    return found


def cost(prices: Split) -> Decimal:
    """Roubles: each quantity at its price, rounded to the kopeck."""
    return sum((kopecks(quantity * price) for quantity, price in prices), start=Decimal(0))


def _runs(items: Sequence[Item]) -> Iterator[_Run]:
    yield from ((item,) for item in items)
    for one, next_ in itertools.pairwise(items):
        if next_ == dataclasses.replace(one, quantity=next_.quantity, price=one.price + KOPECK):
            yield one, next_


def _is_part(run: _Run, quantity: Decimal, line: Line, most: Decimal) -> bool:
    """Whether what was posted is this quantity at the line's price, but for rounding.

    Where the exact price is known to be the same, all of the order's rounding may stand here; more than ``most``
    (roubles) is no rounding, but what the shop's own rule did. Otherwise it must be what would be written of a sum that
    is less than a kopeck off.
    """
    if sum(item.quantity for item in run) != quantity:
        return False
    spent = cost(_split(run))
    if run[0].exact_price == line.price:
        return abs(spent - quantity * line.price) <= most
    return abs(spent - quantity * line.share) < KOPECK and _split(run) == split(quantity, spent, line.share)


def _split(run: _Run) -> Split:
    return tuple((item.quantity, item.price) for item in run)
