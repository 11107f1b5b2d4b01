"""Money that came in and went back."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from kontur_hook.contract import PaymentMethod

from include.accounting.operations import KnownOperation, Payment, Progress
from include.bitrix.rows import Payment as Row
from include.words import Language, text
from tests.accounting.orders import (
    GOODS_STAY,
    codes,
    document,
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
    taken_over,
)
from tests.accounting.plain import change, facts

PAID = ("payment:7", "2026-03-03", "1000.00")


def offset_by_hand() -> KnownOperation:
    """Payment 7 of 03.03.; the shop says that the goods left on 05.03., Kontur's document that it was 04.03."""
    told = Payment(
        key="payment:7",
        order_id=1045,
        document_key="sale:1045",
        date=dt.date(2026, 3, 4),
        amount=Decimal("1000.00"),
        method=PaymentMethod.BANK_TRANSFER,
        came_on=dt.date(2026, 3, 3),
    )
    return KnownOperation(key=told.key, operation=told, progress=Progress.BY_HAND)


def method(row: Row, **accounting: Any) -> PaymentMethod:
    (found,) = [o for o in plan(order(payments=[row]), by=rules(**accounting)).due if isinstance(o, Payment)]
    return found.method


class TestMethod:
    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"is_cash": "Y"}, "Cash"),
            ({"is_cash": "N"}, "BankTransfer"),
            ({"is_cash": "A"}, "BankTransfer"),
            ({"pay_system_code": "cash"}, "Cash"),
            ({"pay_system_code": "card"}, "BankTransfer"),
        ],
    )
    def test_cash_by_flag_or_code(self, fields: dict[str, Any], expected: str) -> None:
        assert method(payment(7, "1000.00", **fields)) == expected

    def test_the_settings_map_wins_by_id_then_code(self) -> None:
        row = payment(7, "1000.00", pay_system_id=2, pay_system_code="courier", is_cash="Y")
        assert method(row, payment_methods={"courier": "BankTransfer"}) == "BankTransfer"
        assert method(row, payment_methods={"courier": "BankTransfer", "2": "Cash"}) == "Cash"
        assert method(row, payment_methods={"3": "BankTransfer"}) == "Cash"

    def test_or_by_the_handler_last(self) -> None:
        row = payment(7, "1000.00", pay_system_code="courier", action_file="yandexcheckout")
        assert method(row, payment_methods={"yandexcheckout": "Cash"}) == "Cash"
        assert method(row, payment_methods={"yandexcheckout": "Cash", "courier": "BankTransfer"}) == "BankTransfer"


class TestNotMoney:
    """Certificates, bonus points, mutual offsets: payments that bring no money."""

    BY = rules(payment_methods={"gift": "NotMoney"})
    GIFT = payment(7, "300.00", "2026-03-03", action_file="gift", pay_system_name="Сертификат")

    @pytest.mark.parametrize("name", ["2", "CERT", "gift"])
    def test_is_named_by_id_code_or_handler_not_posted_and_noted(self, name: str) -> None:
        row = payment(7, "300.00", action_file="gift", pay_system_code="CERT", pay_system_name="Сертификат")
        found = plan(
            order(payments=[row, payment(8, "700.00", pay_system_id=3)]), by=rules(payment_methods={name: "NotMoney"})
        )
        assert [key for key, *_ in payments(found)] == ["payment:8"]
        assert codes(found) == [("noted", "not_money")]
        assert finding(found).payment_id == 7
        assert facts(finding(found)) == {"payment": 7, "amount": "300.00 RUB", "pay_system": "Сертификат"}

    def test_is_not_held(self) -> None:
        assert plan(order(shipped=None, payments=[self.GIFT]), by=self.BY).held == ()

    def test_is_not_refunded(self) -> None:
        back = returned(7, "300.00", "2026-03-03", "2026-03-08", action_file="gift")
        found = plan(order(payments=[back]), by=self.BY)
        assert (payments(found), refunds(found)) == ([], [])

    def test_one_that_was_posted_as_money_is_for_review(self) -> None:
        first = plan(order(payments=[self.GIFT]))
        assert len(payments(first)) == 1
        found = plan(order(payments=[self.GIFT]), known=posted(first), by=self.BY)
        assert (found.due, codes(found)) == (first.due, [("review", "payment_changed")])
        assert facts(finding(found)) == {
            "payment": 7,
            "changes": [("change_to_no_money", {"pay_system": "Сертификат"})],
        }


