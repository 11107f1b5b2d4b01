"""What a shop has before its first order: statuses, person types and their properties, pay systems, rates, units.

As the eshop wizard leaves them (docs/bitrix.md), and what shops add: a status D of their own,
a second kind of legal entity whose property codes only the 1C mapping knows.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from MySQLdb.connections import Connection

from sandbox.shop.schema import at_least
from sandbox.shop.writer import Row, Writer

_INSTALLED = dt.datetime(2016, 3, 1, 12, 0, 0)  # noqa: DTZ001 - Bitrix keeps local time without a zone

PERSON, COMPANY, COMPANY_BY_CONTRACT = 1, 2, 3
"""Ids of person types; the last one's properties are found only through ``b_sale_bizval``."""

CASH, BILL, CARD, STORE_CREDIT, CASH_ON_DELIVERY, CASH_BY_CODE, BY_STATEMENT = 1, 2, 3, 4, 5, 6, 7
"""Ids of pay systems."""

PICKUP, COURIER, POST = 1, 2, 3
"""Ids of delivery services."""

SHIPMENT_INN = 99
"""A property of shipments (since 22.8): the consignee's INN, never the buyer's."""
GONE_PROPERTY = 98
"""A property that no table lists any more, though orders keep its values."""

GOODS, SERVICE = 1, 7
"""``b_catalog_product.TYPE``."""

PRODUCT, SERVICE_PRODUCT = 1, 2
"""Ids of products that cases sell."""


@dataclasses.dataclass(frozen=True, slots=True)
class Property:
    id: int
    person_type: int
    code: str
    name: str
    flag: str | None = None


PROPERTIES = (
    Property(1, PERSON, "FIO", "Ф.И.О.", "IS_PAYER"),
    Property(2, PERSON, "EMAIL", "E-Mail", "IS_EMAIL"),
    Property(3, PERSON, "PHONE", "Телефон", "IS_PHONE"),
    Property(4, PERSON, "ZIP", "Индекс", "IS_ZIP"),
    Property(5, PERSON, "CITY", "Город"),
    Property(6, PERSON, "LOCATION", "Местоположение", "IS_LOCATION"),
    Property(7, PERSON, "ADDRESS", "Адрес доставки", "IS_ADDRESS"),
    Property(8, COMPANY, "COMPANY", "Название компании", "IS_PROFILE_NAME"),
    Property(9, COMPANY, "COMPANY_ADR", "Юридический адрес"),
    Property(10, COMPANY, "INN", "ИНН"),
    Property(11, COMPANY, "KPP", "КПП"),
    Property(12, COMPANY, "CONTACT_PERSON", "Контактное лицо", "IS_PAYER"),
    Property(13, COMPANY, "EMAIL", "E-Mail", "IS_EMAIL"),
    Property(14, COMPANY, "PHONE", "Телефон", "IS_PHONE"),
    Property(15, COMPANY, "FAX", "Факс"),
    Property(16, COMPANY, "ZIP", "Индекс", "IS_ZIP"),
    Property(17, COMPANY, "CITY", "Город"),
    Property(18, COMPANY, "LOCATION", "Местоположение", "IS_LOCATION"),
    Property(19, COMPANY, "ADDRESS", "Адрес доставки", "IS_ADDRESS"),
    Property(20, COMPANY_BY_CONTRACT, "ORG_NAME", "Организация"),
    Property(21, COMPANY_BY_CONTRACT, "ORG_TAX_ID", "ИНН организации"),
    Property(22, COMPANY_BY_CONTRACT, "ORG_REASON", "КПП организации"),
)

PAY_SYSTEMS = {
    CASH: ("Наличные курьеру", "cash", "Y", None),
    BILL: ("Банковский перевод", "bill", "N", None),
    CARD: ("Банковская карта", "yandexcheckout", "A", None),
    STORE_CREDIT: ("Внутренний счёт", "inner", "N", None),
    CASH_ON_DELIVERY: ("Наложенный платёж", "cashondelivery", "Y", None),
    CASH_BY_CODE: ("Оплата в пункте выдачи", "bill", "N", "cash"),
    BY_STATEMENT: ("Счёт, оплата по выписке банка", "bill", "N", "statement"),
}
"""Id -> name, ACTION_FILE, IS_CASH, CODE."""

