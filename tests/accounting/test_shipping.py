"""Is it shipped, on which day, and what may not be posted into."""

from __future__ import annotations

from typing import Any

import pytest

from include.bitrix.rows import Order
from include.words import Language, text
from tests.accounting.orders import (
    codes,
    document,
    finding,
    held,
    line,
    order,
    payment,
    payments,
    plan,
    posted,
    returned,
    rules,
)
from tests.accounting.plain import facts

MOSCOW_ON_THE_FIFTH = ("hint_timezone", {"timezone": "Europe/Moscow", "today": "2026-03-05"})


def shipped_by_status(status: str, *statuses: tuple[str, str], date_status: str | None = None) -> Order:
    last = date_status or (statuses[-1][1] if statuses else "2026-03-01")
    return order(shipped=None, status_id=status, statuses=statuses, date_status=last)


def day(an_order: Order, **options: Any) -> str:
    return str(document(plan(an_order, **options)).date)


@pytest.mark.parametrize(
    ("shipped", "expected"),
    [
        ("2026-03-05 00:00:00", "2026-03-05"),
        ("2026-03-05 23:59:59", "2026-03-05"),
    ],
)
def test_the_local_day_of_the_shipment_is_the_documents(shipped: str, expected: str) -> None:
    assert day(order(shipped=shipped)) == expected


def test_the_shipments_own_date_wins_over_statuses() -> None:
    moved = order(shipped="2026-03-05", status_id="F", statuses=[("D", "2026-03-02"), ("F", "2026-03-09")])
    assert day(moved) == "2026-03-05"


def test_the_date_of_an_unshipping_is_no_date_of_shipment() -> None:
    """DATE_DEDUCTED is stamped on un-shipping too; with DEDUCTED='N' only the status counts."""
    back = order(shipped=None, date_deducted="2026-03-07", status_id="D", statuses=[("D", "2026-03-04")])
    assert day(back) == "2026-03-04"


def test_by_status_the_first_change_into_a_shipped_one_counts() -> None:
    assert day(shipped_by_status("F", ("N", "2026-03-01"), ("D", "2026-03-05"), ("F", "2026-03-10"))) == "2026-03-05"


def test_by_status_without_history_date_status_counts() -> None:
    assert day(shipped_by_status("D", date_status="2026-03-06")) == "2026-03-06"


def test_deducted_without_date_takes_the_next_of_the_chain() -> None:
    moved = order(deducted=True, shipped=None, status_id="F", statuses=[("F", "2026-03-08")], date_status="2026-03-08")
    assert day(moved) == "2026-03-08"
    assert day(order(deducted=True, shipped=None, date_status="2026-03-09")) == "2026-03-09"


def test_shipped_without_any_date_is_rejected() -> None:
    found = plan(order(deducted=True, shipped=None, date_status=None, payments=[payment(7, "1000.00")]))
    assert (found.due, found.held, codes(found)) == ((), (), [("rejected", "no_date")])


@pytest.mark.parametrize("status", ["d", "f", "Pr", "N", "DF", "D "])
def test_statuses_are_compared_byte_for_byte(status: str) -> None:
    assert plan(shipped_by_status(status)).due == ()


def test_shipped_statuses_are_a_setting() -> None:
    assert (
        day(shipped_by_status("Pr", ("Pr", "2026-03-05")), by=rules(of_shop={"shipped_statuses": ["Pr"]}))
        == "2026-03-05"
    )


def test_an_order_being_saved_is_left_for_the_next_run() -> None:
    saving = order(running=True, date_update="2026-03-05 14:00:00", payments=[payment(7, "1000.00")])
    found = plan(saving, now="2026-03-05 14:59:59")
    assert (found.due, found.held, codes(found)) == ((), (), [("noted", "being_saved")])
    assert len(plan(saving, now="2026-03-05 15:00:00").due) == 2


def test_an_order_being_saved_keeps_what_is_posted() -> None:
    sold = order()
    first = plan(sold)
    saving = order(line("2000.00"), running=True, date_update="2026-03-05 14:00:00")
    assert plan(saving, known=posted(first), now="2026-03-05 14:30:00").due == first.due


def test_a_saving_flag_without_a_date_is_not_waited_for() -> None:
    assert document(plan(order(running=True, date_update=None, date_insert=None)))


