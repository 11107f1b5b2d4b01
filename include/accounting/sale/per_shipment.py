"""One document per shipment: which part of each line a shipment carries, and what that part costs."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterable
from decimal import Decimal

from include.accounting.arithmetic import kopecks, quantity
from include.accounting.findings import rejection
from include.accounting.names import short
from include.accounting.sale.lines import Line
from include.bitrix.rows import Shipment
from include.facts import Number


def parts(lines: Iterable[Line], shipments: Iterable[Shipment]) -> dict[int | None, list[Line]]:
    """Shipment id -> the lines it carries; ``None`` -> what none carries. Together they make the lines' sums.

    A part's sum depends only on shipments with smaller ids, not on which of them has left already, so it stays the
    same while the others follow.

    Raises:
        NotPostableError: the shipments carry more than was sold.
    """
    ordered = sorted(shipments, key=lambda shipment: shipment.id)
    carried = {shipment.id: _quantities(shipment) for shipment in ordered}
    found: dict[int | None, list[Line]] = {None: [], **{shipment.id: [] for shipment in ordered}}
    for line in lines:
        price = line.price if kopecks(line.price * line.quantity) == line.sum else line.sum / line.quantity
        gone, cost = Decimal(0), Decimal(0)
        for shipment in ordered:
            here = carried[shipment.id][line.basket_id]
            if here <= 0:
                continue
            gone += here
            if gone > line.quantity:
                raise rejection(
                    "shipped_more_than_sold",
                    name=short(line.name),
                    sold=Number(line.quantity),
                    shipped=Number(gone),
                )
            up_to_here = kopecks(gone * price)
            found[shipment.id].append(dataclasses.replace(line, quantity=here, price=price, sum=up_to_here - cost))
            cost = up_to_here
        if gone < line.quantity:
            rest = dataclasses.replace(line, quantity=line.quantity - gone, price=price, sum=line.sum - cost)
            found[None].append(rest)
    return found


def _quantities(shipment: Shipment) -> collections.defaultdict[int, Decimal]:
    found: collections.defaultdict[int, Decimal] = collections.defaultdict(Decimal)
    for item in shipment.items:
        found[item.basket_id] += quantity(item.quantity)
    return found