class TestPaidWithoutPayment:
    """PAYED='Y', and no payment tells of money."""

    @pytest.mark.parametrize("rows", [[], [payment(7, "1000.00", None)]])
    def test_the_document_is_posted_the_order_is_under_review(self, rows: list[Row]) -> None:
        found = plan(order(payed=True, payments=rows))
        assert document(found)
        assert codes(found) == [("review", "paid_without_payment")]
        assert facts(finding(found)) == {"total": "1000.00 RUB"}

    @pytest.mark.parametrize(
        "row",
        [
            payment(7, "1000.00", "2026-03-03"),
            payment(7, "1000.00", "2026-03-03", action_file="inner"),
            returned(7, "1000.00", "2026-03-03", "2026-03-08"),
        ],
    )
    def test_a_payment_that_came_explains_the_flag(self, row: Row) -> None:
        found = plan(order(payed=True, payments=[row]))
        assert "paid_without_payment" not in {code for _, code in codes(found)}

    def test_what_was_paid_before_go_live_was_typed_by_hand(self) -> None:
        by = rules(go_live="2026-03-04")
        assert plan(order(payed=True, date_payed="2026-03-03"), by=by).findings == ()
        assert codes(plan(order(payed=True, date_payed="2026-03-04"), by=by)) == [("review", "paid_without_payment")]

    def test_nothing_is_said_where_nothing_is_due(self) -> None:
        assert plan(order(shipped=None, payed=True)).findings == ()
        assert codes(plan(order(payed=True), by=rules(go_live="2026-03-06"))) == [("skipped", "before_go_live")]
        assert codes(plan(order(line("1000.00", vat="0.18"), payed=True))) == [("rejected", "vat_unknown")]


class TestMadeAnew:
    """Payment 7 is in the books, its row is gone, another one equals it."""

    FIRST = plan(order(payments=[payment(7, "1000.00", "2026-03-03")]))

    def seen(self, *rows: Row, known: Any = None) -> Any:
        return plan(order(payments=rows), known=known or posted(self.FIRST))

    def test_what_equals_it_is_never_posted_beside_it(self) -> None:
        found = self.seen(payment(9, "1000.00", "2026-03-03 18:00:00"))
        assert found.due == self.FIRST.due
        assert (codes(found), finding(found).payment_id) == ([("review", "payment_made_anew")], 9)
        assert facts(finding(found)) == {"payment": 9, "amount": "1000.00", "day": "2026-03-03", "posted": 7}
        assert plan(order(payments=[payment(9, "1000.00", "2026-03-03")]), known=posted(found)).due == found.due

    def test_nor_its_refund(self) -> None:
        found = self.seen(returned(9, "1000.00", "2026-03-03", "2026-03-08"))
        assert (found.due, codes(found)) == (self.FIRST.due, [("review", "payment_made_anew")])

    @pytest.mark.parametrize(
        "row",
        [
            payment(9, "1000.00", "2026-03-04"),
            payment(9, "999.00", "2026-03-03"),
            payment(9, "1000.00", "2026-03-03", is_cash="Y"),
        ],
    )
    def test_another_day_sum_or_method_is_another_payment(self, row: Row) -> None:
        found = self.seen(row)
        assert len(payments(found)) == 2
        assert codes(found) == [("review", "payment_vanished")]

    def test_while_the_row_is_there_an_equal_one_is_further_money(self) -> None:
        rows = [payment(7, "1000.00", "2026-03-03"), payment(9, "1000.00", "2026-03-03")]
        found = plan(order(payments=rows), known=posted(self.FIRST))
        assert (len(payments(found)), found.findings) == (2, ())

    def test_each_posted_one_stands_for_one_row(self) -> None:
        rows = [payment(9, "1000.00", "2026-03-03"), payment(10, "1000.00", "2026-03-03")]
        found = self.seen(*rows)
        assert [key for key, *_ in payments(found)] == ["payment:10", "payment:7"]
        assert [f.payment_id for f in found.findings] == [9]

    def test_one_that_fell_back_to_unpaid_beside_an_equal_new_one(self) -> None:
        rows = [payment(7, "1000.00", "2026-03-03", paid=False), payment(9, "1000.00", "2026-03-03")]
        found = self.seen(*rows)
        assert found.due == self.FIRST.due
        assert codes(found) == [("review", "unpaid_without_trace"), ("review", "payment_made_anew")]

    def test_what_was_never_sent_follows_the_new_row(self) -> None:
        waiting = [KnownOperation(key=o.key, operation=o, progress=Progress.PLANNED) for o in self.FIRST.due]
        found = self.seen(payment(9, "1000.00", "2026-03-03"), known=waiting)
        assert (payments(found), found.findings) == ([("payment:9", "2026-03-03", "1000.00")], ())


