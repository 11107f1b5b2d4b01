"""Orders with all that belongs to them, by a fixed number of queries however many they are."""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from include.bitrix.rows import (
    BasketItem,
    Order,
    Payment,
    Property,
    ReturnReceipt,
    Shipment,
    ShipmentItem,
    StatusChange,
)
from include.bitrix.serialized import scalar
from include.bitrix.snapshot import ShopDatabase

_Row = Mapping[str, Any]
_Part = TypeVar("_Part")
OrderRows = Mapping[str, Sequence[_Row]]
"""All that is read of one order: file of ``sql/`` -> its rows, as they came. Nothing else makes an :class:`Order`."""

PAYMENT_PAID = "PAYMENT_PAID"
ORDER_STATUS_CHANGED = "ORDER_STATUS_CHANGED"
CHANGE_TYPES = (PAYMENT_PAID, ORDER_STATUS_CHANGED)
"""The kinds of ``b_sale_order_change`` that say something of money or goods."""

RETURN_TYPES = (
    *("sellreturn", "sellreturncash", "advancereturn", "advancereturncash"),
    *("prepaymentreturn", "prepaymentreturncash", "fullprepaymentreturn", "fullprepaymentreturncash"),
    *("creditreturn", "creditreturncash", "creditpaymentreturn", "creditpaymentreturncash"),
)
"""The kinds of ``b_sale_cashbox_check`` by which money goes back to the buyer (docs/bitrix.md, «Refunds»)."""


def read_orders(shop_db: ShopDatabase, ids: Sequence[int]) -> list[Order]:
    """The orders in the order of ``ids``, at most 500; those that do not exist are left out.

    Raises:
        BitrixError: the database refused a query.
    """
    return [order_of(rows) for rows in read_rows(shop_db, ids).values()]


def read_rows(shop_db: ShopDatabase, ids: Sequence[int]) -> Mapping[int, OrderRows]:
    """The rows of each order, in the order of ``ids``, at most 500; orders that do not exist are left out.

    Raises:
        BitrixError: the database refused a query.
    """
    if not ids:
        return {}
    wanted = tuple(ids)
    heads = {row["ID"]: row for row in shop_db.rows("orders", ids=wanted)}
    found: dict[int, dict[str, list[_Row]]] = {id_: {"orders": [heads[id_]]} for id_ in wanted if id_ in heads}
    more: dict[str, dict[str, object]] = {
        **{file: {} for file in ("basket", "shipments", "shipment_items", "payments", "properties")},
        "changes": {"change_types": CHANGE_TYPES},
    }
    if shop_db.columns.has("b_sale_cashbox_check"):  # there are no receipts before sale 17
        more["return_receipts"] = {"return_types": RETURN_TYPES}
    if shop_db.columns.has("b_sale_tp_order") and shop_db.columns.has("b_sale_tp"):  # those tables may be closed to us
        more["platforms"] = {}
    for file, values in more.items():
        for row in shop_db.rows(file, ids=wanted, **values):
            if (of_order := found.get(row["ORDER_ID"])) is not None:
                of_order.setdefault(file, []).append(row)
    return found


def order_of(rows: OrderRows) -> Order:
    """The order that its rows tell of."""
    shipment_items = _grouped(rows.get("shipment_items", ()), "ORDER_DELIVERY_ID", _shipment_item)
    changes = rows.get("changes", ())
    receipts, unpaid = _return_receipts(rows.get("return_receipts", ())), _unpaid(changes)
    return _order(
        rows["orders"][0],
        items=[_item(row) for row in rows.get("basket", ())],
        shipments=[_shipment(row, shipment_items[row["ID"]]) for row in rows.get("shipments", ())],
        payments=[_payment(row, receipts[row["ID"]], unpaid.get(row["ID"])) for row in rows.get("payments", ())],
        properties=[_property(row) for row in rows.get("properties", ())],
        status_changes=_status_changes(changes),
        platforms=[str(row["CODE"]) for row in rows.get("platforms", ())],
    )


def payment_ids(shop_db: ShopDatabase, ids: Sequence[int]) -> list[int]:
    """The payments of these orders.

    Raises:
        BitrixError: the database refused the query.
    """
    return [row["ID"] for row in shop_db.rows("payment_ids", ids=tuple(ids))] if ids else []


def archived_orders(shop_db: ShopDatabase, ids: Sequence[int]) -> set[int]:
    """Those of these orders that stand in the shop's archive, as far as this user may read it.

    Raises:
        BitrixError: the database refused the query.
    """
    if not ids or not shop_db.columns.has("b_sale_order_archive"):
        return set()
    return {row["ORDER_ID"] for row in shop_db.rows("archived_orders", ids=tuple(ids))}


def _grouped(
    rows: Iterable[_Row], key: str, build: Callable[[_Row], _Part]
) -> collections.defaultdict[int, list[_Part]]:
    groups: collections.defaultdict[int, list[_Part]] = collections.defaultdict(list)
    for row in rows:
        groups[row[key]].append(build(row))
    return groups


