"""Partial ransom on the real parts: from the basket that is cut to the document of what was kept."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from MySQLdb.connections import Connection

from include import settings
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import make_case
from tests.steps.nights import Nights, change

DAY = dt.date(2026, 3, 17)
KEPT_ON = dt.datetime(2026, 3, 20, 12)


def test_what_the_buyer_kept_is_posted_on_the_day_of_the_final_status(
    shop: Connection, nights: Nights, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two teapots at 1,000 leave with the courier; the buyer keeps one."""
    monkeypatch.setenv("KONTUR__SHOP__SHIPPED_BY", "status")
    nights.rules = settings.load()
    order = make_case(shop, "shipped_unpaid", at=DAY)
    change(shop, "basket", order.order_id, QUANTITY=2)
    change(shop, "order", order.order_id, PRICE=2000, STATUS_ID="N", DATE_STATUS=dt.datetime(2026, 3, 14))
    change(shop, "order_change", order.order_id, TYPE="ORDER_COMMENTED")
    assert nights.look_at([order.order_id]) == []
    assert kontur.books.documents() == []
    change(shop, "basket", order.order_id, QUANTITY=1)
    change(shop, "order", order.order_id, PRICE=1000, STATUS_ID="F", DATE_STATUS=KEPT_ON)
    assert nights.look_at([order.order_id]) == []
    assert [(d["date"], d["total"]) for d in kontur.books.documents()] == [("2026-03-20", Decimal("1000.00"))]
