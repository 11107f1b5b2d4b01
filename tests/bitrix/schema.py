"""Bitrix's tables as of a version, with the columns that are read and those that must not matter."""

from __future__ import annotations

import datetime as dt
from typing import Any

import MySQLdb.connections

VERSIONS = ("16.5", "19", "25", "2026")
_NUMBER = {"16.5": 16.5, "19": 19.0, "25": 25.0, "2026": 26.0}

# table -> (first version, DDL of its columns); a column that came later carries «@version» before it.
_TABLES: dict[str, tuple[float, list[str]]] = {
    "b_sale_order": (
        14,
        [
            "ID int NOT NULL AUTO_INCREMENT PRIMARY KEY",
            "LID char(2) NOT NULL",
            "PERSON_TYPE_ID int NOT NULL",
            "PAYED char(1) NOT NULL DEFAULT 'N'",
            "DATE_PAYED datetime NULL",
            "CANCELED char(1) NOT NULL DEFAULT 'N'",
            "DATE_CANCELED datetime NULL",
            "STATUS_ID varchar(2) NOT NULL",
            "DATE_STATUS datetime NOT NULL",
            "PRICE_DELIVERY {money} NOT NULL DEFAULT 0",
            "DEDUCTED char(1) NOT NULL DEFAULT 'N'",
            "DATE_DEDUCTED datetime NULL",
            "PRICE {money} NOT NULL",
            "CURRENCY char(3) NOT NULL",
            "DATE_INSERT datetime NOT NULL",
            "DATE_UPDATE datetime NOT NULL",
            "COMMENTS text NULL",
            "ACCOUNT_NUMBER varchar(100) NULL",
            "@17 RUNNING char(1) NOT NULL DEFAULT 'N'",
            "@17 COMPANY_ID int NULL",
            "EXTERNAL_ORDER char(1) NOT NULL DEFAULT 'N'",
            "KEY IXS_DATE_UPDATE (DATE_UPDATE)",
        ],
    ),
    "b_sale_basket": (
        14,
        [
            "ID int NOT NULL AUTO_INCREMENT PRIMARY KEY",
            "FUSER_ID int NOT NULL",
            "ORDER_ID int NULL",
            "PRODUCT_ID int NOT NULL",
            "PRICE {money} NOT NULL",
            "CURRENCY char(3) NOT NULL",
            "VAT_INCLUDED char(1) NOT NULL DEFAULT 'Y'",
            "QUANTITY double(18,4) NOT NULL DEFAULT 0",
            "NAME varchar(255) NOT NULL",
            "MODULE varchar(100) NULL",
            "VAT_RATE decimal(18,4) NULL DEFAULT 0",
            "TYPE int NULL",
            "SET_PARENT_ID int NULL",
            "MEASURE_CODE int NULL",
            "MEASURE_NAME varchar(50) NULL",
            "SORT int NOT NULL DEFAULT 100",
            "PRODUCT_XML_ID varchar(100) NULL",
            "KEY IXS_BASKET_ORDER_ID (ORDER_ID)",
        ],
    ),
    "b_sale_order_delivery": (
        16,
        [
            "ID int NOT NULL AUTO_INCREMENT PRIMARY KEY",
            "ORDER_ID int NOT NULL",
            "ACCOUNT_NUMBER varchar(100) NULL",
            "PRICE_DELIVERY {money} NULL",
            "DEDUCTED char(1) NULL DEFAULT 'N'",
            "DATE_DEDUCTED datetime NULL",
            "DELIVERY_ID int NOT NULL",
            "DELIVERY_NAME varchar(128) NULL",
            "CURRENCY varchar(3) NULL",
            "`SYSTEM` char(1) NOT NULL DEFAULT 'N'",
            "COMPANY_ID int NULL",
            "KEY IX_BSOD_ORDER_ID (ORDER_ID)",
        ],
    ),
    "b_sale_order_dlv_basket": (
        16,
        [
            "ID int NOT NULL AUTO_INCREMENT PRIMARY KEY",
            "ORDER_DELIVERY_ID int NOT NULL",
            "BASKET_ID int NOT NULL",
            "QUANTITY decimal(18,4) NOT NULL",
            "KEY IX_BSODB_ORDER_DELIVERY_ID (ORDER_DELIVERY_ID)",
        ],
    ),
    "b_sale_order_payment": (
        16,
        [
            "ID int NOT NULL AUTO_INCREMENT PRIMARY KEY",
            "ORDER_ID int NOT NULL",
            "ACCOUNT_NUMBER varchar(100) NULL",
            "PAID char(1) NOT NULL DEFAULT 'N'",
            "DATE_PAID datetime NULL",
            "PAY_SYSTEM_ID int NOT NULL",
            "`SUM` {money} NOT NULL",
            "CURRENCY char(3) NOT NULL",
            "PAY_SYSTEM_NAME varchar(128) NOT NULL",
            "PAY_VOUCHER_DATE date NULL",
            "PAY_RETURN_DATE date NULL",
            "IS_RETURN char(1) NOT NULL DEFAULT 'N'",
            "COMPANY_ID int NULL",
            "KEY IX_BSOP_ORDER_ID (ORDER_ID)",
            "KEY IX_BSOP_DATE_PAID (DATE_PAID)",
        ],
    ),
    "b_sale_pay_system_action": (
        16,
        [
            "ID int NOT NULL AUTO_INCREMENT PRIMARY KEY",
            "NAME varchar(255) NOT NULL",
            "CODE varchar(50) NULL",
            "ACTION_FILE varchar(255) NULL",
            "IS_CASH char(1) NOT NULL DEFAULT 'N'",
            "PARAMS text NULL",
        ],
    ),
    "b_sale_order_props": (
        14,
        [
            "ID int NOT NULL AUTO_INCREMENT PRIMARY KEY",
            "PERSON_TYPE_ID int NOT NULL",
            "NAME varchar(255) NOT NULL",
            "CODE varchar(50) NULL",
            "IS_PAYER char(1) NOT NULL DEFAULT 'N'",
            "ACTIVE varchar(1) NOT NULL DEFAULT 'Y'",
        ],
    ),
    "b_sale_order_props_value": (
        14,
        [
            "ID int NOT NULL AUTO_INCREMENT PRIMARY KEY",
            "ORDER_ID int NOT NULL",
            "ORDER_PROPS_ID int NULL",
            "NAME varchar(255) NOT NULL",
            "VALUE varchar(500) NULL",
            "CODE varchar(50) NULL",
            "@22 ENTITY_ID int NOT NULL",
            "@22 ENTITY_TYPE varchar(255) NOT NULL",
            "KEY IX_SOPV_ORD_PROP_UNI (ORDER_ID, ORDER_PROPS_ID)",
        ],
    ),
    "b_sale_order_change": (
        14,
        [
            "ID int NOT NULL AUTO_INCREMENT PRIMARY KEY",
            "ORDER_ID int NOT NULL",
            "TYPE varchar(255) NOT NULL",
            "DATA varchar(512) NULL",
            "DATE_CREATE datetime NOT NULL",
            "ENTITY varchar(50) NULL",
            "ENTITY_ID int NULL",
            "KEY IXS_ORDER_ID_CHANGE (ORDER_ID)",
            "KEY IXS_TYPE_CHANGE (TYPE)",
        ],
    ),
    "b_sale_cashbox_check": (
        17,
        [
            "ID int NOT NULL AUTO_INCREMENT PRIMARY KEY",
            "PAYMENT_ID int NULL",
            "ORDER_ID int NULL",
            "DATE_PRINT_END datetime NULL",
            "SUM decimal(18,4) NULL",
            "STATUS char(1) NOT NULL DEFAULT 'N'",
            "TYPE varchar(255) NOT NULL",
            "KEY IX_SALE_CHECK_PAYMENT_ID (PAYMENT_ID)",
        ],
    ),
    "b_sale_status": (14, ["ID varchar(2) NOT NULL PRIMARY KEY", "TYPE char(1) NOT NULL DEFAULT 'O'"]),
    "b_sale_status_lang": (14, ["STATUS_ID varchar(2) NOT NULL", "LID char(2) NOT NULL", "NAME varchar(100) NOT NULL"]),
    "b_sale_tp": (14, ["ID int NOT NULL AUTO_INCREMENT PRIMARY KEY", "CODE varchar(20) NOT NULL UNIQUE"]),
    "b_sale_tp_order": (
        14,
        [
            "ID int NOT NULL AUTO_INCREMENT PRIMARY KEY",
            "ORDER_ID int NOT NULL",
            "TRADING_PLATFORM_ID int NOT NULL",
            "EXTERNAL_ORDER_ID varchar(100) NOT NULL",
            "KEY IX_TP_ORDER (ORDER_ID, TRADING_PLATFORM_ID, EXTERNAL_ORDER_ID)",
        ],
    ),
    "b_sale_person_type": (14, ["ID int NOT NULL AUTO_INCREMENT PRIMARY KEY", "NAME varchar(255) NOT NULL"]),
    "b_sale_bizval": (
        16,
        [
            "CODE_KEY varchar(50) NOT NULL",
            "CONSUMER_KEY varchar(50) NOT NULL",
            "PERSON_TYPE_ID int NOT NULL",
            "PROVIDER_KEY varchar(50) NOT NULL",
            "PROVIDER_VALUE text NULL",
            "PRIMARY KEY (CODE_KEY, CONSUMER_KEY, PERSON_TYPE_ID)",
        ],
    ),
    "b_sale_bizval_persondomain": (16, ["PERSON_TYPE_ID int NOT NULL", "DOMAIN char(1) NOT NULL"]),
    "b_sale_delivery_srv": (
        16,
        ["ID int NOT NULL AUTO_INCREMENT PRIMARY KEY", "NAME varchar(255) NOT NULL", "@17.5 VAT_ID int NULL"],
    ),
    "b_catalog_vat": (
        14,
        [
            "ID int NOT NULL AUTO_INCREMENT PRIMARY KEY",
            "RATE decimal(18,2) NULL DEFAULT 0",
            "@22 EXCLUDE_VAT char(1) NOT NULL DEFAULT 'N'",
        ],
    ),
    "b_catalog_product": (14, ["ID int NOT NULL PRIMARY KEY", "QUANTITY double NOT NULL", "TYPE int NULL"]),
    "b_lang": (
        14,
        [
            "LID char(2) NOT NULL PRIMARY KEY",
            "DEF char(1) NOT NULL DEFAULT 'N'",
            "NAME varchar(50) NOT NULL",
            "LANGUAGE_ID char(2) NOT NULL DEFAULT 'ru'",
        ],
    ),
    "b_option": (14, ["MODULE_ID varchar(50) NOT NULL", "NAME varchar(100) NOT NULL", "VALUE text NULL"]),
}


