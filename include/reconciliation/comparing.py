"""One order: its differences, and what shop and books say in sum."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from include.facts import said
from include.reconciliation.difference import Difference, Measure, Sum
from include.reconciliation.documents import document_rows, row_of
from include.reconciliation.money import money_rows, unplanned_rows
from include.reconciliation.saying import document
from include.reconciliation.sides import InShop, LeftShop, Scope, Sides, total_of
from include.reconciliation.units import Unit, measure_of, units_of

Turnover = collections.Counter[tuple[Measure, dt.date]]
"""Kopecks by measure and local day."""


@dataclasses.dataclass(frozen=True, slots=True)
class Compared:
    """What the comparison of an order comes to."""

    rows: tuple[Difference, ...]
    shop: Turnover
    books: Turnover
    units: tuple[Unit, ...]


def compare(order: Sides, scope: Scope) -> Compared:
    """An order from all sides.

    Shop's turnover − books' turnover is what the rows add up to, day by day: were it not, a row says so.
    """
    units = tuple(units_of(order, scope))
    shop, books = turnover(_shop_sums(units)), turnover(_books_sums(units))
    rows = list(_rows(order, units, scope))
    rows += _unexplained(order, rows, shop, books)
    return Compared(tuple(rows), shop, books, units)


def turnover(sums: Iterable[tuple[Measure, Sum]]) -> Turnover:
    """Sums by measure and day; one without a day counts in none."""
    found: Turnover = collections.Counter()
    for measure, one in sums:
        if one.day is not None:
            found[measure, one.day] += to_kopecks(one.amount)
    return found


def to_kopecks(amount: Decimal) -> int:
    """Exact, whatever the context's precision."""
    numerator, denominator = amount.as_integer_ratio()
    kopecks, rest = divmod(numerator * 100, denominator)
    if rest:
        raise ValueError(f"{amount} has fractions of a kopeck")
    return kopecks


def to_roubles(kopecks: int) -> Decimal:
    """With two decimals."""
    return Decimal(kopecks).scaleb(-2)


def effects(rows: Iterable[Difference]) -> Turnover:
    """What rows add to «shop − books»."""
    found: Turnover = collections.Counter()
    for row in rows:
        for day, amount in row.effects():
            found[row.measure, day] += to_kopecks(amount)
    return found


def _rows(order: Sides, units: Sequence[Unit], scope: Scope) -> Iterator[Difference]:
    found: list[Difference] = []
    for unit in units:
        rows = [*document_rows(unit, scope), *money_rows(unit)]
        found += _of_one_that_left(unit, order.shop, rows) if isinstance(order.shop, LeftShop) else rows
    yield from found
    cannot_be_planned = isinstance(order.shop, InShop) and order.shop.wanted is None
    if cannot_be_planned or any(unit.in_scope for unit in units):
        yield from unplanned_rows(order, found)


def _of_one_that_left(unit: Unit, shop: LeftShop, rows: Sequence[Difference]) -> Iterator[Difference]:
    """Rows of an order that the shop has no longer: the document always has one, money only where sides differ."""
    how = said("left_archived") if shop.archived else said("left_deleted")
    is_there = unit.stands is not None or (unit.kept is not None and unit.kept.begun)
    has_own = any(row.measure is Measure.DOCUMENTS and row.key == unit.key for row in rows)
    if unit.in_scope and is_there and not has_own:
        agrees = said("left_agrees", document=document(unit.stands, unit.kept, unit.key))
        yield row_of(unit, said("difference_left_the_shop", how=how, what=agrees), noted=shop.archived)
    for row in rows:
        yield dataclasses.replace(row, said=said("difference_left_the_shop", how=how, what=row.said), noted=False)


def _shop_sums(units: Iterable[Unit]) -> Iterator[tuple[Measure, Sum]]:
    for unit in units:
        if unit.in_scope and unit.wanted is not None:
            yield Measure.DOCUMENTS, Sum(unit.wanted.date, unit.wanted.amount)
        for wanted in unit.money_wanted:
            yield measure_of(wanted.key), Sum(wanted.date, wanted.amount)


def _books_sums(units: Iterable[Unit]) -> Iterator[tuple[Measure, Sum]]:
    for unit in units:
        if unit.in_scope:
            yield from ((Measure.DOCUMENTS, total_of(one)) for one in (unit.stands, *unit.copies) if one is not None)
        yield from ((entry.measure, entry.sum) for entry in unit.entries)


def _unexplained(order: Sides, rows: Iterable[Difference], shop: Turnover, books: Turnover) -> Iterator[Difference]:
    """What the rows leave over: an alarm, and the identity holds with it."""
    told = effects(rows)
    for measure, day in sorted({*shop, *books, *told}):
        rest = shop[measure, day] - books[measure, day] - told[measure, day]
        if rest:
            amount = to_roubles(rest)
            yield Difference(
                said=said("difference_unexplained", why=said("unexplained_rest", amount=amount, day=day)),
                measure=measure,
                order_id=order.order_id,
                number=order.shop.number,
                key=f"rest:{order.order_id}/{measure}/{day}",
                shop=Sum(day, amount),
            )
