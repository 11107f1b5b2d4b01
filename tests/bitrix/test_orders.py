from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from include.bitrix.orders import read_orders
from include.bitrix.rows import (
    BasketItem,
    Order,
    Payment,
    Property,
    Shipment,
    ShipmentItem,
    StatusChange,
)
from include.bitrix.snapshot import ShopDatabase
from tests.bitrix.schema import VERSIONS, Filler, at

Read = Callable[[], ShopDatabase]
MakeShop = Callable[..., Filler]


def one(read: Read, order_id: int) -> Order:
    [order] = read_orders(read(), [order_id])
    return order


def fill_order(shop: Filler) -> None:
    """Order 1045: two parcels, two payments, one of them returned, with a set in the basket."""
    shop.order(
        1045,
        ACCOUNT_NUMBER="B-15",
        PERSON_TYPE_ID=2,
        PAYED="Y",
        DATE_PAYED="2026-02-03 10:00:00",
        STATUS_ID="F",
        DATE_STATUS="2026-02-10 12:00:00",
        PRICE="1830.50",
        PRICE_DELIVERY="300",
        DEDUCTED="Y",
        DATE_DEDUCTED="2026-02-05 23:59:59",
        DATE_INSERT="2026-02-01 09:00:00",
        DATE_UPDATE="2026-02-10 12:00:00",
    )
    shop.add(
        "b_sale_basket",
        ID=11,
        ORDER_ID=1045,
        PRODUCT_ID=501,
        PRICE="300.25",
        CURRENCY="RUB",
        QUANTITY="2",
        NAME="Доска «Сосна» 25 мм",
        VAT_RATE="0.22",
        PRODUCT_XML_ID="board#25",
        MEASURE_CODE=796,
        MEASURE_NAME="шт",
    )
    shop.add(
        "b_sale_basket",
        ID=12,
        ORDER_ID=1045,
        PRODUCT_ID=502,
        PRICE="930",
        CURRENCY="RUB",
        QUANTITY="0.3333",
        NAME="Набор",
        VAT_RATE=None,
        VAT_INCLUDED="N",
        MEASURE_CODE=0,
        TYPE=1,
        SORT=50,
    )
    shop.add(
        "b_sale_basket",
        ID=13,
        ORDER_ID=1045,
        PRODUCT_ID=503,
        PRICE="465",
        CURRENCY="RUB",
        QUANTITY="2",
        NAME="Часть набора",
        VAT_RATE="0",
        SET_PARENT_ID=12,
    )
    shop.add("b_catalog_product", ID=501, TYPE=7)
    for id_, system in ((21, "Y"), (22, "N"), (23, "N")):
        shop.add("b_sale_order_delivery", ID=id_, ORDER_ID=1045, SYSTEM=system, DELIVERY_ID=4)
    shop.execute(
        "UPDATE b_sale_order_delivery SET DEDUCTED = 'Y', DATE_DEDUCTED = '2026-02-05 23:59:59', PRICE_DELIVERY = 300,"
        " CURRENCY = 'RUB', ACCOUNT_NUMBER = 'B-15/2', DELIVERY_NAME = 'Курьер' WHERE ID = 22"
    )
    for shipment, basket, quantity in ((21, 13, 9), (22, 11, "1.5"), (22, 12, "0.3333"), (23, 11, "0.5")):
        shop.add("b_sale_order_dlv_basket", ORDER_DELIVERY_ID=shipment, BASKET_ID=basket, QUANTITY=quantity)
    shop.add("b_sale_pay_system_action", ID=3, NAME="Наличные", CODE="cash", ACTION_FILE="cash", IS_CASH="Y")
    payment = {"ORDER_ID": 1045, "CURRENCY": "RUB"}
    shop.add(
        "b_sale_order_payment",
        **payment,
        ID=31,
        PAID="Y",
        DATE_PAID="2026-02-03 10:00:00",
        SUM="1000.01",
        PAY_SYSTEM_ID=3,
        PAY_SYSTEM_NAME="Наличные",
        PAY_VOUCHER_DATE="2026-02-02",
        ACCOUNT_NUMBER="B-15/1",
    )
    shop.add(
        "b_sale_order_payment",
        **payment,
        ID=32,
        PAID="N",
        DATE_PAID="2026-02-04 10:00:00",
        SUM="830.49",
        PAY_SYSTEM_ID=99,
        PAY_SYSTEM_NAME="Карта",
        IS_RETURN="P",
        PAY_RETURN_DATE="2026-02-07",
    )
    shop.execute("UPDATE b_sale_order SET EXTERNAL_ORDER = 'Y' WHERE ID = 1045")
    shop.execute("UPDATE b_sale_order_payment SET COMPANY_ID = 4 WHERE ID = 31")
    shop.execute("UPDATE b_sale_order_delivery SET COMPANY_ID = 0 WHERE ORDER_ID = 1045")
    shop.add("b_sale_tp", ID=6, CODE="ozon")
    shop.add("b_sale_tp_order", ORDER_ID=1045, TRADING_PLATFORM_ID=6, EXTERNAL_ORDER_ID="oz-1")
    shop.add("b_sale_tp_order", ORDER_ID=1046, TRADING_PLATFORM_ID=6, EXTERNAL_ORDER_ID="oz-2")
    unpaid = 'a:2:{s:4:"PAID";s:1:"N";s:15:"PAY_SYSTEM_NAME";s:10:"Карта";}'
    paid = 'a:2:{s:4:"PAID";s:1:"Y";s:15:"PAY_SYSTEM_NAME";s:10:"Карта";}'
    for when, type_, entity_id, data in (
        ("2026-02-06 10:00:00", "PAYMENT_PAID", 32, unpaid),
        ("2026-02-07 11:00:00", "PAYMENT_PAID", 32, unpaid),
        ("2026-02-06 18:00:00", "PAYMENT_PAID", 32, paid),
        ("2026-02-03 10:00:00", "PAYMENT_PAID", 31, paid),
        ("2026-02-10 12:00:00", "ORDER_STATUS_CHANGED", 1045, 'a:1:{s:9:"STATUS_ID";s:1:"F";}'),
        ("2026-02-05 12:00:00", "ORDER_STATUS_CHANGED", 1045, 'a:1:{s:9:"STATUS_ID";s:2:"Pr";}'),
        ("2026-02-05 12:00:01", "ORDER_COMMENTED", 1045, 'a:1:{s:9:"STATUS_ID";s:1:"X";}'),
        ("0000-00-00 00:00:00", "ORDER_STATUS_CHANGED", 1045, 'a:1:{s:9:"STATUS_ID";s:1:"D";}'),
    ):
        shop.add("b_sale_order_change", ORDER_ID=1045, TYPE=type_, ENTITY_ID=entity_id, DATA=data, DATE_CREATE=when)
    shop.add("b_sale_order_props", ID=41, PERSON_TYPE_ID=2, NAME="ИНН", CODE="INN")
    shop.add("b_sale_order_props", ID=42, PERSON_TYPE_ID=2, NAME="Контакт", CODE="CONTACT", IS_PAYER="Y")
    for props_id, code, value in ((41, "INN", "7707083893"), (42, None, 'a:1:{i:0;s:3:"abc";}'), (77, "OLD", None)):
        row: dict[str, object] = {"ORDER_ID": 1045, "ORDER_PROPS_ID": props_id, "NAME": f"п{props_id}"}
        if shop.version in {"25", "2026"}:
            row |= {"ENTITY_ID": 1045, "ENTITY_TYPE": "ORDER"}
        shop.add("b_sale_order_props_value", **row, CODE=code, VALUE=value)


