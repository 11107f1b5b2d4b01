"""Orders that would be planned as they were are left out; whatever may change a plan makes a run look at them."""

from __future__ import annotations

import datetime as dt

from MySQLdb.connections import Connection

from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import make_case
from tests.steps.nights import Nights, change

DAY = dt.date(2026, 3, 17)


def test_what_was_posted_is_left_out_by_the_very_next_night(nights: Nights, shop: Connection, kontur: Sandbox) -> None:
    posted = make_case(shop, "prepaid", at=DAY)
    rejected = make_case(shop, "inn_with_wrong_check_digit", at=DAY)
    held = make_case(shop, "prepaid_not_shipped", at=DAY)
    first = nights.window(DAY, DAY)
    assert (first["orders"], first["unchanged"], first["waiting_before"]) == (3, 0, 0)

    second = nights.window(DAY, DAY)
    assert (second["orders"], second["unchanged"]) == (0, 3)
    assert (second["waiting_before"], second["unchanged_waiting"]) == (1, 1)
    assert second["days_covered"] == 1
    assert [d["number"] for d in kontur.books.documents()] == [posted.number]

    for order in (posted, rejected, held):
        change(shop, "order", order.order_id, COMMENTS="nobody reads this")
    assert nights.window(DAY, DAY)["order_ids"] == []
    change(shop, "order", held.order_id, DEDUCTED="Y", DATE_DEDUCTED=dt.datetime(2026, 3, 17, 12))
    assert nights.window(DAY, DAY)["order_ids"] == [held.order_id]
    assert len(kontur.books.documents()) == 2
    assert nights.window(DAY, DAY)["order_ids"] == []
