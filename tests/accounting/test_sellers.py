"""An order in transit over the turn of a month, a quarter and a year, for each kind of seller and buyer.

Goods of 1 000.00 and delivery of 200.00, paid before and shipped after the turn. Worked out by hand: the document has
the day of shipment and 1 200.00 whatever the regime; a seller without VAT writes none, one at 5 % writes 5 % whatever
the shop's baskets say, and one under the general regime the standard rate of the day of shipment, 22 % from 2026 on.
The money has its own day while its month is open; once that is closed it is no fault, and noted.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from tests.accounting.orders import codes, company, document, items, line, order, payment, payments, plan, rules

YEAR, QUARTER, MONTH = ("2025-12-30", "2026-01-02"), ("2026-03-30", "2026-04-01"), ("2026-04-29", "2026-05-02")
LAST_DAYS = {YEAR: "2025-12-31", QUARTER: "2026-03-31", MONTH: "2026-04-30"}


class Seller(NamedTuple):
    settings: dict[str, Any]
    baskets: dict[tuple[str, str], str | None]
    """What the shop's basket said when the order was made."""
    rate: str


SELLERS = {
    "УСН without VAT": Seller(
        {"vat_regime": [{"from": "2025-01-01", "rates": ["none"]}]}, {YEAR: None, QUARTER: None, MONTH: None}, "none"
    ),
    "УСН 5 %": Seller(
        {"vat_regime": [{"from": "2025-01-01", "rates": ["vat5"]}]},
        {YEAR: None, QUARTER: "0.05", MONTH: "0.05"},
        "vat5",
    ),
    "ОСНО": Seller({}, {YEAR: "0.20", QUARTER: "0.22", MONTH: "0.22"}, "vat22"),
}
CORRECTED = {("УСН 5 %", YEAR), ("ОСНО", YEAR)}
"""Where the basket has another rate than the day of shipment calls for."""


@pytest.mark.parametrize("is_closed", [False, True], ids=["open", "closed"])
@pytest.mark.parametrize("buyer", [{}, company()], ids=["retail", "company"])
@pytest.mark.parametrize("turn", [YEAR, QUARTER, MONTH], ids=["year", "quarter", "month"])
@pytest.mark.parametrize("name", SELLERS)
def test_paid_before_the_turn_and_shipped_after_it(
    name: str, turn: tuple[str, str], buyer: dict[str, Any], *, is_closed: bool
) -> None:
    seller, (paid, shipped) = SELLERS[name], turn
    bought = order(
        line("1000.00", vat=seller.baskets[turn]),
        delivery="200.00",
        payments=[payment(7, "1200.00", paid)],
        shipped=shipped,
        **buyer,
    )
    found = plan(bought, by=rules(**seller.settings, closed_until=LAST_DAYS[turn] if is_closed else None))
    sold = document(found)
    assert (str(sold.date), str(sold.total_amount)) == (shipped, "1200.00")
    assert sold.counterparty.inn == ("7707083893" if buyer else None)
    assert items(found) == [("1", "1000.00", seller.rate), ("1", "200.00", seller.rate)]
    said = {("noted", "vat_by_shipment")} if (name, turn) in CORRECTED else set()
    if is_closed:
        assert (payments(found), set(codes(found))) == ([], said | {("noted", "advance_of_closed_period")})
    else:
        assert (payments(found), set(codes(found))) == ([("payment:7", paid, "1200.00")], said)