class TestMoved:
    """Payment 7 was posted with order 1044, and stands in this one now."""

    ELSEWHERE = plan(order(id=1044, payments=[payment(7, "1000.00", "2026-03-03")]))

    @pytest.mark.parametrize("row", [payment(7, "1000.00", "2026-03-03"), returned(7, "1000.00", "2026-03-03", None)])
    def test_it_is_not_posted_a_second_time(self, row: Row) -> None:
        moved = [known for known in posted(self.ELSEWHERE) if known.key == "payment:7"]
        found = plan(order(payments=[row]), known=moved)
        assert document(found)
        assert (payments(found), refunds(found)) == ([], [])
        assert (codes(found), finding(found).payment_id) == ([("review", "payment_moved")], 7)
        assert facts(finding(found)) == {"payment": 7, "amount": "1000.00 RUB", "order": ("order_by_id", {"id": 1044})}

    def test_the_other_order_is_named_by_its_number(self) -> None:
        (moved,) = [
            dataclasses.replace(known, order_number="А-1044")
            for known in posted(self.ELSEWHERE)
            if known.key == "payment:7"
        ]
        found = plan(order(payments=[payment(7, "1000.00", "2026-03-03")]), known=[moved])
        assert "по другому заказу (№ А-1044)" in text(finding(found).said, Language.RU)

    def test_while_it_was_not_sent_it_moves_with_its_row(self) -> None:
        (moved,) = [o for o in self.ELSEWHERE.due if o.key == "payment:7"]
        known = [KnownOperation(key=moved.key, operation=moved, progress=Progress.PLANNED)]
        found = plan(order(payments=[payment(7, "1000.00", "2026-03-03")]), known=known)
        assert [(o.key, o.order_id) for o in found.due] == [("sale:1045", 1045), ("payment:7", 1045)]
        assert found.findings == ()

    def test_the_order_that_it_left_is_for_review(self) -> None:
        found = plan(order(id=1044), known=posted(self.ELSEWHERE))
        assert (found.due, codes(found)) == (self.ELSEWHERE.due, [("review", "payment_vanished")])
        assert facts(finding(found)) == {"payment": 7, "amount": "1000.00"}


class TestPaid:
    def test_several_payments_are_several_operations(self) -> None:
        rows = [payment(8, "600.00", "2026-03-10"), payment(7, "400.00", "2026-03-06", is_cash="Y")]
        found = plan(order(payments=rows))
        assert payments(found) == [("payment:7", "2026-03-06", "400.00"), ("payment:8", "2026-03-10", "600.00")]
        assert [o.method for o in found.due if isinstance(o, Payment)] == ["Cash", "BankTransfer"]

    def test_a_payment_in_part_is_posted_and_what_is_not_paid_is_not(self) -> None:
        found = plan(order(payments=[payment(7, "500.00", "2026-03-03"), payment(8, "500.00", None)]))
        assert payments(found) == [("payment:7", "2026-03-03", "500.00")]

    def test_money_beyond_the_total_is_posted(self) -> None:
        found = plan(order(payments=[payment(7, "1000.00", "2026-03-03"), payment(8, "200.00", "2026-03-04")]))
        assert payments(found) == [PAID, ("payment:8", "2026-03-04", "200.00")]

    def test_the_day_is_the_local_one(self) -> None:
        rows = [payment(7, "500.00", "2026-03-03 23:59:59"), payment(8, "500.00", "2026-03-04 00:00:00")]
        found = plan(order(payments=rows))
        assert [day for _, day, _ in payments(found)] == ["2026-03-03", "2026-03-04"]

    def test_eight_decimals_are_rounded_half_up(self) -> None:
        assert payments(plan(order(payments=[payment(7, "999.99500000", "2026-03-03")]))) == [PAID]

    def test_nothing_was_paid_with_zero(self) -> None:
        found = plan(order(payments=[payment(7, "0.00")]))
        assert (payments(found), codes(found)) == ([], [])

    def test_store_credit_is_no_new_money_and_is_noted(self) -> None:
        rows = [payment(7, "300.00", action_file="inner"), payment(8, "700.00", "2026-03-04")]
        found = plan(order(payments=rows))
        assert payments(found) == [("payment:8", "2026-03-04", "700.00")]
        assert codes(found) == [("noted", "store_credit")]
        assert finding(found).payment_id == 7
        assert facts(finding(found)) == {"payment": 7, "amount": "300.00 RUB"}

    def test_store_credit_alone_leaves_the_document(self) -> None:
        found = plan(order(payments=[payment(7, "1000.00", action_file="inner")]))
        assert document(found)
        assert payments(found) == []

    def test_store_credit_is_not_held(self) -> None:
        found = plan(order(shipped=None, payments=[payment(7, "1000.00", action_file="inner")]))
        assert (found.held, found.findings) == ((), ())

    @pytest.mark.parametrize(
        ("row", "code", "expected"),
        [
            (payment(7, "400.00", None, paid=True), "payment_date", {"amount": "400.00 RUB"}),
            (
                payment(7, "5.00", currency="USD"),
                "payment_currency",
                {"amount": "5.00 USD", "order_currency": "RUB"},
            ),
            (payment(7, "-5.00"), "payment_negative", {"amount": "-5.00 RUB"}),
        ],
    )
    def test_a_payment_with_a_fault_is_rejected_by_itself(self, row: Row, code: str, expected: dict[str, str]) -> None:
        found = plan(order(payments=[row, payment(8, "600.00", "2026-03-04")]))
        assert document(found)
        assert payments(found) == [("payment:8", "2026-03-04", "600.00")]
        assert (finding(found).verdict, finding(found).code, finding(found).payment_id) == ("rejected", code, 7)
        assert facts(finding(found)) == {"payment": 7, **expected}