EXPECTED = Order(
    id=1045,
    lid="s1",
    account_number="B-15",
    person_type_id=2,
    canceled=False,
    date_canceled=None,
    payed=True,
    date_payed=at("2026-02-03 10:00:00"),
    status_id="F",
    date_status=at("2026-02-10 12:00:00"),
    price=Decimal("1830.50"),
    price_delivery=Decimal(300),
    currency="RUB",
    deducted=True,
    date_deducted=at("2026-02-05 23:59:59"),
    date_insert=at("2026-02-01 09:00:00"),
    date_update=at("2026-02-10 12:00:00"),
    running=False,
    items=(
        BasketItem(
            id=12,
            name="Набор",
            price=Decimal(930),
            quantity=Decimal("0.3333"),
            currency="RUB",
            vat_rate=None,
            vat_included=False,
            measure_code=None,
            measure_name=None,
            type=1,
            set_parent_id=None,
            product_type=None,
            sort=50,
        ),
        BasketItem(
            id=11,
            name="Доска «Сосна» 25 мм",
            price=Decimal("300.25"),
            quantity=Decimal(2),
            currency="RUB",
            vat_rate=Decimal("0.22"),
            vat_included=True,
            measure_code=796,
            measure_name="шт",
            type=None,
            set_parent_id=None,
            product_type=7,
            sort=100,
            product_xml_id="board#25",
        ),
        BasketItem(
            id=13,
            name="Часть набора",
            price=Decimal(465),
            quantity=Decimal(2),
            currency="RUB",
            vat_rate=Decimal(0),
            vat_included=True,
            measure_code=None,
            measure_name=None,
            type=None,
            set_parent_id=12,
            product_type=None,
            sort=100,
        ),
    ),
    shipments=(
        Shipment(
            id=22,
            account_number="B-15/2",
            deducted=True,
            date_deducted=at("2026-02-05 23:59:59"),
            price_delivery=Decimal(300),
            currency="RUB",
            delivery_id=4,
            delivery_name="Курьер",
            items=(
                ShipmentItem(basket_id=11, quantity=Decimal("1.5")),
                ShipmentItem(basket_id=12, quantity=Decimal("0.3333")),
            ),
        ),
        Shipment(
            id=23,
            account_number=None,
            deducted=False,
            date_deducted=None,
            price_delivery=Decimal(0),
            currency=None,
            delivery_id=4,
            delivery_name=None,
            items=(ShipmentItem(basket_id=11, quantity=Decimal("0.5")),),
        ),
    ),
    payments=(
        Payment(
            id=31,
            account_number="B-15/1",
            sum=Decimal("1000.01"),
            currency="RUB",
            paid=True,
            date_paid=at("2026-02-03 10:00:00"),
            pay_system_id=3,
            pay_system_name="Наличные",
            pay_system_code="cash",
            action_file="cash",
            is_cash="Y",
            is_return="N",
            pay_return_date=None,
            pay_voucher_date=dt.date(2026, 2, 2),
            return_receipts=(),
            unpaid_at=None,
            company_id=4,
        ),
        Payment(
            id=32,
            account_number=None,
            sum=Decimal("830.49"),
            currency="RUB",
            paid=False,
            date_paid=at("2026-02-04 10:00:00"),
            pay_system_id=99,
            pay_system_name="Карта",
            pay_system_code=None,
            action_file=None,
            is_cash="N",
            is_return="P",
            pay_return_date=dt.date(2026, 2, 7),
            pay_voucher_date=None,
            return_receipts=(),
            unpaid_at=at("2026-02-07 11:00:00"),
        ),
    ),
    properties=(
        Property(props_id=41, code="INN", name="п41", value="7707083893", is_payer=False),
        Property(props_id=42, code="CONTACT", name="п42", value='a:1:{i:0;s:3:"abc";}', is_payer=True),
        Property(props_id=77, code="OLD", name="п77", value=None, is_payer=False),
    ),
    status_changes=(
        StatusChange(status_id="Pr", at=at("2026-02-05 12:00:00")),
        StatusChange(status_id="F", at=at("2026-02-10 12:00:00")),
    ),
    external=True,
    platforms=("ozon",),
)