MARKETPLACE, OWN_SITE = 1, 2
"""Ids of trading platforms."""

PLATFORMS = {MARKETPLACE: ("ozon", "Ozon"), OWN_SITE: ("landing_7", "Сайт на Битрикс24")}
"""Id -> CODE, name."""

DELIVERY_SERVICES = {PICKUP: "Самовывоз", COURIER: "Доставка курьером", POST: "Почта России"}

_STATUSES = {
    "N": ("O", "Принят, ожидается оплата"),
    "P": ("O", "Оплачен, формируется к отправке"),
    "D": ("O", "Передан в доставку"),
    "F": ("O", "Выполнен"),
    "DN": ("D", "Ожидает обработки"),
    "DF": ("D", "Отгружен"),
}
_VAT = ("Без НДС", None), ("НДС 0%", 0), ("НДС 10%", 10), ("НДС 20%", 20), ("НДС 22%", 22), ("НДС 5%", 5), ("НДС 7%", 7)
_VAT_22_ID = 5

MEASURES = {
    6: "м",
    55: "м2",
    112: "л",
    163: "г",
    166: "кг",
    356: "ч",
    704: "набор",
    715: "пара",
    778: "упак",
    796: "шт",
    839: "компл",
}
"""OKEI code -> the unit's Russian symbol."""

_BUYER_FIELDS = {
    "BUYER_COMPANY_NAME": {COMPANY: 8, COMPANY_BY_CONTRACT: 20},
    "BUYER_COMPANY_INN": {COMPANY: 10, COMPANY_BY_CONTRACT: 21},
    "BUYER_COMPANY_KPP": {COMPANY: 11, COMPANY_BY_CONTRACT: 22},
    "BUYER_PERSON_NAME": {PERSON: 1},
}