class TestHeld:
    def test_paid_and_not_shipped_waits(self) -> None:
        rows = [payment(7, "400.00", "2026-03-03"), payment(8, "600.00", None), payment(9, "1.00", paid=False)]
        found = plan(order(shipped=None, payments=rows))
        assert (found.due, held(found), found.findings) == ((), [("payment:7", "2026-03-03", "400.00")], ())

    def test_what_went_back_does_not_wait(self) -> None:
        rows = [
            returned(7, "400.00", "2026-03-03", "2026-03-04"),
            returned(8, "600.00", "2026-03-03", "2026-03-04", to="Y"),
        ]
        found = plan(order(shipped=None, payments=rows))
        assert (found.due, found.held) == ((), ())
        assert codes(found) == [("noted", "refunded_without_shipment"), ("noted", "returned_to_store_credit")]
        told = {"payment": 7, "amount": "400.00 RUB", "paid": "2026-03-03", "day": "2026-03-04"}
        assert facts(found.findings[0]) == told

    def test_what_waits_beside_it_still_waits(self) -> None:
        rows = [returned(7, "400.00", "2026-03-03", "2026-03-04"), payment(8, "600.00", "2026-03-03")]
        found = plan(order(shipped=None, payments=rows))
        assert held(found) == [("payment:8", "2026-03-03", "600.00")]
        assert codes(found) == [("noted", "refunded_without_shipment")]

    @pytest.mark.parametrize("fields", [{"shipped": None}, {"canceled": True, "date_canceled": "2026-03-10"}])
    def test_an_advance_that_was_typed_by_hand_and_went_back_later(self, fields: dict[str, Any]) -> None:
        rows = [returned(7, "400.00", "2026-03-03", "2026-03-20"), returned(8, "5.00", "2026-03-03", "2026-03-04")]
        found = plan(order(payments=rows, **fields), by=rules(go_live="2026-03-10"))
        assert (found.due, codes(found)) == ((), [("noted", "refund_without_document")])
        assert facts(finding(found)) == {"payment": 7, "amount": "400.00 RUB", "day": "2026-03-20"}

    def test_of_a_cancelled_order_money_is_noted_until_it_went_back(self) -> None:
        cancelled: dict[str, Any] = {"shipped": None, "canceled": True, "date_canceled": "2026-03-10"}
        here = plan(order(payments=[payment(7, "400.00", "2026-03-03")], **cancelled))
        told = {"payment": 7, "amount": "400.00 RUB", "paid": "2026-03-03", "cancelled": "2026-03-10"}
        assert (codes(here), facts(finding(here))) == ([("noted", "paid_and_cancelled")], told)
        back = plan(order(payments=[returned(7, "400.00", "2026-03-03", "2026-03-12")], **cancelled))
        assert codes(back) == [("noted", "refunded_without_shipment")]
        assert facts(finding(back))["day"] == "2026-03-12"

    def test_what_is_asked_back_waits_until_the_bank_answers(self) -> None:
        found = plan(order(shipped=None, payments=[payment(9, "1.00", is_return="P")]))
        assert (found.due, held(found)) == ((), [("payment:9", "2026-03-05", "1.00")])

    def test_a_rejected_order_plans_none_of_its_money(self) -> None:
        found = plan(order(line("1000.00", vat="0.18"), payments=[payment(7, "1000.00")]))
        assert (found.due, found.held) == ((), ())