def _order(
    row: _Row,
    *,
    items: list[BasketItem],
    shipments: list[Shipment],
    payments: list[Payment],
    properties: list[Property],
    status_changes: list[StatusChange],
    platforms: list[str],
) -> Order:
    return Order(
        id=row["ID"],
        lid=row["LID"],
        account_number=row["ACCOUNT_NUMBER"],
        person_type_id=row["PERSON_TYPE_ID"],
        canceled=row["CANCELED"] == "Y",
        date_canceled=row["DATE_CANCELED"],
        payed=row["PAYED"] == "Y",
        date_payed=row["DATE_PAYED"],
        status_id=row["STATUS_ID"],
        date_status=row["DATE_STATUS"],
        price=row["PRICE"],
        price_delivery=row["PRICE_DELIVERY"],
        currency=row["CURRENCY"],
        deducted=row["DEDUCTED"] == "Y",
        date_deducted=row["DATE_DEDUCTED"],
        date_insert=row["DATE_INSERT"],
        date_update=row["DATE_UPDATE"],
        running=row["RUNNING"] == "Y",
        items=tuple(items),
        shipments=tuple(shipments),
        payments=tuple(payments),
        properties=tuple(properties),
        status_changes=tuple(status_changes),
        company_id=row["COMPANY_ID"] or None,
        external=row["EXTERNAL_ORDER"] == "Y",
        platforms=tuple(platforms),
    )


def _item(row: _Row) -> BasketItem:
    return BasketItem(
        id=row["ID"],
        name=row["NAME"],
        price=row["PRICE"],
        quantity=row["QUANTITY"],
        currency=row["CURRENCY"],
        vat_rate=row["VAT_RATE"],
        vat_included=row["VAT_INCLUDED"] == "Y",
        measure_code=row["MEASURE_CODE"] or None,
        measure_name=row["MEASURE_NAME"],
        type=row["TYPE"] or None,
        set_parent_id=row["SET_PARENT_ID"] or None,
        product_type=row["PRODUCT_TYPE"],
        sort=row["SORT"],
        product_xml_id=row["PRODUCT_XML_ID"] or None,
    )


def _shipment(row: _Row, items: list[ShipmentItem]) -> Shipment:
    return Shipment(
        id=row["ID"],
        account_number=row["ACCOUNT_NUMBER"],
        deducted=row["DEDUCTED"] == "Y",
        date_deducted=row["DATE_DEDUCTED"],
        price_delivery=row["PRICE_DELIVERY"] if row["PRICE_DELIVERY"] is not None else Decimal(0),
        currency=row["CURRENCY"],
        delivery_id=row["DELIVERY_ID"],
        delivery_name=row["DELIVERY_NAME"],
        items=tuple(items),
        company_id=row["COMPANY_ID"] or None,
    )


def _shipment_item(row: _Row) -> ShipmentItem:
    return ShipmentItem(basket_id=row["BASKET_ID"], quantity=row["QUANTITY"])


def _payment(row: _Row, return_receipts: list[ReturnReceipt], unpaid_at: dt.datetime | None) -> Payment:
    return Payment(
        id=row["ID"],
        account_number=row["ACCOUNT_NUMBER"],
        sum=row["SUM"],
        currency=row["CURRENCY"],
        paid=row["PAID"] == "Y",
        date_paid=row["DATE_PAID"],
        pay_system_id=row["PAY_SYSTEM_ID"],
        pay_system_name=row["PAY_SYSTEM_NAME"],
        pay_system_code=row["CODE"],
        action_file=row["ACTION_FILE"],
        is_cash=row["IS_CASH"] or "N",
        is_return=row["IS_RETURN"],
        pay_return_date=row["PAY_RETURN_DATE"],
        pay_voucher_date=row["PAY_VOUCHER_DATE"],
        return_receipts=tuple(return_receipts),
        unpaid_at=unpaid_at,
        company_id=row["COMPANY_ID"] or None,
    )


def _property(row: _Row) -> Property:
    return Property(
        props_id=row["ORDER_PROPS_ID"],
        code=row["CODE"],
        name=row["NAME"],
        value=row["VALUE"],
        is_payer=row["IS_PAYER"] == "Y",
    )


def _return_receipts(rows: Iterable[_Row]) -> collections.defaultdict[int, list[ReturnReceipt]]:
    """Payment -> its printed return receipts, first printed first."""
    printed = (row for row in rows if row["DATE_PRINT_END"] is not None)
    return _grouped(printed, "PAYMENT_ID", lambda row: ReturnReceipt(at=row["DATE_PRINT_END"], sum=row["SUM"]))


def _unpaid(changes: Iterable[_Row]) -> dict[int, dt.datetime]:
    """Payment -> when it last fell back to «not paid»; ``changes`` come in the order of time."""
    return {
        row["ENTITY_ID"]: row["DATE_CREATE"]
        for row in changes
        if row["TYPE"] == PAYMENT_PAID and row["DATE_CREATE"] is not None and scalar(row["DATA"], "PAID") == "N"
    }


def _status_changes(changes: Iterable[_Row]) -> list[StatusChange]:
    statuses = []
    for row in changes:
        status = scalar(row["DATA"], "STATUS_ID") if row["TYPE"] == ORDER_STATUS_CHANGED else None
        if status is not None and row["DATE_CREATE"] is not None:
            statuses.append(StatusChange(status_id=status, at=row["DATE_CREATE"]))
    return statuses
