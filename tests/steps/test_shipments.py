"""One document per shipment (``document_per: shipment``), on the real parts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from MySQLdb.connections import Connection

from include import settings
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import make_case
from tests.steps.nights import Nights

DAY = dt.date(2026, 3, 17)


@pytest.fixture
def nights(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> Nights:
    monkeypatch.setenv("KONTUR__ACCOUNTING__DOCUMENT_PER", "shipment")
    nights.rules = settings.load()
    return nights


def documents(kontur: Sandbox) -> list[tuple[str, Decimal]]:
    return [(d["date"], d["total"]) for d in kontur.books.documents()]


def test_a_delivery_in_a_shipment_of_its_own_has_the_day_of_the_goods(
    nights: Nights, shop: Connection, kontur: Sandbox
) -> None:
    order = make_case(shop, "delivery_in_a_shipment_of_its_own", at=DAY)
    assert nights.run(DAY) == []
    assert documents(kontur) == [("2026-03-17", Decimal("1000.00")), ("2026-03-17", Decimal("300.00"))]
    row = nights.sync_row(order.order_id)
    assert row is not None
    assert row[0] == "synced"


@pytest.mark.parametrize(
    ("case", "posted", "missing"),
    [
        ("item_added_after_shipping", [("2026-03-17", Decimal("1000.00"))], "500.00 of 1500.00"),
        ("shipped_without_shipment_rows", [], "1000.00 of 1000.00"),
    ],
)
def test_goods_in_no_shipment_are_asked_about_and_the_rest_is_posted(
    case: str, posted: list[tuple[str, Decimal]], missing: str, nights: Nights, shop: Connection, kontur: Sandbox
) -> None:
    order = make_case(shop, case, at=DAY)
    (label,) = nights.run(DAY)
    assert missing in label
    assert documents(kontur) == posted
    row = nights.sync_row(order.order_id)
    assert row is not None
    assert row[0] == "error"
    assert missing in row[2]