def test_a_cancelled_order_is_never_posted() -> None:
    cancelled = order(canceled=True, date_canceled="2026-03-06", payments=[payment(7, "1000.00")])
    found = plan(cancelled)
    assert (found.due, found.held) == ((), ())
    assert codes(found) == [("noted", "paid_and_cancelled")]
    assert facts(finding(found)) == {
        "payment": 7,
        "amount": "1000.00 RUB",
        "paid": "2026-03-05",
        "cancelled": "2026-03-06",
    }


def test_days_that_a_cancelled_order_does_not_tell_are_said_to_be_unknown() -> None:
    found = finding(plan(order(canceled=True, date_canceled=None, payments=[payment(7, "5.00", None, paid=True)])))
    assert facts(found) == {"payment": 7, "amount": "5.00 RUB", "paid": "some_day", "cancelled": "some_day"}
    assert text(found.said, Language.EN) == (
        "Payment 7 of 5.00\u00a0₽ came on an unknown day, and the order was cancelled on an unknown day."
        " Give the money back and mark the refund in the shop. If you keep it, enter the payment in Kontur by hand."
    )


def test_what_was_paid_before_go_live_of_a_cancelled_order_was_typed_by_hand() -> None:
    cancelled = order(canceled=True, date_canceled="2026-03-08", payments=[payment(7, "1000.00")])
    assert plan(cancelled, by=rules(go_live="2026-03-06")).findings == ()


def test_cancelled_the_legacy_way_before_posting_calls_for_nothing() -> None:
    """Money moved to the inner account, un-shipped, cancelled (docs/bitrix.md, «Cancelling»)."""
    moved = returned(7, "1000.00", "2026-03-04", on=None, to="Y", unpaid_at="2026-03-06")
    cancelled = order(shipped=None, date_deducted="2026-03-06", canceled=True, payments=[moved])
    found = plan(cancelled)
    assert (found.due, found.held, codes(found)) == ((), (), [("noted", "returned_to_store_credit")])


def test_shipped_before_go_live_is_skipped_whatever_its_data() -> None:
    by = rules(go_live="2026-03-06")
    assert codes(plan(order(line("1.00", vat="0.18")), by=by)) == [("skipped", "before_go_live")]
    assert document(plan(order(shipped="2026-03-06"), by=by))


def test_a_payment_of_an_order_shipped_before_go_live_is_noted() -> None:
    by = rules(go_live="2026-03-06")
    late, early = payment(7, "400.00", "2026-03-08"), payment(8, "600.00", "2026-03-05")
    found = plan(order(payments=[late, early]), by=by)
    assert (found.due, found.held) == ((), ())
    assert codes(found) == [("skipped", "before_go_live"), ("noted", "payment_without_document")]
    assert found.findings[1].payment_id == 7
    assert facts(found.findings[1]) == {"payment": 7, "amount": "400.00", "day": "2026-03-08"}


def test_a_prepayment_before_go_live_was_typed_by_hand() -> None:
    by = rules(go_live="2026-03-04")
    found = plan(order(payments=[payment(7, "400.00", "2026-03-03"), payment(8, "600.00", "2026-03-04")]), by=by)
    assert document(found)
    assert payments(found) == [("payment:8", "2026-03-04", "600.00")]
    assert codes(found) == [("skipped", "payment_before_go_live")]


def test_a_refund_of_what_was_typed_by_hand_is_noted_if_it_came_after_go_live() -> None:
    by = rules(go_live="2026-03-10")
    early = returned(7, "400.00", "2026-03-06", "2026-03-09")
    late = returned(8, "600.00", "2026-03-06", "2026-03-10")
    old = plan(order(payments=[early, late]), by=by)
    assert codes(old) == [("skipped", "before_go_live"), ("noted", "refund_without_document")]
    assert old.findings[1].payment_id == 8
    assert facts(old.findings[1]) == {"payment": 8, "amount": "600.00", "day": "2026-03-10"}

    prepaid = order(shipped="2026-03-12", payments=[returned(8, "1000.00", "2026-03-06", "2026-03-15")])
    new = plan(prepaid, by=by)
    assert (len(new.due), payments(new)) == (1, [])
    assert codes(new) == [("skipped", "payment_before_go_live"), ("noted", "refund_without_document")]

    back_first = order(shipped="2026-03-12", payments=[returned(8, "1000.00", "2026-03-06", "2026-03-11")])
    assert codes(plan(back_first, by=by)) == codes(new), "it was typed in as an advance"
    all_before = order(shipped="2026-03-12", payments=[returned(8, "1000.00", "2026-03-06", "2026-03-09")])
    assert codes(plan(all_before, by=by)) == [("skipped", "payment_before_go_live")]


