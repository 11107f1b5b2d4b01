from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from include.bitrix.checks import check_shop
from include.bitrix.order_checks import colliding_numbers
from include.bitrix.problems import ShopProblem
from include.bitrix.snapshot import snapshot
from include.facts import Count, Number, Roubles, Said, said, several
from include.settings import Settings
from include.words import Language, text
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


def there_are(*names: str) -> Said:
    return said("there_are", names=several(*names))


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
    assert unknown.severity == "error"
    assert unknown.said == said("site_unknown", site="S1", instead=said("meant_perhaps", name="s1"))
    assert unmapped.severity == "warning"
    assert unmapped.said == said("site_unmapped", site="s2", orders=Count(2, "order"))


def test_statuses_are_compared_letter_by_letter(sound: Filler) -> None:
    sound.order(2, STATUS_ID="Pr")
    assert problems(shop={"shipped_statuses": ["F", "Pr"]}) == []
    found = problems(shop={"shipped_statuses": ["f", "DF"]})
    assert {(problem.severity, problem.code) for problem in found} == {("error", "status_unknown")}
    shipment, letter = found
    assert shipment.said == said(
        "status_unknown", setting="shop.shipped_statuses", status="DF", instead=there_are("D", "F", "N", "Pr")
    )
    assert letter.said == said(
        "status_unknown", setting="shop.shipped_statuses", status="f", instead=said("meant_perhaps", name="F")
    )


def test_companies_without_inn(sound: Filler) -> None:
    sound.add("b_sale_person_type", ID=5, NAME="ИП")
    sound.add("b_sale_bizval_persondomain", PERSON_TYPE_ID=5, DOMAIN="E")
    problem = only()
    assert problem.said == said("inn_property_missing", person_type="ИП")
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
    assert slip.said == said(
        "status_unknown", setting="shop.shipped_statuses", status="SHIPPED", instead=there_are("F", "N")
    )


@pytest.mark.parametrize("field", ["inn", "kpp", "company", "person"])
def test_a_property_that_the_shop_does_not_have_is_an_error(sound: Filler, field: str) -> None:
    sound.add("b_sale_order_props", ID=42, PERSON_TYPE_ID=2, NAME="Орг", CODE="ORG")
    problem, *_ = problems(accounting={"properties": {field: ["INN_ORG"]}})
    assert problem.severity == "error"
    setting, instead = f"accounting.properties.{field}", there_are("INN", "ORG")
    assert problem.said == said("property_unknown", setting=setting, property="INN_ORG", instead=instead)


def test_property_codes_are_compared_letter_by_letter(sound: Filler) -> None:
    slip, none_left = problems(accounting={"properties": {"inn": ["inn"]}})
    assert (slip.severity, slip.code) == ("error", "property_unknown")
    assert dict(slip.said.facts)["instead"] == said("meant_perhaps", name="INN")
    assert none_left.code == "inn_property_nowhere", "the accounting compares letter by letter, too"


def test_a_property_that_only_old_orders_have_is_known(sound: Filler) -> None:
    sound.add("b_sale_order_props_value", ORDER_ID=1, ORDER_PROPS_ID=90, CODE="OLD_INN", NAME="ИНН", VALUE="7707083893")
    assert problems(accounting={"properties": {"inn": ["INN", "OLD_INN"]}}) == []


def test_what_is_ignored_need_not_exist(sound: Filler) -> None:
    assert only(accounting={"properties": {"ignore": ["COURIER_INN"]}}).severity == "warning"


def test_no_inn_at_all_is_somebodys_decision(sound: Filler) -> None:
    sound.execute("UPDATE b_sale_order_props SET ACTIVE = 'N'")
    problem = only()
    assert (problem.severity, problem.said) == ("error", said("inn_property_nowhere"))
    assert problems(accounting={"properties": {"inn": []}}) == []
    assert only(accounting={"retail": "reject"}).severity == "warning"


@pytest.mark.parametrize(("code", "name"), [("IP_INN", "Код"), ("NALOG", "ИНН предпринимателя"), ("", "ИНН")])
def test_a_property_in_use_that_seems_to_hold_an_inn_is_named(sound: Filler, code: str, name: str) -> None:
    sound.add("b_sale_order_props", ID=50, PERSON_TYPE_ID=2, NAME=name, CODE=code)
    assert problems() == [], "nobody filled it in"
    sound.add("b_sale_order_props_value", ORDER_ID=1, ORDER_PROPS_ID=50, CODE=code, NAME=name, VALUE="500100732259")
    problem = only()
    assert problem.severity == "warning"
    if code:
        assert problem.said == said("inn_property_unread", name=name, property=code)
    else:
        assert problem.said == said("inn_property_without_code", name=name)
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
    facts = dict(problem.said.facts)
    assert (facts["garbled"], facts["names"]) == (3, 3)
    assert isinstance(facts["example"], Said)
    assert dict(facts["example"].facts)["read"] == "Чайник для кухни"


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
    assert dict(problem.said.facts)["example"] == said("garbled_by_buyers")
    assert "Иван" not in text(problem.said)
    assert "Èâàí" not in text(problem.said)


