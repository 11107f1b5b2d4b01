from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from include.bitrix.selection import Selection, select_orders
from include.bitrix.snapshot import ShopDatabase
from include.settings import Settings
from include.window import Window
from tests.bitrix.schema import VERSIONS, Filler

Read = Callable[[], ShopDatabase]
MakeShop = Callable[..., Filler]

WINDOW = Window(dt.date(2026, 2, 5), dt.date(2026, 2, 6))
FIRST, LAST = "2026-02-05 00:00:00", "2026-02-06 23:59:59"
BEFORE, AFTER = "2026-02-04 23:59:59", "2026-02-07 00:00:00"


def chosen(read: Read, settings: Settings | None = None) -> Selection:
    return select_orders(read(), WINDOW, settings or Settings())


def with_uncovered(read: Read, *days: int, room: int = 100) -> Selection:
    """The window's orders, and those of these days of January."""
    uncovered = [dt.date(2026, 1, day) for day in days]
    return select_orders(read(), WINDOW, Settings(), uncovered=uncovered, room=room)


def january(*days: int) -> list[dt.date]:
    return [dt.date(2026, 1, day) for day in days]


@pytest.mark.parametrize("column", ["DATE_UPDATE", "DATE_DEDUCTED", "DATE_STATUS", "DATE_PAYED", "DATE_CANCELED"])
def test_an_event_of_the_order_itself(shop: Filler, read: Read, column: str) -> None:
    for id_, when in enumerate((BEFORE, FIRST, LAST, AFTER), start=1):
        shop.order(id_, **{column: when})
    assert chosen(read) == Selection([2, 3], {})


def test_a_shipment(shop: Filler, read: Read) -> None:
    for id_, when in enumerate((BEFORE, FIRST, LAST, AFTER), start=1):
        shop.order(id_)
        shop.add("b_sale_order_delivery", ORDER_ID=id_, DATE_DEDUCTED=when)
    shop.order(5)
    shop.add("b_sale_order_delivery", ORDER_ID=5, DATE_DEDUCTED=FIRST, SYSTEM="Y")
    assert chosen(read).order_ids == [2, 3]


def test_a_payment(shop: Filler, read: Read) -> None:
    for id_, when in enumerate((BEFORE, FIRST, LAST, AFTER), start=1):
        shop.order(id_)
        shop.add("b_sale_order_payment", ORDER_ID=id_, DATE_PAID=when)
    assert chosen(read).order_ids == [2, 3]


def test_a_return_on_a_day(shop: Filler, read: Read) -> None:
    for id_, day in enumerate(("2026-02-04", "2026-02-05", "2026-02-06", "2026-02-07"), start=1):
        shop.order(id_)
        shop.add("b_sale_order_payment", ORDER_ID=id_, PAY_RETURN_DATE=day)
    assert chosen(read).order_ids == [2, 3]


def test_the_banks_day_of_a_payment(shop: Filler, read: Read) -> None:
    for id_, day in enumerate(("2026-02-04", "2026-02-05", "2026-02-06", "2026-02-07"), start=1):
        shop.order(id_)
        shop.add("b_sale_order_payment", ORDER_ID=id_, PAY_VOUCHER_DATE=day)
    assert chosen(read).order_ids == [2, 3]


def test_a_printed_return_receipt(shop: Filler, read: Read) -> None:
    cases = [
        ("sellreturn", "Y", BEFORE),
        ("sellreturn", "Y", FIRST),
        ("sellreturncash", "Y", LAST),
        ("sellreturn", "Y", AFTER),
        ("sellreturn", "E", FIRST),
        ("sell", "Y", FIRST),
    ]
    for id_, (type_, status, when) in enumerate(cases, start=1):
        shop.order(id_)
        shop.add("b_sale_order_payment", ID=100 + id_, ORDER_ID=id_)
        shop.add("b_sale_cashbox_check", PAYMENT_ID=100 + id_, TYPE=type_, STATUS=status, DATE_PRINT_END=when)
    assert chosen(read).order_ids == [2, 3]


def test_a_line_of_the_history(shop: Filler, read: Read) -> None:
    cases = [
        ("PAYMENT_PAID", BEFORE),
        ("PAYMENT_PAID", FIRST),
        ("ORDER_STATUS_CHANGED", LAST),
        ("ORDER_STATUS_CHANGED", AFTER),
        ("ORDER_COMMENTED", FIRST),
    ]
    for id_, (type_, when) in enumerate(cases, start=1):
        shop.order(id_)
        shop.add("b_sale_order_change", ORDER_ID=id_, TYPE=type_, DATE_CREATE=when)
    assert chosen(read).order_ids == [2, 3]


