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
    assert {(problem.severity, problem.code) for problem in found} == {("error", "status_unknown")}
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


def test_a_status_of_the_defaults_may_be_missing(sound: Filler) -> None:
    sound.execute("DELETE FROM b_sale_status WHERE ID = 'D'")
    assert (only().severity, only().code) == ("warning", "status_unknown")
    slip = only(shop={"shipped_statuses": ["F", "SHIPPED"]})
    assert (slip.severity, slip.code) == ("error", "status_unknown")
    assert slip.message.endswith("names «SHIPPED», but the shop has no such order status; there are «F», «N».")


@pytest.mark.parametrize("field", ["inn", "kpp", "company", "person"])
def test_a_property_that_the_shop_does_not_have_is_an_error(sound: Filler, field: str) -> None:
    sound.add("b_sale_order_props", ID=42, PERSON_TYPE_ID=2, NAME="Орг", CODE="ORG")
    problem, *_ = problems(accounting={"properties": {field: ["INN_ORG"]}})
    assert (problem.severity, problem.code) == ("error", "property_unknown")
    assert problem.message == (
        f"accounting.properties.{field} names «INN_ORG», but no order property has this code; there are «INN», «ORG»."
        " Correct the setting."
    )


def test_property_codes_are_compared_letter_by_letter(sound: Filler) -> None:
    slip, none_left = problems(accounting={"properties": {"inn": ["inn"]}})
    assert (slip.severity, slip.code) == ("error", "property_unknown")
    assert "did you mean «INN»?" in slip.message
    assert none_left.code == "inn_property_missing", "the accounting compares letter by letter, too"


def test_a_property_that_only_old_orders_have_is_known(sound: Filler) -> None:
    sound.add("b_sale_order_props_value", ORDER_ID=1, ORDER_PROPS_ID=90, CODE="OLD_INN", NAME="ИНН", VALUE="7707083893")
    assert problems(accounting={"properties": {"inn": ["INN", "OLD_INN"]}}) == []


def test_what_is_ignored_need_not_exist(sound: Filler) -> None:
    assert only(accounting={"properties": {"ignore": ["COURIER_INN"]}}).severity == "warning"


def test_no_inn_at_all_is_somebodys_decision(sound: Filler) -> None:
    sound.execute("UPDATE b_sale_order_props SET ACTIVE = 'N'")
    problem = only()
    assert (problem.severity, problem.code) == ("error", "inn_property_missing")
    assert problem.message.startswith("No order property holds the buyer's INN: every buyer would count as a private")
    assert "accounting.properties.inn: []" in problem.message
    assert problems(accounting={"properties": {"inn": []}}) == []
    assert only(accounting={"retail": "reject"}).severity == "warning"


@pytest.mark.parametrize(("code", "name"), [("IP_INN", "Код"), ("NALOG", "ИНН предпринимателя"), ("", "ИНН")])
def test_a_property_in_use_that_seems_to_hold_an_inn_is_named(sound: Filler, code: str, name: str) -> None:
    sound.add("b_sale_order_props", ID=50, PERSON_TYPE_ID=2, NAME=name, CODE=code)
    assert problems() == [], "nobody filled it in"
    sound.add("b_sale_order_props_value", ORDER_ID=1, ORDER_PROPS_ID=50, CODE=code, NAME=name, VALUE="500100732259")
    problem = only()
    assert (problem.severity, problem.code) == ("warning", "inn_elsewhere")
    assert f"«{name}» (code «{code}»)" in problem.message
    if code:
        for field in ("inn", "ignore"):
            codes = {"inn": ["INN", code]} if field == "inn" else {"ignore": [code]}
            assert problems(accounting={"properties": codes}) == []
    mapping = {"CODE_KEY": "BUYER_COMPANY_INN", "CONSUMER_KEY": "1C", "PROVIDER_KEY": "PROPERTY"}
    sound.add("b_sale_bizval", **mapping, PERSON_TYPE_ID=2, PROVIDER_VALUE="50")
    assert problems() == []


def _write_raw(shop: Filler, text: str, read_as: str, written_in: str) -> None:
    """A shop whose tables say one charset and hold the bytes of another."""
    for table, column in (("b_sale_basket", "NAME"), ("b_sale_order_props_value", "VALUE")):
        shop.execute(f"ALTER TABLE {table} CONVERT TO CHARACTER SET {read_as}")
        bytes_ = text.encode(written_in).hex()
        shop.execute(f"UPDATE {table} SET {column} = CONVERT(UNHEX('{bytes_}') USING {read_as}) WHERE ORDER_ID = 1")


@pytest.mark.parametrize(("read_as", "written_in"), [("latin1", "cp1251"), ("cp1251", "utf-8"), ("latin1", "utf-8")])
def test_bytes_of_another_charset_than_the_table_says(sound: Filler, read_as: str, written_in: str) -> None:
    sound.add("b_sale_order_props_value", ORDER_ID=1, ORDER_PROPS_ID=43, CODE="COMPANY", NAME="Name", VALUE="x")
    _write_raw(sound, "Чайник для кухни", read_as, written_in)
    problem = next(problem for problem in problems() if problem.code == "names_garbled")
    assert problem.severity == "error"
    assert "3 of 3 recent names" in problem.message
    assert "is «Чайник для кухни»)" in problem.message


def test_one_garbled_name_of_many_is_only_said(sound: Filler) -> None:
    sound.execute("UPDATE b_sale_basket SET NAME = 'Чайник'")
    for product in range(20):
        sound.add("b_sale_basket", ORDER_ID=1, PRODUCT_ID=product, NAME="Größe XL für Mädchen", VAT_RATE="0.2")
    assert problems() == []
    sound.add("b_sale_basket", ORDER_ID=1, PRODUCT_ID=30, NAME="×àéíèê", VAT_RATE="0.2")
    assert (only().severity, only().code) == ("warning", "names_garbled")


def test_a_buyers_name_is_never_shown(sound: Filler) -> None:
    sound.add("b_sale_order_props_value", ORDER_ID=1, ORDER_PROPS_ID=44, CODE="FIO", NAME="Name", VALUE="Èâàíîâ Èâàí")
    problem = only()
    assert problem.code == "names_garbled"
    assert "Иван" not in problem.message
    assert "Èâàí" not in problem.message


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
