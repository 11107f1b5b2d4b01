"""What stands in Kontur and is not ours: what looks like an order's, and how much."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from include.accounting.marker import marker
from include.books.standing import Standing
from include.reconciliation.batches import Carried, conclude, reconcile
from include.reconciliation.difference import Difference
from include.reconciliation.sides import Sides
from include.reconciliation.strays import Strays
from tests.accounting.plain import plain
from tests.reconciliation.three_sides import (
    BUYER,
    COMPANY,
    RETAIL,
    SHOP_CODE,
    agreeing,
    edited,
    in_books,
    in_ledger,
    in_shop,
    kept,
    on,
    sale,
    scope,
    standing,
)


def typed(id_: str = "T", **fields: Any) -> Standing:
    """By default in nothing like the order."""
    unlike = {"number": "17", "date": on("03-20"), "counterparty_id": "other", "total_amount": Decimal("55.00")}
    return edited(standing(sale()), id=id_, **({"comment": None} | unlike | fields))


def found(orders: list[Sides], *others: Standing) -> list[Difference]:
    strays = Strays(others, SHOP_CODE)
    carried = Carried.of(scope())
    rows = list(reconcile([[order] for order in orders], strays, scope(), carried))
    return rows + list(conclude(strays, carried))


SAME_NUMBER: dict[str, Any] = {"number": "1045"}
SAME_SUM: dict[str, Any] = {"total_amount": Decimal("1000.00")}
SAME_BUYER: dict[str, Any] = {"counterparty_id": BUYER}
SAME_DAY: dict[str, Any] = {"date": on("03-05")}


@pytest.mark.parametrize(
    ("alike", "score"),
    [
        (SAME_NUMBER, 40),
        (SAME_SUM | SAME_BUYER, 45),
        (SAME_SUM | SAME_DAY, 40),
        (SAME_NUMBER | SAME_SUM, 65),
        (SAME_NUMBER | SAME_SUM | SAME_BUYER | SAME_DAY, 100),
        ({"number": " № 1045 "}, 40),
        ({}, None),
        (SAME_SUM, None),
        (SAME_BUYER | SAME_DAY, None),
        (SAME_NUMBER | {"date": on("2025-03-05")}, None),
        (SAME_SUM | SAME_BUYER | {"date": on("04-06")}, None),
    ],
)
def test_likeness(alike: dict[str, Any], score: int | None) -> None:
    rows = found([agreeing(sale())], typed(**alike))
    assert [row.code.value for row in rows] == (["typed_by_hand"] if score else [])
    assert [dict(row.facts)["score"] for row in rows] == ([score] if score else [])


def test_that_both_are_retail_says_nothing() -> None:
    assert found([agreeing(sale(counterparty=RETAIL))], typed(**SAME_SUM, **SAME_BUYER)) == []
    assert COMPANY.inn is not None


def test_it_points_and_counts_nothing() -> None:
    (row,) = found([agreeing(sale())], typed(**SAME_NUMBER))
    assert (row.order_id, row.key, row.document_id, list(row.effects())) == (1045, None, "T", [])
    assert row.books is not None
    assert row.books.amount == Decimal("55.00")


def test_the_most_likely_order_has_it() -> None:
    orders = [agreeing(sale(order=1044)), agreeing(sale()), agreeing(sale(order=1046))]
    (row,) = found(orders, typed(**SAME_NUMBER, **SAME_SUM))
    assert row.order_id == 1045
    (of_equals,) = found(orders, typed(**SAME_SUM, **SAME_DAY))
    assert of_equals.order_id == 1044


def test_typed_twice_or_instead() -> None:
    posted = agreeing(sale())
    waiting = in_books(in_ledger(posted))
    for order, remedy in ((posted, "typed_twice"), (waiting, "typed_instead")):
        row = found([order], typed(**SAME_NUMBER))[-1]
        assert plain(dict(row.facts)["remedy"]) == remedy


def test_an_order_that_is_not_due_was_rightly_typed() -> None:
    assert found([in_books(in_ledger(in_shop(agreeing(sale()))))], typed(**SAME_NUMBER, **SAME_SUM)) == []


def test_ours_by_the_ledgers_id_is_no_stranger() -> None:
    order = in_books(in_ledger(agreeing(sale()), kept(sale())))
    bare = edited(standing(sale()), comment=None)
    (row,) = found([order], bare)
    assert row.code.value == "edited"


def test_a_document_that_two_orders_claim_counts_once() -> None:
    shared = edited(standing(sale()), comment=None)
    other = sale(order=1046)
    rows = found(
        [in_books(agreeing(sale())), in_books(in_ledger(agreeing(other), kept(other, doc_id=shared.id)))], shared
    )
    assert [row.code.value for row in rows] == ["edited", "vanished", "unexplained"]


def test_foreign_markers() -> None:
    (row,) = found([agreeing(sale())], typed(comment=f"Заказ {marker('SHOP2', 1045)}", **SAME_NUMBER))
    assert (row.code.value, row.order_id, list(row.effects())) == ("foreign_marker", None, [])
    assert dict(row.facts)["code"] == "SHOP2"


def test_a_marker_with_a_wrong_check_is_none() -> None:
    (row,) = found([agreeing(sale())], typed(comment="BXSHOP2-S1045-00", **SAME_NUMBER))
    assert row.code.value == "typed_by_hand"


def test_what_is_like_nothing_is_another_sale() -> None:
    strays = Strays([typed(), typed("U", date=on("03-21"))], SHOP_CODE)
    carried = Carried.of(scope())
    assert list(conclude(strays, carried)) == []
    month = carried.figures.month()
    assert (month.others.count, month.others.amount) == (2, Decimal("110.00"))
    assert [(str(day), one.amount) for day, one in month.others_by_day] == [
        ("2026-03-20", Decimal("55.00")),
        ("2026-03-21", Decimal("55.00")),
    ]
