"""Several shipments: one document that waits for all, or one for each.

The order: two teapots at 1,000 and three cups for 100.00 together, 300 and 200 for the two deliveries; 2,600 in all.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from include.accounting.marker import marker
from include.accounting.operations import KnownOperation, Plan
from include.bitrix.rows import Order, Payment, Shipment
from tests.accounting.orders import (
    MONEY_STAYS,
    codes,
    document,
    documents,
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

TEAPOTS, CUPS = 1, 2
FIRST_DAY, SECOND_DAY = "2026-03-05", "2026-03-10"
BY = rules(document_per="shipment")
RATES = [("vat_percent", {"rate": "22"})]


def first(day: str | None = FIRST_DAY, **fields: Any) -> Shipment:
    return shipment(501, {TEAPOTS: 1, CUPS: 1}, day, "300.00", **fields)


def second(day: str | None = SECOND_DAY, **fields: Any) -> Shipment:
    return shipment(502, {TEAPOTS: 1, CUPS: 2}, day, "200.00", **fields)


def bought(*shipments: Shipment, paid: tuple[Payment, ...] = (), **fields: Any) -> Order:
    rows = line("1000.00", 2, name="Чайник"), line("33.3333", 3, name="Чашка")
    return order(
        *rows,
        delivery="500.00",
        price="2600.00",
        shipped=SECOND_DAY if all(s.deducted for s in shipments) else None,
        shipments=shipments,
        payments=paid,
        **fields,
    )


def by_shipment(an_order: Order, *, known: list[KnownOperation] | None = None, now: str = "2026-09-01") -> Plan:
    return plan(an_order, known=known or [], by=BY, now=now)


class TestOneDocumentForAll:
    def test_it_waits_for_the_last_one(self) -> None:
        found = plan(bought(first(), second(None), paid=(payment(7, "2600.00", "2026-03-03"),)))
        assert (found.due, held(found)) == ((), [("payment:7", "2026-03-03", "2600.00")])

    def test_it_has_the_last_ones_day_and_the_sum_of_the_deliveries(self) -> None:
        found = document(plan(bought(first(), second())))
        assert (str(found.date), found.total_amount) == (SECOND_DAY, Decimal("2600.00"))
        assert [(str(i.quantity), str(i.price)) for i in found.items] == [
            ("2", "1000.00"),
            ("2", "33.33"),
            ("1", "33.34"),
            ("1", "500.00"),
        ]


class TestADocumentForEach:
    def test_each_has_its_quantities_its_delivery_its_number_and_its_day(self) -> None:
        one, two = documents(by_shipment(bought(first(), second())))

        assert (one.key, one.number, str(one.date), one.marker) == (
            "sale:1045/501",
            "1045/501",
            FIRST_DAY,
            marker("1", 1045, 501),
        )
        assert [(i.name, str(i.quantity), str(i.price)) for i in one.items] == [
            ("Чайник", "1", "1000.00"),
            ("Чашка", "1", "33.33"),
            ("Доставка", "1", "300.00"),
        ]
        assert one.total_amount == Decimal("1333.33")
        assert one.comment == f"Заказ № 1045 {one.marker}"

        assert (two.key, two.number, str(two.date)) == ("sale:1045/502", "1045/502", SECOND_DAY)
        # three cups cost 100.00, the first 33.33, so the other two 66.67
        assert [(i.name, str(i.quantity), str(i.price)) for i in two.items] == [
            ("Чайник", "1", "1000.00"),
            ("Чашка", "1", "33.33"),
            ("Чашка", "1", "33.34"),
            ("Доставка", "1", "200.00"),
        ]
        assert two.total_amount == Decimal("1266.67")

    def test_the_first_is_posted_while_the_second_waits_and_stays_as_it_is(self) -> None:
        early = by_shipment(bought(first(), second(None)))
        assert [d.key for d in documents(early)] == ["sale:1045/501"]
        late = by_shipment(bought(first(), second()), known=posted(early))
        assert late == by_shipment(bought(first(), second()))

    def test_the_second_may_leave_first(self) -> None:
        early = by_shipment(bought(first(None), second("2026-03-04")))
        assert [(d.key, d.total_amount) for d in documents(early)] == [("sale:1045/502", Decimal("1266.67"))]
        late = by_shipment(bought(first(), second("2026-03-04")), known=posted(early))
        assert sum(d.total_amount for d in documents(late)) == Decimal("2600.00")
        assert late.findings == ()

    def test_a_missing_number_is_made_of_the_orders(self) -> None:
        (found,) = documents(by_shipment(bought(first(account_number=None), second(None))))
        assert found.number == "1045/501"

    def test_status_only_shops_ship_all_at_once(self) -> None:
        moved = bought(first(None), second(None), status_id="F", statuses=[("F", "2026-03-07")])
        assert [(d.key, str(d.date)) for d in documents(by_shipment(moved))] == [
            ("sale:1045/501", "2026-03-07"),
            ("sale:1045/502", "2026-03-07"),
        ]

    def test_children_of_a_set_are_carried_but_not_charged(self) -> None:
        bundle = order(
            line("600.00", id=1, type=1),
            line("400.00", id=2, set_parent_id=1),
            line("300.00", 2, id=3, set_parent_id=1),
        )
        found = document(by_shipment(bundle))
        assert [(str(i.quantity), str(i.price)) for i in found.items] == [("1", "600.00")]

    def test_an_empty_shipment_is_no_document(self) -> None:
        empty = shipment(503, {}, FIRST_DAY)
        assert len(documents(by_shipment(bought(first(), second(), empty)))) == 2

    def test_a_shipment_of_presents_is_noted(self) -> None:
        presents = order(
            line("1000.00"),
            line("0.00"),
            shipments=(shipment(501, {1: 1}, FIRST_DAY), shipment(502, {2: 1}, FIRST_DAY)),
        )
        found = by_shipment(presents)
        assert [d.key for d in documents(found)] == ["sale:1045/501"]
        assert codes(found) == [("noted", "shipment_total_zero")]
        assert facts(finding(found)) == {"shipment": "1045/502"}

    def test_more_carried_than_sold_is_rejected(self) -> None:
        twice = bought(first(), shipment(502, {TEAPOTS: 2}, SECOND_DAY, "200.00"))
        found = by_shipment(twice)
        assert codes(found) == [("rejected", "shipped_more_than_sold")]
        assert facts(finding(found)) == {"name": "Чайник", "sold": "2", "shipped": "3"}

    def test_a_fault_of_one_shipment_holds_up_only_that_one(self) -> None:
        """Half of the goods left in 2025 with 20 %, the rest in 2026 with a rate that is no longer right."""
        row = line("1200.00", 2, vat="0.20")
        turn = order(
            row,
            shipments=(shipment(501, {1: 1}, "2025-12-30"), shipment(502, {1: 1}, "2026-01-10")),
            shipped="2026-01-10",
        )
        by = rules(document_per="shipment", vat_guard="reject")
        found = plan(turn, by=by)
        assert [d.key for d in documents(found)] == ["sale:1045/501"]
        assert codes(found) == [("rejected", "vat_of_other_years")]
        assert plan(turn, by=by, known=posted(found)) == found

    def test_what_left_before_go_live_was_typed_by_hand(self) -> None:
        by = rules(document_per="shipment", go_live="2026-03-06")
        rows = (payment(7, "2600.00", "2026-03-08"),)
        found = plan(bought(first(), second(), paid=rows), by=by)
        assert [d.key for d in documents(found)] == ["sale:1045/502"]
        # 1333.33 belong to the document that was typed by hand
        assert payments(found) == [("payment:7/502", "2026-03-08", "1266.67")]
        assert codes(found) == [("skipped", "before_go_live"), ("noted", "payment_without_document")]

    def test_documents_of_the_whole_order_stay_so_when_the_setting_changes(self) -> None:
        whole = plan(bought(first(), second()))
        assert by_shipment(bought(first(), second()), known=posted(whole)) == whole

    def test_documents_per_shipment_stay_so_when_the_setting_changes(self) -> None:
        early = by_shipment(bought(first(), second(None)))
        found = plan(bought(first(), second()), known=posted(early))
        assert [d.key for d in documents(found)] == ["sale:1045/501", "sale:1045/502"]


class TestADeliveryInAShipmentOfItsOwn:
    """Bitrix's isShipped passes over a shipment without goods: it has left when the order has."""

    def delivered(self, goods_day: str | None = "2026-05-04", **fields: Any) -> Order:
        goods, courier = shipment(501, {1: 1}, goods_day), shipment(502, {}, None, "300.00")
        values = {
            "delivery": "300.00",
            "shipped": goods_day,
            "date_status": "2026-03-02",
            "shipments": (goods, courier),
        }
        return order(line("1000.00"), **(values | fields))

    def days(self, an_order: Order) -> list[tuple[str, str, str]]:
        found = by_shipment(an_order)
        assert {code for _, code in codes(found)} <= {"status_before_shipment"}
        return [(d.key, str(d.date), f"{d.total_amount:.2f}") for d in documents(found)]

    def test_it_is_dated_by_the_orders_shipment_and_not_by_its_status(self) -> None:
        assert self.days(self.delivered(shipped="2026-05-05")) == [
            ("sale:1045/501", "2026-05-04", "1000.00"),
            ("sale:1045/502", "2026-05-05", "300.00"),
        ]

    def test_its_own_flag_wins(self) -> None:
        own = shipment(501, {1: 1}, "2026-05-04"), shipment(502, {}, "2026-05-02", "300.00")
        assert self.days(self.delivered(shipments=own))[0] == ("sale:1045/502", "2026-05-02", "300.00")

    def test_shipped_by_status_it_has_the_day_of_the_last_goods(self) -> None:
        moved = self.delivered(shipped=None, status_id="F", date_status="2026-05-20", statuses=[("F", "2026-05-20")])
        assert self.days(moved)[1] == ("sale:1045/502", "2026-05-04", "300.00")

    def test_without_any_flag_it_has_the_day_of_the_status_like_the_goods(self) -> None:
        moved = self.delivered(None, shipped=None, status_id="F", statuses=[("D", "2026-04-07"), ("F", "2026-05-20")])
        found = by_shipment(moved)
        assert [str(document.date) for document in documents(found)] == ["2026-04-07", "2026-04-07"]
        assert codes(found) == [("noted", "status_before_shipment")]

    def test_it_waits_while_the_goods_are_there(self) -> None:
        waiting = self.delivered(None, shipped=None)
        assert by_shipment(waiting).due == ()

    def test_a_later_date_of_the_order_is_no_change_of_what_is_posted(self) -> None:
        first_look = by_shipment(self.delivered())
        later = self.delivered(shipped="2026-06-01")
        assert by_shipment(later, known=posted(first_look)) == first_look