def test_rates_without_a_word(sound: Filler) -> None:
    sound.add("b_sale_basket", ORDER_ID=1, PRODUCT_ID=3, VAT_RATE="0.18")
    sound.add("b_sale_basket", ORDER_ID=None, PRODUCT_ID=3, VAT_RATE="0.99")
    assert only().said == said("vat_unmapped", whose=said("rate_of_lines"), percent=Number(Decimal(18)))


def test_old_lines_are_not_looked_at(sound: Filler) -> None:
    sound.add("b_sale_basket", ID=10, ORDER_ID=1, PRODUCT_ID=3, VAT_RATE="0.18")
    sound.add("b_sale_basket", ID=50_010, ORDER_ID=1, PRODUCT_ID=3, VAT_RATE="0.2")
    assert problems() == []


RECEIPT = {"delivery_vat": "bitrix"}


def test_taxed_delivery(sound: Filler) -> None:
    sound.add("b_catalog_vat", ID=9, RATE="18")
    sound.add("b_sale_delivery_srv", ID=1, NAME="Курьер", VAT_ID=9)
    assert problems(accounting=RECEIPT) == []
    sound.add("b_option", MODULE_ID="sale", NAME="COUNT_DELIVERY_TAX", VALUE="Y")
    told = only(accounting=RECEIPT).said
    assert told == said("vat_unmapped", whose=said("rate_of_delivery"), percent=Number(Decimal(18)))
    assert problems() == problems(accounting={"delivery_vat": "none"}) == []
    sound.execute("DROP TABLE b_catalog_vat")
    assert only(accounting=RECEIPT).code == "delivery_vat_unreadable"


def test_delivery_that_documents_tax_and_receipts_do_not(sound: Filler) -> None:
    """122 with goods of 22 %, 105 with goods of 5 % and 300 with goods without VAT; an older and a cancelled order."""
    days = {2: "2026-08-01", 3: "2026-08-02", 4: "2026-08-03", 5: "2026-01-01", 6: "2026-08-04", 7: "2026-08-05"}
    prices = {2: "122.00", 3: "105.00", 4: "300.00", 5: "999.00", 6: "999.00", 7: "0.00"}
    rates = {2: "0.22", 3: "0.05", 4: None, 5: "0.22", 6: "0.22", 7: "0.22"}
    for id_, day in days.items():
        sound.order(id_, DATE_INSERT=day, PRICE_DELIVERY=prices[id_], CANCELED="Y" if id_ == 6 else "N")
        sound.add("b_sale_basket", ORDER_ID=id_, PRODUCT_ID=1, VAT_RATE=rates[id_])
    off = {"vat_guard": "off"}  # both regimes at once are no matter here
    told = only(accounting=off)
    assert told.severity == "warning"
    assert told.said == said(
        "delivery_vat_differs", days=Count(92, "day"), amount=Decimal("227.00"), vat=Decimal("27.00")
    )
    fixed = dict(only(accounting=off | {"delivery_vat": "vat10"}).said.facts)
    assert fixed["vat"] == Roubles(Decimal("47.91"))  # 527 x 10 / 110
    for agent in ("none", "bitrix"):
        assert problems(accounting=off | {"delivery_vat": agent}) == []
    sound.add("b_option", MODULE_ID="sale", NAME="COUNT_DELIVERY_TAX", VALUE="Y")
    assert problems(accounting=off) == []


def test_regimes_of_vat_side_by_side(sound: Filler) -> None:
    sound.order(2)
    sound.add("b_sale_basket", ORDER_ID=2, PRODUCT_ID=1, VAT_RATE="0.22")
    sound.add("b_sale_basket", ORDER_ID=2, PRODUCT_ID=2, VAT_RATE="0.05")
    assert problems() == [], "one order with both is rejected by itself"
    sound.order(3)
    sound.add("b_sale_basket", ORDER_ID=3, PRODUCT_ID=1, VAT_RATE="0.07")
    assert only().severity == "error"
    assert only().said == said("vat_regimes_in_use", simplified=Count(1, "order"), general=Count(1, "order"))
    regime = [{"from": "2026-01-01", "rates": ["vat7"]}]
    for chosen in ({"vat_guard": "off"}, {"vat_regime": regime}):
        assert problems(accounting=chosen) == []