@pytest.mark.parametrize("charset", ["utf8mb4", "cp1251"])
@pytest.mark.parametrize("version", VERSIONS)
def test_an_order_is_read_whole(make_shop: MakeShop, read: Read, version: str, charset: str) -> None:
    fill_order(make_shop(version, charset))
    assert one(read, 1045) == EXPECTED


def test_money_and_quantities_are_decimals(make_shop: MakeShop, read: Read) -> None:
    for version in VERSIONS:
        fill_order(make_shop(version))
        order = one(read, 1045)
        values: list[Decimal | None] = [order.price, order.price_delivery]
        values += [value for item in order.items for value in (item.price, item.quantity, item.vat_rate)]
        values += [shipment.price_delivery for shipment in order.shipments]
        values += [item.quantity for shipment in order.shipments for item in shipment.items]
        values += [payment.sum for payment in order.payments]
        assert {type(value) for value in values if value is not None} == {Decimal}


def test_eight_decimals_of_2026_are_kept(make_shop: MakeShop, read: Read) -> None:
    shop = make_shop("2026")
    shop.order(1, PRICE="99.99999999")
    shop.add("b_sale_basket", ORDER_ID=1, PRODUCT_ID=1, NAME="x", PRICE="33.33333333", QUANTITY=3, CURRENCY="RUB")
    order = one(read, 1)
    assert (order.price, order.items[0].price) == (Decimal("99.99999999"), Decimal("33.33333333"))


