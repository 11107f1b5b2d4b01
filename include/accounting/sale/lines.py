"""The goods of an order: which rows count, what each line comes to, and that all of it is the order's total."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from decimal import Decimal

from kontur_hook.contract import VatRate

from include.accounting.arithmetic import KOPECK, kopecks, quantity
from include.accounting.drafts import UNKNOWN_RATE, Doubts
from include.accounting.findings import Collector, NotPostableError, rejection
from include.accounting.names import short, unescaped
from include.accounting.rules import Rules
from include.accounting.sale.unit_prices import Split
from include.accounting.sale.units import unit
from include.accounting.sale.vat import rate_of
from include.bitrix.rows import BasketItem, Order
from include.facts import Money, Number, said

_SERVICE_ITEM = 2
_SERVICE_PRODUCT = 7
_HALF_A_KOPECK = KOPECK / 2


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line, or the part of one that a shipment carries. Becomes one item of a document, or two."""

    basket_id: int
    name: str
    quantity: Decimal
    price: Decimal
    """For one unit, VAT included, exact; the sum is what counts."""
    sum: Decimal
    """Roubles, whole kopecks."""
    vat_rate: VatRate
    unit: str
    is_service: bool
    as_posted: Split = ()
    """Quantities and unit prices that a part has in the books, where it keeps them."""

    @property
    def share(self) -> Decimal:
        """What one unit of a whole line comes to, exact: its price, or its share of a sum that is rounded otherwise."""
        return self.price if kopecks(self.price * self.quantity) == self.sum else self.sum / self.quantity


def order_lines(order: Order, rules: Rules, deliveries: Sequence[Decimal], doubts: Doubts) -> tuple[Line, ...]:
    """The lines of the goods; with the sums of the deliveries they make the order's PRICE to the kopeck.

    Where they cannot, that is a doubt, and they have their own sums; so is a rate that is not known.

    Args:
        order: the order.
        rules: the rules in force.
        deliveries: sums of the delivery lines, roubles, whole kopecks.
        doubts: where doubts go.

    Raises:
        NotPostableError: a row is impossible.
    """
    rows = top_level(order.items)
    collector = Collector()
    lines = []
    for position, row in enumerate(rows, start=1):
        with collector.collecting():
            lines.append(_line(row, position, order, rules, doubts.rates))
    collector.raise_found()
    total = kopecks(order.price)
    sums = _sums(rows, total - sum(deliveries, start=Decimal(0)))
    found = sum((*sums, *deliveries), start=Decimal(0))
    rounded = with_rounding(sums, total - found)
    is_rounding = abs(total - found) <= _HALF_A_KOPECK * (len(rows) + len(deliveries))
    if is_rounding and sum((*rounded, *deliveries), start=Decimal(0)) == total:
        sums = rounded
    else:
        with doubts.sums.collecting():
            raise _mismatch(found, total) if rows or deliveries else _no_lines(total)
    return tuple(dataclasses.replace(line, sum=sum_) for line, sum_ in zip(lines, sums, strict=True))


def top_level(items: Sequence[BasketItem]) -> list[BasketItem]:
    """The rows that cost something: a set counts once, by its parent (docs/bitrix.md, «Sets»)."""
    return [item for item in items if not item.set_parent_id or item.set_parent_id == item.id]


def _line(row: BasketItem, position: int, order: Order, rules: Rules, rates: Collector) -> Line:
    name, count, price = unescaped(row.name), quantity(row.quantity), Money(row.price, row.currency)
    if not name.strip():
        raise rejection("line_name", line=position)
    called = short(name)
    if count <= 0:
        raise rejection("quantity", line=position, name=called, quantity=Number(count))
    if row.price < 0:
        raise rejection("price_negative", line=position, name=called, price=price)
    if row.currency != order.currency:
        raise rejection("line_currency", line=position, name=called, price=price, order_currency=order.currency)
    rate = UNKNOWN_RATE
    with rates.collecting():
        rate = rate_of(row.vat_rate, said("what_line", line=position, name=called), rules)
    return Line(
        basket_id=row.id,
        name=name,
        quantity=count,
        price=row.price * (1 + _on_top(row)),
        sum=Decimal(0),
        vat_rate=rate,
        unit=unit(row.measure_code, row.measure_name, rules.accounting.units),
        is_service=row.type == _SERVICE_ITEM or row.product_type == _SERVICE_PRODUCT,
    )


def _on_top(row: BasketItem) -> Decimal:
    return Decimal(0) if row.vat_included or row.vat_rate is None else row.vat_rate


def _by_line(row: BasketItem) -> Decimal:
    """Bitrix up to 22: VAT of the line is rounded."""
    net = row.price * quantity(row.quantity)
    return kopecks(net) + kopecks(net * _on_top(row))


def _by_unit(row: BasketItem) -> Decimal:
    """Bitrix 25: VAT of one unit is rounded, then multiplied."""
    count = quantity(row.quantity)
    return kopecks(row.price * count) + kopecks(kopecks(row.price * _on_top(row)) * count)


def _exactly(row: BasketItem) -> Decimal:
    """Bitrix of 2026 keeps eight decimals: only the line as a whole is rounded."""
    return kopecks(row.price * quantity(row.quantity) * (1 + _on_top(row)))


_WAYS = (_by_line, _by_unit, _exactly)


def _sums(rows: Sequence[BasketItem], wanted: Decimal) -> list[Decimal]:
    """Each row's sum in the way of Bitrix that comes nearest to what the goods cost together."""
    ways = [[way(row) for row in rows] for way in _WAYS]
    return min(ways, key=lambda sums: abs(wanted - sum(sums, start=Decimal(0))))


def with_rounding(sums: list[Decimal], difference: Decimal) -> list[Decimal]:
    """The sums with a difference of rounding put on the largest one; on the next where that would fall below zero."""
    sums = list(sums)
    for index in sorted(range(len(sums)), key=lambda i: -sums[i]):
        taken = max(difference, -sums[index])
        sums[index] += taken
        difference -= taken
    return sums


def _no_lines(total: Decimal) -> NotPostableError:
    return rejection("no_lines", total=total)


def _mismatch(found: Decimal, total: Decimal) -> NotPostableError:
    return rejection("total_mismatch", lines=found, total=total)
