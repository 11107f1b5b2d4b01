"""What stands against agreeing a month: a difference goes when it was seen to be settled, and not before."""

from __future__ import annotations

import datetime as dt
import logging
from decimal import Decimal
from typing import Any

import pytest
from MySQLdb.connections import Connection

from include.ledger.compared import ComparedDays
from include.ledger.days import Days, selecting
from include.ledger.differences import Differences
from include.reconciliation.sides import Depth
from include.steps import month
from include.steps.reconciliation.compare import Range
from include.steps.reconciliation.days import ComparisonRequest, days, each_day
from include.steps.reconciliation.deciding import against, decide, open_differences
from include.window import Window
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import make_case
from tests.steps.nights import Nights, change
from tests.steps.reconciling import MARCH, Reconciliations

DAY = dt.date(2026, 3, 17)


@pytest.fixture
def looks(nights: Nights) -> Reconciliations:
    with nights.ledger.open() as session:
        Days(session).cover(list(each_day(MARCH)), selecting(nights.rules), dt.datetime(2026, 4, 1), "run")
    return Reconciliations(nights.ledger, nights.rules)


def an_hour_passes(nights: Nights) -> None:
    with nights.ledger.open() as session:
        session.execute("UPDATE local_kontur_bukh_operation SET done_at = done_at - INTERVAL 1 HOUR")
        session.execute("UPDATE local_kontur_bukh_compared SET read_at = read_at - INTERVAL 1 HOUR")
        session.execute(
            "UPDATE local_kontur_bukh_difference SET first_seen = first_seen - INTERVAL 1 HOUR,"
            " last_seen = last_seen - INTERVAL 1 HOUR"
        )


def sold(shop: Connection, nights: Nights, case: str = "paid_and_shipped_in_a_day") -> int:
    order_id = make_case(shop, case, at=DAY).order_id
    nights.look_at([order_id])
    an_hour_passes(nights)
    return order_id


def document(kontur: Sandbox, order_id: int) -> dict[str, Any]:
    (found,) = [d for d in kontur.books.documents() if f"-S{order_id}-" in (d["comment"] or "")]
    return found


def edit(kontur: Sandbox, order_id: int, more: Decimal = Decimal(0), **changes: object) -> None:
    """A person enters the line anew, without VAT."""
    found = document(kontur, order_id)
    (item,) = [one for one in kontur.books.items() if one["document_id"] == found["id"]]
    line = {"name": item["name"], "quantity": 1, "price": float(item["price"] + more), "vatRate": "none", "unit": "шт"}
    kontur.control("PATCH", f"/documents/{found['id']}", {"items": [line], **changes})


def codes(nights: Nights) -> list[str]:
    """What stands against agreeing March; nothing: it can be agreed."""
    with nights.ledger.open() as session:
        return [one.code for one in against(session, "kontur_default", MARCH, nights.rules)]


def test_wrong_vat_in_kontur_is_not_settled_by_lists(
    shop: Connection, nights: Nights, kontur: Sandbox, looks: Reconciliations
) -> None:
    order_id = sold(shop, nights)
    with shop.cursor() as cursor:  # the order becomes dearer, and the accountant puts the new total in by hand
        cursor.execute("UPDATE b_sale_order SET PRICE = PRICE + 100 WHERE ID = %s", [order_id])
        cursor.execute("UPDATE b_sale_basket SET PRICE = PRICE + 100 WHERE ORDER_ID = %s", [order_id])
    edit(kontur, order_id, Decimal(100), totalAmount=1100)
    looks.run(Depth.FULL)
    assert codes(nights) == ["agree_undecided"]  # lines differ: VAT 22 % in the shop, without VAT in Kontur
    looks.run(Depth.HEADERS)  # the next night
    assert codes(nights) == ["agree_undecided"]


