"""The month's figures, worked out by hand; what rows do not explain is an alarm; many orders in little memory."""

from __future__ import annotations

import datetime as dt
import gc
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal

import pytest

from include.accounting.operations import SaleDocument
from include.ledger.operation import State
from include.reconciliation import comparing
from include.reconciliation.batches import Carried, conclude, reconcile, to_read
from include.reconciliation.comparing import compare, to_kopecks
from include.reconciliation.difference import Code, Measure
from include.reconciliation.figures import DayLine, KindLine, Month
from include.reconciliation.sides import Depth, Sides
from include.reconciliation.strays import Strays
from include.window import Window
from tests.reconciliation.three_sides import (
    MARCH,
    SHOP_CODE,
    agreeing,
    edited,
    headers_only,
    in_books,
    in_ledger,
    kept,
    on,
    paid,
    sale,
    scope,
    standing,
)


def month(*orders: Sides) -> Month:
    a_scope = scope(window=MARCH)
    strays, carried = Strays([], SHOP_CODE), Carried.of(a_scope)
    for _ in reconcile([orders], strays, a_scope, carried):
        pass
    assert list(conclude(strays, carried)) == []
    return carried.figures.month()


def test_a_month_by_hand() -> None:
    right = agreeing(sale("03-05", "1000.00", order=1), paid("03-05", "1000.00", id_=1, order=1))
    gone = in_books(agreeing(sale("03-05", "300.00", order=2)), gone=frozenset({"K-sale:2"}))
    waiting = in_books(in_ledger(agreeing(sale("03-06", "50.00", order=3)), kept(sale(order=3), State.PLANNED)))
    out = sale("03-31", "200.00", order=4)
    moved = in_books(agreeing(out), edited(standing(out), date=on("04-01")))
    into = sale("02-28", "70.00", order=5)
    moved_in = in_books(agreeing(into), edited(standing(into), date=on("03-31")))
    found = month(right, gone, waiting, moved, moved_in)
    documents, payments, refunds = found.totals
    assert documents == DayLine(
        measure=Measure.DOCUMENTS,
        day=None,
        shop=Decimal("1550.00"),
        books=Decimal("1070.00"),
        differences=(
            (Code.VANISHED, Decimal("300.00")),
            (Code.MOVED, Decimal("130.00")),
            (Code.NOT_POSTED, Decimal("50.00")),
        ),
    )
    assert (payments.shop, payments.books, payments.differences) == (Decimal(1000), Decimal(1000), ())
    assert (refunds.shop, refunds.books) == (Decimal(0), Decimal(0))
    assert found.kinds == (
        KindLine(code=Code.VANISHED, measure=Measure.DOCUMENTS, count=1, noted=0, effect=Decimal("300.00")),
        KindLine(code=Code.MOVED, measure=Measure.DOCUMENTS, count=2, noted=0, effect=Decimal("130.00")),
        KindLine(code=Code.NOT_POSTED, measure=Measure.DOCUMENTS, count=1, noted=0, effect=Decimal("50.00")),
    )
    last = next(line for line in found.days if (line.day, line.measure) == (on("03-31"), Measure.DOCUMENTS))
    assert (last.shop, last.books, last.differences) == (
        Decimal("200.00"),
        Decimal("70.00"),
        ((Code.MOVED, Decimal("130.00")),),
    )
    assert len(found.days) == 31 * 3
    assert (found.orders, found.holds) == (5, True)


def test_a_month_of_no_orders() -> None:
    found = month()
    assert (found.orders, found.kinds, found.holds) == (0, (), True)
    assert {(line.shop, line.books) for line in found.days} == {(Decimal(0), Decimal(0))}


def test_what_no_row_explains_is_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """A comparison that forgets a row cannot do so in silence."""
    monkeypatch.setattr(comparing, "document_rows", lambda *_: iter(()))
    gone = in_books(agreeing(sale()), gone=frozenset({"K-sale:1045"}))
    (row,) = compare(gone, scope()).rows
    assert (row.code, row.shop and row.shop.day, row.shop and row.shop.amount) == (
        Code.UNEXPLAINED,
        on("03-05"),
        Decimal("1000.00"),
    )
    assert not month(gone).holds


def test_a_document_of_ours_whose_order_nobody_compared_is_an_alarm() -> None:
    a_scope, orphan = scope(window=MARCH), standing(sale(order=2000))
    strays, carried = Strays([orphan, standing(sale())], SHOP_CODE), Carried.of(a_scope)
    assert list(reconcile([[agreeing(sale())]], strays, a_scope, carried)) == []
    (row,) = conclude(strays, carried)
    assert (row.code, row.order_id, row.document_id) == (Code.UNEXPLAINED, 2000, "K-sale:2000")


def test_kopecks_are_exact() -> None:
    assert to_kopecks(Decimal("123456789012345678901234567890.12")) == 12345678901234567890123456789012
    with pytest.raises(ValueError, match="fractions"):
        to_kopecks(Decimal("0.001"))


def test_what_kontur_has_to_be_asked_for() -> None:
    one, two = sale("03-31", "600.00", shipment=501), sale("04-01", "400.00", shipment=502)
    sides = headers_only(in_books(agreeing(one, two), standing(one)))
    ids = [id_ for _, id_ in to_read(sides, scope(Depth.HEADERS, MARCH))]
    assert ids == []
    assert [id_ for _, id_ in to_read(in_books(sides), scope(Depth.HEADERS, MARCH))] == ["K-sale:1045/501"]
    assert [id_ for _, id_ in to_read(sides, scope(Depth.FULL, MARCH))] == ["K-sale:1045/501"]
    with_money = headers_only(in_books(agreeing(one, two, paid("03-30", "400.00", shipment=502)), standing(one)))
    assert [id_ for _, id_ in to_read(with_money, scope(Depth.FULL, MARCH))] == ["K-sale:1045/501", "K-sale:1045/502"]
    assert to_read(agreeing(one, two), scope(Depth.FULL, MARCH)) == []


def test_memory_does_not_grow_with_the_orders() -> None:
    window = Window(on("03-01"), on("03-31"))
    a_scope = scope(Depth.HEADERS, window)

    def batches(count: int) -> Iterator[Iterator[Sides]]:
        for start in range(0, count, 50):
            gc.collect()
            yield (headers_only(agreeing(_numbered(start + number))) for number in range(50))

    def peak(count: int) -> int:
        carried = Carried.of(a_scope)
        tracemalloc.start()
        assert list(reconcile(batches(count), Strays([], SHOP_CODE), a_scope, carried)) == []
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert carried.figures.orders == count
        return most

    peak(50)
    assert peak(500) < 2 * peak(100), "an id for each order stays, and nothing else of it"


def _numbered(number: int) -> SaleDocument:
    return sale(str(dt.date(2026, 3, 1) + dt.timedelta(days=number % 31)), order=number + 1)
