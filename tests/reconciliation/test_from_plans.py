"""What plans of real orders make of the shop's side: what was posted agrees, what is refused is told with its sum."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

from hypothesis import given, note, settings

from include.accounting.operations import Plan
from include.accounting.rules import Rules
from include.bitrix.rows import Order
from include.reconciliation.comparing import compare
from include.reconciliation.difference import Code
from include.reconciliation.sides import InBooks, InLedger, InShop, Sides
from tests.accounting.orders import ORDER_ID, company, documents, line, order, payment, plan, posted, rules, shipment
from tests.accounting.test_nothing_lost import orders
from tests.reconciliation.three_sides import in_brief, kept, scope, standing

PER_ORDER, PER_SHIPMENT = rules(), rules(document_per="shipment")


def after_posting(before: Plan, now: Plan) -> Sides:
    """The shop as it is now, and all that was due before in ledger and books."""
    return Sides(
        order_id=ORDER_ID,
        shop=InShop.of(now),
        ledger=InLedger(operations=tuple(kept(one) for one in before.due), refused=True),
        books=InBooks(documents=tuple(standing(one, before.due) for one in documents(before))),
    )


def told(sides: Sides) -> list[tuple[str, str | None, str | None, str | None]]:
    return [in_brief(row) for row in compare(sides, scope()).rows]


def _holds(an_order: Order, by: Rules) -> None:
    before = plan(an_order, by=by)
    sides = after_posting(before, plan(an_order, by=by, known=posted(before)))
    rows = compare(sides, scope()).rows
    note("\n".join(f"{row.code} {row.key} {row.shop} {row.books}" for row in rows))
    assert {row.code for row in rows} <= {Code.NOT_POSTED}
    assert all(row.books is None for row in rows)
    refused = {one.key for one in plan(an_order, by=by).wanted or () if one.operation is None}
    assert {row.key for row in rows if row.shop is not None} == refused
    # Documents that are due and those that are refused come to what the buyer pays.
    wanted = [one for one in before.wanted or () if one.key.startswith("sale:")]
    if wanted and an_order.status_id == "F" and not an_order.canceled:
        assert sum((one.amount for one in wanted), start=Decimal(0)) == an_order.price


@settings(max_examples=60, deadline=None)
@given(an_order=orders())
def test_what_was_posted_agrees(an_order: Order) -> None:
    _holds(an_order, PER_ORDER)


@settings(max_examples=60, deadline=None)
@given(an_order=orders())
def test_what_was_posted_agrees_by_shipments(an_order: Order) -> None:
    _holds(an_order, PER_SHIPMENT)


SOLD = order(line("1000.00"), payments=[payment(7, "1000.00")])


def test_a_price_changed_after_posting() -> None:
    now = plan(order(line("900.00"), payments=[payment(7, "1000.00")]), known=posted(plan(SOLD)))
    assert told(after_posting(plan(SOLD), now)) == [("changed_in_shop", "sale:1045", "03-05 900.00", "03-05 1000.00")]


def test_cancelled_after_posting() -> None:
    now = plan(dataclasses.replace(SOLD, canceled=True), known=posted(plan(SOLD)))
    assert told(after_posting(plan(SOLD), now)) == [("changed_in_shop", "sale:1045", None, "03-05 1000.00")]


def test_a_payment_changed_after_posting() -> None:
    now = plan(order(line("1000.00"), payments=[payment(7, "800.00", "2026-03-06")]), known=posted(plan(SOLD)))
    assert told(after_posting(plan(SOLD), now)) == [("changed_in_shop", "payment:7", "03-06 800.00", "03-05 1000.00")]


def test_a_buyer_that_no_longer_fits_changes_no_sum() -> None:
    broken = order(line("1000.00"), payments=[payment(7, "1000.00")], **company("7707083894"))
    now = plan(broken, known=posted(plan(SOLD)))
    assert told(after_posting(plan(SOLD), now)) == [("changed_in_shop", "sale:1045", "03-05 1000.00", "03-05 1000.00")]


def test_a_sale_dated_back_that_no_run_has_seen() -> None:
    nothing = Sides(order_id=ORDER_ID, shop=InShop.of(plan(SOLD)))
    assert told(nothing) == [
        ("unseen", "sale:1045", "03-05 1000.00", None),
        ("unseen", "payment:7", "03-05 1000.00", None),
    ]


def test_a_second_shipment_of_the_next_month() -> None:
    parts = (shipment(501, {1: 1}, "2026-03-31"), shipment(502, {1: 1}))
    half = order(line("500.00", 2), shipments=parts, shipped=None)
    parts = (parts[0], shipment(502, {1: 1}, "2026-04-01"))
    whole = order(line("500.00", 2), shipments=parts, shipped=None)
    before = plan(half, by=PER_SHIPMENT)
    sides = after_posting(before, plan(whole, by=PER_SHIPMENT, known=posted(before)))
    assert told(sides) == [("unseen", "sale:1045/502", "04-01 500.00", None)]
