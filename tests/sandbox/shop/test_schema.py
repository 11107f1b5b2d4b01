from __future__ import annotations

from typing import Any

import pytest
from MySQLdb.connections import Connection

from sandbox.shop import schema


def _ask(connection: Connection, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _type(connection: Connection, table: str, column: str) -> str | None:
    """As MySQL says it; MariaDB tells the width of an INT as well."""
    rows = _ask(
        connection,
        "SELECT COLUMN_TYPE FROM information_schema.COLUMNS"
        " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s AND COLUMN_NAME = %s",
        table,
        column,
    )
    return str(rows[0][0]).replace("int(11)", "int") if rows else None


def _index(connection: Connection, table: str, name: str) -> list[tuple[str, int]]:
    return [
        (column, not_unique)
        for column, not_unique in _ask(
            connection,
            "SELECT COLUMN_NAME, NON_UNIQUE FROM information_schema.STATISTICS"
            " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s AND INDEX_NAME = %s ORDER BY SEQ_IN_INDEX",
            table,
            name,
        )
    ]


# docs/bitrix.md, «Versions».
_COLUMNS = {
    ("b_sale_order", "RUNNING"): (None, "char(1)", "char(1)", "char(1)", "char(1)"),
    ("b_sale_order_props_value", "ENTITY_TYPE"): (None, None, "varchar(255)", "varchar(255)", "varchar(255)"),
    ("b_sale_order", "PRICE"): (*("decimal(18,4)",) * 4, "decimal(26,8)"),
    ("b_sale_order_payment", "SUM"): (*("decimal(18,4)",) * 4, "decimal(26,8)"),
    ("b_sale_delivery_srv", "VAT_ID"): (None, *("int",) * 4),
    ("b_catalog_vat", "EXCLUDE_VAT"): (None, None, *("char(1)",) * 3),
    ("b_sale_cashbox_check", "ID"): (None, *("int",) * 4),
    ("b_sale_basket", "VAT_RATE"): ("decimal(18,4)",) * 5,
    ("b_sale_basket", "QUANTITY"): ("double(18,4)",) * 5,
    ("b_sale_bizval", "PROVIDER_VALUE"): ("varchar(2000)", *("text",) * 4),
}


@pytest.mark.parametrize("version", schema.VERSIONS)
def test_each_version_has_its_own_columns(connection: Connection, version: str) -> None:
    schema.create(connection, version)
    place = schema.VERSIONS.index(version)
    for (table, column), types in _COLUMNS.items():
        assert _type(connection, table, column) == types[place], (table, column)


def test_the_unique_key_of_property_values_moved(connection: Connection) -> None:
    schema.create(connection, "16.5")
    assert _index(connection, "b_sale_order_props_value", "IX_SOPV_ORD_PROP_UNI") == [
        ("ORDER_ID", 0),
        ("ORDER_PROPS_ID", 0),
    ]
    assert _index(connection, "b_sale_order_payment", "IX_BSOP_DATE_PAID") == []


def test_the_newest_keys(shop: Connection) -> None:
    assert _index(shop, "b_sale_order_props_value", "IX_SOPV_ORD_PROP_UNI") == [("ORDER_ID", 1), ("ORDER_PROPS_ID", 1)]
    assert _index(shop, "b_sale_order_props_value", "IX_SOPV_ENT_PROP_UNI")[0] == ("ENTITY_ID", 0)
    assert _index(shop, "b_sale_order_payment", "IX_BSOP_DATE_PAID") == [("DATE_PAID", 1)]
    assert _index(shop, "b_sale_order", "IXS_DATE_UPDATE") == [("DATE_UPDATE", 1)]
    assert _index(shop, "b_sale_order", "IXS_ACCOUNT_NUMBER") == [("ACCOUNT_NUMBER", 0)]
    assert _index(shop, "b_sale_order_delivery", "IX_BSOD_DEDUCTED") == []


@pytest.mark.parametrize("charset", schema.CHARSETS)
@pytest.mark.parametrize("version", schema.VERSIONS)
def test_the_description_is_what_the_server_has(connection: Connection, version: str, charset: str) -> None:
    schema.create(connection, version, charset)
    there = _ask(
        connection,
        "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()",
    )
    described = {(table, column) for table, columns in schema.columns(version).items() for column in columns}
    assert set(there) == described
    charsets = _ask(
        connection,
        "SELECT DISTINCT CHARACTER_SET_NAME FROM information_schema.COLUMNS"
        " WHERE TABLE_SCHEMA = DATABASE() AND CHARACTER_SET_NAME IS NOT NULL",
    )
    assert charsets == [(charset,)]


def test_a_bitrix_session_takes_zero_dates_and_leaves_the_session_as_it_was(shop: Connection) -> None:
    before = _ask(shop, "SELECT @@SESSION.sql_mode")
    assert before != [("",)]
    with schema.bitrix_session(shop):
        _ask(shop, "INSERT INTO b_lang VALUES ('s9', 1, 'N', 'Y', 'x', '/', 'ru', NULL)")
        _ask(shop, "INSERT INTO b_user VALUES (1, 'a', 'Y', NULL, NULL, NULL, '0000-00-00')")
    assert _ask(shop, "SELECT @@SESSION.sql_mode") == before
    assert _ask(shop, "SELECT COUNT(*) FROM b_user WHERE DATE_REGISTER = 0") == [(1,)]


def test_unknown_versions_and_charsets_are_refused(connection: Connection) -> None:
    with pytest.raises(ValueError, match=r"no description of version 12; there are 16\.5, 19"):
        schema.create(connection, "12")
    with pytest.raises(ValueError, match="no charset koi8r"):
        schema.create(connection, "25", "koi8r")
