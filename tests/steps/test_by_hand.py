"""The accountant changes in Kontur what we posted: nothing is posted again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from MySQLdb.connections import Connection

from include import settings
from include.facts import said
from include.steps.preflight import preflight
from include.window import Window
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import Made, make_case
from tests.steps.nights import Nights, change

DAY, LATER = dt.date(2026, 3, 17), dt.date(2026, 3, 20)


def books(kontur: Sandbox) -> list[tuple[Any, ...]]:
    documents = [(d["id"], d["number"], d["comment"]) for d in kontur.books.documents()]
    return [*documents, *((m["id"],) for m in (*kontur.books.payments(), *kontur.books.refunds()))]


def delete(kontur: Sandbox, document: str) -> None:
    kontur.control("DELETE", f"/documents/{document}")


def renumber(kontur: Sandbox, document: str) -> None:
    kontur.control("PATCH", f"/documents/{document}", {"number": "B-7"})


def remove_the_marker(kontur: Sandbox, document: str) -> None:
    kontur.control("PATCH", f"/documents/{document}", {"comment": "Проверено"})


BY_HAND = pytest.mark.parametrize("by_hand", [delete, renumber, remove_the_marker])


@pytest.fixture
def order(nights: Nights, shop: Connection, kontur: Sandbox) -> Made:
    """Shipped and paid on the day, posted, beside another one."""
    made = make_case(shop, "paid_and_shipped_in_a_day", at=DAY)
    make_case(shop, "private_person", at=DAY)
    assert nights.run(DAY) == []
    return made


def id_of(kontur: Sandbox, order: Made) -> str:
    (document,) = [d["id"] for d in kontur.books.documents() if d["number"] == order.number]
    return str(document)


@BY_HAND
def test_nothing_is_posted_again(
    nights: Nights, kontur: Sandbox, order: Made, by_hand: Callable[[Sandbox, str], None]
) -> None:
    by_hand(kontur, id_of(kontur, order))
    left = books(kontur)
    for _ in range(2):
        preflight(settings.load(), Window(DAY, LATER))
        assert nights.run(DAY) == []
        assert nights.look_at([order.order_id]) == []
    assert books(kontur) == left
    assert set(nights.states(order.order_id).values()) == {"done"}


@pytest.mark.parametrize("by_hand", [renumber, remove_the_marker])
def test_a_refund_is_posted_to_the_document_by_its_id(
    nights: Nights, shop: Connection, kontur: Sandbox, order: Made, by_hand: Callable[[Sandbox, str], None]
) -> None:
    document = id_of(kontur, order)
    by_hand(kontur, document)
    change(shop, "order_payment", order.order_id, PAID="N", IS_RETURN="P", PAY_RETURN_DATE=LATER)
    assert [square.code for square in nights.run(LATER)] == ["refund_without_return"]
    assert [(r["document_id"], r["date"]) for r in kontur.books.refunds()] == [(document, LATER.isoformat())]
    assert len(kontur.books.documents()) == 2


def test_a_refund_of_a_deleted_document_is_shown_to_a_person(
    nights: Nights, shop: Connection, kontur: Sandbox, order: Made
) -> None:
    delete(kontur, id_of(kontur, order))
    left = books(kontur)
    change(shop, "order_payment", order.order_id, PAID="N", IS_RETURN="P", PAY_RETURN_DATE=LATER)
    (square,) = nights.run(LATER)
    assert square.number == order.number
    assert square.code == "refund_without_return"
    (problem,) = (problem for problem in square.problems if "what" in dict(problem.facts))
    refund = said("operation_refund", day=LATER, amount=Decimal("1000.00"))
    assert dict(problem.facts)["what"] == refund
    assert nights.run(LATER) == [], "asked once"
    assert books(kontur) == left
