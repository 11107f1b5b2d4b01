"""The shop's own settings that the accounting needs."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from include.bitrix.rows import PropertyMapping, Shop
from include.bitrix.snapshot import ShopDatabase


def read_shop(shop_db: ShopDatabase) -> Shop:
    """The shop's settings as they are now.

    Where ``b_option`` may not be read, delivery counts as not taxed; :func:`include.bitrix.checks.check_shop` refuses
    that where ``accounting.delivery_vat`` goes by it.

    Raises:
        BitrixError: the database refused a query.
    """
    return Shop(
        entity_person_types=frozenset(row["PERSON_TYPE_ID"] for row in shop_db.rows("entity_person_types")),
        property_mappings=tuple(
            PropertyMapping(
                code_key=row["CODE_KEY"],
                consumer_key=row["CONSUMER_KEY"],
                person_type_id=row["PERSON_TYPE_ID"],
                props_id=int(row["PROVIDER_VALUE"]),
            )
            for row in shop_db.rows("property_mappings")
            if (row["PROVIDER_VALUE"] or "").isdecimal()
        ),
        count_delivery_tax=shop_db.columns.has("b_option")
        and any(row["VALUE"] == "Y" for row in shop_db.rows("count_delivery_tax")),
        delivery_vat_rates={row["ID"]: _fraction(row) for row in shop_db.rows("delivery_services")},
    )


def read_language(shop_db: ShopDatabase) -> str | None:
    """The language of the shop's default site, as Bitrix names it (``ru``); ``None`` where that cannot be read.

    Raises:
        BitrixError: the database refused the query.
    """
    columns = shop_db.columns
    if not (columns.has("b_lang", "DEF") and columns.has("b_lang", "LANGUAGE_ID")):
        return None
    return next((str(row["LANGUAGE_ID"]).lower() for row in shop_db.rows("default_language")), None)


def _fraction(row: Mapping[str, Any]) -> Decimal | None:
    """``b_catalog_vat.RATE`` is in per cent."""
    if row["RATE"] is None or row["EXCLUDE_VAT"] == "Y":
        return None
    return Decimal(row["RATE"]) / 100
