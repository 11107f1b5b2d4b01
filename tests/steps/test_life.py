"""The life of an order over several runs, on the real parts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from MySQLdb.connections import Connection

from include.steps.shown import problems
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import Made, make_case
from tests.steps.nights import Nights, change

MARCH_3, MARCH_17 = dt.date(2026, 3, 3), dt.date(2026, 3, 17)
APRIL_5, APRIL_6 = dt.date(2026, 4, 5), dt.date(2026, 4, 6)
MARCH = (dt.date(2026, 3, 1), dt.date(2026, 3, 31))
APRIL = (dt.date(2026, 4, 1), dt.date(2026, 4, 30))
BOTH = (MARCH[0], APRIL[1])


def at(day: dt.date, hour: int = 12) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour))


def ship(shop: Connection, order: Made, day: dt.date) -> None:
    change(shop, "order_delivery", order.order_id, DEDUCTED="Y", DATE_DEDUCTED=at(day))
    change(
        shop,
        "order",
        order.order_id,
        DEDUCTED="Y",
        DATE_DEDUCTED=at(day),
        STATUS_ID="F",
        DATE_STATUS=at(day),
        DATE_UPDATE=at(day),
    )


def documents(kontur: Sandbox) -> list[tuple[str, str, Decimal]]:
    return [(d["number"], d["date"], d["total"]) for d in kontur.books.documents()]


def money(rows: list[dict[str, Any]]) -> list[tuple[str, str, Decimal, str]]:
    return sorted((m["number"], m["date"], m["amount"], m["method"]) for m in rows)


def test_a_prepaid_order_is_held_and_posted_on_the_day_of_its_shipment(
    nights: Nights, shop: Connection, kontur: Sandbox
) -> None:
    order = make_case(shop, "prepaid_not_shipped", at=MARCH_3)
    assert nights.run(MARCH_3) == []
    assert documents(kontur) == []
    assert nights.sync_row(order.order_id) == ("pending", None, None)
    assert list(nights.states(order.order_id).values()) == ["held"]

    ship(shop, order, APRIL_5)
    assert nights.run(APRIL_5) == []
    assert documents(kontur) == [(order.number, "2026-04-05", Decimal("1000.00"))]
    assert money(kontur.books.payments()) == [(order.number, "2026-03-03", Decimal("1000.00"), "BankTransfer")]
    status, document_id, error = nights.sync_row(order.order_id) or ("", "", "")
    assert (status, document_id, error) == ("synced", kontur.books.documents()[0]["id"], None)


@pytest.mark.parametrize("windows", [(MARCH, APRIL), (APRIL, MARCH), (BOTH,), (BOTH, APRIL, MARCH, BOTH)])
def test_any_order_of_backfills_gives_the_same_books(
    nights: Nights, shop: Connection, kontur: Sandbox, windows: tuple[tuple[dt.date, dt.date], ...]
) -> None:
    # Around the turn of the month: paid before it and shipped after, paid in parts after, refunded after.
    prepaid = make_case(shop, "prepaid", at=APRIL_5)
    parts = make_case(shop, "paid_later_in_parts", at=dt.date(2026, 3, 25))
    credit = make_case(shop, "shipped_unpaid", at=dt.date(2026, 3, 31))
    refunded = make_case(shop, "refunded_later", at=dt.date(2026, 3, 29))
    for window in windows:
        nights.run(*window)
    assert sorted(documents(kontur)) == sorted(
        [
            (prepaid.number, "2026-04-05", Decimal("1500.00")),
            (parts.number, "2026-03-25", Decimal("1000.00")),
            (credit.number, "2026-03-31", Decimal("1000.00")),
            (refunded.number, "2026-03-29", Decimal("1000.00")),
        ]
    )
    assert [row for row in money(kontur.books.payments()) if row[0] != refunded.number] == sorted(
        [
            (prepaid.number, "2026-03-04", Decimal("1500.00"), "BankTransfer"),
            (parts.number, "2026-03-28", Decimal("400.00"), "Cash"),
            (parts.number, "2026-04-04", Decimal("600.00"), "BankTransfer"),
        ]
    )
    assert money(kontur.books.refunds()) == [
        (refunded.number, (m.date or dt.date.max).isoformat(), m.amount, m.method) for m in refunded.outcome.refunds
    ]


def test_a_refund_after_posting_and_the_same_row_paid_again(nights: Nights, shop: Connection, kontur: Sandbox) -> None:
    order = make_case(shop, "paid_and_shipped_in_a_day", at=MARCH_17)
    nights.run(MARCH_17)
    first = (order.number, "2026-03-17", Decimal("1000.00"), "BankTransfer")
    assert money(kontur.books.payments()) == [first]

    change(shop, "order_payment", order.order_id, PAID="N", IS_RETURN="P", PAY_RETURN_DATE=APRIL_5)
    assert [square.code for square in nights.run(APRIL_5)] == ["refund_without_return"]
    refund = (order.number, "2026-04-05", Decimal("1000.00"), "BankTransfer")
    assert money(kontur.books.refunds()) == [refund]
    assert money(kontur.books.payments()) == [first]

    # Bitrix sets IS_RETURN back when the row is paid again; what was refunded stays as it is.
    change(shop, "order_payment", order.order_id, PAID="Y", IS_RETURN="N", PAY_RETURN_DATE=None, DATE_PAID=at(APRIL_6))
    assert nights.run(APRIL_6) == []
    assert nights.run(*BOTH) == []
    again = (order.number, "2026-04-06", Decimal("1000.00"), "BankTransfer")
    assert money(kontur.books.payments()) == sorted([first, again])
    assert money(kontur.books.refunds()) == [refund]
    assert len(documents(kontur)) == 1


CHANGES = [
    ("order", {"CANCELED": "Y", "DATE_CANCELED": at(APRIL_5)}, "cancelled_after_posting"),
    ("order", {"DEDUCTED": "N", "STATUS_ID": "N"}, "unshipped_after_posting"),
    ("order", {"DATE_DEDUCTED": at(APRIL_5)}, "changed_after_posting"),
    ("order", {"ACCOUNT_NUMBER": "B-77"}, "changed_after_posting"),
    ("basket", {"QUANTITY": 2, "PRICE": Decimal("500.00")}, "changed_after_posting"),
    ("order_payment", {"SUM": Decimal("900.00")}, "payment_changed"),
]


@pytest.mark.parametrize(("table", "columns", "code"), CHANGES)
def test_a_change_after_posting_is_shown_and_clears_when_undone(
    nights: Nights,
    shop: Connection,
    kontur: Sandbox,
    table: str,
    columns: dict[str, object],
    code: str,
) -> None:
    order = make_case(shop, "paid_and_shipped_in_a_day", at=MARCH_17)
    nights.run(MARCH_17)
    posted = (documents(kontur), money(kontur.books.payments()))
    before = _columns(shop, table, order, list(columns))

    change(shop, table, order.order_id, **columns)
    (square,) = nights.look_at([order.order_id])
    status, document_id, error = nights.sync_row(order.order_id) or ("", "", "")
    assert (status, document_id) == ("error", kontur.books.documents()[0]["id"])
    assert (square.state, square.code) == ("review", code)
    assert error == problems(square)
    assert nights.look_at([order.order_id]) == [], "asked once"

    change(shop, table, order.order_id, **before)
    assert nights.look_at([order.order_id]) == []
    assert (nights.sync_row(order.order_id) or ())[::2] == ("synced", None)
    assert (documents(kontur), money(kontur.books.payments())) == posted
    assert kontur.books.refunds() == []


def _columns(shop: Connection, table: str, order: Made, names: list[str]) -> dict[str, object]:
    key = "ID" if table == "order" else "ORDER_ID"
    with shop.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(names)} FROM b_sale_{table} WHERE {key} = %s", [order.order_id])
        return dict(zip(names, cursor.fetchone(), strict=True))


def test_another_buyer_after_posting(nights: Nights, shop: Connection, kontur: Sandbox) -> None:
    order = make_case(shop, "company", at=MARCH_17)
    nights.run(MARCH_17)
    with shop.cursor() as cursor:
        cursor.execute(
            "UPDATE b_sale_order_props_value SET VALUE = '7707083893' WHERE ORDER_ID = %s AND CODE = 'INN'",
            [order.order_id],
        )
        assert cursor.rowcount == 1
    (square,) = nights.look_at([order.order_id])
    assert square.code == "changed_after_posting"
    assert len(documents(kontur)) == 1


def delete(shop: Connection, order: Made) -> None:
    with shop.cursor() as cursor:
        cursor.execute("DELETE FROM b_sale_order WHERE ID = %s", [order.order_id])


def test_deleted_after_posting_is_no_cancellation(nights: Nights, shop: Connection, kontur: Sandbox) -> None:
    order = make_case(shop, "paid_and_shipped_in_a_day", at=MARCH_17)
    nights.run(MARCH_17)
    row = nights.sync_row(order.order_id)
    delete(shop, order)
    assert nights.run(MARCH_17) == []
    assert nights.look_at([order.order_id]) == []
    assert nights.sync_row(order.order_id) == row
    assert (len(documents(kontur)), len(kontur.books.payments()), kontur.books.refunds()) == (1, 1, [])


def test_deleted_before_posting_is_withdrawn(nights: Nights, shop: Connection, kontur: Sandbox) -> None:
    order = make_case(shop, "prepaid_not_shipped", at=MARCH_17)
    nights.run(MARCH_17)
    assert list(nights.states(order.order_id).values()) == ["held"]
    delete(shop, order)
    nights.pass_time()
    assert nights.run(APRIL_5) == []
    assert list(nights.states(order.order_id).values()) == ["skipped"]
    assert nights.sync_row(order.order_id) is None
    assert documents(kontur) == []


def test_a_rejected_order_that_was_deleted_asks_nobody_any_more(
    nights: Nights, shop: Connection, kontur: Sandbox
) -> None:
    order = make_case(shop, "inn_with_wrong_check_digit", at=MARCH_17)
    assert len(nights.run(MARCH_17)) == 1
    assert (nights.sync_row(order.order_id) or ())[0] == "error"
    delete(shop, order)
    assert nights.look_at([order.order_id]) == []
    assert nights.sync_row(order.order_id) is None


def test_an_order_that_was_being_saved_is_looked_at_again_though_its_window_has_passed(
    nights: Nights, shop: Connection, kontur: Sandbox
) -> None:
    order = make_case(shop, "paid_and_shipped_in_a_day", at=MARCH_17)
    now = dt.datetime.now(nights.rules.shop.zone).replace(tzinfo=None, microsecond=0)
    change(shop, "order", order.order_id, RUNNING="Y", DATE_UPDATE=now)
    assert nights.run(MARCH_17) == []
    assert documents(kontur) == []
    assert nights.sync_row(order.order_id) == ("pending", None, None)

    change(shop, "order", order.order_id, RUNNING="N")
    assert nights.run(APRIL_5) == [], "too young: it may belong to a run at work"
    assert documents(kontur) == []
    nights.pass_time()
    assert nights.run(APRIL_5) == []
    assert documents(kontur) == [(order.number, "2026-03-17", Decimal("1000.00"))]
    assert (nights.sync_row(order.order_id) or ())[0] == "synced"
    nights.pass_time()
    assert nights.run(APRIL_5) == []
    with nights.ledger.open() as session:
        assert session.rows("SELECT run_id FROM local_kontur_bukh_order") == [("night-3",)], "not looked at any more"


def test_what_was_planned_of_an_order_is_not_posted_while_it_is_being_saved(
    nights: Nights, shop: Connection, kontur: Sandbox
) -> None:
    order = make_case(shop, "paid_and_shipped_in_a_day", at=MARCH_17)
    nights.plan([order.order_id])
    now = dt.datetime.now(nights.rules.shop.zone).replace(tzinfo=None, microsecond=0)
    change(shop, "order", order.order_id, RUNNING="Y", DATE_UPDATE=now)
    nights.look_at([order.order_id])
    assert documents(kontur) == []
    change(shop, "order", order.order_id, RUNNING="N")
    nights.look_at([order.order_id])
    assert len(documents(kontur)) == len(kontur.books.payments()) == 1
