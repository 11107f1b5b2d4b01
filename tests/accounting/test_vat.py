"""VAT: the rate's word, the turn of the year 2025, and delivery's."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from include.accounting.rules import Rules
from include.accounting.unshipped import as_if_shipped
from tests.accounting.orders import (
    codes,
    company,
    document,
    documents,
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
    by = rules(vat={"18": "vat20", "20": "vat20"}, vat_guard="off")
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
    found = plan(order(line("1220.00", vat=rate), shipped=shipped), by=rules(vat_guard="reject"))
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
    found = plan(order(line("1200.00", vat="0.20"), shipped=NEW), by=rules(vat_guard="off"))
    assert items(found) == [("1", "1200.00", "vat20")]


def test_paid_in_2025_shipped_in_2026_is_22_per_cent_and_the_payment_keeps_its_day() -> None:
    bought = order(line("1220.00"), shipped="2026-01-10", payments=[payment(7, "1220.00", "2025-12-28")])
    found = plan(bought)
    assert items(found) == [("1", "1220.00", "vat22")]
    assert payments(found) == [("payment:7", "2025-12-28", "1220.00")]


RECEIPT = rules(delivery_vat="bitrix")


class TestDeliveryAsOnTheReceipt:
    """100 of goods without VAT, delivery for 300."""

    def delivered(self, shipped: str = "2026-03-05", by: Rules = RECEIPT, **options: Any) -> str:
        found = plan(order(line("100.00", vat=None), delivery="300.00", shipped=shipped), by=by, **options)
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
        found = plan(sold, of_shop=shop(count_delivery_tax=True, delivery_vat={3: "0.18"}), by=RECEIPT)
        assert codes(found) == [("rejected", "vat_unknown")]
        assert facts(finding(found)) == {"what": "what_delivery", "rate": "18"}
        gone = plan(sold, of_shop=shop(count_delivery_tax=True, delivery_vat={}), by=RECEIPT)
        assert codes(gone) == [("rejected", "delivery_vat_unknown")]

    def test_the_shipments_that_were_charged_decide(self) -> None:
        of_shop = shop(count_delivery_tax=True, delivery_vat={3: "0.10", 4: "0.05"})
        free = shipment(502, {}, "2026-03-05", delivery_id=4)
        charged = shipment(501, {1: 1}, "2026-03-05", "300.00")
        found = plan(order(delivery="300.00", shipments=(charged, free)), of_shop=of_shop, by=RECEIPT)
        assert items(found)[1] == ("1", "300.00", "vat10")

    def test_two_rates_in_one_sum_are_rejected(self) -> None:
        of_shop = shop(count_delivery_tax=True, delivery_vat={3: "0.10", 4: None})
        both = (
            shipment(501, {1: 1}, "2026-03-05", "200.00"),
            shipment(502, {}, "2026-03-05", "100.00", delivery_id=4),
        )
        found = plan(order(delivery="300.00", shipments=both), of_shop=of_shop, by=RECEIPT)
        assert codes(found) == [("rejected", "delivery_vat_mixed")]
        assert facts(finding(found)) == {"rates": ["vat_none", ("vat_percent", {"rate": "10"})]}

    def test_a_rate_that_the_shop_changes_later_changes_no_posted_document(self) -> None:
        sold = order(delivery="300.00")
        first = plan(sold, by=RECEIPT)
        assert items(first)[1] == ("1", "300.00", "none")
        for by in (RECEIPT, rules()):
            later = plan(sold, known=posted(first), of_shop=shop(count_delivery_tax=True), by=by)
            assert (later, later.findings) == (first, ())

    def test_name_and_unit_are_settings(self) -> None:
        found = plan(order(delivery="300.00"), by=rules(delivery_name="Услуги доставки", delivery_unit="усл. ед"))
        assert (document(found).items[1].name, document(found).items[1].unit) == ("Услуги доставки", "усл. ед")


class TestByTheDayOfShipment:
    """The default: the law leaves no choice of the standard rate, and what the buyer paid stays."""

    @pytest.mark.parametrize(
        ("shipped", "rate", "before", "now"),
        [(NEW, "0.20", "20", "22"), (OLD, "0.22", "22", "20")],
    )
    @pytest.mark.parametrize("buyer", [{}, company()], ids=["retail", "company"])
    def test_the_standard_rate_is_that_of_the_day_and_the_total_stays(
        self, shipped: str, rate: str, before: str, now: str, buyer: dict[str, Any]
    ) -> None:
        sold = order(
            line("1200.00", vat=rate), line("0.99", 2, vat=rate), line("50.00", vat="0.10"), shipped=shipped, **buyer
        )
        found = plan(sold)
        assert items(found) == [("1", "1200.00", f"vat{now}"), ("2", "0.99", f"vat{now}"), ("1", "50.00", "vat10")]
        assert document(found).total_amount == Decimal("1251.98")
        assert codes(found) == [("noted", "vat_by_shipment")]
        assert facts(finding(found)) == {
            "amount": "1201.98",
            "before": ("vat_percent", {"rate": before}),
            "now": ("vat_percent", {"rate": now}),
            "day": shipped[:10],
        }

    def test_vat_on_top_is_that_which_the_buyer_paid(self) -> None:
        """100 and 20 % on top, paid with 120 in December: 120 with 22/122 inside it in January."""
        sold = order(line("100.00", vat="0.20", vat_included=False), price="120.00", shipped=NEW)
        assert items(plan(sold)) == [("1", "120.00", "vat22")]

    def test_it_stays_so_when_it_is_posted(self) -> None:
        sold = order(line("1200.00", vat="0.20"), shipped=NEW)
        first = plan(sold)
        later = plan(sold, known=posted(first))
        assert (later, later.findings) == (first, first.findings)
        corrected = order(line("1200.00", vat="0.22"), shipped=NEW)
        assert plan(corrected, known=posted(first)).findings == ()

    def test_each_shipment_has_its_own_day(self) -> None:
        turn = order(
            line("1200.00", 2, vat="0.20"),
            shipments=(shipment(501, {1: 1}, "2025-12-30"), shipment(502, {1: 1}, "2026-01-10")),
            shipped="2026-01-10",
        )
        found = plan(turn, by=rules(document_per="shipment"))
        assert [d.items[0].vat_rate for d in documents(found)] == ["vat20", "vat22"]
        assert codes(found) == [("noted", "vat_by_shipment")]


class TestRegime:
    """A seller on УСН who passed the threshold in June: without VAT until 30.06.2026, 5 % from July, 7 % in 2027."""

    REGIME: ClassVar = [
        {"from": "2026-01-01", "rates": ["none"]},
        {"from": "2026-07-01", "rates": ["vat5"]},
        {"from": "2027-01-01", "rates": ["vat7"]},
    ]
    BY = rules(vat_regime=REGIME)
    REJECT = rules(vat_regime=REGIME, vat_guard="reject")
    LATER = "2027-02-01 03:00:00"

    @pytest.mark.parametrize(
        ("shipped", "rate", "expected"),
        [
            ("2026-06-30 23:59:59", None, "none"),
            ("2026-07-01 00:00:00", None, "vat5"),
            ("2026-07-01", "0.05", "vat5"),
            ("2026-07-01", "0.22", "vat5"),
            ("2026-12-31 23:59:59", "0.05", "vat5"),
            ("2027-01-01 00:00:00", "0.05", "vat7"),
            ("2025-12-31 23:59:59", "0.20", "vat20"),  # before the first day nothing is said
        ],
    )
    def test_the_only_taxed_rate_of_the_day(self, shipped: str, rate: str | None, expected: str) -> None:
        sold = order(line("1050.00", vat=rate), delivery="210.00", shipped=shipped)
        found = plan(sold, by=self.BY, now=self.LATER)
        assert [(price, word) for _, price, word in items(found)] == [("1050.00", expected), ("210.00", expected)]
        shops_own = {None: "none", "0.05": "vat5", "0.20": "vat20", "0.22": "vat22"}[rate]
        assert codes(found) == ([] if shops_own == expected else [("noted", "vat_by_shipment")])

    def test_a_taxed_line_where_none_is_applied_is_rejected(self) -> None:
        found = plan(order(line("1000.00", vat="0.22"), shipped="2026-06-30"), by=self.BY)
        assert codes(found) == [("rejected", "vat_of_other_regime")]
        assert facts(finding(found)) == {
            "name": "Чайник",
            "rate": ("vat_percent", {"rate": "22"}),
            "day": "2026-06-30",
            "applied": ["vat_none"],
        }

    @pytest.mark.parametrize("rate", [None, "0.22", "0.10", "0.07"])
    def test_reject_leaves_it_to_a_person(self, rate: str | None) -> None:
        sold = order(line("1000.00", vat=rate), shipped="2026-07-01")
        assert codes(plan(sold, by=self.REJECT)) == [("rejected", "vat_of_other_regime")]

    def test_off_posts_what_the_shop_says(self) -> None:
        sold = order(line("1000.00", vat="0.22"), shipped="2026-07-01")
        assert items(plan(sold, by=rules(vat_regime=self.REGIME, vat_guard="off"))) == [("1", "1000.00", "vat22")]

    def test_between_several_taxed_rates_nobody_chooses(self) -> None:
        by = rules(vat_regime=[{"from": "2026-01-01", "rates": ["vat10", "vat20"]}])
        general = order(line("1.00", vat="0.20"), line("1.00", vat="0.10"))
        assert [word for *_, word in items(plan(general, by=by))] == ["vat22", "vat10"], "20 is the standard rate"
        assert codes(plan(order(line("1.00", vat="0.05")), by=by)) == [("rejected", "vat_of_other_regime")]

    @pytest.mark.parametrize("fixed", ["none", "bitrix"])
    def test_delivery_that_is_the_carriers_is_none_of_the_sellers(self, fixed: str) -> None:
        by = rules(vat_regime=self.REGIME, delivery_vat=fixed)
        sold = order(line("1050.00", vat="0.05"), delivery="210.00", shipped="2026-07-01")
        assert [word for *_, word in items(plan(sold, by=by))] == ["vat5", "none"]
        assert plan(sold, by=by).findings == ()

    def test_an_advance_is_for_goods_at_the_rate_that_they_will_have(self) -> None:
        waiting = order(line("1050.00", vat=None), delivery="210.00", shipped=None)
        draft = as_if_shipped(waiting, shop(), self.BY, dt.date(2026, 7, 1))
        assert draft is not None
        assert [item.vat_rate for item in draft.items] == ["vat5", "vat5"]


class TestMixedRegimes:
    """Without ``vat_regime``: nobody sells at 5 and at 22 %."""

    @pytest.mark.parametrize("one", ["0.05", "0.07"])
    @pytest.mark.parametrize("other", ["0.10", "0.22", "0.20"])
    @pytest.mark.parametrize("delivery", ["0", "300.00"])
    def test_in_one_order_they_are_rejected(self, one: str, other: str, delivery: str) -> None:
        sold = order(line("1.00", vat=one), line("2.00", vat=other), delivery=delivery)
        assert codes(plan(sold)) == [("rejected", "vat_regime_mixed")]

    def test_nor_in_two_shipments_of_one_order(self) -> None:
        parts = (shipment(501, {1: 1}, "2026-03-05"), shipment(502, {2: 1}, "2026-03-06"))
        sold = order(line("500.00", vat="0.05"), line("700.00", vat="0.22"), shipments=parts, shipped="2026-03-06")
        by = rules(document_per="shipment")
        found = plan(sold, by=by)
        assert (documents(found), set(codes(found))) == ([], {("rejected", "vat_regime_mixed")})
        # The first one was posted while it was alone: it stands, and the second one is refused.
        first = order(line("500.00", vat="0.05"), shipments=parts[:1], shipped="2026-03-05")
        later = plan(sold, by=by, known=posted(plan(first, by=by)))
        assert [d.key for d in documents(later)] == ["sale:1045/501"]
        assert ("rejected", "vat_regime_mixed") in codes(later)
        regime = [{"from": "2026-01-01", "rates": ["vat5", "vat22"]}]
        named = plan(sold, by=rules(document_per="shipment", vat_regime=regime))
        assert [d.items[0].vat_rate for d in documents(named)] == ["vat5", "vat22"]

    def test_goods_without_vat_may_leave_beside_either(self) -> None:
        parts = (shipment(501, {1: 1}, "2026-03-05"), shipment(502, {2: 1}, "2026-03-06"))
        for rate in ("0.05", "0.22"):
            sold = order(line("500.00", vat=None), line("700.00", vat=rate), shipments=parts, shipped="2026-03-06")
            assert len(documents(plan(sold, by=rules(document_per="shipment")))) == 2

    @pytest.mark.parametrize("beside", [None, "0.05", "0.07"])
    def test_what_may_stand_together(self, beside: str | None) -> None:
        assert plan(order(line("1.00", vat="0.05"), line("2.00", vat=beside))).findings == ()

    def test_a_regime_or_no_guard_lets_them_pass(self) -> None:
        sold = order(line("1.00", vat="0.05"), line("2.00", vat="0.22"))
        both = [{"from": "2026-01-01", "rates": ["vat5", "vat22"]}]
        for by in (rules(vat_regime=both), rules(vat_guard="off")):
            assert [word for *_, word in items(plan(sold, by=by))] == ["vat5", "vat22"]


class TestDeliveryLikeItsGoods:
    """The default: delivery that the seller sells is taxed like what it brings."""

    @pytest.mark.parametrize(
        ("rates", "shipped", "expected"),
        [
            ([None], NEW, "none"),
            (["0"], NEW, "none"),
            (["0.05"], NEW, "vat5"),
            (["0.07", None], NEW, "vat7"),
            (["0.22"], NEW, "vat22"),
            (["0.20"], OLD, "vat20"),
            (["0.20"], NEW, "vat22"),
            (["0.10"], NEW, "vat22"),
            (["0.10"], OLD, "vat20"),
            (["0.10", "0.22", None], NEW, "vat22"),
        ],
    )
    def test_by_the_rates_of_the_goods(self, rates: list[str | None], shipped: str, expected: str) -> None:
        sold = order(*(line("100.00", vat=rate) for rate in rates), delivery="300.00", shipped=shipped)
        assert items(plan(sold))[-1] == ("1", "300.00", expected)

    @pytest.mark.parametrize("rates", [["0.05", "0.07"], ["0"]])
    def test_where_the_goods_do_not_say_it_is_rejected(self, rates: list[str]) -> None:
        sold = order(*(line("100.00", vat=rate) for rate in rates), delivery="300.00")
        by = rules(vat_zero_means="vat0")
        assert codes(plan(sold, by=by)) == [("rejected", "delivery_vat_unclear")]
        fixed = rules(vat_zero_means="vat0", delivery_vat="none")
        assert items(plan(sold, by=fixed))[-1] == ("1", "300.00", "none")

    def test_without_goods_nothing_says_it(self) -> None:
        alone = order(items=(), delivery="500.00", price="500.00", shipments=(shipment(501, {}, NEW, "500.00"),))
        found = plan(alone)
        assert (codes(found), facts(finding(found))) == ([("rejected", "delivery_vat_unclear")], {"rates": "no_goods"})
        per_shipment = plan(alone, by=rules(document_per="shipment"))
        assert (documents(per_shipment), codes(per_shipment)) == ([], [("rejected", "delivery_vat_unclear")])
        assert items(plan(alone, by=rules(delivery_vat="vat22"))) == [("1", "500.00", "vat22")]
        assert items(plan(alone, by=rules(delivery_vat="bitrix"))) == [("1", "500.00", "none")]

    @pytest.mark.parametrize("rate", ["none", "vat5", "vat22"])
    def test_but_the_only_rate_that_the_seller_applies(self, rate: str) -> None:
        alone = order(items=(), delivery="500.00", price="500.00", shipments=(shipment(501, {}, NEW, "500.00"),))
        by = rules(vat_regime=[{"from": "2026-01-01", "rates": [rate]}])
        assert items(plan(alone, by=by)) == [("1", "500.00", rate)]

    def test_what_was_posted_without_goods_keeps_its_rate(self) -> None:
        alone = order(items=(), delivery="500.00", price="500.00", shipments=(shipment(501, {}, NEW, "500.00"),))
        first = plan(alone, by=rules(delivery_vat="none"))
        assert plan(alone, known=posted(first)) == first

    def test_an_unknown_rate_of_the_goods_is_said_once(self) -> None:
        assert codes(plan(order(line("1.00", vat="0.18"), delivery="3.00"))) == [("rejected", "vat_unknown")]

    def test_each_shipment_has_that_of_its_own_goods(self) -> None:
        parts = (
            shipment(501, {1: 1}, "2026-03-05", "100.00"),
            shipment(502, {2: 1}, "2026-03-06", "200.00"),
            shipment(503, {}, "2026-03-06", "300.00"),
        )
        sold = order(line("500.00", vat=None), line("700.00"), shipments=parts, delivery="600.00", shipped=None)
        found = plan(sold, by=rules(document_per="shipment"))
        last = {d.key: d.items[-1].vat_rate for d in documents(found)}
        assert last == {"sale:1045/501": "none", "sale:1045/502": "vat22", "sale:1045/503": "vat22"}