class TestShippedByTheOrdersFlag:
    """The order is DEDUCTED, its shipment's own flag was never set (imports, SQL)."""

    def flagged(self, **fields: Any) -> Order:
        rows = (shipment(501, {1: 1}),)
        return order(line("1000.00"), **({"shipped": "2026-05-04", "shipments": rows} | fields))

    def test_the_orders_date_comes_before_the_history(self) -> None:
        moved = self.flagged(status_id="F", statuses=[("F", "2026-05-20")], date_status="2026-05-20")
        assert str(document(by_shipment(moved)).date) == "2026-05-04"

    def test_without_a_date_of_the_order_history_is_asked(self) -> None:
        moved = self.flagged(date_deducted=None, status_id="F", statuses=[("F", "2026-05-20")])
        assert str(document(by_shipment(moved)).date) == "2026-05-20"

    def test_the_date_of_an_order_that_came_back_says_nothing(self) -> None:
        """DATE_DEDUCTED is stamped on un-shipping too."""
        back = self.flagged(deducted=False, status_id="F", statuses=[("F", "2026-05-20")])
        assert str(document(by_shipment(back)).date) == "2026-05-20"


class TestGoodsInNoShipment:
    """A shipped order: what no real shipment carries is in no document, and must not be lost without a word."""

    def missing(self, an_order: Order, known: list[KnownOperation] | None = None) -> tuple[Plan, dict[str, Any]]:
        found = by_shipment(an_order, known=known)
        assert codes(found) == [("review", "not_in_a_shipment")]
        return found, facts(finding(found))

    def test_an_order_without_shipments(self) -> None:
        found, said = self.missing(order(shipments=(), delivery="250.00", payments=[payment(7, "1250.00")]))
        assert found.due == ()
        assert said == {"amount": "1250.00", "total": "1250.00"}
        assert held(found) == [("payment:7", "2026-03-05", "1250.00")]

    def test_an_item_added_after_shipping(self) -> None:
        before = by_shipment(order(line("1000.00")))
        added = order(
            line("1000.00"),
            line("500.00", name="Чашка"),
            shipments=(shipment(501, {1: 1}, FIRST_DAY),),
            payments=[payment(7, "1500.00")],
        )
        for known in ([], posted(before)):
            found, said = self.missing(added, known)
            assert [(d.key, d.total_amount) for d in documents(found)] == [("sale:1045/501", Decimal("1000.00"))]
            assert said == {"amount": "500.00", "total": "1500.00"}
            assert payments(found) == [("payment:7/501", "2026-03-05", "1000.00")]
            assert held(found) == [("payment:7", "2026-03-05", "500.00")]

    def test_a_quantity_raised_after_shipping(self) -> None:
        raised = order(line("100.00", 5), shipments=(shipment(501, {1: 2}, FIRST_DAY),))
        found, said = self.missing(raised)
        assert [d.total_amount for d in documents(found)] == [Decimal("200.00")]
        assert said == {"amount": "300.00", "total": "500.00"}

    def test_once_it_stands_in_a_shipment_it_is_posted(self) -> None:
        rows = line("1000.00"), line("500.00", name="Чашка")
        early = by_shipment(order(*rows, shipments=(shipment(501, {1: 1}, FIRST_DAY),)))
        now = shipment(501, {1: 1}, FIRST_DAY), shipment(502, {2: 1}, SECOND_DAY)
        found = by_shipment(order(*rows, shipments=now), known=posted(early))
        assert found.findings == ()
        assert [d.total_amount for d in documents(found)] == [Decimal("1000.00"), Decimal("500.00")]

    def test_what_a_document_of_a_vanished_shipment_holds_is_not_missing(self) -> None:
        early = by_shipment(order(line("1000.00")))
        gone = by_shipment(order(line("1000.00"), shipments=()), known=posted(early))
        assert codes(gone) == [("review", "unshipped_after_posting")]
        added = by_shipment(order(line("1000.00"), line("500.00"), shipments=()), known=posted(early))
        assert sorted(codes(added)) == [("review", "not_in_a_shipment"), ("review", "unshipped_after_posting")]
        (said,) = (facts(f) for f in added.findings if f.code == "not_in_a_shipment")
        assert said == {"amount": "500.00", "total": "1500.00"}

    def test_a_present_in_no_shipment_is_nothing_to_speak_of(self) -> None:
        present = order(line("1000.00"), line("0.00"), shipments=(shipment(501, {1: 1}, FIRST_DAY),))
        assert by_shipment(present).findings == ()

    def test_parts_of_a_set_need_no_shipment_of_their_own(self) -> None:
        bundle = order(
            line("600.00", id=1, type=1),
            line("400.00", id=2, set_parent_id=1),
            shipments=(shipment(501, {1: 1}, FIRST_DAY),),
        )
        assert by_shipment(bundle).findings == ()

    def test_an_order_that_is_not_shipped_as_a_whole_waits(self) -> None:
        rows = line("1000.00"), line("500.00")
        half = order(*rows, shipped=None, shipments=(shipment(501, {1: 1}, FIRST_DAY),))
        assert by_shipment(half).findings == ()
        assert by_shipment(order(shipped=None, shipments=())).findings == ()

    def test_what_is_not_to_be_posted_is_not_asked_about(self) -> None:
        old = order(shipments=(), properties=(), payments=[payment(7, "1000.00", "2026-03-04")])
        by = rules(document_per="shipment", go_live="2026-04-01")
        assert codes(plan(old, by=by)) == [("skipped", "before_go_live")]
        added = order(line("1000.00"), line("500.00"), shipments=(shipment(501, {1: 1}, FIRST_DAY),))
        assert {verdict for verdict, _ in codes(plan(added, by=by))} == {"skipped"}
        assert codes(by_shipment(order(line("0.00"), shipments=()))) == [("skipped", "total_zero")]
        assert by_shipment(order(shipments=(), canceled=True)).findings == ()

    def test_an_order_without_goods_and_shipments_is_rejected_like_any(self) -> None:
        empty = order(price="500.00", items=(), shipments=())
        assert codes(by_shipment(empty)) == [("rejected", "no_lines")]

    def test_per_order_nothing_of_this_matters(self) -> None:
        added = order(line("1000.00"), line("500.00"), shipments=(shipment(501, {1: 1}, FIRST_DAY),))
        assert document(plan(added)).total_amount == Decimal("1500.00")
        assert document(plan(order(shipments=()))).total_amount == Decimal("1000.00")