def at(text: str) -> dt.datetime:
    """A moment as Bitrix stores it: naive, the shop's local time."""
    return dt.datetime.fromisoformat(text)


def create(connection: MySQLdb.connections.Connection, version: str) -> None:
    """Create the tables of a version in the connection's database."""
    number = _NUMBER[version]
    money = "decimal(26,8)" if version == "2026" else "decimal(18,4)"
    with connection.cursor() as cursor:
        for table, (since, lines) in _TABLES.items():
            if number < since:
                continue
            ddl = []
            for line in lines:
                first, _, rest = line.partition(" ")
                if not first.startswith("@"):
                    ddl.append(line)
                elif number >= float(first[1:]):
                    ddl.append(rest)
            cursor.execute(f"CREATE TABLE {table} ({', '.join(ddl)})".format(money=money))


class Filler:
    """Writes rows as Bitrix does: ``sql_mode=''``, so what is not named becomes zero, empty or ``0000-00-00``."""

    def __init__(self, connection: MySQLdb.connections.Connection, database: str, version: str) -> None:
        self.connection = connection
        self.database = database
        self.version = version

    def execute(self, sql: str, *values: object) -> tuple[tuple[Any, ...], ...]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            rows: tuple[tuple[Any, ...], ...] = cursor.fetchall()
        return rows

    def add(self, table: str, **values: object) -> None:
        """Insert a row."""
        names = ", ".join(f"`{name}`" for name in values)
        marks = ", ".join(["%s"] * len(values))
        with self.connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))

    def order(self, id_: int, **values: object) -> None:
        """Insert an order that nothing has happened to since 2020."""
        long_ago = "2020-01-01 00:00:00"
        row = {
            "ID": id_,
            "LID": "s1",
            "PERSON_TYPE_ID": 1,
            "STATUS_ID": "N",
            "DATE_STATUS": long_ago,
            "PRICE": "100.00",
            "CURRENCY": "RUB",
            "DATE_INSERT": long_ago,
            "DATE_UPDATE": long_ago,
        }
        self.add("b_sale_order", **{**row, **values})