@pytest.mark.parametrize(("closed_until", "is_open"), [("2026-03-04", True), ("2026-03-05", False)])
def test_the_closed_period_is_never_posted_into(closed_until: str, is_open: bool) -> None:
    found = plan(order(), by=rules(closed_until=closed_until))
    assert bool(found.due) is is_open
    assert codes(found) == ([] if is_open else [("rejected", "closed_period")])
    if not is_open:
        assert facts(finding(found)) == {"what": "what_shipment", "day": "2026-03-05", "closed": "2026-03-05"}


def test_a_payment_of_the_closed_period_is_rejected_by_itself() -> None:
    known = posted(plan(order()))
    bought = order(payments=[payment(7, "400.00", "2026-03-31"), payment(8, "600.00", "2026-04-01")])
    found = plan(bought, known=known, by=rules(closed_until="2026-03-31"))
    assert payments(found) == [("payment:8", "2026-04-01", "600.00")]
    assert (finding(found).code, finding(found).payment_id) == ("closed_period", 7)
    assert facts(finding(found)) == {
        "what": ("what_payment", {"payment": 7}),
        "day": "2026-03-31",
        "closed": "2026-03-31",
    }


def test_what_is_posted_does_not_mind_that_its_period_is_closed() -> None:
    sold = order(payments=[payment(7, "1000.00")])
    first = plan(sold)
    assert plan(sold, known=posted(first), by=rules(closed_until="2026-03-31")) == first


def test_a_shipment_in_the_future_is_rejected_until_its_day() -> None:
    sold = order(shipped="2036-03-05")
    assert codes(plan(sold)) == [("rejected", "future_date")]
    assert document(plan(sold, now="2036-03-05 00:00:01"))


def test_a_shipment_of_tomorrow_may_be_the_zone_of_the_settings() -> None:
    """A shop in Vladivostok ships in its morning of the 6th; in Moscow, which the settings name, it is the 5th."""
    sold = order(shipped="2026-03-06 06:30:00")
    found = finding(plan(sold, now="2026-03-05 23:40:00"))
    assert found.code == "future_date"
    assert facts(found) == {"what": "what_shipment", "day": "2026-03-06", "hint": MOSCOW_ON_THE_FIFTH}


def test_what_is_said_of_tomorrow_does_not_change_with_the_hour() -> None:
    """Else a second look on the same day would ask a person anew."""
    sold = order(shipped="2026-03-06 06:30:00")
    assert finding(plan(sold, now="2026-03-05 08:00:00")) == finding(plan(sold, now="2026-03-05 23:40:00"))


def test_a_shipment_further_ahead_is_a_mistyped_date() -> None:
    found = finding(plan(order(shipped="2026-03-07 00:00:00"), now="2026-03-05 23:40:00"))
    assert facts(found)["hint"] == "hint_correct_date"


def test_a_payment_of_tomorrow_says_so_too() -> None:
    sold = order(payments=[payment(7, "1000.00", "2026-03-06 06:30:00")])
    found = finding(plan(sold, now="2026-03-05 23:40:00"))
    assert facts(found) == {
        "what": ("what_payment", {"payment": 7}),
        "day": "2026-03-06",
        "hint": MOSCOW_ON_THE_FIFTH,
    }


def test_a_payment_in_the_future_is_rejected_by_itself() -> None:
    found = plan(order(payments=[payment(7, "1000.00", "2036-03-05")]))
    assert document(found)
    assert (payments(found), codes(found)) == ([], [("rejected", "future_date")])


def test_an_order_that_is_not_shipped_is_never_rejected() -> None:
    broken = order(
        line("1.00", vat="0.18", currency="USD"),
        shipped=None,
        currency="USD",
        payments=[payment(7, "5.00", None, paid=True), payment(8, "5.00", currency="EUR")],
    )
    found = plan(broken, by=rules(go_live="2026-04-01", closed_until="2026-04-30"))
    assert (found.due, found.held, found.findings) == ((), (), ())


def test_a_foreign_currency_is_rejected() -> None:
    dollars = order(line("100.00", currency="USD"), currency="USD", payments=[payment(7, "100.00", currency="USD")])
    found = plan(dollars)
    assert (found.due, found.held, codes(found)) == ((), (), [("rejected", "currency")])
    assert facts(finding(found)) == {"total": "100.00 USD"}


def test_a_payment_later_than_the_shipment_is_not_held() -> None:
    assert held(plan(order(payments=[payment(7, "1000.00", "2026-06-01")]))) == []