def test_uncovered_days_are_taken_up_by_every_kind_of_event(shop: Filler, read: Read) -> None:
    first, last, between = "2026-01-10 00:00:00", "2026-01-12 23:59:59", "2026-01-11 12:00:00"
    for id_, column in enumerate(
        ("DATE_UPDATE", "DATE_DEDUCTED", "DATE_STATUS", "DATE_PAYED", "DATE_CANCELED"), start=1
    ):
        shop.order(id_, **{column: first})
        shop.order(10 + id_, **{column: last})
        shop.order(20 + id_, **{column: between})
        shop.order(30 + id_, **{column: "2026-01-13 00:00:00"})
        shop.order(40 + id_, **{column: "2026-01-09 23:59:59"})
    for id_ in range(51, 56):
        shop.order(id_)
    shop.add("b_sale_order_delivery", ORDER_ID=51, DATE_DEDUCTED=first)
    shop.add("b_sale_order_payment", ORDER_ID=52, DATE_PAID=last)
    shop.add("b_sale_order_payment", ID=153, ORDER_ID=53, PAY_RETURN_DATE="2026-01-12")
    shop.add("b_sale_order_change", ORDER_ID=54, TYPE="PAYMENT_PAID", DATE_CREATE=first)
    shop.add("b_sale_order_payment", ID=155, ORDER_ID=55)
    shop.add("b_sale_cashbox_check", PAYMENT_ID=155, TYPE="sellreturn", STATUS="Y", DATE_PRINT_END=last)
    found = with_uncovered(read, 10, 12)
    assert found == Selection([*range(1, 6), *range(11, 16), *range(51, 56)], {}, january(10, 12))


def test_uncovered_days_are_taken_up_oldest_first_as_many_as_there_is_room_for(shop: Filler, read: Read) -> None:
    for id_ in (1, 2):
        shop.order(id_, DATE_UPDATE=FIRST)
    for id_, day in ((3, 20), (4, 10), (5, 10), (6, 15)):
        shop.order(id_, DATE_UPDATE=f"2026-01-{day} 12:00:00")
    shop.order(7, DATE_UPDATE="2026-01-20 12:00:00", DATE_PAYED="2026-01-10 12:00:00")
    days = (9, 10, 11, 15, 16, 20, 21)
    assert with_uncovered(read, *days, room=7) == Selection([1, 2, 3, 4, 5, 6, 7], {}, january(*days))
    assert with_uncovered(read, *days, room=6) == Selection([1, 2, 4, 5, 6, 7], {}, january(9, 10, 11, 15, 16))
    assert with_uncovered(read, *days, room=5) == Selection([1, 2, 4, 5, 7], {}, january(9, 10, 11))
    assert with_uncovered(read, *days, room=4) == Selection([1, 2], {}, january(9))
    assert with_uncovered(read, *days, room=0) == Selection([1, 2], {}, january(9)), "the run's own days always fit"


def test_an_order_with_many_events_is_chosen_once_in_ascending_order(shop: Filler, read: Read) -> None:
    for id_ in (30, 4, 200):
        shop.order(id_, DATE_UPDATE=FIRST, DATE_PAYED=FIRST)
        for _ in range(3):
            shop.add("b_sale_order_payment", ORDER_ID=id_, DATE_PAID=FIRST)
    assert chosen(read).order_ids == [4, 30, 200]


def test_rows_of_orders_that_are_gone_choose_nothing(shop: Filler, read: Read) -> None:
    shop.add("b_sale_order_payment", ORDER_ID=77, DATE_PAID=FIRST)
    assert chosen(read) == Selection([], {})


def test_an_order_that_is_being_saved_is_chosen(shop: Filler, read: Read) -> None:
    shop.order(1, DATE_UPDATE=FIRST, RUNNING="Y")
    assert chosen(read).order_ids == [1]


def test_zero_dates_are_no_event(shop: Filler, read: Read) -> None:
    shop.order(1, DATE_UPDATE="0000-00-00 00:00:00", DATE_STATUS="0000-00-00 00:00:00")
    assert chosen(read).order_ids == []


def test_orders_of_unmapped_sites_are_counted_and_left(shop: Filler, read: Read) -> None:
    settings = Settings.model_validate({"shop": {"sites": {"s1": "kontur_default", "S3": "kontur_b"}}})
    for id_, site in enumerate(("s1", "s2", "s2", "s3", "S3"), start=1):
        shop.order(id_, LID=site, DATE_UPDATE=FIRST)
    assert chosen(read, settings=settings) == Selection([1, 5], {"s2": 2, "s3": 1})


def test_orders_of_unmapped_companies_are_counted_and_left(shop: Filler, read: Read) -> None:
    """A company decides before the site; an order of none goes by its site."""
    companies = {1: "kontur_default", 2: "kontur_b"}
    settings = Settings.model_validate({"shop": {"companies": companies, "sites": {"s2": "kontur_default"}}})
    for id_, (site, company) in enumerate((("s1", 1), ("s1", 2), ("s1", 3), ("s1", None), ("s2", None), ("s2", 0)), 1):
        shop.order(id_, LID=site, COMPANY_ID=company, DATE_UPDATE=FIRST)
    assert chosen(read, settings=settings) == Selection([1, 2, 5, 6], {"s1 (COMPANY_ID 3)": 1, "s1": 1})


@pytest.mark.parametrize("charset", ["utf8mb4", "cp1251"])
@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_is_read(make_shop: MakeShop, read: Read, version: str, charset: str) -> None:
    make_shop(version, charset).order(1, DATE_UPDATE=FIRST)
    assert chosen(read).order_ids == [1]


def test_one_query_chooses_them_all(shop: Filler, read: Read) -> None:
    shop.order(1, DATE_UPDATE=FIRST)
    shop_db = read()
    assert shop_db.columns.has("b_sale_order")
    with shop_db._connection.cursor() as cursor:
        cursor.execute("SHOW SESSION STATUS LIKE 'Com_select'")
        before = int(cursor.fetchone()[1])
        select_orders(shop_db, WINDOW, Settings(), uncovered=january(1, 3, 5), room=10)
        cursor.execute("SHOW SESSION STATUS LIKE 'Com_select'")
        assert int(cursor.fetchone()[1]) - before == 1
