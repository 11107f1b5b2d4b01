"""Paid in a month that is closed by now, shipped in the next one: over the turn of a month, a quarter and a year."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from include.accounting.operations import Payment, Plan
from include.bitrix.rows import Order
from tests.accounting.orders import (
    GOODS_STAY,
    codes,
    company,
    done,
    finding,
    held,
    line,
    order,
    payment,
    payments,
    plan,
    posted,
    refunds,
    returned,
    rules,
    shipment,
)
from tests.accounting.plain import facts

NOTE = rules(closed_until="2026-09-30")
SHIPMENT_DAY = rules(closed_until="2026-09-30", closed_advances="shipment_day")
NOW = "2026-12-01 03:00:00"


def in_transit(paid: str = "2026-09-29", shipped: str | None = "2026-10-03", **fields: Any) -> Order:
    return order(payments=[payment(7, "1000.00", paid)], shipped=shipped, **fields)


def wanted(a_plan: Plan) -> list[str]:
    assert a_plan.wanted is not None
    return [one.key for one in a_plan.wanted]


@pytest.mark.parametrize(
    ("paid", "closed", "shipped", "rate"),
    [
        ("2026-09-29", "2026-09-30", "2026-10-03", "0.22"),  # a quarter
        ("2026-08-31", "2026-08-31", "2026-09-01", "0.05"),  # a month
        ("2025-12-31", "2025-12-31", "2026-01-01", "0.22"),  # a year, and its rate
        ("2025-12-31", "2025-12-31", "2026-01-01", None),  # the same without VAT
    ],
)
@pytest.mark.parametrize("buyer", [{}, company()], ids=["retail", "company"])
def test_it_is_noted_and_the_rest_is_posted(
    paid: str, closed: str, shipped: str, rate: str | None, buyer: dict[str, Any]
) -> None:
    bought = order(
        line("1000.00", vat=rate),
        payments=[payment(7, "400.00", paid), payment(8, "600.00", shipped)],
        shipped=shipped,
        **buyer,
    )
    found = plan(bought, by=rules(closed_until=closed), now=NOW)
    assert [o.key for o in found.due] == ["sale:1045", "payment:8"]
    assert codes(found) == [("noted", "advance_of_closed_period")]
    assert facts(finding(found)) == {"payment": 7, "amount": "400.00", "day": paid, "shipped": shipped}
    assert finding(found).payment_id == 7
    assert wanted(found) == ["payment:8", "sale:1045"], "what is offset by hand is not missing"


def test_an_open_month_takes_it_with_its_own_day() -> None:
    found = plan(in_transit(), by=rules(closed_until="2026-08-31"), now=NOW)
    assert (payments(found), found.findings) == ([("payment:7", "2026-09-29", "1000.00")], ())


def test_it_waits_until_the_goods_leave() -> None:
    waiting = plan(in_transit(shipped=None), by=NOTE, now=NOW)
    assert (held(waiting), waiting.findings) == ([("payment:7", "2026-09-29", "1000.00")], ())


def test_it_is_the_same_after_the_document_was_posted_and_its_month_closed() -> None:
    first = plan(in_transit(), by=NOTE, now=NOW)
    later = plan(in_transit(), known=posted(first), by=rules(closed_until="2026-10-31"), now=NOW)
    assert (later, later.findings) == (first, first.findings)


def test_on_the_day_of_the_shipment_or_later_it_is_no_advance() -> None:
    sold = done(plan(in_transit(), by=NOTE, now=NOW).due[0])
    late = order(payments=[payment(7, "1000.00", "2026-10-03")], shipped="2026-10-03")
    found = plan(late, known=sold, by=rules(closed_until="2026-10-31"), now=NOW)
    assert codes(found) == [("rejected", "closed_period")]
    assert "payment:7" in wanted(found)


def test_a_document_of_the_closed_period_is_refused_with_its_money() -> None:
    found = plan(in_transit("2026-09-20", "2026-09-25"), by=NOTE, now=NOW)
    assert (found.due, codes(found)) == ((), [("rejected", "closed_period")])
    assert wanted(found) == ["payment:7", "sale:1045"]


def test_a_refused_document_of_an_open_month_calls_for_no_closed_advance() -> None:
    found = plan(in_transit(**company("7707083894")), by=NOTE, now=NOW)
    assert (codes(found), wanted(found)) == ([("rejected", "inn_checksum")], ["sale:1045"])
    dated = plan(in_transit(**company("7707083894")), by=SHIPMENT_DAY, now=NOW)
    assert wanted(dated) == ["payment:7", "sale:1045"]


def test_what_came_before_go_live_was_typed_in_by_hand() -> None:
    by = rules(closed_until="2026-09-30", go_live="2026-10-01")
    assert codes(plan(in_transit(), by=by, now=NOW)) == [("skipped", "payment_before_go_live")]


def test_its_refund_is_entered_by_hand_as_well() -> None:
    back = order(payments=[returned(7, "1000.00", "2026-09-29", "2026-10-10")], shipped="2026-10-03")
    found = plan(back, by=NOTE, now=NOW)
    assert (payments(found), refunds(found)) == ([], [])
    noted = [("noted", "advance_of_closed_period"), ("noted", "refund_without_document")]
    assert codes(found) == [*noted, GOODS_STAY], "its sale is posted from here, and stands without money"


def test_each_shipment_decides_for_its_part() -> None:
    parts = (shipment(501, {1: 1}, "2026-09-28"), shipment(502, {1: 1}, "2026-10-03"))
    bought = order(line("500.00", 2), payments=[payment(7, "1000.00", "2026-09-28")], shipments=parts, shipped=None)
    first = plan(bought, by=rules(document_per="shipment"), now="2026-09-29 03:00:00")
    assert payments(first)[0] == ("payment:7/501", "2026-09-28", "500.00")
    known = done(*(o for o in first.due if o.key.endswith("/501")))
    found = plan(bought, known=known, by=rules(document_per="shipment", closed_until="2026-09-30"), now=NOW)
    assert facts(finding(found)) == {
        "payment": 7,
        "amount": "500.00",
        "day": "2026-09-28",
        "shipped": "2026-10-03",
    }


class TestShipmentDay:
    def test_it_has_the_day_of_the_document(self) -> None:
        found = plan(in_transit(), by=SHIPMENT_DAY, now=NOW)
        assert payments(found) == [("payment:7", "2026-10-03", "1000.00")]
        assert codes(found) == [("noted", "advance_on_shipment_day")]
        assert facts(finding(found)) == {
            "payment": 7,
            "amount": "1000.00",
            "day": "2026-09-29",
            "posted": "2026-10-03",
        }

    @pytest.mark.parametrize("by", [SHIPMENT_DAY, NOTE, rules(), rules(closed_until="2026-10-31")])
    def test_posted_it_is_no_change_whatever_is_set_later(self, by: Any) -> None:
        first = plan(in_transit(), by=SHIPMENT_DAY, now=NOW)
        later = plan(in_transit(), known=posted(first), by=by, now=NOW)
        assert later == first
        days = {one.key: str(one.date) for one in later.wanted or ()}
        assert days["payment:7"] == "2026-10-03"

    def test_another_day_in_the_shop_is_a_change(self) -> None:
        first = plan(in_transit(), by=SHIPMENT_DAY, now=NOW)
        later = plan(in_transit("2026-09-25"), known=posted(first), by=SHIPMENT_DAY, now=NOW)
        assert ("review", "payment_changed") in codes(later)

    def test_paid_again_after_its_refund_is_new_money(self) -> None:
        back = order(payments=[returned(7, "1000.00", "2026-09-29", "2026-10-10")], shipped="2026-10-03")
        first = plan(back, by=SHIPMENT_DAY, now=NOW)
        assert refunds(first) == [("refund:7", "2026-10-10", "1000.00")]
        again = plan(in_transit("2026-10-15"), known=posted(first), by=SHIPMENT_DAY, now=NOW)
        assert ("payment:7#2", "2026-10-15", "1000.00") in payments(again)

    def test_a_row_written_anew_is_the_posted_one(self) -> None:
        first = plan(in_transit(), by=SHIPMENT_DAY, now=NOW)
        anew = order(payments=[payment(8, "1000.00", "2026-09-29")], shipped="2026-10-03")
        assert ("review", "payment_made_anew") in codes(plan(anew, known=posted(first), by=SHIPMENT_DAY, now=NOW))

    def test_a_document_whose_own_day_is_closed_since_takes_nothing(self) -> None:
        sold = done(plan(order(shipped="2026-10-03"), by=SHIPMENT_DAY, now=NOW).due[0])
        by = rules(closed_until="2026-10-31", closed_advances="shipment_day")
        found = plan(in_transit(), known=sold, by=by, now=NOW)
        assert (payments(found), codes(found)) == ([], [("rejected", "closed_period")])

    def test_the_shops_own_rule_may_give_the_document_another_day(self) -> None:
        def a_day_later(_: Order, operations: tuple[Any, ...]) -> tuple[Any, ...]:
            day = in_transit("2026-10-04").payments[0].date_paid
            assert day is not None
            return tuple(o if isinstance(o, Payment) else dataclasses.replace(o, date=day.date()) for o in operations)

        by = dataclasses.replace(SHIPMENT_DAY, adjust=a_day_later)
        assert payments(plan(in_transit(), by=by, now=NOW)) == [("payment:7", "2026-10-04", "1000.00")]
