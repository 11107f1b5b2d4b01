from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from include.bitrix.checks import check_shop
from include.bitrix.problems import ShopProblem
from include.bitrix.snapshot import snapshot
from include.settings import Settings
from tests.bitrix.schema import VERSIONS, Filler


@pytest.fixture
def sound(shop: Filler) -> Filler:
    """A shop of which nothing is to be said but that its user is root."""
    return fill(shop)


def fill(shop: Filler) -> Filler:
    shop.add("b_lang", LID="s1")
    for status, type_ in (("N", "O"), ("D", "O"), ("F", "O"), ("DF", "D")):
        shop.add("b_sale_status", ID=status, TYPE=type_)
    shop.add("b_sale_person_type", ID=2, NAME="Юридическое лицо")
    shop.add("b_sale_bizval_persondomain", PERSON_TYPE_ID=2, DOMAIN="E")
    shop.add("b_sale_order_props", ID=41, PERSON_TYPE_ID=2, NAME="ИНН", CODE="INN")
    shop.add("b_sale_pay_system_action", ID=3, NAME="Наличные", CODE="cash")
    shop.order(1)
    shop.add("b_sale_basket", ORDER_ID=1, PRODUCT_ID=1, VAT_RATE="0.2")
    shop.add("b_sale_basket", ORDER_ID=1, PRODUCT_ID=2, VAT_RATE=None)
    shop.add("b_sale_order_payment", ORDER_ID=1, PAY_SYSTEM_ID=3)
    return shop


def problems(**settings: Any) -> list[ShopProblem]:
    with snapshot() as shop_db:  # closed here: an open one would hold up the test's next ALTER or DROP
        found = check_shop(shop_db, Settings.model_validate(settings))
    return [problem for problem in found if problem.code != "may_write"]


def only(**settings: Any) -> ShopProblem:
    [problem] = problems(**settings)
    return problem


@pytest.mark.parametrize("charset", ["utf8mb4", "cp1251"])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_sound_shop_of_any_version(make_shop: Callable[..., Filler], version: str, charset: str) -> None:
    fill(make_shop(version, charset))
    sites = {"shop": {"sites": {"s1": "kontur_default"}}}
    assert problems(**sites) == []


@pytest.mark.usefixtures("sound")
def test_the_rights_of_root_are_said() -> None:
    with snapshot() as shop_db:
        [problem] = check_shop(shop_db, Settings())
    assert (problem.severity, problem.code) == ("warning", "may_write")


def test_unreadable_tables_are_all_that_is_said(sound: Filler) -> None:
    sound.execute("DROP TABLE b_sale_order_change")
    problem = only()
    assert (problem.severity, problem.code) == ("error", "table_missing")


def test_a_shop_without_orders(sound: Filler) -> None:
    sound.execute("DELETE FROM b_sale_order")
    assert only().code == "no_orders"


def test_sites(sound: Filler) -> None:
    sound.order(2, LID="s2")
    sound.order(3, LID="s2")
    unknown, unmapped = problems(shop={"sites": {"s1": "kontur_default", "S1": "kontur_b"}})
    assert (unknown.severity, unknown.code) == ("error", "site_unknown")
    assert "names «S1», but the shop's sites are «s1»." in unknown.message
    assert (unmapped.severity, unmapped.code) == ("warning", "site_unmapped")
    assert unmapped.message == "2 orders of site «s2» are not posted: shop.sites does not name it."


def test_statuses_are_compared_letter_by_letter(sound: Filler) -> None:
    sound.order(2, STATUS_ID="Pr")
    assert problems(shop={"shipped_statuses": ["F", "Pr"]}) == []
    found = problems(shop={"shipped_statuses": ["f", "DF"]})
    assert {problem.code for problem in found} == {"status_unknown"}
    shipment, letter = found
    assert shipment.message == (
        "shop.shipped_statuses names «DF», but the shop has no such order status; there are «D», «F», «N», «Pr»."
    )
    assert letter.message.endswith("no such order status; did you mean «F»?")


