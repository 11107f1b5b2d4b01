"""Which tables and columns of a shop are read, and which of them this shop has.

Bitrix keeps no version of the module in the database, and upgraded shops differ from new ones of the same version,
so the tables themselves are asked (docs/bitrix.md, «Versions»). A column counts as there if this user may read it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """What is read of a table."""

    columns: tuple[str, ...]
    """In every supported version."""
    later: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """Column -> first version of the module ``sale`` that has it."""
    welcome: tuple[str, ...] = ()
    """Done without where this user may not read them."""
    whole: bool = False
    """To be granted as a whole: from a user of single columns the server hides whether a later one exists."""


REQUIRED: Mapping[str, Table] = {
    "b_sale_order": Table(
        (
            *("ID", "LID", "ACCOUNT_NUMBER", "PERSON_TYPE_ID", "CANCELED", "DATE_CANCELED", "PAYED", "DATE_PAYED"),
            *("STATUS_ID", "DATE_STATUS", "PRICE", "PRICE_DELIVERY", "CURRENCY", "DEDUCTED", "DATE_DEDUCTED"),
            *("DATE_INSERT", "DATE_UPDATE"),
        ),
        {"RUNNING": 17.0},
        welcome=("COMPANY_ID", "EXTERNAL_ORDER"),
    ),
    "b_sale_basket": Table(
        (
            *("ID", "ORDER_ID", "PRODUCT_ID", "MODULE", "NAME", "PRICE", "QUANTITY", "CURRENCY", "VAT_RATE"),
            *("VAT_INCLUDED", "MEASURE_CODE", "MEASURE_NAME", "TYPE", "SET_PARENT_ID", "SORT"),
        ),
        welcome=("PRODUCT_XML_ID",),
    ),
    "b_sale_order_delivery": Table(
        (
            *("ID", "ORDER_ID", "ACCOUNT_NUMBER", "DEDUCTED", "DATE_DEDUCTED", "PRICE_DELIVERY", "CURRENCY"),
            *("DELIVERY_ID", "DELIVERY_NAME", "SYSTEM"),
        ),
        welcome=("COMPANY_ID",),
    ),
    "b_sale_order_dlv_basket": Table(("ID", "ORDER_DELIVERY_ID", "BASKET_ID", "QUANTITY")),
    "b_sale_order_payment": Table(
        (
            *("ID", "ORDER_ID", "ACCOUNT_NUMBER", "SUM", "CURRENCY", "PAID", "DATE_PAID", "PAY_SYSTEM_ID"),
            *("PAY_SYSTEM_NAME", "IS_RETURN", "PAY_RETURN_DATE"),
        ),
        welcome=("PAY_VOUCHER_DATE", "COMPANY_ID"),
    ),
    "b_sale_pay_system_action": Table(("ID", "CODE", "ACTION_FILE", "IS_CASH")),
    "b_sale_order_props_value": Table(
        ("ID", "ORDER_ID", "ORDER_PROPS_ID", "CODE", "NAME", "VALUE"), {"ENTITY_TYPE": 22.0}, whole=True
    ),
    "b_sale_order_props": Table(("ID", "PERSON_TYPE_ID", "CODE", "IS_PAYER", "ACTIVE")),
    "b_sale_order_change": Table(("ID", "ORDER_ID", "TYPE", "DATA", "DATE_CREATE", "ENTITY", "ENTITY_ID")),
    "b_sale_bizval": Table(("CODE_KEY", "CONSUMER_KEY", "PERSON_TYPE_ID", "PROVIDER_KEY", "PROVIDER_VALUE")),
    "b_sale_bizval_persondomain": Table(("PERSON_TYPE_ID", "DOMAIN")),
    "b_sale_delivery_srv": Table(("ID",), {"VAT_ID": 17.5}),
}

OPTIONAL: Mapping[str, Table] = {
    "b_sale_cashbox_check": Table(("ID", "PAYMENT_ID", "TYPE", "STATUS", "DATE_PRINT_END", "SUM")),
    "b_sale_order_archive": Table(("ORDER_ID",)),
    "b_catalog_product": Table(("ID", "TYPE")),
    "b_catalog_vat": Table(("ID", "RATE"), {"EXCLUDE_VAT": 22.0}, whole=True),
    "b_option": Table(("MODULE_ID", "NAME", "VALUE")),
    "b_sale_status": Table(("ID", "TYPE")),
    "b_sale_status_lang": Table(("STATUS_ID", "NAME")),
    "b_sale_tp": Table(("ID", "CODE")),
    "b_sale_tp_order": Table(("ORDER_ID", "TRADING_PLATFORM_ID")),
    "b_sale_person_type": Table(("ID", "NAME")),
    "b_lang": Table(("LID",), welcome=("DEF", "LANGUAGE_ID")),
}
"""Absent from some versions or editions, or needed by some settings only, or by the preflight alone."""

MONEY = (
    ("b_sale_order", "PRICE"),
    ("b_sale_order", "PRICE_DELIVERY"),
    ("b_sale_basket", "PRICE"),
    ("b_sale_basket", "VAT_RATE"),
    ("b_sale_order_delivery", "PRICE_DELIVERY"),
    ("b_sale_order_payment", "SUM"),
    ("b_sale_cashbox_check", "SUM"),
)
"""Columns whose values are taken as they come, so they must be DECIMAL."""


class Columns:
    """The columns of the shop's tables that this user may read."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._types = {(row["table_name"], row["column_name"].upper()): row["column_type"] for row in rows}
        self._tables = {table for table, _ in self._types}

    def has(self, table: str, column: str | None = None) -> bool:
        """Whether the table, or a column of it, is there to be read."""
        return table in self._tables if column is None else (table, column) in self._types

    def type_of(self, table: str, column: str) -> str:
        """The column's type as the server writes it, ``decimal(18,4)``."""
        return str(self._types[table, column])

    def missing(self, table: str, columns: Iterable[str]) -> list[str]:
        """Those of ``columns`` that are not there to be read."""
        return [column for column in columns if not self.has(table, column)]

    @property
    def sale_version(self) -> float:
        """The version of the module ``sale`` that the tables are at least of: 16, 17, 17.5, 22 or 26."""
        if self._types.get(("b_sale_order", "PRICE")) == "decimal(26,8)":
            return 26.0
        later = [version for table, spec in REQUIRED.items() for c, version in spec.later.items() if self.has(table, c)]
        return max(later, default=16.0)