def test_nor_are_lines_once_the_number_is_put_right(
    shop: Connection, nights: Nights, kontur: Sandbox, looks: Reconciliations
) -> None:
    order_id = sold(shop, nights)
    number = document(kontur, order_id)["number"]
    edit(kontur, order_id, number="X")
    looks.run(Depth.HEADERS)
    looks.run(Depth.FULL)
    assert codes(nights) == ["agree_undecided"]
    kontur.control("PATCH", f"/documents/{document(kontur, order_id)['id']}", {"number": number})
    looks.run(Depth.HEADERS)  # the next night
    assert codes(nights) == ["agree_undecided"]


def test_nor_is_a_payment_that_kontur_lost(
    shop: Connection, nights: Nights, kontur: Sandbox, looks: Reconciliations
) -> None:
    order_id = sold(shop, nights)
    (own,) = kontur.books.payments()
    kontur.control("DELETE", f"/payments/{own['id']}")
    looks.run(Depth.FULL)
    assert codes(nights) == ["agree_undecided"]
    change(shop, "order_payment", order_id, SUM=Decimal(900))  # a slip in the shop, put right a day later
    looks.run(Depth.HEADERS)
    change(shop, "order_payment", order_id, SUM=Decimal(1000))
    looks.run(Depth.HEADERS)
    assert "agree_undecided" in codes(nights)


def test_nor_are_lines_of_an_order_that_was_cancelled_and_restored(
    shop: Connection, nights: Nights, kontur: Sandbox, looks: Reconciliations
) -> None:
    order_id = sold(shop, nights)
    edit(kontur, order_id)
    looks.run(Depth.FULL)
    change(shop, "order", order_id, CANCELED="Y", DATE_CANCELED=dt.datetime(2026, 3, 20))
    looks.run(Depth.HEADERS)
    change(shop, "order", order_id, CANCELED="N", DATE_CANCELED=None)
    looks.run(Depth.HEADERS)
    assert codes(nights) == ["agree_undecided"]


@pytest.mark.parametrize("case", ["paid_without_date", "unpaid_without_trace", "part_given_back"])
def test_money_without_a_day_stays_where_other_days_are_compared(
    shop: Connection, nights: Nights, kontur: Sandbox, looks: Reconciliations, case: str
) -> None:
    sold(shop, nights, case)
    looks.run(Depth.HEADERS)
    looks.run(Depth.FULL)
    assert codes(nights) == ["agree_undecided"]
    night = days(ComparisonRequest(), nights.rules)  # months later: the last 35 days, and the month before in full
    looks._run([Range.of(one) for one in night])
    assert codes(nights) == ["agree_undecided"]


def test_and_goes_when_it_is_put_right(
    shop: Connection, nights: Nights, kontur: Sandbox, looks: Reconciliations
) -> None:
    order_id = sold(shop, nights, "paid_without_date")
    looks.run(Depth.FULL)
    with shop.cursor() as cursor:
        cursor.execute("UPDATE b_sale_order_payment SET DATE_PAID = '2026-03-18 12:00' WHERE DATE_PAID IS NULL")
    nights.look_at([order_id])
    an_hour_passes(nights)
    looks.run(Depth.FULL)
    assert codes(nights) == []
    assert looks.told() == []


def test_a_decision_does_not_cover_what_was_done_after_it(
    shop: Connection, nights: Nights, kontur: Sandbox, looks: Reconciliations
) -> None:
    order_id = sold(shop, nights)
    edit(kontur, order_id)
    looks.run(Depth.FULL)
    (row,) = open_differences("kontur_default", MARCH)
    decide([row.id or 0], "Anna", "VAT was corrected by a document of its own")
    other = kontur.control(
        "POST",
        "/accounts/demo/counterparties",
        {"name": "ООО «Другой»", "inn": "7707083893", "kpp": "770701001", "type": "LegalEntity"},
    )
    changes = {"number": "999", "counterpartyId": other["id"]}
    kontur.control("PATCH", f"/documents/{document(kontur, order_id)['id']}", changes)
    found = looks.run(Depth.HEADERS)  # the next night: another number, another buyer
    assert codes(nights) == ["agree_undecided"]
    assert len(found.squares) == 1


