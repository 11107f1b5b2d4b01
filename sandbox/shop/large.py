"""A shop of very many orders, all alike but for their dates: to see what a night's orders cost among so many."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from MySQLdb.connections import Connection

from sandbox.shop.numbers import numbers

PER_DAY = 1000
"""Orders."""
_END = "%(end)s - INTERVAL (%(orders)s - s.seq) * 86400 DIV %(per_day)s SECOND"
"""When an order was made: the last one at the end, the others evenly before it."""
_TABLES = {
    "b_sale_order": (
        {
            "ID": "s.seq",
            "LID": "'s1'",
            "PERSON_TYPE_ID": "1",
            "STATUS_ID": "'F'",
            "ACCOUNT_NUMBER": "s.seq",
            "DEDUCTED": "'Y'",
            "DATE_INSERT": "s.made",
            "DATE_PAYED": "s.made + INTERVAL 1 HOUR",
            "DATE_STATUS": "s.made + INTERVAL 1 DAY",
            "DATE_DEDUCTED": "s.made + INTERVAL 1 DAY",
            "DATE_UPDATE": "s.made + INTERVAL 1 DAY",
        },
    ),
    "b_sale_order_payment": (
        {"ORDER_ID": "s.seq", "ACCOUNT_NUMBER": "CONCAT(s.seq, '/1')", "DATE_PAID": "s.made + INTERVAL 1 HOUR"},
    ),
    "b_sale_order_delivery": (
        {"ORDER_ID": "s.seq", "ACCOUNT_NUMBER": "CONCAT(s.seq, '/2')", "DATE_DEDUCTED": "s.made + INTERVAL 1 DAY"},
    ),
    # Two rows of an order lie a day apart, so their IDs ascend with the dates but for a day.
    "b_sale_order_change": (
        {"ID": "s.seq * 2", "ORDER_ID": "s.seq", "TYPE": "'PAYMENT_PAID'", "DATE_CREATE": "s.made + INTERVAL 1 HOUR"},
        {
            "ID": f"(s.seq + {PER_DAY}) * 2 + 1",
            "ORDER_ID": "s.seq",
            "TYPE": "'ORDER_STATUS_CHANGED'",
            "DATE_CREATE": "s.made + INTERVAL 1 DAY",
        },
    ),
    "b_sale_cashbox_check": (
        {
            "PAYMENT_ID": "s.seq",
            "TYPE": "IF(s.seq %% 50, 'sell', 'sellreturn')",
            "STATUS": "'Y'",
            "DATE_PRINT_END": "s.made + INTERVAL 1 HOUR",
        },
    ),
}
_CONTENTS = {
    "b_sale_basket": tuple(
        {
            "ID": f"s.seq * 2 - {line}",
            "ORDER_ID": "s.seq",
            "LID": "'s1'",
            "NAME": f"'Чай № {line}'",
            "PRODUCT_ID": "s.seq %% 1000",
            "PRICE": "100",
            "CURRENCY": "'RUB'",
            "QUANTITY": "1",
        }
        for line in (1, 0)
    ),
    "b_sale_order_dlv_basket": tuple(
        {"ORDER_DELIVERY_ID": "s.seq", "BASKET_ID": f"s.seq * 2 - {line}", "QUANTITY": "1"} for line in (1, 0)
    ),
    "b_sale_order_props_value": tuple(
        {
            "ORDER_ID": "s.seq",
            "ORDER_PROPS_ID": id_,
            "CODE": f"'{code}'",
            "NAME": f"'{code}'",
            "VALUE": "CONCAT('buyer ', s.seq)",
            "ENTITY_ID": "s.seq",
            "ENTITY_TYPE": "'ORDER'",
        }
        for id_, code in (("1", "FIO"), ("2", "PHONE"))
    ),
}
"""Two lines, both shipped, and two properties."""


def fill(connection: Connection, orders: int, end: dt.datetime) -> None:
    """Write them into the empty tables of a shop; without contents.

    An order is paid an hour after it was made, and shipped a day after; each fiftieth payment was returned.

    Args:
        connection: with Bitrix's ``sql_mode``.
        orders: how many, :data:`PER_DAY` a day.
        end: when the last one was made; naive, the shop's time.
    """
    _insert(connection, _TABLES, orders, end)


def fill_contents(connection: Connection, orders: int) -> None:
    """Goods and properties of all orders that :func:`fill` wrote, for those who read orders."""
    _insert(connection, _CONTENTS, orders, None)


def _insert(
    connection: Connection, tables: Mapping[str, Sequence[Mapping[str, str]]], orders: int, end: dt.datetime | None
) -> None:
    made = f"(SELECT s.seq, {_END} AS made FROM {numbers(orders, 's')}) s"
    with connection.cursor() as cursor:
        for table, kinds in tables.items():
            for values in kinds:
                # In their order, because some tables number their rows themselves.
                cursor.execute(
                    f"INSERT INTO {table} ({', '.join(values)}) SELECT {', '.join(values.values())} FROM {made}"
                    " ORDER BY s.seq",
                    {"end": end, "orders": orders, "per_day": PER_DAY},
                )
            cursor.execute(f"ANALYZE TABLE {table}")


def rows_read(connection: Connection) -> int:
    """By the whole server so far, from tables and indexes; a few hundred more by being asked."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW GLOBAL STATUS LIKE 'Handler_read%'")
        return sum(int(value) for _, value in cursor.fetchall())