class TestRefunds:
    """1,000 of the 3rd; shipped on the 5th."""

    @pytest.mark.parametrize("on", ["2026-03-05", "2026-03-06", "2026-04-20"])
    def test_returned_on_the_day_of_shipment_or_later_both_are_posted(self, on: str) -> None:
        found = plan(order(payments=[returned(7, "1000.00", "2026-03-03", on)]))
        assert payments(found) == [PAID]
        assert refunds(found) == [("refund:7", on, "1000.00")]
        assert codes(found) == [GOODS_STAY]
        assert found.due[-1].method == "BankTransfer"  # type: ignore[union-attr]

    def test_the_refund_of_cash_is_cash(self) -> None:
        found = plan(order(payments=[returned(7, "1000.00", "2026-03-03", "2026-03-07", is_cash="Y")]))
        assert found.due[-1].method == "Cash"  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        ("fields", "settings"), [({"is_cash": "Y"}, {}), ({}, {"payment_methods": {"2": "Cash"}})], ids=["shop", "map"]
    )
    def test_it_has_the_method_that_its_payment_was_posted_with(
        self, fields: dict[str, Any], settings: dict[str, Any]
    ) -> None:
        first = plan(order(payments=[payment(7, "1000.00", "2026-03-03")]))
        back = order(payments=[returned(7, "1000.00", "2026-03-03", "2026-03-07", **fields)])
        found = plan(back, known=posted(first), by=rules(**settings))
        assert refunds(found) == [("refund:7", "2026-03-07", "1000.00")]
        assert found.due[-1].method == "BankTransfer"  # type: ignore[union-attr]

    def test_returned_before_the_shipment_there_is_nothing_to_post(self) -> None:
        found = plan(order(payments=[returned(7, "1000.00", "2026-03-03", "2026-03-04")]))
        assert document(found)
        assert (payments(found), refunds(found)) == ([], [])
        assert codes(found) == [("noted", "refunded_before_shipment")]
        assert facts(finding(found)) == {"payment": 7, "amount": "1000.00", "day": "2026-03-04"}

    def test_daily_runs_and_one_backfill_agree(self) -> None:
        paid, back = payment(7, "1000.00", "2026-03-03"), returned(7, "1000.00", "2026-03-03", "2026-03-07")
        first = plan(order(payments=[paid]), now="2026-03-06 03:00:00")
        daily = plan(order(payments=[back]), known=posted(first), now="2026-03-08 03:00:00")
        assert daily == plan(order(payments=[back]))

    def test_a_posted_payment_is_refunded_whenever_it_went_back(self) -> None:
        """The manager typed a day before the shipment, after the payment had been posted."""
        first = plan(order(payments=[payment(7, "1000.00", "2026-03-03")]))
        found = plan(order(payments=[returned(7, "1000.00", "2026-03-03", "2026-03-04")]), known=posted(first))
        assert refunds(found) == [("refund:7", "2026-03-04", "1000.00")]

    def test_not_confirmed_by_the_bank_yet(self) -> None:
        found = plan(
            order(payments=[payment(7, "1000.00", "2026-03-03", is_return="P", pay_return_date=dt.date(2026, 3, 8))])
        )
        assert (payments(found), refunds(found)) == ([PAID], [("refund:7", "2026-03-08", "1000.00")])

    def test_confirmed_after_posting_nothing_changes(self) -> None:
        day = dt.date(2026, 3, 8)
        asked = order(payments=[payment(7, "1000.00", "2026-03-03", is_return="P", pay_return_date=day)])
        first = plan(asked)
        assert plan(asked, known=posted(first)) == first
        confirmed = order(payments=[returned(7, "1000.00", "2026-03-03", "2026-03-08")])
        assert plan(confirmed, known=posted(first)) == first

    def test_one_of_several(self) -> None:
        rows = [returned(7, "400.00", "2026-03-03", "2026-03-08"), payment(8, "600.00", "2026-03-04")]
        found = plan(order(payments=rows))
        assert payments(found) == [("payment:7", "2026-03-03", "400.00"), ("payment:8", "2026-03-04", "600.00")]
        assert refunds(found) == [("refund:7", "2026-03-08", "400.00")]

    @pytest.mark.parametrize(
        ("typed", "receipt_on", "change", "expected"),
        [
            ("2026-03-09", "2026-03-07", "2026-03-08", "2026-03-09"),
            (None, "2026-03-07", "2026-03-08", "2026-03-07"),
            (None, None, "2026-03-08", "2026-03-08"),
            (None, None, None, "2026-03-20"),
            # of an earlier refund of the same row: older than the payment
            ("2026-03-02", None, "2026-03-08", "2026-03-08"),
            (None, "2026-03-01", None, "2026-03-20"),
        ],
    )
    def test_the_day_of_a_refund(
        self, typed: str | None, receipt_on: str | None, change: str | None, expected: str
    ) -> None:
        printed = (receipt(receipt_on),) if receipt_on else ()
        row = returned(7, "1000.00", "2026-03-03", typed, return_receipts=printed, unpaid_at=change)
        found = plan(order(payments=[row]), now="2026-03-20 03:00:00")
        assert refunds(found) == [("refund:7", expected, "1000.00")]

    def test_the_day_it_was_noticed_stays(self) -> None:
        bought = order(payments=[returned(7, "1000.00", "2026-03-03", None)])
        first = plan(bought, now="2026-03-20 03:00:00")
        waiting = [KnownOperation(key=o.key, operation=o, progress=Progress.PLANNED) for o in first.due]
        assert plan(bought, known=waiting, now="2026-03-25 03:00:00") == first
        assert plan(bought, known=posted(first), now="2026-04-25 03:00:00") == first

    def test_a_day_that_turns_up_later_replaces_the_noticed_one_while_nothing_is_sent(self) -> None:
        first = plan(order(payments=[returned(7, "1000.00", "2026-03-03", None)]), now="2026-03-20 03:00:00")
        waiting = [KnownOperation(key=o.key, operation=o, progress=Progress.PLANNED) for o in first.due]
        found = plan(order(payments=[returned(7, "1000.00", "2026-03-03", "2026-03-18")]), known=waiting)
        assert refunds(found) == [("refund:7", "2026-03-18", "1000.00")]

    def test_a_refund_into_the_closed_period_is_rejected_the_payment_is_posted(self) -> None:
        row = returned(7, "1000.00", "2026-04-03", "2026-03-20", unpaid_at="2026-04-04")
        assert refunds(plan(order(payments=[row]))) == [("refund:7", "2026-04-04", "1000.00")]
        known = posted(plan(order(payments=[payment(7, "1000.00", "2026-03-10")])))
        back = order(payments=[returned(7, "1000.00", "2026-03-10", "2026-03-20")])
        found = plan(back, known=known, by=rules(closed_until="2026-03-31"))
        assert (len(payments(found)), refunds(found), codes(found)) == (1, [], [("rejected", "closed_period")])

    def test_a_refund_in_the_future_is_rejected(self) -> None:
        found = plan(order(payments=[returned(7, "1000.00", "2026-03-03", "2036-03-08")]))
        assert (payments(found), refunds(found)) == ([PAID], [])
        assert codes(found) == [("rejected", "future_date")]