def test_zero_dates_and_missing_numbers_read_as_none(shop: Filler, read: Read) -> None:
    shop.add("b_sale_order", ID=1, LID="s1", STATUS_ID="N", DATE_DEDUCTED="0000-00-00 00:00:00", DEDUCTED="Y")
    shop.add(
        "b_sale_order_payment", ORDER_ID=1, DATE_PAID="0000-00-00 00:00:00", PAY_RETURN_DATE="0000-00-00", PAID="Y"
    )
    order = one(read, 1)
    assert order.deducted
    assert order.date_deducted is order.date_status is order.date_insert is order.date_update is None
    assert order.payments[0].date_paid is order.payments[0].pay_return_date is None
    assert order.account_number is None
    assert order.number == "1"


def test_ids_keep_their_order_and_missing_ones_are_left_out(shop: Filler, read: Read) -> None:
    for id_ in (3, 1, 2):
        shop.order(id_)
    assert [order.id for order in read_orders(read(), [2, 99, 3, 1])] == [2, 3, 1]
    assert read_orders(read(), []) == []


def test_an_order_that_is_being_saved_says_so(shop: Filler, read: Read) -> None:
    shop.order(1, RUNNING="Y")
    assert one(read, 1).running


def test_properties_of_shipments_are_not_the_orders(shop: Filler, read: Read) -> None:
    shop.order(1)
    for entity, value in (("SHIPMENT", "0000000000"), ("ORDER", "7707083893")):
        shop.add(
            "b_sale_order_props_value",
            ORDER_ID=1,
            ORDER_PROPS_ID=41,
            NAME="ИНН",
            CODE="INN",
            VALUE=value,
            ENTITY_ID=1,
            ENTITY_TYPE=entity,
        )
    assert [p.value for p in one(read, 1).properties] == ["7707083893"]


def test_every_printed_return_receipt_is_read_in_the_order_of_printing(shop: Filler, read: Read) -> None:
    shop.order(1)
    shop.add("b_sale_order_payment", ID=5, ORDER_ID=1, SUM=1000, IS_RETURN="P")
    for type_, status, when, given in (
        ("sellreturn", "E", "2026-03-01 10:00:00", "1000"),
        ("sell", "Y", "2026-03-02 10:00:00", "1000"),
        ("sellreturn", "Y", "0000-00-00 00:00:00", "1000"),
        ("sellreturn", "Y", None, "1000"),
        ("advancereturncash", "Y", "2026-03-04 10:00:00", None),
        ("sellreturn", "Y", "2026-03-03 10:00:00", "400.5"),
    ):
        shop.add("b_sale_cashbox_check", PAYMENT_ID=5, TYPE=type_, STATUS=status, DATE_PRINT_END=when, SUM=given)
    assert [(str(r.at), r.sum) for r in one(read, 1).payments[0].return_receipts] == [
        ("2026-03-03 10:00:00", Decimal("400.5")),
        ("2026-03-04 10:00:00", None),
    ]


def test_a_product_of_another_module_is_not_looked_up_in_the_catalogue(shop: Filler, read: Read) -> None:
    shop.order(1)
    shop.add("b_catalog_product", ID=7, TYPE=7)
    for module in ("catalog", "subscribe", None):
        shop.add("b_sale_basket", ORDER_ID=1, PRODUCT_ID=7, NAME=module or "", MODULE=module, QUANTITY=1)
    assert {item.name: item.product_type for item in one(read, 1).items} == {"catalog": 7, "subscribe": None, "": 7}


def test_names_come_through_as_they_are(shop: Filler, read: Read) -> None:
    name = "<b>Кружка</b> 'Ё' \"Q\" \\ % %s 📦"
    shop.order(1)
    shop.add("b_sale_basket", ORDER_ID=1, PRODUCT_ID=1, NAME=name, QUANTITY=1)
    assert one(read, 1).items[0].name == name


@pytest.mark.parametrize(("version", "queries"), [("16.5", 8), ("25", 9)])
def test_the_number_of_queries_does_not_depend_on_the_number_of_orders(
    make_shop: MakeShop, read: Read, version: str, queries: int
) -> None:
    shop = make_shop(version)
    for id_ in range(1, 501):
        shop.order(id_)
        shop.add("b_sale_order_payment", ORDER_ID=id_, SUM=id_)
    shop_db = read()
    assert shop_db.columns.has("b_sale_order")

    def selects() -> int:
        with shop_db._connection.cursor() as cursor:
            cursor.execute("SHOW SESSION STATUS LIKE 'Com_select'")
            return int(cursor.fetchone()[1])

    def counted(ids: list[int]) -> int:
        before = selects()
        assert len(read_orders(shop_db, ids)) == len(ids)
        return selects() - before

    assert counted([1]) == counted(list(range(1, 501))) == queries