def test_what_was_posted_after_the_reading_is_read_first(
    shop: Connection, nights: Nights, kontur: Sandbox, looks: Reconciliations
) -> None:
    sold(shop, nights)
    looks.run(Depth.FULL)
    assert codes(nights) == []
    an_hour_passes(nights)
    late = make_case(shop, "paid_and_shipped_in_a_day", at=DAY).order_id  # dated back, posted after the month was read
    nights.look_at([late])
    (own,) = [one for one in kontur.books.payments() if one["document_id"] == document(kontur, late)["id"]]
    kontur.control("DELETE", f"/payments/{own['id']}")
    edit(kontur, late)
    looks.run(Depth.HEADERS)
    assert codes(nights) == ["agree_unread"]


def test_figures_and_rows_tell_the_same_when_they_are_frozen(
    shop: Connection, nights: Nights, kontur: Sandbox, looks: Reconciliations
) -> None:
    order_id = sold(shop, nights)
    looks.run(Depth.FULL)
    an_hour_passes(nights)
    change(shop, "order_payment", order_id, SUM=Decimal(900))
    looks.run(Depth.HEADERS)
    decide([row.id or 0 for row in open_differences("kontur_default", MARCH)], "Anna", "the rest is a gift")
    if codes(nights):
        assert codes(nights) == ["agree_unread"]
        looks.run(Depth.FULL)
        assert codes(nights) == []
    with nights.ledger.open() as session:
        figures = ComparedDays(session).of_window("kontur_default", MARCH)
        rows = [row for row in Differences(session).standing("kontur_default") if row.measure == "payments"]
    told = sum((row.shop_amount or 0) - (row.books_amount or 0) for row in rows)
    assert sum(day.shop - day.books for day in figures if day.measure == "payments") == told == -100


def test_a_refused_order_that_is_dated_back_stays(
    shop: Connection, nights: Nights, kontur: Sandbox, looks: Reconciliations
) -> None:
    february = Window(dt.date(2026, 2, 1), dt.date(2026, 2, 28))
    with nights.ledger.open() as session:
        Days(session).cover(list(each_day(february)), selecting(nights.rules), dt.datetime(2026, 4, 1), "run")
    looks.run(Depth.FULL, february)
    order_id = sold(shop, nights, "total_off")  # rejected: due, not in the books
    looks.run(Depth.HEADERS)
    assert looks.told() == [("not_posted", order_id)]
    for table in ("order", "order_delivery"):
        change(shop, table, order_id, DATE_DEDUCTED=dt.datetime(2026, 2, 27, 12))
    nights.look_at([order_id])
    looks.run(Depth.HEADERS)
    assert looks.told() == [("not_posted", order_id)], "it is as due as before"
    with nights.ledger.open() as session:
        told = [one.code for one in against(session, "kontur_default", february, nights.rules)]
    assert told == ["agree_undecided"]
    assert looks.standing()[0].days == (dt.date(2026, 2, 27),)


def test_nobody_cannot_agree(shop: Connection, nights: Nights, kontur: Sandbox, looks: Reconciliations) -> None:
    sold(shop, nights)
    looks.run(Depth.FULL)
    assert month.main(["agree", "2026-03", "--who", " "]) == 1


def test_an_id_that_is_named_twice_is_one_difference(
    shop: Connection,
    nights: Nights,
    kontur: Sandbox,
    looks: Reconciliations,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    edit(kontur, sold(shop, nights))
    looks.run(Depth.FULL)
    (row,) = open_differences("kontur_default", MARCH)
    by = ["--who", "Anna", "--why", "a document of its own"]
    with caplog.at_level(logging.INFO):
        assert [month.main([word, str(row.id), str(row.id), *by]) for word in ("decide", "undecide")] == [0, 0]
    assert caplog.messages[-2:] == ["Accepted: 1 difference.", "To be settled again: 1 difference."]
