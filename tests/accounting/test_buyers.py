"""Who the counterparty is."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from kontur_hook.contract import CounterpartyType

from include.accounting.operations import Counterparty
from include.bitrix.rows import Property, PropertyMapping
from include.words import Language, text
from tests.accounting.orders import (
    ENTITY,
    PERSON,
    codes,
    company,
    document,
    finding,
    order,
    plan,
    properties,
    rules,
    shop,
)
from tests.accounting.plain import facts


def buyer(**fields: Any) -> Counterparty:
    return document(plan(order(**fields))).counterparty


def refused(**fields: Any) -> str:
    found = plan(order(**fields))
    assert found.due == ()
    return finding(found).code


def test_a_company() -> None:
    assert buyer(**company()) == Counterparty(
        inn="7707083893", kpp="773601001", name="ООО «Пример»", type=CounterpartyType.LEGAL_ENTITY
    )


def test_a_branch_is_a_counterparty_of_its_own() -> None:
    assert buyer(**company(kpp="540243001")).kpp == "540243001"


def test_an_entrepreneur_has_no_kpp_whatever_stands_there() -> None:
    found = buyer(**company("123456789047", "нет", "ИП Пример"))
    assert found == Counterparty(
        inn="123456789047", kpp=None, name="ИП Пример", type=CounterpartyType.INDIVIDUAL_ENTREPRENEUR
    )


def test_an_entrepreneur_among_private_persons_is_named_as_a_person() -> None:
    found = buyer(properties=properties(INN="500100732259", FIO="Пример  Пётр "))
    assert (found.type, found.name) == (CounterpartyType.INDIVIDUAL_ENTREPRENEUR, "Пример Пётр")


def test_without_any_name_the_inn_is_the_name() -> None:
    assert buyer(**company(name=None)).name == "ИНН 7707083893"


def test_a_company_without_kpp_is_sent_without_it_unless_it_is_required() -> None:
    assert buyer(**company(kpp=None)).kpp is None
    assert buyer(**company(kpp=" ")).kpp is None
    found = plan(order(**company(kpp=None)), by=rules(require_kpp=True))
    assert codes(found) == [("rejected", "kpp_missing")]
    assert document(plan(order(**company("123456789047", None)), by=rules(require_kpp=True)))


def test_outer_spaces_are_trimmed_and_leading_zeros_kept() -> None:
    found = buyer(**company(" 0100000004\u00a0", "\t010001001 "))
    assert (found.inn, found.kpp) == ("0100000004", "010001001")


@pytest.mark.parametrize(
    ("inn", "code"),
    [
        ("7701234567", "inn_checksum"),
        ("0000000000", "inn_zero"),
        ("100000004", "inn_format"),
        ("7700 000016", "inn_format"),
        ("уточняется", "inn_format"),
        ("-", "inn_format"),
        ('a:2:{i:0;s:10:"7700000016";i:1;s:10:"1234567894";}', "property_list"),
        ("7700000016,1234567894", "inn_format"),
    ],
)
def test_a_broken_inn_is_rejected_and_never_turned_into_retail(inn: str, code: str) -> None:
    assert refused(**company(inn)) == code
    assert refused(properties=properties(INN=inn)) == code


def test_a_property_that_may_have_several_values_and_has_one() -> None:
    """Nobody could leave fewer."""
    listed = company('a:2:{i:0;s:10:"7707083893";i:1;s:1:" ";}', 'a:1:{i:0;s:9:"773601001";}')
    assert document(plan(order(**listed))).counterparty == document(plan(order(**company()))).counterparty


def test_what_is_said_says_what_to_do_and_shows_the_inns_last_digits() -> None:
    found = finding(plan(order(**company("7701234567"))))
    assert facts(found) == {"inn": "7701234567"}
    assert text(found.said, Language.EN) == (
        "INN …4567 is mistyped: its check digits do not fit. Ask the buyer for it, and correct it in the order's"
        " properties."
    )


@pytest.mark.parametrize("kpp", ["77360100", "7736ab001", "нет", 'a:2:{i:0;s:9:"773601001";i:1;s:9:"773601002";}'])
def test_a_broken_kpp_is_rejected(kpp: str) -> None:
    assert refused(**company(kpp=kpp)) in {"kpp_format", "property_list"}


def test_a_company_without_inn_is_rejected() -> None:
    assert refused(properties=properties(COMPANY="Example GmbH")) == "inn_missing"
    assert refused(properties=properties(COMPANY="Example GmbH", INN=" ")) == "inn_missing"


def test_a_legal_entity_by_person_type_without_inn_is_rejected() -> None:
    assert refused(person_type_id=ENTITY) == "inn_missing"
    assert refused(person_type_id=ENTITY, properties=properties(INN=None, COMPANY="  ")) == "inn_missing"


def test_a_foreign_company_with_a_russian_inn_is_a_company() -> None:
    assert buyer(**company("9909000004", "774751001")).type is CounterpartyType.LEGAL_ENTITY


class TestRetail:
    def test_one_counterparty_for_all(self) -> None:
        everyone = Counterparty(inn=None, kpp=None, name="Розничные покупатели", type=CounterpartyType.INDIVIDUAL)
        assert buyer() == everyone
        assert buyer(properties=properties(FIO="Иванова Мария", EMAIL="m@example.com", COMPANY="", INN="")) == everyone

    def test_its_name_and_type_are_settings(self) -> None:
        by = rules(retail_name="Физлица", retail_type="LegalEntity")
        found = document(plan(order(), by=by)).counterparty
        assert (found.name, found.type) == ("Физлица", CounterpartyType.LEGAL_ENTITY)

    def test_skipped(self) -> None:
        found = plan(order(), by=rules(retail="skip"))
        assert (found.due, codes(found)) == ((), [("skipped", "retail_skipped")])
        assert document(plan(order(**company()), by=rules(retail="skip")))

    def test_rejected(self) -> None:
        assert codes(plan(order(), by=rules(retail="reject"))) == [("rejected", "retail_rejected")]


class TestInnElsewhere:
    """A property that speaks of INN and that nobody named, filled: who bought is not known, so it is not retail."""

    IP = "123456789047"

    @pytest.mark.parametrize("code", ["IP_INN", "UR_INN", "INN_IP", "F_INN_2", "ИНН"])
    def test_it_is_rejected_by_the_propertys_code(self, code: str) -> None:
        found = plan(order(properties=properties(FIO="Пример Пётр", **{code: self.IP})))
        assert (found.due, codes(found)) == ((), [("rejected", "inn_elsewhere")])
        assert facts(finding(found)) == {"properties": [code]}, "its value is not repeated"

    def test_its_name_speaks_too(self) -> None:
        named = Property(props_id=37, code="F37", name="ИНН предпринимателя", value=self.IP, is_payer=False)
        found = plan(order(properties=(named,)))
        assert codes(found) == [("rejected", "inn_elsewhere")]
        assert facts(finding(found)) == {"properties": ["F37"]}
        nameless = plan(order(properties=(dataclasses.replace(named, code=None),)))
        assert codes(nameless) == [("rejected", "inn_elsewhere")]
        (called,) = facts(finding(nameless))["properties"]
        assert called == ("property_without_code", {"id": 37, "name": "ИНН предпринимателя"})

    def test_once_the_settings_name_it_it_is_the_inn(self) -> None:
        sold = order(properties=properties(IP_INN=self.IP, FIO="Пример Пётр"))
        by = rules(properties={"inn": ["INN", "IP_INN"]})
        assert document(plan(sold, by=by)).counterparty.inn == self.IP

    def test_settings_list_what_holds_none(self) -> None:
        by = rules(properties={"ignore": ["IP_INN"]})
        sold = order(properties=properties(IP_INN="не нужен"))
        assert document(plan(sold, by=by)).counterparty.inn is None
        other = order(properties=properties(IP_INN="не нужен", UR_INN=self.IP))
        assert facts(finding(plan(other, by=by))) == {"properties": ["UR_INN"]}

    @pytest.mark.parametrize("value", [None, "", " ", "\u00a0", "a:0:{}", 'a:1:{i:0;s:0:"";}', "N", "Y"])
    def test_it_says_nothing_while_it_is_empty_or_a_tick(self, value: str | None) -> None:
        assert buyer(properties=properties(IP_INN=value)).inn is None

    @pytest.mark.parametrize("code", ["WINNER", "INNER_CODE", "DINNER", "ДИННЕР"])
    def test_words_that_merely_contain_the_letters_are_no_matter(self, code: str) -> None:
        assert buyer(properties=properties(**{code: self.IP})).inn is None

    def test_beside_a_named_one_it_is_no_matter(self) -> None:
        assert buyer(properties=properties(INN="7707083893", IP_INN=self.IP)).inn == "7707083893"

    @pytest.mark.parametrize("retail", ["skip", "reject"])
    def test_it_is_not_left_out_as_retail_either(self, retail: str) -> None:
        sold = order(properties=properties(IP_INN=self.IP))
        assert codes(plan(sold, by=rules(retail=retail))) == [("rejected", "inn_elsewhere")]

    def test_a_company_without_inn_hears_where_one_stands(self) -> None:
        found = plan(order(person_type_id=ENTITY, properties=properties(UR_INN="7707083893", COMPANY="ООО «Пример»")))
        assert codes(found) == [("rejected", "inn_missing")]
        assert facts(finding(found)) == {"hint": ("hint_inn_elsewhere", {"properties": ["UR_INN"]})}


class TestProperties:
    RENAMED = properties(ORG_TAX_ID="9999000020", ORG_REASON="999901001", ORG_NAME="АО «Договор»")

    @staticmethod
    def mapping(field: str, props_id: int, consumer: str = "1C", person_type: int = ENTITY) -> PropertyMapping:
        return PropertyMapping(
            code_key=f"BUYER_COMPANY_{field}", consumer_key=consumer, person_type_id=person_type, props_id=props_id
        )

    def buyer(self, *mappings: PropertyMapping, **fields: Any) -> Counterparty:
        fields = {"properties": self.RENAMED, **fields}
        return document(plan(order(person_type_id=ENTITY, **fields), of_shop=shop(*mappings))).counterparty

    def test_codes_are_settings(self) -> None:
        by = rules(properties={"inn": ["TAX", "ORG_TAX_ID"], "kpp": ["ORG_REASON"], "company": ["ORG_NAME"]})
        found = document(plan(order(person_type_id=ENTITY, properties=self.RENAMED), by=by)).counterparty
        assert (found.inn, found.kpp, found.name) == ("9999000020", "999901001", "АО «Договор»")

    def test_the_shops_own_1c_mapping_helps_where_codes_do_not(self) -> None:
        found = self.buyer(self.mapping("INN", 1), self.mapping("KPP", 2), self.mapping("NAME", 3))
        assert (found.inn, found.kpp, found.name) == ("9999000020", "999901001", "АО «Договор»")

    def test_codes_win_over_the_mapping(self) -> None:
        both = properties(ORG_TAX_ID="9999000020", INN="7707083893")
        assert self.buyer(self.mapping("INN", 1), properties=both).inn == "7707083893"

    def test_an_empty_property_by_code_leaves_it_to_the_mapping(self) -> None:
        both = properties(ORG_TAX_ID="9999000020", INN=" ")
        assert self.buyer(self.mapping("INN", 1), properties=both).inn == "9999000020"

    @pytest.mark.parametrize(
        ("worse", "better"),
        [
            (("1C", 0), ("1C", ENTITY)),
            (("COMMON", ENTITY), ("1C", ENTITY)),
            (("COMMON", ENTITY), ("1C", 0)),
            (("COMMON", 0), ("COMMON", ENTITY)),
        ],
    )
    def test_1c_wins_over_common_and_the_person_types_own_over_all(
        self, worse: tuple[str, int], better: tuple[str, int]
    ) -> None:
        both = properties(A="7707083893", B="9999000020")
        mappings = (self.mapping("INN", 1, *worse), self.mapping("INN", 2, *better))
        assert self.buyer(*mappings, properties=both).inn == "9999000020"

    def test_a_mapping_of_another_person_type_is_not_used(self) -> None:
        found = plan(
            order(person_type_id=ENTITY, properties=self.RENAMED), of_shop=shop(self.mapping("INN", 1, "1C", PERSON))
        )
        assert codes(found) == [("rejected", "inn_missing")]