class TestPaymentsCoverTheFirstShippedFirst:
    """Documents of 1,333.33 (5 March) and 1,266.67 (10 March)."""

    def test_a_prepayment_is_split_and_the_rest_is_held(self) -> None:
        paid = (payment(7, "2600.00", "2026-03-03"),)
        early = by_shipment(bought(first(), second(None), paid=paid))
        assert payments(early) == [("payment:7/501", "2026-03-03", "1333.33")]
        assert held(early) == [("payment:7", "2026-03-03", "1266.67")]
        late = by_shipment(bought(first(), second(), paid=paid), known=posted(early))
        assert payments(late) == [
            ("payment:7/501", "2026-03-03", "1333.33"),
            ("payment:7/502", "2026-03-03", "1266.67"),
        ]
        assert late == by_shipment(bought(first(), second(), paid=paid))
        assert late.held == ()

    def test_two_payments_meet_in_a_document(self) -> None:
        paid = (payment(7, "2000.00", "2026-03-03"), payment(8, "600.00", "2026-03-04"))
        found = by_shipment(bought(first(), second(), paid=paid))
        assert payments(found) == [
            ("payment:7/501", "2026-03-03", "1333.33"),
            ("payment:7/502", "2026-03-03", "666.67"),
            ("payment:8/502", "2026-03-04", "600.00"),
        ]

    def test_the_first_shipped_is_not_the_first_created(self) -> None:
        paid = (payment(7, "1300.00", "2026-03-03"),)
        found = by_shipment(bought(first(SECOND_DAY), second(FIRST_DAY), paid=paid))
        assert payments(found) == [
            ("payment:7/501", "2026-03-03", "33.33"),
            ("payment:7/502", "2026-03-03", "1266.67"),
        ]

    def test_money_beyond_the_total_goes_to_the_last_once_all_is_shipped(self) -> None:
        paid = (payment(7, "3000.00", "2026-03-03"),)
        early = by_shipment(bought(first(), second(None), paid=paid))
        assert held(early) == [("payment:7", "2026-03-03", "1666.67")]
        late = by_shipment(bought(first(), second(), paid=paid), known=posted(early))
        assert payments(late)[1] == ("payment:7/502", "2026-03-03", "1666.67")
        assert late == by_shipment(bought(first(), second(), paid=paid))

    def test_a_refund_takes_back_only_what_was_due(self) -> None:
        """Returned on the 7th: the part of the document of the 5th was posted, the rest was only held."""
        back = (returned(7, "2600.00", "2026-03-03", "2026-03-07"),)
        found = by_shipment(bought(first(), second(), paid=back))
        assert payments(found) == [("payment:7/501", "2026-03-03", "1333.33")]
        assert refunds(found) == [("refund:7/501", "2026-03-07", "1333.33")]

    def test_what_of_it_waited_and_went_back_before_its_shipment_is_noted(self) -> None:
        early = by_shipment(bought(first(), second(None), paid=(payment(7, "2600.00", "2026-03-03"),)))
        back = (returned(7, "2600.00", "2026-03-03", "2026-03-07"),)
        for there, known in ((second(None), posted(early)), (second(None), []), (second(), [])):
            found = by_shipment(bought(first(), there, paid=back), known=known)
            assert (refunds(found), found.held) == ([("refund:7/501", "2026-03-07", "1333.33")], ())
            (noted,) = (finding for finding in found.findings if finding.code == "refunded_before_shipment")
            assert facts(noted) == {"payment": 7, "amount": "1266.67", "day": "2026-03-07"}

    def test_turned_into_store_credit_one_part_stays_and_the_other_never_was(self) -> None:
        early = by_shipment(bought(first(), second(None), paid=(payment(7, "2600.00", "2026-03-03"),)))
        back = (returned(7, "2600.00", "2026-03-03", "2026-03-07", to="Y"),)
        found = by_shipment(bought(first(), second(None), paid=back), known=posted(early))
        assert (payments(found), refunds(found), found.held) == (payments(early), [], ())
        assert [(facts(noted)["amount"], facts(noted)["books"]) for noted in found.findings] == [
            ("1266.67", "payment_not_due"),
            ("1333.33", "payment_stays"),
        ]

    def test_daily_runs_and_one_backfill_agree_through_a_refund(self) -> None:
        paid = payment(7, "2600.00", "2026-03-03")
        back = returned(7, "2600.00", "2026-03-03", "2026-03-07")
        again = payment(8, "2600.00", "2026-03-08")
        known: list[KnownOperation] = []
        for present, now in (
            (bought(first(), second(None), paid=(paid,)), "2026-03-06"),
            (bought(first(), second(None), paid=(back,)), "2026-03-08"),
            (bought(first(), second(None), paid=(back, again)), "2026-03-09"),
            (bought(first(), second(), paid=(back, again)), "2026-03-11"),
        ):
            daily = by_shipment(present, known=known, now=now)
            known = posted(daily)
        assert daily == by_shipment(bought(first(), second(), paid=(back, again)))
        assert payments(daily)[1:] == [
            ("payment:8/501", "2026-03-08", "1333.33"),
            ("payment:8/502", "2026-03-08", "1266.67"),
        ]

    def test_what_waits_of_an_order_that_is_cancelled_is_noted(self) -> None:
        paid = (payment(7, "2600.00", "2026-03-03"),)
        early = by_shipment(bought(first(), second(None), paid=paid))
        cancelled = bought(first(None), second(None), paid=paid, canceled=True, date_canceled="2026-03-08")
        found = by_shipment(cancelled, known=posted(early))
        assert (payments(found), found.held) == (payments(early), ())
        assert codes(found) == [("review", "cancelled_after_posting"), MONEY_STAYS, ("noted", "payment_rest_cancelled")]
        told = {"payment": 7, "rest": "1266.67", "day": "2026-03-03", "cancelled": "2026-03-08"}
        assert facts(found.findings[2]) == told

    def test_what_fits_nowhere_any_more_is_for_review(self) -> None:
        """Overpaid, then the second shipment was taken out of the order."""
        paid = (payment(7, "2600.00", "2026-03-03"),)
        early = by_shipment(bought(first(), second(None), paid=paid))
        rows = line("1000.00", 1), line("33.33", 1, name="Чашка")
        smaller = order(*rows, delivery="300.00", shipments=(first(),), payments=paid)
        found = by_shipment(smaller, known=posted(early))
        assert payments(found) == payments(early)
        assert ("review", "payment_rest") in codes(found)
        (rest,) = (finding for finding in found.findings if finding.code == "payment_rest")
        assert facts(rest) == {"payment": 7, "rest": "1266.67", "day": "2026-03-03"}


