"""Before the first document: whether the shop's numbers stand in Kontur already."""

from __future__ import annotations

import datetime as dt

import pytest
from MySQLdb.connections import Connection

from include import settings
from include.steps.preflight import preflight
from include.window import Window
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import make_case
from tests.steps.nights import Nights

DAY = dt.date(2026, 3, 17)


def type_by_hand(kontur: Sandbox, number: str, total: float) -> None:
    buyer = kontur.control("POST", "/accounts/demo/counterparties", {"name": "Другой", "type": "Individual"})["id"]
    line = {"name": "Чайник", "quantity": 1, "price": total, "vatRate": "none", "unit": "шт"}
    new = {"date": "2026-02-02", "number": number, "counterpartyId": buyer, "items": [line], "totalAmount": total}
    kontur.control("POST", "/accounts/demo/documents/saleinvoices", new | {"comment": ""})


@pytest.mark.parametrize(("total", "collides"), [(7.0, True), (1000.0, False)])
def test_a_number_that_stands_there_over_another_sum(
    shop: Connection, nights: Nights, kontur: Sandbox, total: float, collides: bool
) -> None:
    order = make_case(shop, "shipped_unpaid", at=DAY)
    type_by_hand(kontur, order.number, total)
    found = preflight(settings.load(), Window(DAY, DAY))
    assert ("numbers_collide" in found.warnings) == collides
    assert nights.look_at([order.order_id]) == []
    assert "numbers_collide" not in preflight(settings.load(), Window(DAY, DAY)).warnings, "it is too late to ask"