class TestStoreCredit:
    def test_the_payment_stands_if_it_was_due(self) -> None:
        found = plan(order(payments=[returned(7, "1000.00", "2026-03-03", "2026-03-05", to="Y")]))
        assert (payments(found), refunds(found)) == ([PAID], [])
        assert codes(found) == [("noted", "returned_to_store_credit")]
        told = {"payment": 7, "amount": "1000.00", "day": "2026-03-05", "books": "payment_stays"}
        assert facts(finding(found)) == told

    def test_before_the_shipment_nothing_was_due(self) -> None:
        rows = [
            returned(7, "1000.00", "2026-03-03", "2026-03-04", to="Y"),
            payment(8, "1000.00", "2026-03-04", action_file="inner"),
        ]
        found = plan(order(payments=rows))
        assert (len(found.due), codes(found)) == (1, [("noted", "store_credit"), ("noted", "returned_to_store_credit")])
        assert facts(found.findings[1])["books"] == "payment_not_due"

    def test_a_posted_payment_stands(self) -> None:
        first = plan(order(payments=[payment(7, "1000.00", "2026-03-03")]))
        found = plan(order(payments=[returned(7, "1000.00", "2026-03-03", "2026-03-04", to="Y")]), known=posted(first))
        assert found.due == first.due
        assert codes(found) == [("noted", "returned_to_store_credit")]

    def test_a_refund_that_is_posted_and_now_said_to_be_credit_is_for_review(self) -> None:
        first = plan(order(payments=[returned(7, "1000.00", "2026-03-03", "2026-03-07")]))
        found = plan(order(payments=[returned(7, "1000.00", "2026-03-03", "2026-03-07", to="Y")]), known=posted(first))
        assert found.due == first.due
        assert codes(found) == [("review", "payment_changed"), GOODS_STAY]
        assert facts(found.findings[0])["changes"] == [("change_refund_to_credit", {"refund": "2026-03-07"})]


class TestUnpaidWithoutTrace:
    def test_that_payment_is_under_review_the_rest_is_posted(self) -> None:
        rows = [
            payment(7, "400.00", "2026-03-03", paid=False, unpaid_at="2026-03-08"),
            payment(8, "600.00", "2026-03-04"),
        ]
        found = plan(order(payments=rows))
        assert document(found)
        assert payments(found) == [("payment:8", "2026-03-04", "600.00")]
        assert (finding(found).verdict, finding(found).code) == ("review", "unpaid_without_trace")
        assert finding(found).payment_id == 7
        assert facts(finding(found)) == {
            "payment": 7,
            "amount": "400.00 RUB",
            "since": ("unpaid_since", {"day": "2026-03-08"}),
            "books": "payment_not_in_books",
        }

    def test_a_posted_one_stays_and_is_under_review_until_it_is_paid_again(self) -> None:
        paid = order(payments=[payment(7, "1000.00", "2026-03-03")])
        first = plan(paid)
        found = plan(order(payments=[payment(7, "1000.00", "2026-03-03", paid=False)]), known=posted(first))
        assert found.due == first.due
        assert codes(found) == [("review", "unpaid_without_trace")]
        assert facts(finding(found)) == {
            "payment": 7,
            "amount": "1000.00 RUB",
            "since": "unpaid_unknown_since",
            "books": "payment_in_books",
        }
        assert plan(paid, known=posted(first)) == first

    def test_never_paid_is_nothing(self) -> None:
        assert plan(order(payments=[payment(7, "1000.00", None)])).findings == ()