class TestWhatARefundFrees:
    """Documents of 1,333.33 (5 March) and 1,266.67 (10 March); the first is paid, and its money goes back."""

    def test_money_of_the_same_day_pays_it(self) -> None:
        paid = (returned(7, "1333.33", "2026-03-05", "2026-03-08"), payment(8, "1333.33", "2026-03-08"))
        found = by_shipment(bought(first(), second(None), paid=paid))
        assert payments(found)[1:] == [("payment:8/501", "2026-03-08", "1333.33")]
        assert (refunds(found), held(found)) == ([("refund:7/501", "2026-03-08", "1333.33")], [])

    def test_and_is_posted_though_its_month_is_closed_before_the_next_shipment(self) -> None:
        paid = (returned(7, "1333.33", "2026-03-05", "2026-03-08"), payment(8, "1333.33", "2026-03-08"))
        early = by_shipment(bought(first(), second(None), paid=paid))
        closed = rules(document_per="shipment", closed_until="2026-03-31")
        late = plan(bought(first(), second("2026-04-10"), paid=paid), known=posted(early), by=closed)
        assert (payments(late), ("rejected", "closed_period") in codes(late)) == (payments(early), False)

    def test_money_that_waits_pays_it_with_its_own_day(self) -> None:
        twice = (payment(7, "1333.33", "2026-03-03"), payment(8, "1333.33", "2026-03-04"))
        early = by_shipment(bought(first(), second(None), paid=twice))
        assert held(early) == [("payment:8", "2026-03-04", "1333.33")]
        back = (returned(7, "1333.33", "2026-03-03", "2026-03-06"), twice[1])
        found = by_shipment(bought(first(), second(None), paid=back), known=posted(early))
        assert payments(found)[1:] == [("payment:8/501", "2026-03-04", "1333.33")]
        assert (held(found), found) == ([], by_shipment(bought(first(), second(None), paid=back)))

    def test_once_all_is_shipped_it_goes_to_each_document_and_not_to_the_last_alone(self) -> None:
        paid = (returned(7, "2600.00", "2026-03-03", "2026-03-12"), payment(8, "2600.00", "2026-03-12"))
        found = by_shipment(bought(first(), second(), paid=paid))
        assert payments(found)[2:] == [
            ("payment:8/501", "2026-03-12", "1333.33"),
            ("payment:8/502", "2026-03-12", "1266.67"),
        ]

    def test_what_goes_back_on_the_day_of_the_shipment_has_paid_it_first(self) -> None:
        paid = (returned(7, "1333.33", "2026-03-03", FIRST_DAY), payment(8, "1333.33", "2026-03-04"))
        found = by_shipment(bought(first(), second(None), paid=paid))
        assert payments(found) == [
            ("payment:7/501", "2026-03-03", "1333.33"),
            ("payment:8/501", "2026-03-04", "1333.33"),
        ]
        assert refunds(found) == [("refund:7/501", FIRST_DAY, "1333.33")]

    def test_money_that_came_before_it_pays_first_all_the_same(self) -> None:
        paid = (payment(7, "1333.33", "2026-03-03"), returned(8, "1333.33", "2026-03-04", FIRST_DAY))
        found = by_shipment(bought(first(), second(None), paid=paid))
        assert payments(found) == [("payment:7/501", "2026-03-03", "1333.33")]
        assert codes(found) == [("noted", "refunded_before_shipment")]

    def test_what_is_posted_keeps_its_place(self) -> None:
        """8 has paid what was left of the first document; it cannot pay it a second time."""
        paid = (payment(7, "1000.00", "2026-03-03"), payment(8, "1333.33", "2026-03-04"))
        early = by_shipment(bought(first(), second(None), paid=paid))
        assert payments(early)[1:] == [("payment:8/501", "2026-03-04", "333.33")]
        back = (returned(7, "1000.00", "2026-03-03", "2026-03-06"), paid[1])
        found = by_shipment(bought(first(), second(None), paid=back), known=posted(early))
        assert (payments(found), held(found)) == (payments(early), [("payment:8", "2026-03-04", "1000.00")])
        assert found == by_shipment(bought(first(), second(None), paid=back))

    def test_store_credit_frees_nothing(self) -> None:
        paid = (returned(7, "1333.33", "2026-03-03", "2026-03-06", to="Y"), payment(8, "1333.33", "2026-03-06"))
        found = by_shipment(bought(first(), second(None), paid=paid))
        assert held(found) == [("payment:8", "2026-03-06", "1333.33")]


