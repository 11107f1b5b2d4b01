"""An order in transit over the turn of a month, a quarter and a year, for each kind of seller and buyer.

Goods of 1 000.00 and delivery of 200.00, paid before and shipped after the turn. Worked out by hand: the document has
the day of shipment and 1 200.00 whatever the regime; a seller without VAT writes none, one at 5 % writes 5 % whatever
the shop's baskets say, and one under the general regime the standard rate of the day of shipment, 22 % from 2026 on.
The money has its own day while its month is open; once that is closed it is no fault, and noted, or has the document's
day if the settings say so.

The other way round, shipped before the turn and paid or given back after it: the document has the rate of its own day,
VAT inside 1 200.00 being 57.14 (5/105), 200.00 (20/120) or 216.39 (22/122).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from include.accounting.operations import Plan
from include.bitrix.rows import Order
from include.bitrix.rows import Payment as PaymentRow
from tests.accounting.orders import (
    GOODS_STAY,
    codes,
    company,
    document,
    documents,
    done,
    finding,
    items,
    line,
    order,
    payment,
    payments,
    plan,
    posted,
    refunds,
    returned,
    rules,
)
from tests.accounting.plain import facts

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


BEFORE = {(name, turn): seller.rate for name, seller in SELLERS.items() for turn in LAST_DAYS}
BEFORE["ОСНО", YEAR] = "vat20"
"""The rate of what left before the turn."""
TAXES = {"none": None, "vat5": "57.14", "vat20": "200.00", "vat22": "216.39"}
"""VAT inside 1 200.00."""
NOTED = ("noted", "vat_by_shipment")

every_seller = pytest.mark.parametrize("name", SELLERS)
every_turn = pytest.mark.parametrize("turn", LAST_DAYS, ids=["year", "quarter", "month"])
every_buyer = pytest.mark.parametrize("buyer", [{}, company()], ids=["retail", "company"])


def sold(name: str, turn: tuple[str, str], money: PaymentRow, shipped: str, buyer: dict[str, Any]) -> Order:
    goods = line("1000.00", vat=SELLERS[name].baskets[turn])
    return order(goods, delivery="200.00", payments=[money], shipped=shipped, **buyer)


@pytest.mark.parametrize("advances", [None, "note", "shipment_day"], ids=["open", "closed", "closed, shipment_day"])
@every_buyer
@every_turn
@every_seller
def test_paid_before_the_turn_and_shipped_after_it(
    name: str, turn: tuple[str, str], buyer: dict[str, Any], advances: str | None
) -> None:
    seller, (paid, shipped) = SELLERS[name], turn
    closed: dict[str, Any] = {"closed_until": LAST_DAYS[turn], "closed_advances": advances} if advances else {}
    bought = sold(name, turn, payment(7, "1200.00", paid), shipped, buyer)
    found = plan(bought, by=rules(**seller.settings, **closed))
    of_it = document(found)
    assert (str(of_it.date), str(of_it.total_amount)) == (shipped, "1200.00")
    assert of_it.counterparty.inn == ("7707083893" if buyer else None)
    assert items(found) == [("1", "1000.00", seller.rate), ("1", "200.00", seller.rate)]
    said = {NOTED} if (name, turn) in CORRECTED else set()
    if advances == "note":
        assert (payments(found), set(codes(found))) == ([], said | {("noted", "advance_of_closed_period")})
    elif advances:
        assert payments(found) == [("payment:7", shipped, "1200.00")]
        assert set(codes(found)) == said | {("noted", "advance_on_shipment_day")}
    else:
        assert (payments(found), set(codes(found))) == ([("payment:7", paid, "1200.00")], said)


def _is_as_it_left(found: Plan, name: str, turn: tuple[str, str]) -> None:
    rate = BEFORE[name, turn]
    assert (str(document(found).date), str(document(found).total_amount)) == (turn[0], "1200.00")
    assert items(found) == [("1", "1000.00", rate), ("1", "200.00", rate)]


@pytest.mark.parametrize("books", ["open", "closed since", "closed"])
@every_buyer
@every_turn
@every_seller
def test_shipped_before_the_turn_and_paid_after_it(
    name: str, turn: tuple[str, str], buyer: dict[str, Any], books: str
) -> None:
    shipped, paid = turn
    bought, settings = sold(name, turn, payment(7, "1200.00", paid), shipped, buyer), SELLERS[name].settings
    found = plan(bought, by=rules(**settings))
    if books != "open":
        known = done(document(found)) if books == "closed since" else []
        found = plan(bought, known=known, by=rules(**settings, closed_until=LAST_DAYS[turn]))
    if books == "closed":
        assert (found.due, set(codes(found)) - {NOTED}) == ((), {("rejected", "closed_period")})
        assert [(one.key, str(one.amount)) for one in found.wanted or ()] == [
            ("payment:7", "1200.00"),
            ("sale:1045", "1200.00"),
        ]
        return
    _is_as_it_left(found, name, turn)
    assert payments(found) == [("payment:7", paid, "1200.00")]
    said = {NOTED} if (name, turn) == ("УСН 5 %", YEAR) else set()
    assert set(codes(found)) == said


@every_buyer
@every_turn
@every_seller
def test_given_back_after_the_turn_and_its_month_was_closed(
    name: str, turn: tuple[str, str], buyer: dict[str, Any]
) -> None:
    """The refund has its own, open day; what the goods come to is told at the rate of the day on which they left."""
    left, back = turn
    settings = SELLERS[name].settings
    first = plan(sold(name, turn, payment(7, "1200.00", left), left, buyer), by=rules(**settings))
    money = returned(7, "1200.00", left, back)
    closed = rules(**settings, closed_until=LAST_DAYS[turn])
    found = plan(sold(name, turn, money, left, buyer), known=posted(first), by=closed)
    _is_as_it_left(found, name, turn)
    assert (payments(found), refunds(found)) == (
        [("payment:7", left, "1200.00")],
        [("refund:7", back, "1200.00")],
    )
    (said,) = (one for one in found.findings if (one.verdict, one.code) == GOODS_STAY)
    ((_, vat),) = facts(said)["vat"]
    assert (vat["amount"], vat.get("tax")) == ("1200.00", TAXES[BEFORE[name, turn]])


@every_buyer
@every_turn
@every_seller
def test_a_seller_who_decides_himself_and_collects_delivery_for_the_carrier(
    name: str, turn: tuple[str, str], buyer: dict[str, Any]
) -> None:
    """``vat_guard: reject``, ``delivery_vat: bitrix``; the shop counts no tax on delivery."""
    seller, (paid, shipped) = SELLERS[name], turn
    bought = sold(name, turn, payment(7, "1200.00", paid), shipped, buyer)
    found = plan(bought, by=rules(**seller.settings, vat_guard="reject", delivery_vat="bitrix"))
    if (name, turn) in CORRECTED:
        code = "vat_of_other_years" if name == "ОСНО" else "vat_of_other_regime"
        assert (documents(found), payments(found), codes(found)) == ([], [], [("rejected", code)])
        return
    assert items(found) == [("1", "1000.00", seller.rate), ("1", "200.00", "none")]
    assert (payments(found), codes(found)) == ([("payment:7", paid, "1200.00")], [])


@pytest.mark.parametrize(
    ("turn", "before", "after", "basket"),
    [(MONTH, "none", "vat5", None), (QUARTER, "vat5", "vat7", "0.05"), (YEAR, "vat7", "none", "0.07")],
    ids=["passed the threshold", "passed the next one", "a new year below it"],
)
@every_buyer
def test_a_seller_on_usn_whose_rate_turns(
    turn: tuple[str, str], before: str, after: str, basket: str | None, buyer: dict[str, Any]
) -> None:
    regime = [{"from": "2025-01-01", "rates": [before]}, {"from": turn[1][:8] + "01", "rates": [after]}]
    by = rules(vat_regime=regime)
    bought = [
        order(line("1000.00", vat=basket), payments=[payment(7, "1000.00", turn[0])], shipped=day, **buyer)
        for day in turn
    ]
    on_time, late = (plan(one, by=by) for one in bought)
    assert (items(on_time), codes(on_time)) == ([("1", "1000.00", before)], [])
    if after == "none":  # nobody takes VAT out of a price that was asked with it
        assert (late.due, finding(late).code) == ((), "vat_of_other_regime")
    else:
        assert (items(late), codes(late)) == ([("1", "1000.00", after)], [NOTED])
