"""One document per shipment: which part of each line a shipment carries, and what that part costs.

What is posted keeps its kopecks; what is not yet posted shares what remains, so that all documents of the order
together make its PRICE.
"""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Mapping, Sequence
from decimal import Decimal

from include.accounting.arithmetic import kopecks, quantity
from include.accounting.findings import rejection
from include.accounting.names import short
from include.accounting.operations import SaleDocument
from include.accounting.sale.kept import cost, kept_in
from include.accounting.sale.lines import Line, with_rounding
from include.accounting.sale.unit_prices import Split
from include.bitrix.rows import Shipment
from include.facts import Number

_Kept = Mapping[int, Mapping[int, Split]]
"""Shipment id -> basket id -> what its part of that row keeps."""


def parts(
    lines: Sequence[Line], shipments: Sequence[Shipment], posted: Mapping[int, SaleDocument]
) -> dict[int | None, list[Line]]:
    """Shipment id -> the lines it carries; ``None`` -> what none carries. Together they make the lines' sums.

    The sum of a part that is not posted depends on those that are, and on shipments with smaller ids, not on which of
    them has left already, so it stays the same while the others follow.

    Args:
        lines: the order's; with the deliveries they make its PRICE.
        shipments: all of the order's.
        posted: documents that are in the books, by shipment id.

    Raises:
        NotPostableError: the shipments carry more than was sold.
    """
    carried = {shipment.id: _quantities(shipment) for shipment in sorted(shipments, key=lambda shipment: shipment.id)}
    kept: _Kept = {id_: kept_in(posted[id_], lines, carried[id_]) for id_ in carried if id_ in posted}
    shared = _shared(lines, kept)
    if shared is None:
        shared, kept = lines, {}
    found: dict[int | None, list[Line]] = {None: [], **{id_: [] for id_ in carried}}
    for line in shared:
        gone, spent = Decimal(0), Decimal(0)
        for id_ in _carriers(line, carried, kept, posted):
            here = carried[id_][line.basket_id]
            gone += here
            if gone > line.quantity:
                raise rejection(
                    "shipped_more_than_sold",
                    name=short(line.name),
                    sold=Number(line.quantity),
                    shipped=Number(gone),
                )
            own = kept.get(id_, {}).get(line.basket_id, ())
            up_to_here = spent + cost(own) if own else max(kopecks(gone * line.share), spent)
            found[id_].append(dataclasses.replace(line, quantity=here, sum=up_to_here - spent, as_posted=own))
            spent = up_to_here
        if gone < line.quantity:
            found[None].append(dataclasses.replace(line, quantity=line.quantity - gone, sum=line.sum - spent))
    return found


def _carriers(
    line: Line, carried: Mapping[int, Mapping[int, Decimal]], kept: _Kept, posted: Mapping[int, SaleDocument]
) -> list[int]:
    """Shipments that carry the line: what is posted as it was, what is posted and changed, what is not posted yet."""
    here = [id_ for id_, quantities in carried.items() if quantities[line.basket_id] > 0]
    return sorted(here, key=lambda id_: (line.basket_id not in kept.get(id_, {}), id_ not in posted))


def _shared(lines: Sequence[Line], kept: _Kept) -> Sequence[Line] | None:
    """The lines with sums that leave their kopecks to what is kept; a difference goes where something is not kept yet.

    ``None``: there is nothing that can take it, so what is posted is not what the order comes to now.
    """
    splits = [[of[line.basket_id] for of in kept.values() if line.basket_id in of] for line in lines]
    fixed = [sum(map(cost, own), start=Decimal(0)) for own in splits]
    amounts = [sum((amount for split in own for amount, _ in split), start=Decimal(0)) for own in splits]
    open_ = [n for n, line in enumerate(lines) if amounts[n] < line.quantity and line.sum > 0]
    rests = [max(lines[n].sum - fixed[n], Decimal(0)) for n in open_]
    wanted = sum((line.sum for line in lines), start=Decimal(0)) - sum(fixed, start=Decimal(0))
    rests = with_rounding(rests, wanted - sum(rests, start=Decimal(0)))
    if sum(rests, start=Decimal(0)) != wanted:
        return None
    sums = fixed
    for n, rest in zip(open_, rests, strict=True):
        sums[n] += rest
    return [dataclasses.replace(line, sum=sum_) for line, sum_ in zip(lines, sums, strict=True)]


def _quantities(shipment: Shipment) -> collections.defaultdict[int, Decimal]:
    found: collections.defaultdict[int, Decimal] = collections.defaultdict(Decimal)
    for item in shipment.items:
        found[item.basket_id] += quantity(item.quantity)
    return found
