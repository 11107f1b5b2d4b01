"""What the shop's present state calls for: refused, changed and gone things among it, in whole roubles of the shop."""

from __future__ import annotations

import dataclasses
from typing import Any

from include.accounting.operations import Payment, Plan
from tests.accounting.orders import (
    company,
    done,
    line,
    order,
    payment,
    plan,
    posted,
    returned,
    rules,
    shipment,
    taken_over,
)


def wanted(a_plan: Plan) -> list[tuple[str, str, str, bool]]:
    """Key, day, sum, and whether it could be posted."""
    assert a_plan.wanted is not None
    return [(w.key, str(w.date), f"{w.amount:.2f}", w.operation is not None) for w in a_plan.wanted]


def sold(**fields: Any) -> Any:
    return order(line("1000.00"), payments=[payment(7, "1000.00")], **fields)


def test_what_is_due() -> None:
    assert wanted(plan(sold())) == [
        ("payment:7", "2026-03-05", "1000.00", True),
        ("sale:1045", "2026-03-05", "1000.00", True),
    ]


def test_what_was_posted_and_is_unchanged() -> None:
    assert wanted(plan(sold(), known=posted(plan(sold())))) == wanted(plan(sold()))


def test_what_is_refused_is_wanted_with_its_money() -> None:
    assert wanted(plan(sold(**company("7707083894")))) == [
        ("payment:7", "2026-03-05", "1000.00", False),
        ("sale:1045", "2026-03-05", "1000.00", False),
    ]


def test_a_day_in_the_closed_period_is_wanted() -> None:
    closed = plan(sold(), by=rules(closed_until="2026-03-31"))
    assert closed.due == ()
    assert [(key, fit) for key, _, _, fit in wanted(closed)] == [("payment:7", False), ("sale:1045", False)]


def test_what_is_skipped_is_not_wanted() -> None:
    assert wanted(plan(sold(), by=rules(go_live="2026-04-01"))) == []
    assert wanted(plan(sold(canceled=True, date_canceled="2026-03-06"))) == []
    assert wanted(plan(order(line("1000.00"), shipped=None, payments=[payment(7, "1000.00")]))) == []


def test_an_order_in_another_currency_has_no_roubles() -> None:
    assert ("sale:1045", "2026-03-05", "0.00", False) in wanted(plan(sold(currency="USD")))


def test_a_document_that_was_posted_stands_as_the_shop_has_it_now() -> None:
    known = posted(plan(sold()))
    assert ("sale:1045", "2026-03-05", "900.00", True) in wanted(plan(order(line("900.00")), known=known))


def test_what_was_cancelled_after_posting_is_wanted_no_longer() -> None:
    now = plan(sold(canceled=True, date_canceled="2026-03-06"), known=posted(plan(sold())))
    assert [key for key, *_ in wanted(now)] == ["payment:7"]  # the shop still has the money


def test_the_day_and_sum_of_posted_money() -> None:
    known = posted(plan(sold()))
    changed = order(line("1000.00"), payments=[payment(7, "900.00", "2026-03-07")])
    assert ("payment:7", "2026-03-07", "900.00", True) in wanted(plan(changed, known=known))
    fallen_back = dataclasses.replace(payment(7, "1000.00"), paid=False)
    for gone in (order(line("1000.00"), payments=[fallen_back]), order(line("1000.00"))):
        assert [key for key, *_ in wanted(plan(gone, known=known))] == ["sale:1045"]


def test_a_payment_written_anew_is_the_posted_one() -> None:
    anew = plan(order(line("1000.00"), payments=[payment(8, "1000.00")]), known=posted(plan(sold())))
    assert [key for key, *_ in wanted(anew)] == ["payment:7", "sale:1045"]


def test_a_refund_that_was_taken_back() -> None:
    back = order(line("1000.00"), payments=[returned(7, "1000.00", "2026-03-05", "2026-03-09")])
    assert ("refund:7", "2026-03-09", "1000.00", True) in wanted(plan(back))
    assert [key for key, *_ in wanted(plan(sold(), known=posted(plan(back))))] == ["payment:7", "sale:1045"]


def test_a_document_of_another_program_has_the_orders_day_and_price() -> None:
    assert ("sale:1045", "2026-03-05", "1000.00", False) in wanted(plan(sold(), known=[taken_over()]))


def test_shipments_refused_as_a_whole_come_to_the_price() -> None:
    parts = (shipment(501, {1: 1}, "2026-03-05"), shipment(502, {1: 1}, "2026-03-06"))
    per_shipment = rules(document_per="shipment")
    two = order(line("500.00", 2), shipments=parts, shipped=None)
    known = posted(plan(dataclasses.replace(two, shipments=(parts[0], shipment(502, {1: 1}))), by=per_shipment))
    refused = plan(
        order(line("500.00", 2), shipments=parts, shipped=None, **company("7707083894")), known=known, by=per_shipment
    )
    assert [(key, amount) for key, _, amount, _ in wanted(refused)] == [
        ("sale:1045/501", "500.00"),
        ("sale:1045/502", "500.00"),
    ]


def test_an_order_that_is_being_saved_cannot_be_asked() -> None:
    saving = sold(running=True, date_update="2026-08-31 23:59:00")
    assert plan(saving, now="2026-09-01 00:00:00").wanted is None


def test_money_that_was_posted_with_another_order_is_wanted_where_it_stands_now() -> None:
    posted_elsewhere = done(dataclasses.replace(payments_of(plan(sold()))[0], order_id=2000))
    assert ("payment:7", "2026-03-05", "1000.00", False) in wanted(plan(sold(), known=posted_elsewhere))
    waiting = order(line("1000.00"), shipped=None, payments=[payment(7, "1000.00")])
    assert wanted(plan(waiting, known=posted_elsewhere)) == []


def payments_of(a_plan: Plan) -> list[Payment]:
    return [one for one in a_plan.due if isinstance(one, Payment)]