def test_whether_delivery_is_taxed_must_be_known_or_fixed(sound: Filler) -> None:
    sound.execute("DROP TABLE b_option")
    told = only(accounting=RECEIPT)
    assert (told.severity, told.code) == ("error", "delivery_vat_unreadable")
    assert problems() == problems(accounting={"delivery_vat": "vat22"}) == []


def test_pay_systems(sound: Filler) -> None:
    known = {"cash": "Cash", "3": "Cash"}
    assert problems(accounting={"payment_methods": known}) == []
    assert only(accounting={"payment_methods": {"8": "Cash"}}).said == said("pay_system_unknown", name="8")
    sound.add("b_sale_order_payment", ORDER_ID=1, PAY_SYSTEM_ID=77)
    assert only().said == said("pay_system_gone", id=77)


def test_pay_systems_in_use_are_to_be_named(sound: Filler) -> None:
    sound.add("b_sale_pay_system_action", ID=4, NAME="Карта", ACTION_FILE="yandexcheckout")
    sound.add("b_sale_pay_system_action", ID=5, NAME="Внутренний счёт", ACTION_FILE="inner")
    for system, name in ((3, "Наличные"), (4, "Карта"), (4, "Карта"), (5, "Внутренний счёт")):
        sound.add("b_sale_order_payment", ORDER_ID=1, PAY_SYSTEM_ID=system, PAY_SYSTEM_NAME=name, PAID="Y")
    cash, card = (said("pay_system_named", name=name, id=id_) for name, id_ in (("Наличные", 3), ("Карта", 4)))
    assert only().severity == "warning"
    assert only().said == said("pay_systems_unnamed", pay_systems=several(cash, card))
    by_code = {"cash": "Cash"}
    assert only(accounting={"payment_methods": by_code}).said == said("pay_systems_unnamed", pay_systems=several(card))
    assert problems(accounting={"payment_methods": by_code | {"yandexcheckout": "FromBank"}}) == []


def test_tables_that_only_the_preflight_needs_may_be_missing(sound: Filler) -> None:
    sound.execute("DROP TABLE b_lang, b_sale_person_type, b_catalog_product")
    assert problems(shop={"sites": {"s1": "kontur_default"}}) == []


