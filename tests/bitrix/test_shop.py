from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from include.bitrix.rows import PropertyMapping, Shop
from include.bitrix.shop import read_shop
from include.bitrix.snapshot import ShopDatabase
from tests.bitrix.schema import VERSIONS, Filler

Read = Callable[[], ShopDatabase]
MakeShop = Callable[..., Filler]


@pytest.mark.usefixtures("shop")
def test_an_empty_shop_has_no_settings(read: Read) -> None:
    assert read_shop(read()) == Shop(
        entity_person_types=frozenset(), property_mappings=(), count_delivery_tax=False, delivery_vat_rates={}
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_person_types_and_property_mappings(make_shop: MakeShop, read: Read, version: str) -> None:
    shop = make_shop(version)
    shop.add("b_sale_bizval_persondomain", PERSON_TYPE_ID=1, DOMAIN="I")
    shop.add("b_sale_bizval_persondomain", PERSON_TYPE_ID=2, DOMAIN="E")
    for code, consumer, person_type, provider, value in (
        ("BUYER_COMPANY_INN", "COMMON", 0, "PROPERTY", "41"),
        ("BUYER_COMPANY_INN", "1C", 2, "PROPERTY", "42"),
        ("BUYER_COMPANY_KPP", "1C", 2, "VALUE", "43"),
        ("BUYER_COMPANY_NAME", "1C", 2, "PROPERTY", ""),
        ("BUYER_PERSON_NAME", "1C", 1, "PROPERTY", None),
        ("BUYER_COMPANY_INN", "PAYSYSTEM_3", 2, "PROPERTY", "44"),
        ("SELLER_COMPANY_INN", "1C", 2, "PROPERTY", "45"),
    ):
        shop.add(
            "b_sale_bizval",
            CODE_KEY=code,
            CONSUMER_KEY=consumer,
            PERSON_TYPE_ID=person_type,
            PROVIDER_KEY=provider,
            PROVIDER_VALUE=value,
        )
    found = read_shop(read())
    assert found.entity_person_types == {2}
    assert found.property_mappings == (
        PropertyMapping(code_key="BUYER_COMPANY_INN", consumer_key="1C", person_type_id=2, props_id=42),
        PropertyMapping(code_key="BUYER_COMPANY_INN", consumer_key="COMMON", person_type_id=0, props_id=41),
    )


def fill_deliveries(shop: Filler) -> None:
    shop.add("b_catalog_vat", ID=1, RATE=None)
    shop.add("b_catalog_vat", ID=2, RATE="0")
    shop.add("b_catalog_vat", ID=3, RATE="22")
    for id_, vat_id in ((1, None), (2, 0), (3, 1), (4, 2), (5, 3), (6, 99)):
        shop.add("b_sale_delivery_srv", ID=id_, NAME="Курьер", VAT_ID=vat_id)


def test_delivery_rates_are_fractions(shop: Filler, read: Read) -> None:
    fill_deliveries(shop)
    shop.add("b_catalog_vat", ID=4, RATE="20", EXCLUDE_VAT="Y")
    shop.add("b_sale_delivery_srv", ID=7, NAME="Самовывоз", VAT_ID=4)
    assert read_shop(read()).delivery_vat_rates == {
        1: None,
        2: None,
        3: None,
        4: Decimal(0),
        5: Decimal("0.22"),
        6: None,
        7: None,
    }


def test_delivery_rates_before_without_vat_had_a_flag(make_shop: MakeShop, read: Read) -> None:
    fill_deliveries(make_shop("19"))
    assert read_shop(read()).delivery_vat_rates[5] == Decimal("0.22")


def test_delivery_had_no_rate_before_17_5(make_shop: MakeShop, read: Read) -> None:
    make_shop("16.5").add("b_sale_delivery_srv", ID=1, NAME="Курьер")
    assert read_shop(read()).delivery_vat_rates == {1: None}


@pytest.mark.parametrize(("module", "value", "counted"), [("sale", "Y", True), ("sale", "N", False), ("x", "Y", False)])
def test_whether_delivery_is_taxed(shop: Filler, read: Read, module: str, value: str, counted: bool) -> None:
    shop.add("b_option", MODULE_ID=module, NAME="COUNT_DELIVERY_TAX", VALUE=value)
    assert read_shop(read()).count_delivery_tax is counted


def test_a_shop_whose_options_may_not_be_read_is_read_still(shop: Filler, read: Read) -> None:
    shop.execute("DROP TABLE b_option, b_catalog_vat, b_catalog_product")
    assert read_shop(read()).count_delivery_tax is False
