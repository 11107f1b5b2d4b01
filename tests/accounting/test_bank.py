"""Money that the books get from the bank, and the day that the bank says."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

import pytest

from include.accounting.clock import Clock
from include.accounting.context import Context
from include.accounting.in_ledger import Known
from include.accounting.money.received import received
from include.accounting.operations import Plan
from include.accounting.rules import Rules
from include.bitrix.rows import Order
from include.bitrix.rows import Payment as Row
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
    receipt,
    refunds,
    returned,
    rules,
    shipment,
    shop,
)
from tests.accounting.plain import facts

FROM_BANK = rules(payment_methods={"yandexcheckout": "FromBank"})
CASH: dict[str, Any] = {"pay_system_id": 9, "action_file": "cash", "is_cash": "Y"}


def wanted(a_plan: Plan) -> dict[str, str]:
    assert a_plan.wanted is not None
    return {one.key: str(one.date) for one in a_plan.wanted}


class TestFromBank:
    @pytest.mark.parametrize("buyer", [{}, company()], ids=["retail", "company"])
    def test_it_is_noted_and_neither_due_nor_missing(self, buyer: dict[str, Any]) -> None:
        bought = order(payments=[payment(7, "700.00", "2026-02-27"), payment(8, "300.00", **CASH)], **buyer)
        found = plan(bought, by=FROM_BANK)
        assert [o.key for o in found.due] == ["sale:1045", "payment:8"]
        assert codes(found) == [("noted", "from_bank")]
        assert facts(finding(found)) == {
            "payment": 7,
            "amount": "700.00 RUB",
            "day": "2026-02-27",
            "pay_system": "Карта",
        }
        assert wanted(found).keys() == {"sale:1045", "payment:8"}

    def test_it_waits_for_no_document(self) -> None:
        waiting = plan(order(shipped=None, payments=[payment(7, "1000.00")]), by=FROM_BANK)
        assert (held(waiting), waiting.findings) == ([], ())

    def test_its_refund_is_in_the_statement_too(self) -> None:
        back = order(payments=[returned(7, "1000.00", "2026-03-05", "2026-03-09")])
        found = plan(back, by=FROM_BANK)
        assert (payments(found), refunds(found)) == ([], [])
        assert codes(found) == [("noted", "from_bank"), ("noted", "refund_from_bank"), GOODS_STAY]
        assert facts(found.findings[1]) == {"payment": 7, "amount": "1000.00 RUB", "day": "2026-03-09"}
        assert wanted(found).keys() == {"sale:1045"}

    def test_a_refund_that_was_only_asked_for_has_not_left(self) -> None:
        asked = order(payments=[payment(7, "1000.00", is_return="P")])
        assert codes(plan(asked, by=FROM_BANK)) == [("noted", "from_bank")]

    def test_what_came_before_go_live_was_typed_in_by_hand(self) -> None:
        by = rules(payment_methods={"2": "FromBank"}, go_live="2026-03-05")
        found = plan(order(payments=[payment(7, "1000.00", "2026-03-04")]), by=by)
        assert codes(found) == [("skipped", "payment_before_go_live")]

    def test_its_refund_since_then_is_in_the_statement(self) -> None:
        by = rules(payment_methods={"2": "FromBank"}, go_live="2026-03-05")
        for back, told in (("2026-03-09", [("noted", "refund_from_bank")]), ("2026-03-04", [])):
            found = plan(order(payments=[returned(7, "1000.00", "2026-03-03", back)]), by=by)
            assert codes(found)[:2] == [("skipped", "payment_before_go_live"), *told]

    def test_that_it_went_back_is_one_rule(self) -> None:
        """PAID stays Y on some versions: the day of return says that it left, on whatever list it stands."""
        row = payment(7, "1000.00", is_return="P", pay_return_date=dt.date(2026, 3, 9))
        assert ("noted", "refund_from_bank") in codes(plan(order(payments=[row]), by=FROM_BANK))
        known, clock = Known((), 1045), Clock(dt.datetime(2026, 9, 1))
        for shipped in (None, "2026-03-05"):
            there = order(shipped=shipped, payments=[row])
            (one,) = received(Context(order=there, shop=shop(), rules=FROM_BANK, known=known, clock=clock))
            assert str(one.refunded_on) == "2026-03-09"

    @pytest.mark.parametrize("fields", [{"shipped": None}, {"canceled": True, "date_canceled": "2026-03-10"}, {}])
    def test_turned_into_store_credit_it_is_still_there(self, fields: dict[str, Any]) -> None:
        there = order(payments=[returned(7, "1000.00", "2026-03-04", "2026-03-09", to="Y")], **fields)
        assert codes(plan(there, by=FROM_BANK)) == [("noted", "from_bank")]
        clock = Clock(dt.datetime(2026, 9, 1))
        (one,) = received(Context(order=there, shop=shop(), rules=FROM_BANK, known=Known((), 1045), clock=clock))
        assert (str(one.amount), one.refunded_on) == ("1000.00", None)

    def test_in_a_closed_period_it_is_what_it_is(self) -> None:
        by = rules(payment_methods={"2": "FromBank"}, closed_until="2026-03-04")
        assert codes(plan(order(payments=[payment(7, "1000.00", "2026-02-01")]), by=by)) == [("noted", "from_bank")]

    def test_of_a_cancelled_order_it_is_noted(self) -> None:
        cancelled = order(canceled=True, date_canceled="2026-03-06", payments=[payment(7, "1000.00")])
        assert codes(plan(cancelled, by=FROM_BANK)) == [("noted", "from_bank")]

    def test_what_was_posted_before_the_setting_stays_and_only_its_refund_is_the_banks(self) -> None:
        paid = order(payments=[payment(7, "1000.00")])
        first = plan(paid)
        later = plan(paid, known=posted(first), by=FROM_BANK)
        assert (later, later.findings, wanted(later)) == (first, (), wanted(first))
        back = order(payments=[returned(7, "1000.00", "2026-03-05", "2026-03-09")])
        refunded = plan(back, known=posted(first), by=FROM_BANK)
        assert (refunds(refunded), codes(refunded)) == ([], [("noted", "refund_from_bank"), GOODS_STAY])
        assert wanted(refunded) == wanted(first)

    def test_per_shipment_it_pays_no_document(self) -> None:
        by = rules(payment_methods={"2": "FromBank"}, document_per="shipment")
        parts = (shipment(501, {1: 1}, "2026-03-05"), shipment(502, {1: 1}))
        half = order(line("500.00", 2), shipments=parts, shipped=None, payments=[payment(7, "1000.00")])
        found = plan(half, by=by)
        assert (held(found), payments(found), codes(found)) == ([], [], [("noted", "from_bank")])

    def test_marked_as_paid_the_order_has_its_payment(self) -> None:
        assert codes(plan(order(payed=True, payments=[payment(7, "1000.00")]), by=FROM_BANK)) == [
            ("noted", "from_bank")
        ]


@pytest.mark.parametrize("handler", ["cashondelivery", "cashondeliverycalc"])
def test_cash_that_a_carrier_takes_is_no_cash_of_the_shop(handler: str) -> None:
    row = payment(7, "1000.00", action_file=handler, is_cash="Y", pay_system_code="cash")
    (_, paid) = plan(order(payments=[row])).due
    assert getattr(paid, "method", None) == "BankTransfer"
    (_, mapped) = plan(order(payments=[row]), by=rules(payment_methods={handler: "Cash"})).due
    assert getattr(mapped, "method", None) == "Cash"


def by_voucher(voucher: str | None, entered: str = "2026-04-02", **fields: Any) -> Row:
    """1,000 by transfer, marked as paid in the shop on ``entered``."""
    day = dt.date.fromisoformat(voucher) if voucher else None
    return payment(7, "1000.00", entered, pay_voucher_date=day, **fields)


def bought(row: Row) -> Order:
    return order(payments=[row])


class TestTheBanksDay:
    """Paid on 31.03, entered on 02.04: it belongs to the first quarter."""

    @pytest.mark.parametrize(
        ("voucher", "fields", "expected"),
        [
            ("2026-03-31", {}, "2026-03-31"),
            ("2026-04-02", {}, "2026-04-02"),
            ("2026-04-03", {}, "2026-04-02"),  # later than it was entered: a slip
            (None, {}, "2026-04-02"),
            ("2026-03-31", CASH, "2026-04-02"),
        ],
    )
    def test_where_it_is_filled_and_not_later(self, voucher: str | None, fields: Any, expected: str) -> None:
        assert payments(plan(bought(by_voucher(voucher, **fields)))) == [("payment:7", expected, "1000.00")]

    def test_over_the_turn_of_a_year(self) -> None:
        row = by_voucher("2025-12-31", "2026-01-12 10:00:00")
        assert payments(plan(order(shipped="2025-12-30", payments=[row], shipments=())))[0][1] == "2025-12-31"

    @pytest.mark.parametrize(
        ("by", "expected"),
        [(rules(), "2026-03-31"), (FROM_BANK, "2026-03-31"), (rules(payment_day="paid"), "2026-04-02")],
    )
    def test_money_that_finds_no_document_has_the_same_day(self, by: Rules, expected: str) -> None:
        """It is what a person types in: in the quarter in which the bank had it."""
        kept = order(canceled=True, date_canceled="2026-04-03", payments=[by_voucher("2026-03-31")])
        assert expected in facts(finding(plan(kept, by=by))).values()
        back = by_voucher("2026-03-31", paid=False, is_return="P", pay_return_date=dt.date(2026, 4, 9))
        assert expected in facts(plan(order(shipped=None, payments=[back]), by=by).findings[0]).values()

    def test_before_go_live_it_was_typed_in_by_hand(self) -> None:
        for fields in ({}, {"currency": "USD"}):
            found = plan(bought(by_voucher("2026-03-01", "2026-03-05", **fields)), by=rules(go_live="2026-03-04"))
            assert codes(found) == [("skipped", "payment_before_go_live")]

    def test_it_may_be_switched_off(self) -> None:
        found = plan(bought(by_voucher("2026-03-31")), by=rules(payment_day="paid"))
        assert payments(found) == [("payment:7", "2026-04-02", "1000.00")]

    def test_a_payment_without_a_day_of_the_shop_is_rejected_all_the_same(self) -> None:
        row = payment(7, "1000.00", None, paid=True, pay_voucher_date=dt.date(2026, 3, 31))
        assert codes(plan(bought(row))) == [("rejected", "payment_date")]

    def test_before_go_live_by_the_bank_it_was_typed_in(self) -> None:
        found = plan(bought(by_voucher("2026-03-04")), by=rules(go_live="2026-03-05"))
        assert codes(found) == [("skipped", "payment_before_go_live")]

    def test_what_was_posted_keeps_its_day_and_the_banks_is_noted(self) -> None:
        first = plan(bought(by_voucher(None)))
        later = plan(bought(by_voucher("2026-03-31")), known=posted(first))
        assert later.due == first.due
        assert codes(later) == [("noted", "payment_day_known")]
        assert facts(finding(later)) == {
            "payment": 7,
            "amount": "1000.00",
            "posted": "2026-04-02",
            "day": "2026-03-31",
        }
        assert wanted(later) == wanted(first), "no difference of shop and books"

    def test_posted_with_the_banks_day_it_is_no_change_when_the_setting_changes(self) -> None:
        first = plan(bought(by_voucher("2026-03-31")))
        for by in (rules(), rules(payment_day="paid")):
            later = plan(bought(by_voucher("2026-03-31")), known=posted(first), by=by)
            assert (later, later.findings, wanted(later)) == (first, (), wanted(first))

    @pytest.mark.parametrize(
        ("fields", "by"), [({}, rules(payment_methods={"2": "Cash"})), ({"is_cash": "Y"}, rules())], ids=["map", "shop"]
    )
    def test_nor_when_its_pay_system_becomes_cash(self, fields: dict[str, Any], by: Rules) -> None:
        first = plan(bought(by_voucher("2026-03-31")))
        later = plan(bought(by_voucher("2026-03-31", **fields)), known=posted(first), by=by)
        assert (later, later.findings, wanted(later)) == (first, (), wanted(first))

    def test_a_voucher_that_is_gone_is_a_change(self) -> None:
        first = plan(bought(by_voucher("2026-03-31")))
        assert codes(plan(bought(by_voucher(None)), known=posted(first))) == [("review", "payment_changed")]

    def test_a_refund_that_the_bank_declined_is_no_new_money(self) -> None:
        back = by_voucher("2026-03-31", paid=False, is_return="P", pay_return_date=dt.date(2026, 4, 7))
        first = plan(bought(back))
        assert refunds(first) == [("refund:7", "2026-04-07", "1000.00")]
        declined = plan(bought(by_voucher("2026-03-31")), known=posted(first))
        assert codes(declined) == [("review", "payment_changed")]
        assert payments(declined) == [("payment:7", "2026-03-31", "1000.00")]

    def test_paid_again_the_voucher_of_the_first_time_says_nothing(self) -> None:
        back = by_voucher("2026-03-31", paid=False, is_return="P", pay_return_date=dt.date(2026, 4, 7))
        first = plan(bought(back))
        again = plan(bought(by_voucher("2026-03-31", "2026-04-20")), known=posted(first))
        assert payments(again) == [
            ("payment:7", "2026-03-31", "1000.00"),
            ("payment:7#2", "2026-04-20", "1000.00"),
        ]

    @pytest.mark.parametrize(
        "left_over",
        [
            {"unpaid_at": "2026-04-07 10:00:00"},
            {"return_receipts": (receipt("2026-04-07 10:00:00", "1000.00"),)},
            {"return_receipts": (receipt("2026-04-20 11:59:59", "1000.00"),)},
            {"pay_return_date": dt.date(2026, 4, 7)},
            {"pay_return_date": dt.date(2026, 4, 7), "is_return": "P"},  # asked back once more
            {"pay_return_date": dt.date(2026, 3, 31)},
        ],
    )
    def test_nor_where_the_first_time_was_never_posted(self, left_over: dict[str, Any]) -> None:
        again = order(shipped="2026-04-25", payments=[by_voucher("2026-03-31", "2026-04-20", **left_over)])
        assert payments(plan(again)) == [("payment:7", "2026-04-20", "1000.00")]

    @pytest.mark.parametrize(
        "fields",
        [
            {"unpaid_at": "2026-03-30"},
            {"return_receipts": (receipt("2026-03-30", "1000.00"),)},
            {"pay_return_date": dt.date(2026, 3, 30)},
            {"unpaid_at": "2026-04-20 11:00:00"},  # marked as unpaid and paid again at once: a slip
        ],
    )
    def test_what_went_back_before_it_does_not_touch_it(self, fields: dict[str, Any]) -> None:
        again = order(shipped="2026-04-25", payments=[by_voucher("2026-03-31", "2026-04-20", **fields)])
        assert payments(plan(again)) == [("payment:7", "2026-03-31", "1000.00")]

    def test_a_refund_and_a_new_payment_that_nobody_saw_are_for_review(self) -> None:
        first = plan(bought(by_voucher("2026-03-31")))
        again = by_voucher("2026-03-31", "2026-04-20", unpaid_at="2026-04-07")
        found = plan(bought(again), known=posted(first))
        assert (found.due, codes(found)) == (first.due, [("review", "payment_changed")])

    BACK: ClassVar[dict[str, Any]] = {
        "paid": False,
        "is_return": "P",
        "pay_return_date": dt.date(2026, 3, 31),
        "unpaid_at": "2026-04-02 15:00:00",
    }

    def test_a_refund_may_be_typed_before_the_payment_was_entered(self) -> None:
        back = bought(by_voucher("2026-03-28", **self.BACK))
        found = plan(back)
        assert payments(found) == [("payment:7", "2026-03-28", "1000.00")]
        assert refunds(found) == [("refund:7", "2026-03-31", "1000.00")]
        assert plan(back, known=posted(found)) == found
        first = plan(bought(by_voucher("2026-03-28")))
        assert plan(back, known=posted(first)) == found

    def test_back_before_the_shipment_neither_is_due(self) -> None:
        found = plan(order(shipped="2026-04-01", payments=[by_voucher("2026-03-28", **self.BACK)]))
        assert (payments(found), refunds(found)) == ([], [])
        assert codes(found) == [("noted", "refunded_before_shipment")]
        waits = plan(order(shipped=None, payments=[by_voucher("2026-03-28", **self.BACK)]))
        assert codes(waits) == [("noted", "refunded_without_shipment")]
        assert facts(finding(waits))["day"] == "2026-03-31"

    @pytest.mark.parametrize(
        ("voucher", "fields", "by"),
        [
            ("2026-04-01", {}, rules()),  # typed before the bank had the money
            ("2026-03-28", {}, rules(payment_day="paid")),
            ("2026-03-28", CASH, rules()),
            (None, {}, rules()),
        ],
    )
    def test_older_than_the_payments_own_day_it_is_an_earlier_refunds(
        self, voucher: str | None, fields: dict[str, Any], by: Rules
    ) -> None:
        found = plan(bought(by_voucher(voucher, **(self.BACK | fields))), by=by)
        assert refunds(found) == [("refund:7", "2026-04-02", "1000.00")]

    def test_while_it_is_paid_a_day_before_it_was_entered_confirms_nothing(self) -> None:
        asked = by_voucher("2026-03-28", is_return="P", pay_return_date=dt.date(2026, 3, 31))
        assert codes(plan(bought(asked))) == [("noted", "refund_asked")]

    def test_by_the_banks_day_it_is_an_advance_of_the_closed_quarter(self) -> None:
        sold = order(shipped="2026-04-03", payments=[by_voucher("2026-03-31")])
        assert codes(plan(sold, by=rules(closed_until="2026-03-31"))) == [("noted", "advance_of_closed_period")]

    def test_money_pays_the_shipments_in_the_order_of_the_bank(self) -> None:
        """7 was entered last, and came first: it pays the first shipment."""
        parts = (shipment(501, {1: 1}, "2026-03-05"), shipment(502, {1: 1}, "2026-04-10"))
        rows = [by_voucher("2026-02-27", "2026-03-20"), payment(8, "1000.00", "2026-03-10")]
        two = order(line("1000.00", 2), shipments=parts, shipped=None, payments=rows)
        found = plan(two, by=rules(document_per="shipment"))
        assert payments(found) == [
            ("payment:7/501", "2026-02-27", "1000.00"),
            ("payment:8/502", "2026-03-10", "1000.00"),
        ]


def test_a_row_made_anew_with_its_voucher_is_the_posted_one() -> None:
    first = plan(bought(by_voucher("2026-03-31")))
    anew = payment(8, "1000.00", "2026-04-05", pay_voucher_date=dt.date(2026, 3, 31))
    found = plan(order(payments=[anew]), known=done(*first.due))
    assert codes(found) == [("review", "payment_made_anew")]