class TestKindsOfOrders:
    """All that the preflight asks of the orders' statuses, platforms and sellers."""

    def test_statuses_that_speak_of_a_return(self, sound: Filler) -> None:
        for number, (status, name) in enumerate((("R", "Возврат"), ("V", "Не выкуплен"), ("Q", "Отменён клиентом")), 2):
            sound.add("b_sale_status", ID=status, TYPE="O")
            sound.add("b_sale_status_lang", STATUS_ID=status, LID="ru", NAME=name)
            sound.order(number, STATUS_ID=status)
        sound.add("b_sale_status_lang", STATUS_ID="N", LID="ru", NAME="Принят")
        sound.add("b_sale_status_lang", STATUS_ID="D", LID="ru", NAME="Возврат, которого ни у кого нет")
        found = problems(shop={"returned_statuses": ["V"]})
        assert [(p.severity, p.said) for p in found] == [
            ("warning", said("status_speaks_of_return", status="Q", name="Отменён клиентом")),
            ("warning", said("status_speaks_of_return", status="R", name="Возврат")),
        ]

    def test_returned_statuses_have_to_be_there_and_not_shipped_as_well(self, sound: Filler) -> None:
        found = problems(shop={"returned_statuses": ["Z", "F"]})
        assert {(p.severity, p.code) for p in found} == {("error", "status_unknown"), ("error", "status_named_twice")}

    def test_shipping_by_permission_of_delivery(self, sound: Filler) -> None:
        sound.add("b_option", MODULE_ID="sale", NAME="allow_deduction_on_delivery", VALUE="Y")
        assert (only().severity, only().code) == ("warning", "ships_by_permission")
        assert problems(shop={"shipped_by": "status"}) == []

    def test_platforms(self, sound: Filler) -> None:
        for id_, code in ((1, "ozon"), (2, "landing_7"), (3, "market")):
            sound.add("b_sale_tp", ID=id_, CODE=code)
            sound.add("b_sale_tp_order", ORDER_ID=1, TRADING_PLATFORM_ID=id_, EXTERNAL_ORDER_ID="1")
        found = problems(shop={"platforms": {"market": "post", "avito": "skip"}})
        assert [p.said for p in found] == [
            said("platform_unknown", platform="avito"),
            said("platform_in_use", platform="ozon", orders=Count(1, "order")),
        ]

    def test_companies(self, sound: Filler) -> None:
        sound.order(2, COMPANY_ID=1)
        assert problems() == [], "one seller needs no map"
        sound.order(3, COMPANY_ID=2)
        assert (only().severity, only().said) == ("error", said("companies_unmapped", companies=several(1, 2)))
        unmapped = only(shop={"companies": {1: "kontur_default"}})
        assert unmapped.said == said("company_unmapped", company=2, orders=Count(1, "order"))

    def test_companies_of_payments_and_shipments_of_orders_that_name_none(self, sound: Filler) -> None:
        sound.order(2, COMPANY_ID=1)
        sound.add("b_sale_order_delivery", ORDER_ID=2, COMPANY_ID=2, SYSTEM="N")
        assert problems() == [], "an order with a part of another seller is refused by itself"
        sound.order(3)
        sound.add("b_sale_order_delivery", ORDER_ID=3, COMPANY_ID=3, SYSTEM="Y")
        assert problems() == []
        sound.add("b_sale_order_delivery", ORDER_ID=3, COMPANY_ID=2, SYSTEM="N")
        assert (only().severity, only().said) == ("error", said("companies_unmapped", companies=several(1, 2)))

    def test_orders_from_1c(self, sound: Filler) -> None:
        sound.order(2, EXTERNAL_ORDER="Y")
        assert only().said == said("external_in_use", orders=Count(1, "order"))
        assert problems(shop={"external_orders": "skip"}) == []

    def test_what_the_settings_need_and_the_user_may_not_read(self, sound: Filler) -> None:
        sound.execute("DROP TABLE b_sale_tp_order")
        sound.execute("ALTER TABLE b_sale_order DROP COLUMN COMPANY_ID, DROP COLUMN EXTERNAL_ORDER")
        assert problems() == []
        sound.execute("ALTER TABLE b_sale_basket DROP COLUMN PRODUCT_XML_ID")
        chosen = {"platforms": {"ozon": "skip"}, "companies": {1: "kontur_default"}, "external_orders": "skip"}
        found = {(p.severity, p.code) for p in problems(shop=chosen, accounting={"advance_products": ["gift"]})}
        unreadable = ("platforms", "companies", "external", "advance_products")
        assert found == {("error", f"{what}_unreadable") for what in unreadable}

    def test_gift_cards(self, sound: Filler) -> None:
        name = "Подарочный сертификат на 3 000 ₽"
        sound.add("b_sale_basket", ORDER_ID=1, PRODUCT_ID=3, NAME=name, PRODUCT_XML_ID="gift-3000")
        assert only().said == said("gift_cards_sold", name=name)
        assert problems(accounting={"advance_products": ["gift-3000"]}) == []

    @pytest.mark.parametrize("xml_id", ["gift-3000", None])
    def test_gift_cards_that_the_settings_do_not_name_beside_others(self, sound: Filler, xml_id: str | None) -> None:
        name = "Подарочный сертификат на 3 000 ₽"
        sound.add("b_sale_basket", ORDER_ID=1, PRODUCT_ID=3, NAME=name, PRODUCT_XML_ID=xml_id)
        [problem] = problems(accounting={"advance_products": ["gift_3000", "gift-5000"]})
        assert problem.said == said("gift_cards_sold", name=name)

    def test_numbers_that_stand_in_kontur_already(self, sound: Filler) -> None:
        """1001 is typed by hand with the order's sum: the same sale. 1002 is another sale. 1003 no order has."""
        for id_ in (1001, 1002, 1004):
            sound.order(id_, ACCOUNT_NUMBER=str(id_))
        sound.order(1005, ACCOUNT_NUMBER="1005", CANCELED="Y")
        foreign = {
            number: {Decimal(total)} for number, total in (("1001", "100.00"), ("1002", "7.00"), ("1003", "7.00"))
        }
        foreign["1005"] = {Decimal("7.00")}
        foreign["1004 "] = {Decimal("100.00")}  # the server takes no heed of the space

        def found(**accounting: str) -> list[ShopProblem]:
            with snapshot() as shop_db:
                settings = Settings.model_validate({"accounting": accounting})
                return list(colliding_numbers(shop_db, foreign, settings))

        assert [p.said for p in found()] == [said("numbers_collide", orders=Count(1, "order"), numbers=several("1002"))]
        assert "ИМ-{{ account_number }}" in text(found()[0].said, Language.RU)
        assert found(number="A-{{ account_number }}") == []
