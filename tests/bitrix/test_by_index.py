from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from include.bitrix.by_index import ByIndex
from include.bitrix.selection import Selection
from include.bitrix.snapshot import ShopDatabase
from include.settings import Settings
from include.window import Window
from tests.bitrix.schema import VERSIONS, Filler

Read = Callable[[], ShopDatabase]
MakeShop = Callable[..., Filler]

WINDOW = Window(dt.date(2026, 2, 5), dt.date(2026, 2, 6))
FIRST, LAST = "2026-02-05 00:00:00", "2026-02-06 23:59:59"
BEFORE, AFTER = "2026-02-04 23:59:59", "2026-02-07 00:00:00"
MOMENTS = (BEFORE, FIRST, LAST, AFTER)


def chosen(read: Read, settings: Settings | None = None) -> Selection:
    return ByIndex(read()).select(WINDOW, settings or Settings())


@pytest.mark.parametrize("column", ["DATE_UPDATE", "DATE_PAYED", "DATE_CANCELED"])
def test_an_event_of_the_order_itself(shop: Filler, read: Read, column: str) -> None:
    for id_, when in enumerate(MOMENTS, start=1):
        shop.order(id_, **{column: when})
    assert chosen(read) == Selection([2, 3], {})


def test_a_payment_a_line_of_the_history_and_a_receipt_of_a_return(shop: Filler, read: Read) -> None:
    for id_ in range(1, 13):
        shop.order(id_)
        shop.add("b_sale_order_payment", ID=100 + id_, ORDER_ID=id_)
    for number, when in enumerate(MOMENTS, start=1):
        shop.add("b_sale_order_payment", ORDER_ID=number, DATE_PAID=when)
        shop.add("b_sale_order_change", ORDER_ID=4 + number, TYPE="ORDER_STATUS_CHANGED", DATE_CREATE=when)
        receipt = {"PAYMENT_ID": 108 + number, "TYPE": "sellreturn", "STATUS": "Y"}
        shop.add("b_sale_cashbox_check", DATE_PRINT_END=when, **receipt)
    assert chosen(read).order_ids == [2, 3, 6, 7, 10, 11]


def test_other_lines_of_the_history_and_other_receipts_choose_nothing(shop: Filler, read: Read) -> None:
    shop.order(1)
    shop.add("b_sale_order_payment", ID=101, ORDER_ID=1)
    shop.add("b_sale_order_change", ORDER_ID=1, TYPE="ORDER_COMMENTED", DATE_CREATE=FIRST)
    for type_, status in (("sell", "Y"), ("sellreturn", "E")):
        shop.add("b_sale_cashbox_check", PAYMENT_ID=101, TYPE=type_, STATUS=status, DATE_PRINT_END=FIRST)
    assert chosen(read) == Selection([], {})


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("b_sale_order", "DATE_DEDUCTED"),
        ("b_sale_order", "DATE_STATUS"),
        ("b_sale_order_delivery", "DATE_DEDUCTED"),
        ("b_sale_order_payment", "PAY_RETURN_DATE"),
        ("b_sale_order_payment", "PAY_VOUCHER_DATE"),
    ],
)
def test_what_has_no_index_is_left_to_the_full_scan(shop: Filler, read: Read, table: str, column: str) -> None:
    if table == "b_sale_order":
        shop.order(1, **{column: FIRST})
    else:
        shop.order(1)
        shop.add(table, ORDER_ID=1, **{column: FIRST})
    assert chosen(read) == Selection([], {})


@pytest.mark.parametrize("first", [1, 1_000_000])
@pytest.mark.parametrize("step", [1, 7])
def test_the_rows_of_the_days_are_found_wherever_they_stand_among_the_ids(
    shop: Filler, read: Read, first: int, step: int
) -> None:
    """One line of the history an hour, from 2 to 9 February: 24 a day, those of the 5th and the 6th are wanted."""
    begin = dt.datetime(2026, 2, 2)
    for number in range(8 * 24):
        shop.order(number + 1)
        when = begin + dt.timedelta(hours=number)
        ids = {"ID": first + number * step, "ORDER_ID": number + 1}
        shop.add("b_sale_order_change", TYPE="PAYMENT_PAID", DATE_CREATE=str(when), **ids)
    assert chosen(read).order_ids == list(range(3 * 24 + 1, 5 * 24 + 1))


@pytest.mark.parametrize("last", ["2026-02-04 12:00:00", "0000-00-00 00:00:00"])
def test_a_receipt_that_is_printed_late_or_a_line_without_a_date_hides_none_behind_it(
    shop: Filler, read: Read, last: str
) -> None:
    for id_, when in enumerate(("2026-02-01 12:00:00", FIRST, last, "2026-02-05 12:00:00", LAST), start=1):
        shop.order(id_)
        shop.add("b_sale_order_change", ORDER_ID=id_, TYPE="PAYMENT_PAID", DATE_CREATE=when)
    assert chosen(read).order_ids == [2, 4, 5]


def test_how_many_orders_there_are_at_the_most(shop: Filler, read: Read) -> None:
    assert ByIndex(read()).most_orders == 0
    for id_ in (1_000_001, 1_000_003, 1_000_010):
        shop.order(id_)
    assert ByIndex(read()).most_orders == 10


def test_orders_of_unmapped_sites_are_counted_and_left(shop: Filler, read: Read) -> None:
    for id_, site in enumerate(("s1", "s2", "s2"), start=1):
        shop.order(id_, LID=site, DATE_UPDATE=FIRST)
    settings = Settings.model_validate({"shop": {"sites": {"s1": "kontur_default"}}})
    assert chosen(read, settings) == Selection([1], {"s2": 2})


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_is_read(make_shop: MakeShop, read: Read, version: str) -> None:
    make_shop(version).order(1, DATE_UPDATE=FIRST)
    assert chosen(read).order_ids == [1]
