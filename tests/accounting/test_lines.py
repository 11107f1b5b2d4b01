"""Which rows count, and that they make the order's total to the kopeck."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import pytest

from tests.accounting.orders import (
    codes,
    document,
    finding,
    item,
    items,
    line,
    order,
    payment,
    plan,
    rules,
)
from tests.accounting.plain import facts


def test_a_set_counts_once_by_its_parent() -> None:
    bundle = order(
        line("600.00", id=1, type=1, name="Набор"),
        line("400.00", id=2, set_parent_id=1),
        line("300.00", 2, id=3, set_parent_id=1),
    )
    assert items(plan(bundle)) == [("1", "600.00", "vat22")]


def test_an_old_set_whose_parent_names_itself_counts_once() -> None:
    bundle = order(line("600.00", id=1, type=1, set_parent_id=1), line("400.00", id=2, set_parent_id=1))
    assert items(plan(bundle)) == [("1", "600.00", "vat22")]


@pytest.mark.parametrize(
    ("price", "quantity", "total", "expected"),
    [
        ("33.3333", "3", "99.9999", [("2", "33.33"), ("1", "33.34")]),
        ("33.33333333", "3", "99.99999999", [("2", "33.33"), ("1", "33.34")]),
        ("12.3456", "10", "123.456", [("4", "12.34"), ("6", "12.35")]),
        ("1000.00", "0.3335", "333.50", [("0.3335", "1000.00")]),
        ("99.99", "0.3333", "33.326667", [("0.3333", "99.99")]),
        ("10.01", "2.5", "25.03", [("2.5", "10.01")]),
        # a double of the driver: 0.1 + 0.2
        ("100.00", "0.30000000000000004", "30.00", [("0.3", "100.00")]),
    ],
)
def test_a_line_comes_to_what_the_buyer_pays(
    price: str, quantity: str, total: str, expected: list[tuple[str, str]]
) -> None:
    found = plan(order(line(price, quantity), price=total))
    assert [(q, p) for q, p, _ in items(found)] == expected


def test_a_present_stays_with_price_zero() -> None:
    assert items(plan(order(line("1000.00"), line("0.00")))) == [("1", "1000.00", "vat22"), ("1", "0.00", "vat22")]


def test_all_free_is_skipped_and_noted() -> None:
    found = plan(order(line("0.00"), payments=[payment(7, "100.00")]))
    assert (found.due, found.held) == ((), ())
    assert codes(found) == [("skipped", "total_zero"), ("noted", "payment_without_document")]


def test_an_order_without_lines_is_refused() -> None:
    found = plan(order(line("1000.00", set_parent_id=99), price="1000.00"))
    assert codes(found) == [("rejected", "no_lines")]
    assert facts(finding(found)) == {"total": "1000.00"}


def test_free_goods_and_a_paid_delivery() -> None:
    assert items(plan(order(line("0.00"), delivery="300.00"))) == [("1", "0.00", "vat22"), ("1", "300.00", "vat22")]


@pytest.mark.parametrize(
    ("fields", "code", "said"),
    [
        ({"quantity": Decimal(0)}, "quantity", {"line": 2, "name": "Чайник", "quantity": "0"}),
        ({"quantity": Decimal("0.00001")}, "quantity", {"line": 2, "name": "Чайник", "quantity": "0"}),
        ({"quantity": Decimal(-1)}, "quantity", {"line": 2, "name": "Чайник", "quantity": "-1"}),
        ({"price": Decimal("-0.01")}, "price_negative", {"line": 2, "name": "Чайник", "price": "-0.01 RUB"}),
        (
            {"currency": "USD"},
            "line_currency",
            {"line": 2, "name": "Чайник", "price": "500.00 USD", "order_currency": "RUB"},
        ),
        ({"name": " ", "quantity": Decimal(0)}, "line_name", {"line": 2}),
        ({"name": "Чай " * 20, "quantity": Decimal(0)}, "quantity", {"line": 2, "name": "Чай " * 10, "quantity": "0"}),
        (
            {"vat_rate": Decimal("0.18")},
            "vat_unknown",
            {"what": ("what_line", {"line": 2, "name": "Чайник"}), "rate": "18"},
        ),
    ],
)
def test_an_impossible_row_is_rejected(fields: dict[str, Any], code: str, said: dict[str, Any]) -> None:
    found = plan(order(line("1000.00"), dataclasses.replace(line("500.00"), **fields), price="1500.00"))
    assert (found.due, codes(found)) == ((), [("rejected", code)])
    assert facts(finding(found)) == said


def test_all_faults_are_told_at_once_each_kind_once() -> None:
    found = plan(order(line("1.00", 0), line("2.00", 0), line("3.00", vat="0.18"), currency="RUB", person_type_id=2))
    assert codes(found) == [("rejected", "inn_missing"), ("rejected", "quantity"), ("rejected", "vat_unknown")]


def test_a_negative_total_is_rejected() -> None:
    assert codes(plan(order(price="-200.00"))) == [("rejected", "total_negative")]


@pytest.mark.parametrize("delivery", ["-1.00"])
def test_a_negative_delivery_is_rejected(delivery: str) -> None:
    assert codes(plan(order(delivery=delivery, price="999.00"))) == [("rejected", "delivery_negative")]


class TestRoundingAgainstThePrice:
    def test_half_a_kopeck_a_line_is_rounding_and_goes_to_the_largest_line(self) -> None:
        found = plan(order(line("1000.00"), line("500.00"), price="1500.01"))
        assert items(found) == [("1", "1000.01", "vat22"), ("1", "500.00", "vat22")]
        assert document(found).total_amount == Decimal("1500.01")

    def test_it_goes_down_as_well_and_splits_a_line_of_several(self) -> None:
        # 3 x 1000 less a kopeck: 1 x 999.99 + 2 x 1000.00
        found = plan(order(line("1000.00", 3), line("5.00"), price="3004.99"))
        assert items(found) == [("1", "999.99", "vat22"), ("2", "1000.00", "vat22"), ("1", "5.00", "vat22")]

    def test_fractions_of_the_version_of_2026_make_a_kopeck(self) -> None:
        # 0.333 + 0.333 + 0.334 = 1.000, rounded each 0.99; the first of equals is the largest
        found = plan(order(line("0.333"), line("0.333"), line("0.334")))
        assert items(found) == [("1", "0.34", "vat22"), ("1", "0.33", "vat22"), ("1", "0.33", "vat22")]

    def test_a_difference_larger_than_the_largest_line_is_shared(self) -> None:
        # ten lines of 0.005 make 0.05; rounded up each 0.10
        found = plan(order(*[line("0.005") for _ in range(10)]))
        assert [price for _, price, _ in items(found)] == ["0.00"] * 5 + ["0.01"] * 5

    def test_more_than_half_a_kopeck_a_line_is_rejected_with_both_figures(self) -> None:
        found = plan(order(line("1000.00"), price="1000.01"))
        assert codes(found) == [("rejected", "total_mismatch")]
        assert facts(finding(found)) == {"lines": "1000.00", "total": "1000.01"}

    def test_the_delivery_counts_as_a_line_but_keeps_its_sum(self) -> None:
        found = plan(order(line("100.00"), delivery="300.00", price="400.01"))
        assert items(found) == [("1", "100.01", "vat22"), ("1", "300.00", "vat22")]

    def test_two_kopecks_over_three_lines_are_too_many(self) -> None:
        assert codes(plan(order(line("1.00"), line("1.00"), line("1.00"), price="3.02"))) == [
            ("rejected", "total_mismatch")
        ]

    def test_the_price_itself_is_rounded_half_up(self) -> None:
        assert document(plan(order(line("10.00"), price="10.004999"))).total_amount == Decimal("10.00")
        assert document(plan(order(line("10.01"), price="10.005"))).total_amount == Decimal("10.01")


class TestVatOnTop:
    def test_exact(self) -> None:
        assert items(plan(order(line("100.00", 3, vat_included=False), price="366.00"))) == [("3", "122.00", "vat22")]

    def test_rounded_by_line_as_up_to_version_22(self) -> None:
        # 99.99 + 10.00 (9.999)
        found = plan(order(line("33.33", 3, vat="0.10", vat_included=False), price="109.99"))
        assert items(found) == [("2", "36.66", "vat10"), ("1", "36.67", "vat10")]

    def test_rounded_by_unit_as_in_version_25(self) -> None:
        # 99.99 + 3 x 3.33
        found = plan(order(line("33.33", 3, vat="0.10", vat_included=False), price="109.98"))
        assert items(found) == [("3", "36.66", "vat10")]

    @pytest.mark.parametrize(
        ("price", "first"),
        [
            # by line: 0.10 + 0.02 (0.02288) = 0.12
            ("1.20", [("4", "0.03")]),
            # by unit: 0.10 + 4 x 0.01 (0.00572) = 0.14
            ("1.40", [("2", "0.03"), ("2", "0.04")]),
            # not rounded, as in version 2026: 0.12688, ten of them 1.2688; 0.13 each, three kopecks are rounding
            ("1.27", [("2", "0.02"), ("2", "0.03")]),
        ],
    )
    def test_the_way_is_the_one_that_gives_the_price(self, price: str, first: list[tuple[str, str]]) -> None:
        # 4 x 0.026 = 0.104 and 22 % on top, ten times
        rows = [line("0.026", 4, vat_included=False) for _ in range(10)]
        found = plan(order(*rows, price=price))
        assert document(found).total_amount == Decimal(price)
        assert [(q, p) for q, p, _ in items(found)][: len(first)] == first

    def test_none_of_the_ways_is_a_real_difference(self) -> None:
        rows = [line("0.026", 4, vat_included=False) for _ in range(10)]
        assert codes(plan(order(*rows, price="1.46"))) == [("rejected", "total_mismatch")]

    def test_mixed_with_lines_that_include_it(self) -> None:
        found = plan(order(line("100.00", vat_included=False), line("100.00"), price="222.00"))
        assert items(found) == [("1", "122.00", "vat22"), ("1", "100.00", "vat22")]

    def test_without_vat_there_is_nothing_on_top(self) -> None:
        found = plan(order(line("100.00", vat=None, vat_included=False)))
        assert items(found) == [("1", "100.00", "none")]


def test_names_are_posted_as_they_are() -> None:
    name = "Набор «Уют» <b>-50%</b> & \"чай\" 'кофе' 🎁 ".ljust(255, "я")
    assert document(plan(order(line("1.00", name=name)))).items[0].name == name


@pytest.mark.parametrize(
    ("okei", "name", "expected"),
    [
        (796, "штука", "шт"),
        (166, "килограмм", "кг"),
        (112, None, "л"),
        (778, "уп.", "упак"),
        (6, None, "м"),
        (9999, "бухта", "бухта"),
        (None, " моток ", "моток"),
        (None, None, "шт"),
        (9999, "  ", "шт"),
    ],
)
def test_units(okei: int | None, name: str | None, expected: str) -> None:
    found = plan(order(line("1.00", measure_code=okei, measure_name=name)))
    assert document(found).items == (item("1.00", unit=expected),)


def test_units_of_the_settings_win() -> None:
    by = rules(units={796: "штука", 9999: "бухта"})
    found = plan(order(line("1.00"), line("1.00", measure_code=9999, measure_name="x")), by=by)
    assert [i.unit for i in document(found).items] == ["штука", "бухта"]


def test_ten_thousand_lines_are_ordinary() -> None:
    found = document(plan(order(*[line("10.00") for _ in range(10_000)])))
    assert (len(found.items), found.total_amount) == (10_000, Decimal("100000.00"))