class TestUnshipped:
    def test_before_posting_there_is_nothing(self) -> None:
        """Un-shipping stamps DATE_DEDUCTED too."""
        back = first(None, date_deducted=None)
        assert by_shipment(bought(back, second(None))).due == ()

    def test_after_posting_it_is_for_review_and_stays_in_the_books(self) -> None:
        early = by_shipment(bought(first(), second(None)))
        found = by_shipment(bought(first(None), second(None)), known=posted(early))
        assert found.due == early.due
        assert codes(found) == [("review", "unshipped_after_posting")]
        assert facts(finding(found)) == {"number": "1045/501", "day": FIRST_DAY, "rates": RATES}

    def test_shipped_again_on_the_same_day_the_review_clears(self) -> None:
        early = by_shipment(bought(first(), second(None)))
        assert by_shipment(bought(first(), second(None)), known=posted(early)).findings == ()

    def test_shipped_again_on_another_day_it_is_for_review(self) -> None:
        early = by_shipment(bought(first(), second(None)))
        found = by_shipment(bought(first("2026-03-09"), second(None)), known=posted(early))
        assert found.due == early.due
        changes = [("change_date", {"before": "2026-03-05", "now": "2026-03-09"})]
        assert facts(finding(found))["what"] == ("changed_fields", {"differences": changes, "rates": RATES})

    def test_a_shipment_that_is_gone_is_for_review(self) -> None:
        early = by_shipment(bought(first(), second(None)))
        found = by_shipment(bought(second(None)), known=posted(early))
        assert found.due == early.due
        assert codes(found) == [("review", "unshipped_after_posting")]