def test_companies_without_inn(sound: Filler) -> None:
    sound.add("b_sale_person_type", ID=5, NAME="ИП")
    sound.add("b_sale_bizval_persondomain", PERSON_TYPE_ID=5, DOMAIN="E")
    problem = only()
    assert problem.code == "inn_property_missing"
    assert problem.message.startswith("Companies of person type «ИП» have no property INN.")
    mapping = {"CODE_KEY": "BUYER_COMPANY_INN", "CONSUMER_KEY": "1C", "PROVIDER_KEY": "PROPERTY"}
    sound.add("b_sale_bizval", **mapping, PERSON_TYPE_ID=5, PROVIDER_VALUE="41")
    assert problems() == []


def test_a_mapping_for_all_person_types_serves_each(sound: Filler) -> None:
    sound.add("b_sale_bizval_persondomain", PERSON_TYPE_ID=5, DOMAIN="E")
    mapping = {"CODE_KEY": "BUYER_COMPANY_INN", "CONSUMER_KEY": "COMMON", "PROVIDER_KEY": "PROPERTY"}
    sound.add("b_sale_bizval", **mapping, PERSON_TYPE_ID=0, PROVIDER_VALUE="41")
    assert problems() == []


def test_no_inn_at_all(sound: Filler) -> None:
    sound.execute("UPDATE b_sale_order_props SET ACTIVE = 'N'")
    assert only().message.startswith("No order property holds the buyer's INN")
    assert only(accounting={"properties": {"inn": []}}).code == "inn_property_missing"


def test_rates_without_a_word(sound: Filler) -> None:
    sound.add("b_sale_basket", ORDER_ID=1, PRODUCT_ID=3, VAT_RATE="0.18")
    sound.add("b_sale_basket", ORDER_ID=None, PRODUCT_ID=3, VAT_RATE="0.99")
    assert only().message.startswith("Lines of recent orders have VAT of 18%, which accounting.vat does not name")


def test_old_lines_are_not_looked_at(sound: Filler) -> None:
    sound.add("b_sale_basket", ID=10, ORDER_ID=1, PRODUCT_ID=3, VAT_RATE="0.18")
    sound.add("b_sale_basket", ID=50_010, ORDER_ID=1, PRODUCT_ID=3, VAT_RATE="0.2")
    assert problems() == []


def test_taxed_delivery(sound: Filler) -> None:
    sound.add("b_catalog_vat", ID=9, RATE="18")
    sound.add("b_sale_delivery_srv", ID=1, NAME="Курьер", VAT_ID=9)
    assert problems() == []
    sound.add("b_option", MODULE_ID="sale", NAME="COUNT_DELIVERY_TAX", VALUE="Y")
    assert only().message.startswith("Delivery services have VAT of 18%")
    assert problems(accounting={"delivery_vat": "none"}) == []
    sound.execute("DROP TABLE b_catalog_vat")
    assert (only().severity, only().code) == ("error", "delivery_vat_unknown")


def test_whether_delivery_is_taxed_must_be_known_or_fixed(sound: Filler) -> None:
    sound.execute("DROP TABLE b_option")
    assert (only().severity, only().code) == ("error", "delivery_vat_unknown")
    assert problems(accounting={"delivery_vat": "vat22"}) == []


def test_pay_systems(sound: Filler) -> None:
    known = {"cash": "Cash", "3": "Cash"}
    assert problems(accounting={"payment_methods": known}) == []
    assert "names «8», but no pay system" in only(accounting={"payment_methods": {"8": "Cash"}}).message
    sound.add("b_sale_order_payment", ORDER_ID=1, PAY_SYSTEM_ID=77)
    assert only().message.startswith("Pay system 77 of recent payments is deleted: they count as BankTransfer.")


def test_tables_that_only_the_preflight_needs_may_be_missing(sound: Filler) -> None:
    sound.execute("DROP TABLE b_lang, b_sale_person_type, b_catalog_product")
    assert problems(shop={"sites": {"s1": "kontur_default"}}) == []