class TestPaidAgain:
    """Posted, refunded, paid again: IS_RETURN falls back to N, DATE_PAID is stamped anew."""

    FIRST = order(payments=[payment(7, "1000.00", "2026-03-03")])
    BACK = order(payments=[returned(7, "1000.00", "2026-03-03", "2026-03-07")])
    AGAIN = order(payments=[payment(7, "1000.00", "2026-03-09")])

    def books(self, *orders: Any) -> list[KnownOperation]:
        known: list[KnownOperation] = []
        for present in orders:
            known = posted(plan(present, known=known))
        return known

    def test_the_refund_stays_and_the_new_payment_is_a_new_fact(self) -> None:
        found = plan(self.AGAIN, known=self.books(self.FIRST, self.BACK))
        assert payments(found) == [PAID, ("payment:7#2", "2026-03-09", "1000.00")]
        assert refunds(found) == [("refund:7", "2026-03-07", "1000.00")]
        assert found.findings == ()
        assert plan(self.AGAIN, known=posted(found)) == found

    def test_and_back_again(self) -> None:
        twice = order(payments=[returned(7, "1000.00", "2026-03-09", None, unpaid_at="2026-03-11")])
        found = plan(twice, known=self.books(self.FIRST, self.BACK, self.AGAIN))
        assert refunds(found) == [("refund:7", "2026-03-07", "1000.00"), ("refund:7#2", "2026-03-11", "1000.00")]
        assert codes(found) == [GOODS_STAY]

    def test_and_a_third_time(self) -> None:
        twice = order(payments=[returned(7, "1000.00", "2026-03-09", "2026-03-11")])
        third = order(payments=[payment(7, "1000.00", "2026-03-12")])
        found = plan(third, known=self.books(self.FIRST, self.BACK, self.AGAIN, twice))
        assert [key for key, *_ in payments(found)] == ["payment:7", "payment:7#2", "payment:7#3"]

    def test_seen_only_at_the_end_it_is_one_payment(self) -> None:
        assert payments(plan(self.AGAIN)) == [("payment:7", "2026-03-09", "1000.00")]

    def test_a_refund_that_nobody_saw_is_for_review(self) -> None:
        found = plan(self.AGAIN, known=self.books(self.FIRST))
        assert payments(found) == [PAID]
        assert codes(found) == [("review", "payment_changed")]
        assert facts(finding(found))["changes"] == [change("change_date", "2026-03-03", "2026-03-09")]

    def test_once_begun_the_refund_counts_as_posted(self) -> None:
        first = plan(self.BACK)
        begun = [*done(*first.due[:2]), KnownOperation(key="refund:7", operation=first.due[2], progress=Progress.BEGUN)]
        found = plan(self.AGAIN, known=begun)
        assert [key for key, *_ in payments(found)] == ["payment:7", "payment:7#2"]


class TestChangedAfterPosting:
    POSTED = plan(order(payments=[payment(7, "1000.00", "2026-03-03")]))

    def seen(self, *rows: Row) -> Any:
        found = plan(order(payments=rows), known=posted(self.POSTED))
        assert found.due == self.POSTED.due
        return found

    def test_sum(self) -> None:
        found = self.seen(payment(7, "900.00", "2026-03-03"))
        assert codes(found) == [("review", "payment_changed")]
        assert facts(finding(found)) == {"payment": 7, "changes": [change("change_sum", "1000.00", "900.00")]}

    def test_date(self) -> None:
        found = self.seen(payment(7, "1000.00", "2026-03-04"))
        assert facts(finding(found))["changes"] == [change("change_date", "2026-03-03", "2026-03-04")]

    def test_date_gone(self) -> None:
        found = self.seen(payment(7, "1000.00", None, paid=True))
        assert (codes(found), facts(finding(found))["changes"]) == ([("review", "payment_changed")], ["change_no_date"])

    def test_currency(self) -> None:
        found = self.seen(payment(7, "1000.00", "2026-03-03", currency="USD"))
        assert codes(found) == [("review", "payment_changed")]
        assert facts(finding(found))["changes"] == [("change_currency", {"now": "USD"})]

    def test_a_sum_below_nothing(self) -> None:
        found = self.seen(payment(7, "-1000.00", "2026-03-03"))
        assert codes(found) == [("review", "payment_changed")]
        assert facts(finding(found))["changes"] == [change("change_sum", "1000.00", "-1000.00")]

    def test_vanished(self) -> None:
        found = self.seen()
        assert codes(found) == [("review", "payment_vanished")]
        assert finding(found).payment_id == 7

    def test_now_from_the_store_credit(self) -> None:
        found = self.seen(payment(7, "1000.00", "2026-03-03", action_file="inner"))
        assert codes(found) == [("review", "payment_changed")]
        assert facts(finding(found))["changes"] == ["change_to_store_credit"]

    def test_the_refunds_day(self) -> None:
        first = plan(order(payments=[returned(7, "1000.00", "2026-03-03", "2026-03-07")]))
        found = plan(order(payments=[returned(7, "1000.00", "2026-03-03", "2026-03-08")]), known=posted(first))
        assert found.due == first.due
        assert facts(found.findings[0])["changes"] == [change("change_refund_date", "2026-03-07", "2026-03-08")]

    def test_a_receipt_that_turns_up_after_the_refund_was_posted_changes_nothing(self) -> None:
        bought = order(payments=[returned(7, "1000.00", "2026-03-03", None, unpaid_at="2026-03-07")])
        first = plan(bought)
        printed = (receipt("2026-03-08"),)
        row = returned(7, "1000.00", "2026-03-03", None, unpaid_at="2026-03-07", return_receipts=printed)
        later = order(payments=[row])
        assert plan(later, known=posted(first)) == first


