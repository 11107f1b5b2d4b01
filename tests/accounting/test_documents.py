"""Kinds, numbers, comments."""

from __future__ import annotations

from typing import Any

import pytest
from kontur_hook.contract import DocumentKind

from include.accounting.marker import find_marker
from include.accounting.plan import Rules
from include.facts import said
from include.settings import Accounting, Settings, SettingsError
from tests.accounting.orders import codes, document, line, order, plan, rules

GOODS: dict[str, Any] = {}
SERVICE, CATALOGUE_SERVICE = {"type": 2}, {"product_type": 7}


@pytest.mark.parametrize(
    ("rule", "kinds", "delivery", "expected"),
    [
        ("saleinvoice", [SERVICE], "0", DocumentKind.SALE_INVOICE),
        ("act", [GOODS], "0", DocumentKind.ACT),
        ("auto", [GOODS], "0", DocumentKind.SALE_INVOICE),
        ("auto", [SERVICE], "0", DocumentKind.ACT),
        ("auto", [CATALOGUE_SERVICE], "0", DocumentKind.ACT),
        ("auto", [SERVICE, CATALOGUE_SERVICE], "300.00", DocumentKind.ACT),
        ("auto", [SERVICE, GOODS], "300.00", DocumentKind.SALE_INVOICE),
    ],
)
def test_kinds(rule: str, kinds: list[dict[str, Any]], delivery: str, expected: DocumentKind) -> None:
    rows = [line("100.00", **kind) for kind in kinds]
    assert document(plan(order(*rows, delivery=delivery), by=rules(document_kind=rule))).kind is expected


@pytest.mark.parametrize("number", ["B-15", "22112026 / 1", "000045", "2026/15-Б", "A7F2", "<1>&"])
def test_a_number_is_text(number: str) -> None:
    found = document(plan(order(account_number=number)))
    assert found.number == number
    assert found.comment == f"Заказ № {number} BX1-S1045-9Y"


def test_a_missing_number_is_the_id() -> None:
    found = plan(order(account_number=None))
    assert (document(found).number, found.number) == ("1045", "1045")


def test_number_and_comment_are_templates() -> None:
    by = rules(number="{{ site | upper }}-{{ account_number }}", comment="Заказ {{ order_id }}")
    found = document(plan(order(account_number="A7"), by=by))
    assert (found.number, found.comment) == ("S1-A7", "Заказ 1045 BX1-S1045-9Y")


def test_an_empty_comment_is_the_marker_alone() -> None:
    found = document(plan(order(), by=rules(comment="")))
    assert found.comment == found.marker == "BX1-S1045-9Y"
    assert find_marker(found.comment, "1") == (1045, None)


def test_an_empty_number_is_rejected() -> None:
    assert codes(plan(order(), by=rules(number="{{ account_number if order_id != 1045 }}"))) == [
        ("rejected", "number_empty")
    ]


def test_a_template_that_fails_for_one_order_rejects_that_order() -> None:
    by = rules(number="{{ order_id }}-{{ 10 // (order_id - 2) }}")
    assert codes(plan(order(id=2), by=by)) == [("rejected", "template")]


@pytest.mark.parametrize("template", ["ИМ-", "{{ site }}", "{{ 'a' ~ 1 }}"])
def test_a_template_that_numbers_all_orders_alike_is_a_wrong_setting(template: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Rules.of(Settings(accounting=Accounting(number=template)), comment="")
    assert caught.value.said == said("template_same_number", key="accounting.number", template=template)
    assert Rules.of(Settings(accounting=Accounting(comment="Заказ")), comment="").comment == "Заказ"


@pytest.mark.parametrize(
    "template",
    [
        "{{ nummer }}",
        "{{ account_number",
        "{{ account_number.__class__.__mro__ }}",
        "{{ account_number / 2 }}",
        "{{ account_number.split('-')[5] ~ account_number[9].x }}",
        "{{ 1 // 0 }}",
    ],
)
def test_a_wrong_template_is_a_wrong_setting(template: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Rules.of(Settings(accounting=Accounting(number=template)), comment="")
    assert caught.value.said is not None
    assert caught.value.said.code == "template_unusable"
    facts = dict(caught.value.said.facts)
    assert (facts["key"], facts["template"]) == ("accounting.number", template)


def test_the_shops_code_is_in_the_marker() -> None:
    settings = Settings.model_validate({"shop": {"code": "SHOP2"}})
    found = document(plan(order(), by=Rules.of(settings, comment="")))
    assert found.marker.startswith("BXSHOP2-S1045-")
    assert find_marker(found.comment, "SHOP2") == (1045, None)
