"""VAT: the rate's word, the turn of the year 2025, and delivery's (issue 3, case 8)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.accounting.orders import (
    codes,
    document,
    finding,
    items,
    line,
    order,
    payment,
    payments,
    plan,
    posted,
    rules,
    shipment,
    shop,
)
from tests.accounting.plain import facts

OLD, NEW = "2025-12-31 23:59:59", "2026-01-01 00:00:00"


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (None, "none"),
        ("0", "none"),
        ("0.0000", "none"),
        ("0.05", "vat5"),
        ("0.07", "vat7"),
        ("0.10", "vat10"),
        ("0.1000", "vat10"),
        ("0.22", "vat22"),
        ("0.2200", "vat22"),
    ],
)
def test_the_word_of_a_rate(rate: str | None, expected: str) -> None:
    assert items(plan(order(line("100.00", vat=rate)))) == [("1", "100.00", expected)]


def test_zero_may_mean_zero_per_cent() -> None:
    by = rules(vat_zero_means="vat0")
    assert items(plan(order(line("100.00", vat="0"), line("1.00", vat=None)), by=by)) == [
        ("1", "100.00", "vat0"),
        ("1", "1.00", "none"),
    ]


@pytest.mark.parametrize("rate", ["0.18", "0.21", "0.2001", "22", "0.000001"])
def test_an_unknown_rate_is_rejected_and_never_the_nearest(rate: str) -> None:
    assert codes(plan(order(line("100.00", vat=rate)))) == [("rejected", "vat_unknown")]


def test_a_rate_may_be_named_in_the_settings() -> None:
    by = rules(vat={"18": "vat20", "20": "vat20"}, vat_guard=False)
    assert items(plan(order(line("100.00", vat="0.18")), by=by)) == [("1", "100.00", "vat20")]
    assert codes(plan(order(line("100.00", vat="0.22")), by=by)) == [("rejected", "vat_unknown")]


def test_mixed_rates() -> None:
    found = plan(order(line("1.00"), line("2.00", vat="0.10"), line("3.00", vat=None)))
    assert [vat for *_, vat in items(found)] == ["vat22", "vat10", "none"]


@pytest.mark.parametrize(
    ("shipped", "rate", "expected"),
    [
        (OLD, "0.20", "vat20"),
        (NEW, "0.22", "vat22"),
        (OLD, "0.22", None),
        (NEW, "0.20", None),
        (NEW, "0.10", "vat10"),
        (OLD, "0.05", "vat5"),
        (OLD, "0.07", "vat7"),
        (NEW, None, "none"),
    ],
)
def test_the_standard_rate_is_that_of_the_day_of_shipment(shipped: str, rate: str, expected: str | None) -> None:
    found = plan(order(line("1220.00", vat=rate), shipped=shipped))
    if expected is None:
        assert codes(found) == [("rejected", "vat_of_other_years")]
        standard = "22" if shipped == NEW else "20"
        assert facts(finding(found)) == {
            "name": "Чайник",
            "rate": f"{Decimal(rate) * 100:.0f}",
            "day": shipped[:10],
            "standard": standard,
        }
    else:
        assert items(found) == [("1", "1220.00", expected)]


def test_the_guard_can_be_switched_off() -> None:
    found = plan(order(line("1200.00", vat="0.20"), shipped=NEW), by=rules(vat_guard=False))
    assert items(found) == [("1", "1200.00", "vat20")]


def test_paid_in_2025_shipped_in_2026_is_22_per_cent_and_the_payment_keeps_its_day() -> None:
    bought = order(line("1220.00"), shipped="2026-01-10", payments=[payment(7, "1220.00", "2025-12-28")])
    found = plan(bought)
    assert items(found) == [("1", "1220.00", "vat22")]
    assert payments(found) == [("payment:7", "2025-12-28", "1220.00")]


class TestDelivery:
    """100 of goods without VAT, delivery for 300."""

    def delivered(self, shipped: str = "2026-03-05", **options: Any) -> str:
        found = plan(order(line("100.00", vat=None), delivery="300.00", shipped=shipped), **options)
        (goods, delivery) = document(found).items
        assert goods.vat_rate == "none"
        assert (delivery.name, delivery.unit, delivery.quantity, delivery.price) == (
            "Доставка",
            "шт",
            Decimal(1),
            Decimal("300.00"),
        )
        return delivery.vat_rate.value

    def test_without_vat_unless_the_shop_counts_it(self) -> None:
        assert self.delivered() == "none"

    @pytest.mark.parametrize(
        ("rate", "shipped", "expected"),
        [
            ("0.22", NEW, "vat22"),
            ("0.22", OLD, "vat20"),
            ("0.20", NEW, "vat22"),
            ("0.20", OLD, "vat20"),
            ("0.10", OLD, "vat10"),
            ("0.05", NEW, "vat5"),
            ("0", NEW, "none"),
            (None, NEW, "none"),
        ],
    )
    def test_the_services_own_where_the_shop_counts_it_and_the_standard_one_of_the_day(
        self, rate: str | None, shipped: str, expected: str
    ) -> None:
        of_shop = shop(count_delivery_tax=True, delivery_vat={3: rate})
        assert self.delivered(shipped, of_shop=of_shop) == expected

    @pytest.mark.parametrize(
        ("fixed", "shipped", "expected"),
        [("vat22", OLD, "vat20"), ("vat20", NEW, "vat22"), ("vat10", NEW, "vat10"), ("none", NEW, "none")],
    )
    def test_fixed_by_the_settings(self, fixed: str, shipped: str, expected: str) -> None:
        of_shop = shop(count_delivery_tax=True, delivery_vat={3: "0.05"})
        assert self.delivered(shipped, of_shop=of_shop, by=rules(delivery_vat=fixed)) == expected

    def test_an_unknown_rate_is_rejected(self) -> None:
        sold = order(delivery="300.00")
        found = plan(sold, of_shop=shop(count_delivery_tax=True, delivery_vat={3: "0.18"}))
        assert codes(found) == [("rejected", "vat_unknown")]
        assert facts(finding(found)) == {"what": "what_delivery", "rate": "18"}
        assert codes(plan(sold, of_shop=shop(count_delivery_tax=True, delivery_vat={}))) == [
            ("rejected", "delivery_vat_unknown")
        ]

    def test_the_shipments_that_were_charged_decide(self) -> None:
        of_shop = shop(count_delivery_tax=True, delivery_vat={3: "0.10", 4: "0.05"})
        free = shipment(502, {}, "2026-03-05", delivery_id=4)
        charged = shipment(501, {1: 1}, "2026-03-05", "300.00")
        found = plan(order(delivery="300.00", shipments=(charged, free)), of_shop=of_shop)
        assert items(found)[1] == ("1", "300.00", "vat10")

    def test_two_rates_in_one_sum_are_rejected(self) -> None:
        of_shop = shop(count_delivery_tax=True, delivery_vat={3: "0.10", 4: None})
        both = (
            shipment(501, {1: 1}, "2026-03-05", "200.00"),
            shipment(502, {}, "2026-03-05", "100.00", delivery_id=4),
        )
        found = plan(order(delivery="300.00", shipments=both), of_shop=of_shop)
        assert codes(found) == [("rejected", "delivery_vat_mixed")]
        assert facts(finding(found)) == {"rates": ["vat_none", ("vat_percent", {"rate": "10"})]}

    def test_a_rate_that_the_shop_changes_later_changes_no_posted_document(self) -> None:
        sold = order(delivery="300.00")
        first = plan(sold)
        later = plan(sold, known=posted(first), of_shop=shop(count_delivery_tax=True))
        assert later == first

    def test_name_and_unit_are_settings(self) -> None:
        found = plan(order(delivery="300.00"), by=rules(delivery_name="Услуги доставки", delivery_unit="усл. ед"))
        assert (document(found).items[1].name, document(found).items[1].unit) == ("Услуги доставки", "усл. ед")