def ensure(connection: Connection, version: str) -> None:
    """Fill these tables, unless the shop has them filled already."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT * FROM b_sale_person_type)")
        if cursor.fetchone()[0]:
            return
    writer = Writer(connection, version)
    for table, row in rows(version):
        writer.add(table, row)
    writer.flush()


def rows(version: str) -> Iterator[tuple[str, Row]]:
    """The rows of every table that is filled before the first order."""
    yield from _sites()
    yield from _statuses()
    yield from _buyers(version)
    yield from _selling(version)
    for number, (code, name) in PLATFORMS.items():
        yield "b_sale_tp", {"ID": number, "CODE": code, "ACTIVE": "Y", "NAME": name}


def _sites() -> Iterator[tuple[str, Row]]:
    for lid, name in (("s1", "Интернет-магазин"), ("s2", "Оптовый склад")):
        default = "Y" if lid == "s1" else "N"
        yield "b_lang", {"LID": lid, "DEF": default, "NAME": name, "DIR": f"/{lid}/", "LANGUAGE_ID": "ru"}
    yield "b_option", {"MODULE_ID": "main", "NAME": "~sale_converted_15", "VALUE": "Y"}
    yield "b_option", {"MODULE_ID": "sale", "NAME": "default_currency", "VALUE": "RUB"}
    for currency, rate in (("RUB", 1), ("USD", 80)):
        yield (
            "b_catalog_currency",
            {"CURRENCY": currency, "AMOUNT": rate, "DATE_UPDATE": _INSTALLED, "BASE": "Y" if rate == 1 else "N"},
        )


def _statuses() -> Iterator[tuple[str, Row]]:
    for sort, (status, (kind, name)) in enumerate(_STATUSES.items(), 1):
        yield "b_sale_status", {"ID": status, "TYPE": kind, "SORT": sort * 100}
        yield "b_sale_status_lang", {"STATUS_ID": status, "LID": "ru", "NAME": name}


def _buyers(version: str) -> Iterator[tuple[str, Row]]:
    names = {
        PERSON: "Физическое лицо",
        COMPANY: "Юридическое лицо",
        COMPANY_BY_CONTRACT: "Юридическое лицо по договору",
    }
    for person_type, name in names.items():
        yield "b_sale_person_type", {"ID": person_type, "LID": "s1", "NAME": name, "SORT": person_type * 100}
        for site in ("s1", "s2"):
            yield "b_sale_person_type_site", {"PERSON_TYPE_ID": person_type, "SITE_ID": site}
        domain = "I" if person_type == PERSON else "E"
        yield "b_sale_bizval_persondomain", {"PERSON_TYPE_ID": person_type, "DOMAIN": domain}
    for prop in PROPERTIES:
        yield "b_sale_order_props", _property(prop, "ORDER")
    if at_least(version, "22.8"):
        yield "b_sale_order_props", _property(Property(SHIPMENT_INN, COMPANY, "INN", "ИНН грузополучателя"), "SHIPMENT")
    for key, fields in _BUYER_FIELDS.items():
        for person_type, prop_id in fields.items():
            yield (
                "b_sale_bizval",
                {
                    "CODE_KEY": key,
                    "CONSUMER_KEY": "1C",
                    "PERSON_TYPE_ID": person_type,
                    "PROVIDER_KEY": "PROPERTY",
                    "PROVIDER_VALUE": str(prop_id),
                },
            )


def _property(prop: Property, entity: str) -> Row:
    row: Row = {
        "ID": prop.id,
        "PERSON_TYPE_ID": prop.person_type,
        "NAME": prop.name,
        "TYPE": "LOCATION" if prop.flag == "IS_LOCATION" else "STRING",
        "SORT": prop.id * 10,
        "PROPS_GROUP_ID": prop.person_type,
        "CODE": prop.code,
        "ENTITY_TYPE": entity,
    }
    return row | {prop.flag: "Y"} if prop.flag else row


def _selling(version: str) -> Iterator[tuple[str, Row]]:
    for number, (name, action, cash, code) in PAY_SYSTEMS.items():
        yield (
            "b_sale_pay_system_action",
            {
                "ID": number,
                "PAY_SYSTEM_ID": number,
                "NAME": name,
                "PSA_NAME": name,
                "CODE": code,
                "SORT": number * 100,
                "ACTION_FILE": action,
                "IS_CASH": cash,
            },
        )
    for number, name in DELIVERY_SERVICES.items():
        yield (
            "b_sale_delivery_srv",
            {
                "ID": number,
                "NAME": name,
                "ACTIVE": "Y",
                "SORT": number * 100,
                "CLASS_NAME": "\\Bitrix\\Sale\\Delivery\\Services\\Configurable",
                "CURRENCY": "RUB",
                "VAT_ID": _VAT_22_ID if number == COURIER else None,
            },
        )
    says_without = at_least(version, "22.8")
    for number, (name, rate) in enumerate(_VAT, 1):
        yield (
            "b_catalog_vat",
            {
                "ID": number,
                "TIMESTAMP_X": _INSTALLED,
                "NAME": name,
                "RATE": rate if rate is not None or says_without else Decimal(0),
                "EXCLUDE_VAT": "Y" if rate is None else "N",
            },
        )
    for product, kind in ((PRODUCT, GOODS), (SERVICE_PRODUCT, SERVICE)):
        yield "b_catalog_product", {"ID": product, "QUANTITY": 100, "TIMESTAMP_X": _INSTALLED, "TYPE": kind}
    for number, (okei, symbol) in enumerate(MEASURES.items(), 1):
        yield (
            "b_catalog_measure",
            {"ID": number, "CODE": okei, "SYMBOL_RUS": symbol, "IS_DEFAULT": "Y" if okei == 796 else "N"},
        )
