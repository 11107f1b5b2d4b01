"""Each code by an example worked out by hand: who says what, and which day it counts at."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import pytest
from kontur_hook.contract import PaymentMethod

from include.accounting.operations import Finding, Verdict, Wanted
from include.facts import facts, said
from include.ledger.operation import State
from include.reconciliation.comparing import compare
from include.reconciliation.difference import Difference
from include.reconciliation.sides import Depth, InLedger, InShop, Sides
from include.window import Window
from include.words import Language, text
from tests.accounting.plain import plain
from tests.reconciliation.three_sides import (
    COMPANY,
    MARCH,
    ORDER,
    RETAIL,
    agreeing,
    an_order,
    brief,
    brief_within,
    edited,
    entry,
    headers_only,
    in_books,
    in_ledger,
    in_shop,
    kept,
    left,
    on,
    paid,
    refunded,
    rows,
    sale,
    scope,
    standing,
    wanted,
    with_entries,
)

SALE, PAID = sale(), paid()
POSTED = agreeing(SALE, PAID)
KEY = "sale:1045"
HEADERS = scope(Depth.HEADERS)


def test_equal_sides_give_nothing() -> None:
    for sides in (POSTED, an_order(), agreeing(SALE)):
        assert rows(sides) == []
        assert rows(headers_only(sides), HEADERS) == []
        assert rows(in_books(sides), scope(Depth.LEDGER)) == []


def test_vanished() -> None:
    gone = in_books(POSTED, gone=frozenset({"K-sale:1045"}))
    assert brief(headers_only(gone), HEADERS) == [("vanished", KEY, "03-05 1000.00", None)]
    assert brief(gone) == [
        ("vanished", KEY, "03-05 1000.00", None),
        ("payment_missing", "payment:7", "03-05 1000.00", None),
    ]


def test_what_vanished_and_is_to_stay_so_is_noted_with_its_money() -> None:
    known = [dataclasses.replace(one, code="stays_gone") if one.key == KEY else one for one in POSTED.ledger.operations]
    gone = in_books(
        dataclasses.replace(POSTED, ledger=InLedger(operations=tuple(known))), gone=frozenset({"K-sale:1045"})
    )
    assert [(row.code, row.noted) for row in rows(gone)] == [("vanished", True), ("payment_missing", True)]
    assert [(row.code, row.noted) for row in rows(dataclasses.replace(gone, ledger=POSTED.ledger))] == [
        ("vanished", False),
        ("payment_missing", False),
    ]
    # Money that came since has no document to go to, and is a difference.
    unposted = dataclasses.replace(gone, ledger=InLedger(operations=tuple(one for one in known if one.key == KEY)))
    assert [(row.code, row.noted) for row in rows(unposted)] == [("vanished", True), ("not_posted", False)]


def test_vanished_only_when_kontur_says_so() -> None:
    assert brief(headers_only(in_books(POSTED)), HEADERS) == [("unexplained", KEY, "03-05 1000.00", None)]
    unread = in_books(POSTED, unread=frozenset({"K-sale:1045"}))
    assert brief(unread) == [
        ("unexplained", KEY, "03-05 1000.00", None),
        ("unexplained", "payment:7", "03-05 1000.00", None),
    ]


def test_what_was_cancelled_in_the_shop_and_removed_in_kontur_is_noted() -> None:
    settled = in_books(in_shop(agreeing(SALE)), gone=frozenset({"K-sale:1045"}))
    (row,) = rows(settled)
    assert (row.code, row.shop, row.books, row.noted) == ("vanished", None, None, True)


def test_doubled() -> None:
    copy = edited(standing(SALE), id="K2", date=on("03-09"))
    assert brief(in_books(agreeing(SALE), standing(SALE), copy)) == [("doubled", KEY, None, "03-09 1000.00")]


def test_a_copy_counts_with_its_money() -> None:
    copy = edited(standing(SALE, [PAID]), id="K2")
    assert brief(in_books(POSTED, standing(SALE, [PAID]), copy)) == [
        ("doubled", KEY, None, "03-05 1000.00"),
        ("payment_extra", None, None, "03-05 1000.00"),
    ]


def test_the_ledgers_id_tells_which_of_two_is_ours() -> None:
    first = edited(standing(SALE), id="A", date=on("02-01"))
    (row,) = rows(in_books(agreeing(SALE), first, standing(SALE)))
    assert (row.code, row.document_id) == ("doubled", "A")


def test_a_copy_in_the_place_of_the_one_that_was_removed() -> None:
    copy = edited(standing(SALE), id="K2")
    (row,) = rows(in_books(agreeing(SALE), copy, gone=frozenset({"K-sale:1045"})))
    assert (row.code, row.noted) == ("edited", False)
    assert changes_of(row) == [("change_document_id", {"before": "K-sale:1045", "now": "K2"})]


def changes_of(row: Difference) -> Any:
    return plain(dict(row.facts)["changes"])


@pytest.mark.parametrize(
    ("posted", "now", "code"),
    [
        ("03-31", "03-01", "edited"),
        ("03-31", "04-01", "moved"),
        ("03-01", "02-28", "moved"),
        ("2025-12-31", "2026-01-01", "moved"),
        ("2026-03-05", "2025-03-05", "moved"),
    ],
)
def test_another_day_is_edited_within_the_month_and_moved_out_of_it(posted: str, now: str, code: str) -> None:
    document = sale(posted)
    sides = in_books(agreeing(document), edited(standing(document), date=on(now)))
    (row,) = rows(headers_only(sides), HEADERS)
    assert row.code == code
    assert (row.shop and row.shop.day, row.books and row.books.day) == (on(posted), on(now))
    assert changes_of(row) == [("change_date", {"before": str(on(posted)), "now": str(on(now))})]


def test_edited_field_by_field() -> None:
    lines = (dataclasses.replace(SALE.items[0], price=Decimal("990.00")),)
    edited_by_hand = dataclasses.replace(
        edited(standing(SALE), number="17", counterparty_id="other", total_amount=Decimal("990.00")), lines=lines
    )
    (row,) = rows(in_books(agreeing(SALE), edited_by_hand))
    assert row.code == "edited"
    told = changes_of(row)
    assert [code for code, _ in told] == ["change_number", "change_sum", "change_line", "change_buyer"]
    assert told[1] == ("change_sum", {"before": "1000.00", "now": "990.00"})


def test_lines_are_seen_in_full_only() -> None:
    lines = (dataclasses.replace(SALE.items[0], name="Чашка"),)
    sides = in_books(agreeing(SALE), dataclasses.replace(standing(SALE), lines=lines))
    assert brief(sides) == [("edited", KEY, "03-05 1000.00", "03-05 1000.00")]
    assert brief(headers_only(sides), HEADERS) == []


def test_a_buyer_whose_record_was_merged_is_the_same() -> None:
    sides = in_books(agreeing(SALE), edited(standing(SALE), counterparty_id="merged"))
    assert [code for code, *_ in brief(sides)] == ["edited"]
    assert brief(sides, scope(merged={"buyer": "merged"})) == []


def test_a_marker_taken_out_is_an_edit() -> None:
    (row,) = rows(in_books(agreeing(SALE), edited(standing(SALE), comment=None)))
    assert (row.code, row.noted) == ("edited", False)
    assert changes_of(row) == [("change_marker_gone", {"marker": SALE.marker})]
    assert dict(row.facts)["remedy"] == said("edited_restore")


def test_another_buyer_is_not_the_shops_though_all_else_is() -> None:
    (row,) = rows(in_books(agreeing(SALE), edited(standing(SALE), counterparty_id="other")))
    assert (row.code, row.noted) == ("edited", False)
    assert [code for code, _ in changes_of(row)] == ["change_buyer"]
    assert dict(row.facts)["remedy"] == said("edited_restore")


def test_an_edit_that_follows_the_shop_is_noted() -> None:
    now = sale(total="900.00")
    corrected = dataclasses.replace(edited(standing(SALE), total_amount=Decimal("900.00")), lines=now.items)
    (row,) = rows(in_books(in_shop(agreeing(SALE), now), corrected))
    assert (row.code, row.noted) == ("edited", True)


# --- Money


def test_a_payment_missing() -> None:
    sides = in_books(POSTED, standing(SALE))
    assert brief(sides) == [("payment_missing", "payment:7", "03-05 1000.00", None)]
    assert brief(headers_only(sides), HEADERS) == []  # a list shows no payments


def test_a_payment_extra() -> None:
    again = with_entries(standing(SALE, [PAID]), "payments", lambda p: [*p, dataclasses.replace(p[0], id="X")])
    assert brief(in_books(POSTED, again)) == [("payment_extra", None, None, "03-05 1000.00")]


def test_a_payment_typed_again_after_it_was_removed_is_there() -> None:
    again = with_entries(standing(SALE, [PAID]), "payments", lambda p: [dataclasses.replace(p[0], id="X")])
    assert brief(in_books(POSTED, again)) == []


@pytest.mark.parametrize(
    ("change", "books", "what"),
    [
        ({"date": on("04-01")}, "04-01 1000.00", "change_date"),
        ({"amount": Decimal("999.99")}, "03-05 999.99", "change_sum"),
        ({"method": PaymentMethod.CASH.value}, "03-05 1000.00", "change_money_method"),
    ],
)
def test_a_payment_differs(change: dict[str, object], books: str, what: str) -> None:
    other = with_entries(
        standing(SALE, [PAID]),
        "payments",
        lambda p: [dataclasses.replace(p[0], **change)],  # type: ignore[arg-type]
    )
    sides = in_books(POSTED, other)
    assert brief(sides) == [("payment_differs", "payment:7", "03-05 1000.00", books)]
    ((code, _),) = changes_of(rows(sides)[0])
    assert code == what


def test_refunds_in_the_same_way() -> None:
    back = refunded(PAID, "03-20")
    sides, whole = agreeing(SALE, PAID, back), standing(SALE, [PAID, back])
    missing = with_entries(whole, "refunds", lambda _: [])
    doubled = with_entries(whole, "refunds", lambda r: [*r, dataclasses.replace(r[0], id="X")])
    differs = with_entries(whole, "refunds", lambda r: [dataclasses.replace(r[0], date=on("03-21"))])
    assert brief(in_books(sides, missing)) == [("refund_missing", "refund:7", "03-20 1000.00", None)]
    assert brief(in_books(sides, doubled)) == [("refund_extra", None, None, "03-20 1000.00")]
    assert brief(in_books(sides, differs)) == [("refund_differs", "refund:7", "03-20 1000.00", "03-21 1000.00")]


def test_several_refunds_each_have_a_row() -> None:
    first, second = paid(amount="600.00"), paid(amount="400.00", id_=8)
    backs = refunded(first, "03-10"), refunded(second, "03-11")
    sides = agreeing(SALE, first, second, *backs)
    assert brief(in_books(sides, standing(SALE, [first, second]))) == [
        ("refund_missing", "refund:7", "03-10 600.00", None),
        ("refund_missing", "refund:8", "03-11 400.00", None),
    ]


def test_a_payment_at_another_document_of_the_order() -> None:
    one, two = sale(total="600.00", shipment=501), sale("03-09", "400.00", shipment=502)
    first, second = paid(amount="600.00", shipment=501), paid("03-05", "400.00", shipment=502)
    sides = agreeing(one, two, first, second)
    assert brief(sides) == []
    moved = with_entries(standing(one, [first]), "payments", lambda p: [*p, entry(second)])
    assert brief(in_books(sides, moved, standing(two))) == [
        ("payment_extra", None, None, "03-05 400.00"),
        ("payment_missing", "payment:7/502", "03-05 400.00", None),
    ]


# --- The shop


def test_changed_in_shop() -> None:
    assert brief(in_shop(POSTED, sale(total="900.00"), PAID)) == [
        ("changed_in_shop", KEY, "03-05 900.00", "03-05 1000.00")
    ]
    assert brief(in_shop(POSTED, sale("04-01"), PAID)) == [("changed_in_shop", KEY, "04-01 1000.00", "03-05 1000.00")]
    assert brief(in_shop(POSTED, SALE, paid("03-07"))) == [
        ("changed_in_shop", "payment:7", "03-07 1000.00", "03-05 1000.00")
    ]
    assert brief(in_shop(POSTED, PAID)) == [("changed_in_shop", KEY, None, "03-05 1000.00")]


def test_a_buyer_changed_in_the_shop_moves_no_sum() -> None:
    (row,) = rows(in_shop(POSTED, sale(counterparty=RETAIL), PAID))
    assert row.code == "changed_in_shop"
    assert row.shop == row.books


def test_what_was_edited_and_changed_in_the_shop_is_edited() -> None:
    sides = in_books(in_shop(agreeing(SALE), sale(total="900.00")), edited(standing(SALE), number="17"))
    assert brief(sides) == [("edited", KEY, "03-05 900.00", "03-05 1000.00")]


def test_a_document_of_another_program_is_compared_as_it_stands() -> None:
    of_theirs = kept(SALE, is_ours=False)
    sides = in_ledger(agreeing(SALE), of_theirs)
    bare = edited(standing(SALE), number="A-7", comment=None)
    assert brief(in_books(sides, bare)) == []
    assert brief(in_books(sides, edited(bare, date=on("03-06")))) == [
        ("changed_in_shop", KEY, "03-05 1000.00", "03-06 1000.00")
    ]
    assert brief(in_books(sides, gone=frozenset({"K-sale:1045"}))) == [("vanished", KEY, "03-05 1000.00", None)]


REFUSAL = Finding(verdict=Verdict.REJECTED, code="inn_zero", facts=facts(inn="0000000000"))
REFUSED = tuple(dataclasses.replace(one, operation=None) for one in wanted(SALE, PAID))


def test_not_posted_with_its_reason() -> None:
    order = dataclasses.replace(POSTED, shop=InShop(number="1045", wanted=REFUSED, findings=(REFUSAL,)))
    sides = in_books(in_ledger(order, refused=True))
    assert brief(sides) == [
        ("not_posted", KEY, "03-05 1000.00", None),
        ("not_posted", "payment:7", "03-05 1000.00", None),
    ]
    assert plain(dict(rows(sides)[0].facts)["why"]) == (
        "unposted_refused",
        {"why": [("inn_zero", {"inn": "0000000000"})]},
    )


def test_what_a_person_has_closed_by_hand_is_for_information() -> None:
    """The order counts as before, nobody is asked again; another refusal of it is open."""
    order = dataclasses.replace(POSTED, shop=InShop(number="1045", wanted=REFUSED, findings=(REFUSAL,)))
    closed = rows(in_books(in_ledger(order, closed={REFUSAL.said: "Anna"})))
    assert [(row.code, row.key, row.noted) for row in closed] == [
        ("not_posted", KEY, True),
        ("not_posted", "payment:7", True),
    ]
    assert plain(dict(closed[0].facts)["why"]) == (
        "unposted_closed",
        {"who": "Anna", "why": [("inn_zero", {"inn": "0000000000"})]},
    )
    other = Finding(verdict=Verdict.REJECTED, code="vat_unknown")
    both = dataclasses.replace(order, shop=InShop(number="1045", wanted=REFUSED, findings=(REFUSAL, other)))
    assert [row.noted for row in rows(in_books(in_ledger(both, closed={REFUSAL.said: "Anna"})))] == [False, False]
    since = dataclasses.replace(order, shop=InShop(number="1045", wanted=REFUSED, findings=(other,)))
    seen_by_none = rows(in_books(in_ledger(since, closed={REFUSAL.said: "Anna"})))
    assert {row.code for row in seen_by_none} == {"unseen"}, "what was closed was something else"
    of_payment = Finding(verdict=Verdict.REJECTED, code="payment_date", payment_id=9)
    (row,) = rows(
        in_shop(
            in_ledger(POSTED, kept(SALE), kept(PAID), closed={of_payment.said: "Anna"}),
            SALE,
            PAID,
            findings=(of_payment,),
        )
    )
    assert (row.code, row.key, row.noted) == ("not_posted", "payment:9", True)


@pytest.mark.parametrize(
    ("state", "code", "why"),
    [
        (State.PLANNED, "not_posted", "unposted_waiting"),
        (State.SENDING, "not_posted", "unposted_unknown"),
        (State.UNKNOWN, "not_posted", "unposted_unknown"),
        (State.REJECTED, "not_posted", "unposted_rejected"),
        (State.REVIEW, "not_posted", "unposted_review"),
        (State.SKIPPED, "unseen", "unseen_comes"),
        (State.HELD, "unseen", "unseen_comes"),
    ],
)
def test_not_posted_by_what_the_ledger_says(state: State, code: str, why: str) -> None:
    (row,) = rows(in_books(in_ledger(agreeing(SALE), kept(SALE, state))))
    reason = plain(dict(row.facts)["why"])
    assert (row.code, reason[0] if isinstance(reason, tuple) else reason) == (code, why)


def test_unseen() -> None:
    sides = in_books(in_ledger(POSTED))
    assert brief(sides) == [
        ("unseen", KEY, "03-05 1000.00", None),
        ("unseen", "payment:7", "03-05 1000.00", None),
    ]
    only_money = in_books(in_ledger(POSTED, kept(SALE)), standing(SALE))
    assert brief(only_money) == [("unseen", "payment:7", "03-05 1000.00", None)]
    assert brief(headers_only(only_money), HEADERS) == [("unseen", "payment:7", "03-05 1000.00", None)]


def test_unseen_and_refused_is_unseen_until_a_run_has_refused_it() -> None:
    order = dataclasses.replace(POSTED, shop=InShop(number="1045", wanted=REFUSED[1:], findings=(REFUSAL,)))
    assert [code for code, *_ in brief(in_books(in_ledger(order)))] == ["unseen"]


def test_what_a_lost_ledger_does_not_know() -> None:
    assert brief(in_ledger(agreeing(SALE))) == [("unseen", KEY, "03-05 1000.00", "03-05 1000.00")]
    assert brief(in_ledger(in_shop(agreeing(SALE)))) == [("changed_in_shop", KEY, None, "03-05 1000.00")]


def test_what_is_unconfirmed_and_stands_is_there() -> None:
    assert brief(in_ledger(agreeing(SALE), kept(SALE, State.UNKNOWN))) == []


def test_a_payment_that_somebody_typed_at_our_document() -> None:
    sides = in_ledger(POSTED, kept(SALE))
    assert brief(sides) == [("payment_extra", "payment:7", "03-05 1000.00", "03-05 1000.00")]


def test_rejected_money_without_a_day_has_a_row_without_sums() -> None:
    undated = Finding(verdict=Verdict.REJECTED, code="payment_date", facts=facts(payment=9), payment_id=9)
    assert brief(in_shop(POSTED, SALE, PAID, findings=(undated,))) == [("not_posted", "payment:9", None, None)]


def test_money_under_review_has_a_row_unless_it_has_one_already() -> None:
    receipts = Finding(verdict=Verdict.REVIEW, code="receipt_differs", payment_id=7)
    assert brief(in_shop(POSTED, SALE, PAID, findings=(receipts,))) == [("not_posted", "payment:7", None, None)]
    changed = Finding(verdict=Verdict.REVIEW, code="payment_changed", payment_id=7)
    assert [code for code, *_ in brief(in_shop(POSTED, SALE, paid("03-06"), findings=(changed,)))] == [
        "changed_in_shop"
    ]


def test_an_order_that_cannot_be_planned_is_not_passed_over() -> None:
    fault = Finding(verdict=Verdict.REJECTED, code="internal_error")
    (row,) = compare(Sides(order_id=ORDER, shop=InShop(number="1045", wanted=None, findings=(fault,))), scope()).rows
    assert (row.code, row.key, row.shop, row.books) == ("not_posted", KEY, None, None)


def test_lines_that_cannot_be_read_are_not_passed_over() -> None:
    unread = headers_only(agreeing(SALE))
    assert brief(unread) == [("unexplained", KEY, "03-05 1000.00", "03-05 1000.00")]


def test_what_has_no_day_counts_in_none() -> None:
    no_day = Wanted(key=KEY, date=None, amount=Decimal("1000.00"))
    order = dataclasses.replace(agreeing(SALE), shop=InShop(number="1045", wanted=(no_day,), findings=(REFUSAL,)))
    (row,) = rows(in_books(in_ledger(order, refused=True)))
    assert (row.code, list(row.effects())) == ("not_posted", [])


def test_an_order_that_is_being_saved_counts_as_it_was_posted() -> None:
    saving = dataclasses.replace(an_order(), shop=InShop(number="1045", wanted=None))
    assert compare(saving, scope()).rows == ()


# --- Orders that left


def test_an_archived_order_is_noted() -> None:
    (row,) = rows(left(POSTED, SALE, PAID, archived=True))
    assert (row.code, row.noted, row.shop == row.books) == ("left_the_shop", True, True)


def test_a_deleted_order_is_a_difference_though_the_books_are_right() -> None:
    (row,) = rows(left(POSTED, SALE, PAID))
    assert (row.code, row.noted, row.shop == row.books) == ("left_the_shop", False, True)


def test_leaving_comes_before_all() -> None:
    gone = in_books(left(POSTED, SALE, PAID, archived=True), gone=frozenset({"K-sale:1045"}))
    found = rows(gone)
    assert [(row.code, row.key, row.noted) for row in found] == [
        ("left_the_shop", KEY, False),
        ("left_the_shop", "payment:7", False),
    ]
    assert plain(dict(found[0].facts)["what"])[0] == "difference_vanished"


def test_an_order_without_anything_posted_leaves_without_a_word() -> None:
    assert rows(in_books(in_ledger(left(POSTED)))) == []


# --- What is compared


def test_documents_per_shipment_over_a_months_end() -> None:
    one, two = sale("03-31", "600.00", shipment=501), sale("04-01", "400.00", shipment=502)
    sides = agreeing(one, two)
    assert brief(sides) == []
    # Of April's document nobody has asked Kontur, and of it nothing is said.
    march = in_books(sides, standing(one))
    assert brief_within(march, MARCH) == []
    assert brief_within(in_books(sides, gone=frozenset({"K-sale:1045/501"})), MARCH) == [
        ("vanished", "sale:1045/501", "03-31 600.00", None)
    ]


def test_a_document_moved_out_of_the_month_counts_in_both() -> None:
    out = in_books(agreeing(SALE), edited(standing(SALE), date=on("04-02")))
    for window in (MARCH, Window(on("04-01"), on("04-30"))):
        assert brief_within(out, window) == [("moved", KEY, "03-05 1000.00", "04-02 1000.00")]


def test_money_of_another_month_is_compared_with_its_document() -> None:
    before = paid("02-27")
    sides = agreeing(SALE, before)
    february = Window(on("02-01"), on("02-28"))
    assert brief_within(in_books(sides, standing(SALE)), february) == [
        ("payment_missing", "payment:7", "02-27 1000.00", None)
    ]


def test_an_order_without_a_document_is_in_nobodys_books() -> None:
    assert rows(in_books(in_ledger(in_shop(POSTED)))) == []


def test_the_ledgers_id_of_another_orders_document() -> None:
    other = standing(sale(order=2000))
    wrong = in_ledger(in_books(agreeing(SALE), edited(other, id="K-sale:1045")), kept(SALE))
    assert [row.code for row in compare(wrong, scope()).rows] == ["vanished"]


def test_texts() -> None:
    """In Russian, as an accountant reads them."""
    (row,) = rows(in_books(agreeing(SALE), edited(standing(SALE), date=on("04-01"))))
    assert text(row.said, Language.RU) == (
        "Документ № 1045 от 05.03.2026 на 1\u00a0000,00\u00a0₽ перенесён в Контуре в другой месяц:"
        " дата: 05.03.2026 → 01.04.2026. Верните прежние значения или исправьте заказ в магазине."
    )
    assert str(COMPANY.inn) not in text(row.said, Language.EN)
