from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from MySQLdb.connections import Connection
from stdnum.ru import inn

from sandbox.shop import generate, schema
from sandbox.shop.pools import Pools

FROM, TO = dt.date(2025, 11, 20), dt.date(2026, 2, 20)
BROKEN_ON_PURPOSE = "('1000.02', '1010.00', '1500.01')"


def _ask(connection: Connection, sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _fill(connection: Connection, version: str = "25", orders: int = 600, seed: int = 7) -> None:
    generate.fill(connection, orders=orders, date_from=FROM, date_to=TO, seed=seed, version=version)


def _dump(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    tables = [table for (table,) in _ask(connection, "SHOW TABLES")]
    dump = {}
    for table in tables:
        dump[table] = _ask(connection, f"SELECT * FROM {table} ORDER BY 1, 2")
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {table}")
    return dump


@pytest.mark.parametrize("charset", schema.CHARSETS)
@pytest.mark.parametrize("version", schema.VERSIONS)
def test_totals_are_what_bitrix_counts(connection: Connection, version: str, charset: str) -> None:
    """docs/bitrix.md, «Totals»: PRICE = goods (a set by its parent) + VAT on top + PRICE_DELIVERY of real shipments."""
    schema.create(connection, version, charset)
    _fill(connection, version)
    digits = 8 if version == "2026" else 2
    wrong = _ask(
        connection,
        f"""
        SELECT o.ID, o.PRICE, goods.AMOUNT, sent.AMOUNT
          FROM b_sale_order o
          JOIN (SELECT ORDER_ID, SUM(ROUND(PRICE * CAST(QUANTITY AS DECIMAL(18, 4)), {digits})) AS AMOUNT
                  FROM b_sale_basket
                 WHERE NOT (COALESCE(SET_PARENT_ID, 0) > 0 AND SET_PARENT_ID <> ID)
                 GROUP BY ORDER_ID HAVING SUM(VAT_INCLUDED = 'N') = 0) goods ON goods.ORDER_ID = o.ID
          JOIN (SELECT ORDER_ID, SUM(PRICE_DELIVERY) AS AMOUNT
                  FROM b_sale_order_delivery WHERE `SYSTEM` = 'N' GROUP BY ORDER_ID) sent ON sent.ORDER_ID = o.ID
         WHERE o.PRICE <> goods.AMOUNT + sent.AMOUNT AND ROUND(o.PRICE, 2) NOT IN {BROKEN_ON_PURPOSE}
        """,
    )
    assert wrong == []
    assert _ask(connection, "SELECT COUNT(*) FROM b_sale_order") == [(600,)]


def test_the_same_seed_makes_the_same_shop(connection: Connection) -> None:
    dumps = []
    for seed in (7, 7, 8):
        schema.create(connection)
        _fill(connection, orders=300, seed=seed)
        dumps.append(_dump(connection))
    assert dumps[0] == dumps[1]
    assert dumps[0]["b_sale_order"] != dumps[2]["b_sale_order"]


def test_every_order_has_its_hidden_shipment_and_no_row_is_an_orphan(shop: Connection) -> None:
    _fill(shop)
    assert _ask(shop, "SELECT COUNT(DISTINCT ORDER_ID), COUNT(*) FROM b_sale_order_delivery WHERE `SYSTEM` = 'Y'") == [
        (600, 600)
    ]
    for table, key, parent in (
        ("b_sale_basket", "ORDER_ID", "b_sale_order"),
        ("b_sale_order_payment", "ORDER_ID", "b_sale_order"),
        ("b_sale_order_dlv_basket", "BASKET_ID", "b_sale_basket"),
        ("b_sale_order_dlv_basket", "ORDER_DELIVERY_ID", "b_sale_order_delivery"),
        ("b_sale_basket", "PRODUCT_ID", "b_catalog_product"),
        ("b_sale_order_payment", "PAY_SYSTEM_ID", "b_sale_pay_system_action"),
    ):
        orphans = _ask(
            shop, f"SELECT COUNT(*) FROM {table} c LEFT JOIN {parent} p ON p.ID = c.{key} WHERE p.ID IS NULL"
        )
        assert orphans == [(0,)], (table, key)


def test_most_orders_are_ordinary_and_nothing_has_happened_after_the_last_day(shop: Connection) -> None:
    _fill(shop, orders=2000)
    ((orders, whole, cancelled, first, last),) = _ask(
        shop,
        "SELECT COUNT(*), SUM(PAYED = 'Y' AND DEDUCTED = 'Y'), SUM(CANCELED = 'Y'), MIN(DATE_INSERT), MAX(DATE_UPDATE)"
        " FROM b_sale_order",
    )
    assert orders == 2000
    assert 0.75 < whole / orders < 0.95
    assert 0.02 < cancelled / orders < 0.08
    assert FROM - dt.timedelta(days=34) <= first.date()
    assert last.date() <= TO


def test_the_standard_rate_follows_the_day_of_shipment(shop: Connection) -> None:
    _fill(shop, orders=2000)
    rows = _ask(
        shop,
        "SELECT o.DATE_DEDUCTED >= '2026-01-01', b.VAT_RATE, COUNT(DISTINCT o.ID)"
        "  FROM b_sale_order o JOIN b_sale_basket b ON b.ORDER_ID = o.ID"
        " WHERE o.DEDUCTED = 'Y' AND b.VAT_RATE IN (0.2, 0.22) GROUP BY 1, 2",
    )
    orders = {(bool(new), str(rate)): number for new, rate, number in rows}
    right = orders[False, "0.2000"] + orders[True, "0.2200"]
    wrong = orders.get((False, "0.2200"), 0) + orders.get((True, "0.2000"), 0)
    assert orders[False, "0.2000"] > 200
    assert orders[True, "0.2200"] > 200
    assert 0 < wrong < 0.01 * right  # the cases that must be rejected


def test_companies_have_right_check_digits_and_some_have_branches() -> None:
    companies = Pools(seed=3, orders=20_000).companies
    assert all(inn.is_valid(buyer.properties["INN"]) for buyer in companies)
    offices: dict[str, set[str | None]] = {}
    for buyer in companies:
        offices.setdefault(buyer.properties["INN"], set()).add(buyer.properties.get("KPP"))
    assert {len(kpps) for kpps in offices.values()} == {1, 2}
    assert all(("KPP" in buyer.properties) == (len(buyer.properties["INN"]) == 10) for buyer in companies)


def test_a_second_fill_adds_orders(shop: Connection) -> None:
    _fill(shop, orders=50)
    _fill(shop, orders=50)
    assert _ask(shop, "SELECT COUNT(*), MAX(ID) FROM b_sale_order") == [(100, 100)]
