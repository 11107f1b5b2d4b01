"""Who closes a finding may have entered the order in Kontur himself: nothing is posted beside that."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from MySQLdb.connections import Connection

from include.ledger.closings import Closed, Closings
from include.posting.closing import About, FindingDeclaration
from include.steps import transform as planning
from include.steps.closing import declare, find_finding
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import make_case
from tests.steps.nights import Nights
from tests.steps.test_nights import DAY, later, live_since

pytestmark = pytest.mark.usefixtures("shop")


@pytest.mark.parametrize("when", ["before", "while"])
def test_a_refusal_is_closed_while_its_order_is_planned(
    nights: Nights, shop: Connection, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    nights.rules = live_since(DAY)
    order = make_case(shop, "inn_with_wrong_check_digit", at=DAY)
    nights.night(DAY)
    finding = find_finding(order.order_id, About.CLOSE, None)
    with shop.cursor() as cursor:
        cursor.execute(
            "UPDATE b_sale_order_props_value SET VALUE = '7707083893' WHERE ORDER_ID = %s AND CODE = 'INN'",
            [order.order_id],
        )

    def close() -> None:
        declare(nights.rules, FindingDeclaration(order.order_id, finding, About.CLOSE, "Anna", "typed in by hand"))

    class ClosedRightAfter(Closings):
        def of_orders(self, order_ids: Sequence[int]) -> dict[int, Closed]:
            found = super().of_orders(order_ids)
            monkeypatch.setattr(planning, "Closings", Closings)
            close()
            return found

    if when == "before":
        close()
    else:
        monkeypatch.setattr(planning, "Closings", ClosedRightAfter)
    nights.night(later(1))
    assert kontur.books.documents() == []
    assert (nights.sync_row(order.order_id) or ["nothing"])[0] == "error"
