"""Money that went back: which traces belong to this refund, whether it happened at all, and how much it was."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from include.accounting.operations import KnownOperation, Progress
from include.bitrix.rows import Payment as Row
from tests.accounting.orders import (
    GOODS_STAY,
    codes,
    document,
    finding,
    held,
    order,
    payment,
    payments,
    plan,
    posted,
    receipt,
    refunds,
    returned,
    rules,
)
from tests.accounting.plain import change, facts

PAID = ("payment:7", "2026-03-03", "1000.00")
NIGHT = "2026-03-20 03:00:00"


class TestTracesOfAnEarlierRefund:
    """Paid at ten, refunded at eleven, paid again at noon of the 6th; refunded once more on the 13th."""

    AGAIN = "2026-03-06 12:00:00"

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"return_receipts": (receipt("2026-03-06 11:05:00"), receipt("2026-03-13 09:00:00"))}, "2026-03-13"),
            ({"return_receipts": (receipt("2026-03-06 11:05:00"),), "unpaid_at": "2026-03-13"}, "2026-03-13"),
            ({"unpaid_at": "2026-03-06 11:00:00"}, "2026-03-20"),
            ({"return_receipts": (receipt("2026-03-06 11:05:00"),)}, "2026-03-20"),
            # Of the two refunds that the 6th saw, the receipt shows which is the later one's.
            ({"return_receipts": (receipt("2026-03-06 12:30:00"),)}, "2026-03-06"),
            ({"unpaid_at": "2026-03-06 12:00:00"}, "2026-03-06"),
        ],
    )
    def test_what_is_older_than_the_payment_by_the_clock_is_not_used(
        self, fields: dict[str, Any], expected: str
    ) -> None:
        found = plan(order(payments=[returned(7, "1000.00", self.AGAIN, None, **fields)]), now=NIGHT)
        assert payments(found) == [("payment:7", "2026-03-06", "1000.00")]
        assert refunds(found) == [("refund:7", expected, "1000.00")]

    def test_a_typed_day_has_no_time_and_counts(self) -> None:
        row = returned(7, "1000.00", self.AGAIN, "2026-03-06", unpaid_at="2026-03-13")
        assert refunds(plan(order(payments=[row]))) == [("refund:7", "2026-03-06", "1000.00")]

    def test_a_typed_day_that_an_older_receipt_explains_is_the_earlier_refunds(self) -> None:
        printed = (receipt("2026-03-06 11:05:00"), receipt("2026-03-13 09:00:00"))
        row = returned(7, "1000.00", self.AGAIN, "2026-03-06", return_receipts=printed)
        assert refunds(plan(order(payments=[row]))) == [("refund:7", "2026-03-13", "1000.00")]

    def test_the_first_receipt_of_this_refund_dates_it(self) -> None:
        printed = (receipt("2026-03-08", "400.00"), receipt("2026-03-09", "600.00"))
        row = returned(7, "1000.00", "2026-03-03", None, return_receipts=printed)
        found = plan(order(payments=[row]))
        assert (refunds(found), codes(found)) == ([("refund:7", "2026-03-08", "1000.00")], [GOODS_STAY])


class TestAsked:
    """IS_RETURN='P' while PAID='Y': the bank has not answered yet."""

    ASKED = payment(7, "1000.00", "2026-03-03", is_return="P")

    def test_the_payment_is_due_as_usual_and_the_refund_is_noted(self) -> None:
        found = plan(order(payments=[self.ASKED]))
        assert (payments(found), refunds(found)) == ([PAID], [])
        assert codes(found) == [("noted", "refund_asked")]
        assert finding(found).payment_id == 7
        assert facts(finding(found)) == {"payment": 7, "amount": "1000.00"}

    def test_before_the_shipment_the_payment_waits(self) -> None:
        found = plan(order(shipped=None, payments=[self.ASKED]))
        assert (found.due, held(found), found.findings) == ((), [PAID], ())

    @pytest.mark.parametrize(
        "fields",
        [{"pay_return_date": dt.date(2026, 3, 8)}, {"return_receipts": (receipt("2026-03-08", "1000.00"),)}],
    )
    def test_a_typed_day_or_a_printed_receipt_says_that_the_money_has_left(self, fields: dict[str, Any]) -> None:
        found = plan(order(payments=[payment(7, "1000.00", "2026-03-03", is_return="P", **fields)]))
        assert (payments(found), refunds(found)) == ([PAID], [("refund:7", "2026-03-08", "1000.00")])
        assert codes(found) == [GOODS_STAY]

    @pytest.mark.parametrize(
        "fields",
        [
            {"pay_return_date": dt.date(2026, 3, 2)},
            {"return_receipts": (receipt("2026-03-02"),)},
            {"return_receipts": (receipt("2026-03-03 11:59:59"),)},
            {"unpaid_at": "2026-03-08"},  # a change confirms nothing while the payment stands as paid
        ],
    )
    def test_traces_of_an_earlier_refund_confirm_nothing(self, fields: dict[str, Any]) -> None:
        found = plan(order(payments=[payment(7, "1000.00", "2026-03-03", is_return="P", **fields)]))
        assert (payments(found), refunds(found)) == ([PAID], [])
        assert codes(found) == [("noted", "refund_asked")]

    def test_confirmed_later_it_becomes_a_refund(self) -> None:
        first = plan(order(payments=[self.ASKED]))
        confirmed = returned(7, "1000.00", "2026-03-03", "2026-03-09")
        found = plan(order(payments=[confirmed]), known=posted(first))
        assert (payments(found), refunds(found)) == ([PAID], [("refund:7", "2026-03-09", "1000.00")])

    def test_declined_before_anything_was_posted_of_it_nothing_is_said(self) -> None:
        first = plan(order(payments=[self.ASKED]))
        found = plan(order(payments=[payment(7, "1000.00", "2026-03-03")]), known=posted(first))
        assert (found.due, found.findings) == (first.due, ())

    @pytest.mark.parametrize("day", ["2026-03-03", "2026-03-03 18:00:00"])
    def test_declined_after_the_refund_was_posted_is_no_new_money(self, day: str) -> None:
        first = plan(order(payments=[returned(7, "1000.00", "2026-03-03", "2026-03-08")]))
        back = order(payments=[payment(7, "1000.00", day)])
        found = plan(back, known=posted(first))
        assert found.due == first.due
        assert codes(found) == [("review", "payment_changed")]
        undone = ("change_refund_undone", {"refund": "2026-03-08", "paid": "2026-03-03"})
        assert facts(finding(found)) == {"payment": 7, "changes": [undone]}
        assert plan(back, known=posted(found)) == found

    def test_paid_again_and_asked_back_again_is_new_money(self) -> None:
        first = plan(order(payments=[returned(7, "1000.00", "2026-03-03", "2026-03-08")]))
        again = payment(7, "1000.00", "2026-03-09", is_return="P", pay_return_date=dt.date(2026, 3, 8))
        found = plan(order(payments=[again]), known=posted(first))
        assert payments(found) == [PAID, ("payment:7#2", "2026-03-09", "1000.00")]
        assert (len(refunds(found)), codes(found)) == (1, [("noted", "refund_asked")])

    def test_paid_and_returned_again_before_anyone_looked(self) -> None:
        first = plan(order(payments=[returned(7, "1000.00", "2026-03-03", "2026-03-08")]))
        twice = returned(7, "1000.00", "2026-03-09", "2026-03-11")
        found = plan(order(payments=[twice]), known=posted(first))
        assert payments(found) == [PAID, ("payment:7#2", "2026-03-09", "1000.00")]
        assert refunds(found) == [("refund:7", "2026-03-08", "1000.00"), ("refund:7#2", "2026-03-11", "1000.00")]
        assert codes(found) == [GOODS_STAY]

    def test_a_day_of_payment_typed_anew_after_the_refund_is_no_second_payment(self) -> None:
        first = plan(order(payments=[returned(7, "1000.00", "2026-03-03", "2026-03-08")]))
        moved = returned(7, "1000.00", "2026-03-04", "2026-03-08")
        found = plan(order(payments=[moved]), known=posted(first))
        assert (found.due, codes(found)) == (first.due, [("review", "payment_changed"), GOODS_STAY])
        assert facts(found.findings[0])["changes"] == [change("change_date", "2026-03-03", "2026-03-04")]


SHOP_REFUND = ("shop_refund", {"amount": "1000.00"})


class TestReceiptsOfAnotherSum:
    """A part of 1,000 was given back; Bitrix knows whole refunds only."""

    @pytest.mark.parametrize(
        ("row", "in_shop"),
        [
            (payment(7, "1000.00", "2026-03-03", return_receipts=(receipt("2026-03-08", "400.00"),)), "shop_no_refund"),
            (
                returned(7, "1000.00", "2026-03-03", None, return_receipts=(receipt("2026-03-08", "400.00"),)),
                SHOP_REFUND,
            ),
            (
                payment(7, "1000.00", "2026-03-03", is_return="P", return_receipts=(receipt("2026-03-08", "400.00"),)),
                SHOP_REFUND,
            ),
            (
                returned(
                    7,
                    "1000.00",
                    "2026-03-03",
                    "2026-03-08",
                    return_receipts=(receipt("2026-03-08", "150.00"), receipt("2026-03-09", "250.00")),
                ),
                SHOP_REFUND,
            ),
        ],
    )
    def test_the_refund_is_under_review_with_both_sums_the_payment_is_posted(
        self, row: Row, in_shop: str | tuple[str, dict[str, str]]
    ) -> None:
        found = plan(order(payments=[row]))
        assert document(found)
        assert (payments(found), refunds(found)) == ([PAID], [])
        assert codes(found) == [("review", "receipt_differs")]
        assert finding(found).payment_id == 7
        assert facts(finding(found)) == {
            "payment": 7,
            "amount": "1000.00",
            "receipts": "400.00",
            "shop": in_shop,
            "books": "refund_not_in_books",
        }

    def test_money_that_the_register_gave_back_and_the_shop_did_not(self) -> None:
        row = payment(7, "1000.00", "2026-03-03", return_receipts=(receipt("2026-03-08", "1000.00"),))
        found = plan(order(payments=[row]))
        assert (payments(found), refunds(found)) == ([PAID], [])
        assert codes(found) == [("review", "receipt_differs")]

    @pytest.mark.parametrize("sums", [("1000.00",), ("400.00", "600.0000"), (None,), ("400.00", None)])
    def test_full_receipts_and_those_that_say_no_sum_are_a_refund(self, sums: tuple[str | None, ...]) -> None:
        printed = tuple(receipt("2026-03-08", amount) for amount in sums)
        found = plan(order(payments=[returned(7, "1000.00", "2026-03-03", None, return_receipts=printed)]))
        assert (refunds(found), codes(found)) == ([("refund:7", "2026-03-08", "1000.00")], [GOODS_STAY])

    def test_receipts_of_an_earlier_refund_do_not_count(self) -> None:
        printed = (receipt("2026-03-02", "400.00"), receipt("2026-03-08", "1000.00"))
        found = plan(order(payments=[returned(7, "1000.00", "2026-03-03", None, return_receipts=printed)]))
        assert (refunds(found), codes(found)) == ([("refund:7", "2026-03-08", "1000.00")], [GOODS_STAY])

    def test_a_receipt_of_another_sum_after_the_refund_was_posted(self) -> None:
        first = plan(order(payments=[returned(7, "1000.00", "2026-03-03", "2026-03-08")]))
        printed = (receipt("2026-03-09", "400.00"),)
        later = returned(7, "1000.00", "2026-03-03", "2026-03-08", return_receipts=printed)
        found = plan(order(payments=[later]), known=posted(first))
        assert (found.due, codes(found)) == (first.due, [("review", "receipt_differs"), GOODS_STAY])
        assert facts(found.findings[0])["books"] == "refund_in_books"

    def test_a_return_to_the_store_credit_needs_no_receipt(self) -> None:
        printed = (receipt("2026-03-08", "400.00"),)
        row = returned(7, "1000.00", "2026-03-03", "2026-03-08", to="Y", return_receipts=printed)
        found = plan(order(payments=[row]))
        assert (payments(found), codes(found)) == ([PAID], [("noted", "returned_to_store_credit")])

    def test_before_the_shipment_the_review_says_what_is_not_posted(self) -> None:
        printed = (receipt("2026-03-04", "400.00"),)
        found = plan(order(payments=[returned(7, "1000.00", "2026-03-03", None, return_receipts=printed)]))
        assert (payments(found), refunds(found)) == ([], [])
        assert codes(found) == [("review", "receipt_differs")]


class TestNoticedDay:
    """Nothing dated the refund, so it got the day of the run: the 20th."""

    FIRST = plan(order(payments=[returned(7, "1000.00", "2026-03-03", None)]), now=NIGHT)

    @pytest.mark.parametrize(
        ("on", "fields"),
        [
            ("2026-03-18", {}),
            (None, {"return_receipts": (receipt("2026-03-18"),)}),
            (None, {"unpaid_at": "2026-03-18"}),
        ],
    )
    def test_a_real_day_that_turns_up_after_posting_is_noted(self, on: str | None, fields: dict[str, Any]) -> None:
        found = plan(order(payments=[returned(7, "1000.00", "2026-03-03", on, **fields)]), known=posted(self.FIRST))
        assert found.due == self.FIRST.due
        assert codes(found) == [("noted", "refund_day_known"), GOODS_STAY]
        told = {"payment": 7, "amount": "1000.00", "noticed": "2026-03-20", "day": "2026-03-18"}
        assert facts(found.findings[0]) == told

    def test_before_posting_it_replaces_the_noticed_one(self) -> None:
        waiting = [KnownOperation(key=o.key, operation=o, progress=Progress.PLANNED) for o in self.FIRST.due]
        found = plan(order(payments=[returned(7, "1000.00", "2026-03-03", "2026-03-18")]), known=waiting)
        assert (refunds(found), codes(found)) == ([("refund:7", "2026-03-18", "1000.00")], [GOODS_STAY])

    def test_a_refund_that_was_dated_and_is_dated_anew_is_for_review(self) -> None:
        first = plan(order(payments=[returned(7, "1000.00", "2026-03-03", "2026-03-07")]))
        found = plan(order(payments=[returned(7, "1000.00", "2026-03-03", "2026-03-08")]), known=posted(first))
        assert codes(found) == [("review", "payment_changed"), GOODS_STAY]


def test_a_refund_of_the_skipped_past_stays_noted() -> None:
    row = returned(7, "1000.00", "2026-03-03", None, return_receipts=(receipt("2026-03-08", "400.00"),))
    found = plan(order(payments=[row]), by=rules(go_live="2026-03-06"))
    assert found.due == ()
    assert {verdict for verdict, _ in codes(found)} == {"skipped", "noted"}