@pytest.mark.parametrize("quantities", [("0.5", "0.75", "1.25"), ("1.25", "0.5", "0.75"), ("2.4999", "0.0001", "0")])
@pytest.mark.parametrize("price", ["10.01", "0.01", "33.3333", "99.99"])
def test_parts_of_a_line_make_the_line_to_the_kopeck(quantities: tuple[str, ...], price: str) -> None:
    carried = [shipment(500 + n, {1: q}, FIRST_DAY) for n, q in enumerate(quantities) if q != "0"]
    found = by_shipment(order(line(price, "2.5"), shipments=tuple(carried)))
    whole = document(plan(order(line(price, "2.5")))).total_amount
    assert sum(d.total_amount for d in documents(found)) == whole


class TestShipmentMadeAnew:
    """Shipment 501 is in the books, its row is gone, and another one carries the same goods on the same day."""

    def anew(self, day: str = FIRST_DAY, cups: int = 1) -> Shipment:
        return shipment(503, {TEAPOTS: 1, CUPS: cups}, day, "300.00")

    def test_it_is_never_posted_beside_the_first(self) -> None:
        before = by_shipment(bought(first(), second()))
        found = by_shipment(bought(second(), self.anew()), known=posted(before))
        assert found.due == before.due
        assert codes(found) == [("review", "shipment_made_anew")]
        assert facts(finding(found)) == {
            "shipment": 503,
            "number": "1045/501",
            "day": FIRST_DAY,
            "total": "1333.33",
            "gone": 501,
        }
        assert by_shipment(bought(second(), self.anew()), known=posted(found)) == found

    def test_its_money_stays_where_it_is(self) -> None:
        paid = (payment(7, "2600.00", "2026-03-03"),)
        before = by_shipment(bought(first(), second(None), paid=paid))
        assert [amount for *_, amount in payments(before)] == ["1333.33"]
        found = by_shipment(bought(second(), self.anew(), paid=paid), known=posted(before))
        assert [(key, amount) for key, _, amount in payments(found)] == [
            ("payment:7/501", "1333.33"),
            ("payment:7/502", "1266.67"),
        ]
        assert codes(found) == [("review", "shipment_made_anew")]

    @pytest.mark.parametrize(("day", "cups"), [("2026-03-06", 1), (FIRST_DAY, 2)])
    def test_another_day_or_other_goods_are_another_shipment(self, day: str, cups: int) -> None:
        rest = shipment(502, {TEAPOTS: 1, CUPS: 3 - cups}, None, "200.00")
        before = by_shipment(bought(first(), second(None)))
        found = by_shipment(bought(self.anew(day, cups), rest), known=posted(before))
        assert len(documents(found)) == 2
        assert codes(found) == [("review", "unshipped_after_posting")]

    def test_a_payment_of_which_a_part_was_posted(self) -> None:
        before = by_shipment(bought(first(), second(None), paid=(payment(7, "2600.00", "2026-03-03"),)))
        again = bought(first(), second(), paid=(payment(9, "2600.00", "2026-03-03"),))
        found = by_shipment(again, known=posted(before))
        assert [key for key, *_ in payments(found)] == ["payment:7/501"]
        assert codes(found) == [("review", "payment_made_anew")]


def test_a_gift_card_that_leaves_later_is_no_sale_either() -> None:
    by = rules(document_per="shipment", advance_products=["card"])
    kettle, card = line("1000.00"), line("5000.00", name="Сертификат", product_xml_id="card")
    left = shipment(501, {1: 1}, "2026-03-05")
    first = plan(order(kettle, shipments=(left,)), by=by)
    waits = order(kettle, card, shipped=None, shipments=(left, shipment(502, {2: 1})))
    assert plan(waits, by=by, known=posted(first)).due == first.due
    later = order(
        kettle,
        card,
        shipped="2026-03-10",
        shipments=(left, shipment(502, {2: 1}, "2026-03-10")),
        payments=[payment(7, "6000.00", "2026-03-11")],
    )
    found = plan(later, by=by, known=posted(first))
    assert [document.key for document in documents(found)] == ["sale:1045/501"]
    assert payments(found) == [("payment:7/501", "2026-03-11", "1000.00")], "the rest waits for the shipment's document"
    assert codes(found) == [("rejected", "advance_sold")]