class TestTakenOver:
    """Another program posted the document."""

    def test_it_is_not_posted_again_and_payments_attach_to_it(self) -> None:
        found = plan(order(payments=[payment(7, "1000.00", "2026-03-03")]), known=[taken_over()])
        assert [(o.key, o.document_key) for o in found.due if isinstance(o, Payment)] == [("payment:7", "sale:1045")]
        assert (len(found.due), found.findings) == (1, ())

    def test_its_content_is_never_compared(self) -> None:
        broken = order(line("1.00", vat="0.18"), currency="RUB", price="7.00", person_type_id=2)
        assert plan(broken, known=[taken_over()]).findings == ()

    def test_shipped_or_not_it_is_there(self) -> None:
        found = plan(order(shipped=None, payments=[payment(7, "1000.00", "2026-03-03")]), known=[taken_over()])
        assert (payments(found), found.findings) == ([PAID], ())

    def test_a_refund_before_the_shipment_is_nothing_to_post(self) -> None:
        found = plan(order(payments=[returned(7, "1000.00", "2026-03-03", "2026-03-04")]), known=[taken_over()])
        assert (found.due, codes(found)) == ((), [("noted", "refunded_before_shipment")])

    def test_money_before_go_live_was_typed_by_hand(self) -> None:
        rows = [payment(7, "400.00", "2026-03-03"), payment(8, "600.00", "2026-03-10")]
        found = plan(order(payments=rows), known=[taken_over()], by=rules(go_live="2026-03-08"))
        assert payments(found) == [("payment:8", "2026-03-10", "600.00")]

    def test_what_falls_into_the_closed_period_is_asked_of_kontur_first(self) -> None:
        row = returned(7, "1000.00", "2026-03-03", "2026-03-20")
        found = plan(order(payments=[row]), known=[taken_over()], by=rules(closed_until="2026-03-10"))
        assert [(o.key, o.closed_until) for o in found.due] == [  # type: ignore[union-attr]
            ("payment:7", dt.date(2026, 3, 10)),
            ("refund:7", None),
        ]
        assert codes(found) == [GOODS_STAY]
        ours = plan(order(payments=[row]), by=rules(closed_until="2026-03-04"))
        assert payments(ours) == []
        noted = [("noted", "advance_of_closed_period"), ("noted", "refund_without_document")]
        assert codes(ours) == [*noted, GOODS_STAY]

    @pytest.mark.parametrize(
        ("settings", "amount", "is_asked"),
        [
            ({"closed_until": "2026-03-03"}, "1000.00", False),
            ({"closed_until": "2026-03-31"}, "1000.00", False),  # closed further
            ({"closed_until": "2026-03-03", "closed_advances": "shipment_day"}, "1000.00", True),
            ({"closed_until": "2026-03-03"}, "900.00", True),  # other money than Kontur was asked for
            ({}, "1000.00", True),  # open again: it is posted
        ],
    )
    def test_an_advance_that_kontur_does_not_have_is_offset_by_hand(
        self, settings: dict[str, Any], amount: str, *, is_asked: bool
    ) -> None:
        bought = order(payments=[payment(7, amount, "2026-03-03")])
        found = plan(bought, known=[taken_over(), offset_by_hand()], by=rules(**settings))
        if is_asked:
            assert (payments(found), found.findings) == ([("payment:7", "2026-03-03", amount)], ())
            return
        assert (found.due, codes(found)) == ((), [("noted", "advance_of_closed_period")])
        assert facts(finding(found)) == {
            "payment": 7,
            "amount": "1000.00",
            "day": "2026-03-03",
            "shipped": "2026-03-04",
        }
        assert [one.key for one in found.wanted or ()] == ["sale:1045"], "what is offset by hand is not missing"

    def test_the_refund_of_such_an_advance_is_entered_by_hand(self) -> None:
        back = order(payments=[returned(7, "1000.00", "2026-03-03", "2026-03-20")])
        found = plan(back, known=[taken_over(), offset_by_hand()], by=rules(closed_until="2026-03-03"))
        noted = [("noted", "advance_of_closed_period"), ("noted", "refund_without_document")]
        assert (found.due, codes(found)) == ((), [*noted, GOODS_STAY])

    def test_cancelled_afterwards_it_is_for_review(self) -> None:
        cancelled = order(canceled=True, date_canceled="2026-03-10")
        assert codes(plan(cancelled, known=[taken_over()])) == [("review", "cancelled_after_posting")]
        assert plan(cancelled, known=[taken_over()], by=rules(go_live="2026-03-11")).findings == ()

    def test_a_setting_of_documents_per_shipment_posts_the_goods_no_second_time(self) -> None:
        assert plan(order(), known=[taken_over()], by=rules(document_per="shipment")).due == ()
