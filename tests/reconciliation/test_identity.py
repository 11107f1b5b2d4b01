"""For any three sides: shop − books is what the rows add up to, day by day, and equal sides give nothing.

Hypothesis prints the sides that break this and the line that replays them.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from include.accounting.marker import find_marker, marker
from include.accounting.operations import Operation
from include.books.standing import Standing
from include.reconciliation.batches import Carried, conclude, reconcile
from include.reconciliation.comparing import compare
from include.reconciliation.difference import POINTERS, Code, Difference, Measure
from include.reconciliation.figures import Month
from include.reconciliation.sides import Depth, LeftShop, Scope, Sides
from include.reconciliation.strays import Strays
from include.window import Window
from tests.reconciliation import worlds
from tests.reconciliation.three_sides import (
    SHOP_CODE,
    agreeing,
    edited,
    headers_only,
    in_books,
    naive,
    sale,
    scope,
    standing,
    told,
)

DEPTHS = list(Depth)
SEASON = scope(window=Window(dt.date(2025, 12, 1), dt.date(2026, 4, 30)))
"""All days that are drawn."""


def at_depth(order: Sides, depth: Depth) -> Sides:
    """What is read at this depth."""
    match depth:
        case Depth.FULL:
            return order
        case Depth.HEADERS:
            return headers_only(order)
        case Depth.LEDGER:
            return in_books(order)


def sums(order: Sides, a_scope: Scope) -> dict[tuple[str, dt.date], Decimal]:
    """Shop − books from the bare sides, leaving out what is no document of ours and what nobody can know."""
    there = tuple(one for one in order.books.documents if is_ours(one, order))
    if a_scope.depth is Depth.LEDGER:
        unknown = {row.key for row in order.ledger.operations if row.posted and row.operation is None}
        order = without(order, unknown)
    return {name: amount for name, amount in naive(in_books(order, *there), a_scope).items() if amount}


def without(order: Sides, keys: set[str]) -> Sides:
    shop = order.shop
    if isinstance(shop, LeftShop):
        left = tuple(one for one in shop.kept if one.key not in keys)
        return dataclasses.replace(order, shop=dataclasses.replace(shop, kept=left))
    left_over = tuple(one for one in shop.wanted or () if one.key not in keys)
    return dataclasses.replace(order, shop=dataclasses.replace(shop, wanted=left_over))


def is_ours(one: Standing, order: Sides) -> bool:
    named = {row.doc_id for row in order.ledger.operations if row.parent_key is None}
    return find_marker(one.header.comment, SHOP_CODE) is not None or one.id in named


@pytest.mark.parametrize("depth", DEPTHS)
@settings(deadline=None)
@given(order=worlds.sides())
def test_any_three_sides(depth: Depth, order: Sides) -> None:
    a_scope = scope(depth)
    order = at_depth(order, depth)
    rows = compare(order, a_scope).rows
    note("\n".join(f"{row.code} {row.key} {row.shop} {row.books}" for row in rows))
    assert told(rows) == sums(order, a_scope)
    names = [row.name for row in rows]
    assert len(names) == len(set(names))  # one row each
    assert not any(row.key and row.key.startswith("rest:") for row in rows)  # and no sum without a reason
    for row in rows:
        if row.noted:
            assert row.shop == row.books
            assert row.code in {Code.LEFT_THE_SHOP, Code.VANISHED, Code.MOVED, Code.EDITED}


@pytest.mark.parametrize("depth", DEPTHS)
@settings(max_examples=30, deadline=None)
@given(truth=worlds.operations(1045))
def test_equal_sides_give_nothing(depth: Depth, truth: list[Operation]) -> None:
    assert compare(at_depth(agreeing(*truth), depth), scope(depth)).rows == ()


@settings(max_examples=30, deadline=None)
@given(
    orders=st.tuples(*(worlds.sides(1045 + number) for number in range(worlds.ORDERS))),
    others=st.integers(0, 3),
    cut=st.integers(0, worlds.ORDERS),
)
def test_batches(orders: tuple[Sides, ...], others: int, cut: int) -> None:
    """However the orders are cut into batches, and on how many workers, the figures are the same, and explained."""
    typed = [_typed(number) for number in range(others)]
    everywhere = [one for order in orders for one in order.books.documents] + typed
    strays = Strays(everywhere, SHOP_CODE)
    orders = tuple(_as_listed(order) for order in orders)
    once, rows = _run([orders], strays)
    twice, in_two = _run([orders[:cut], orders[cut:]], strays)
    apart, elsewhere = Carried.of(SEASON), Carried.of(SEASON)
    apart_rows = list(reconcile([orders[:cut]], strays, SEASON, apart))
    apart_rows += reconcile([orders[cut:]], strays, SEASON, elsewhere)
    apart.merge(elsewhere)
    apart_rows += conclude(strays, apart)
    assert rows == in_two == apart_rows
    month = once.figures.month()
    assert month == twice.figures.month() == apart.figures.month()
    _check_month(month, rows, everywhere)


def _check_month(month: Month, rows: Sequence[Difference], everywhere: Sequence[Standing]) -> None:
    days = {(line.measure, line.day): line for line in month.days}
    parted = {
        (measure.value, day): line.shop - line.books
        for (measure, day), line in days.items()
        if day is not None and line.shop != line.books
    }
    assert parted == told(rows)
    for line in (*month.days, *month.totals):
        assert line.shop - line.books == sum((amount for _, amount in line.differences), start=Decimal(0))
    assert sum(kind.count for kind in month.kinds) == len(rows)
    # What is ours and what is not is all that Kontur has.
    documents = next(line for line in month.totals if line.measure is Measure.DOCUMENTS)
    total = sum((one.header.total_amount for one in everywhere), start=Decimal(0))
    assert documents.books + month.others.amount == total


def _run(batches: list[tuple[Sides, ...]], strays: Strays) -> tuple[Carried, list[Difference]]:
    carried = Carried.of(SEASON)
    rows = list(reconcile(batches, strays, SEASON, carried))
    return carried, rows + list(conclude(strays, carried))


def _typed(number: int) -> Standing:
    document = sale("03-02", "1000.00", order=1045 + number)
    return edited(standing(document), id=f"typed-{number}", comment="")


def _as_listed(order: Sides) -> Sides:
    """Documents that carry our marker; the others are found by the ledger's ids among the strays."""
    marked = tuple(one for one in order.books.documents if find_marker(one.header.comment, SHOP_CODE))
    return in_books(order, *marked, gone=order.books.gone, unread=order.books.unread)


def test_pointers_count_nothing() -> None:
    strays = Strays([_typed(0), edited(_typed(1), comment=marker("OTHER", 7))], SHOP_CODE)
    carried = Carried.of(SEASON)
    assert list(reconcile([[agreeing(sale("03-02"))]], strays, SEASON, carried)) == []
    assert {row.code for row in conclude(strays, carried)} == POINTERS
    month = carried.figures.month()
    assert month.holds
    assert [kind.effect for kind in month.kinds] == [Decimal(0), Decimal(0)]
    assert (month.others.count, month.others.amount) == (2, Decimal("2000.00"))
