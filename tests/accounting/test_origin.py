"""Orders of trading platforms, from 1C, of several sellers."""

from __future__ import annotations

from typing import Any

import pytest

from include.accounting.rules import Rules
from include.bitrix.rows import Order
from tests.accounting.orders import (
    codes,
    done,
    finding,
    held,
    line,
    order,
    payment,
    payments,
    plan,
    returned,
    rules,
    shipment,
    taken_over,
)
from tests.accounting.plain import facts


def by(**of_shop: Any) -> Rules:
    return rules(of_shop=of_shop)


PAID = payment(7, "1000.00", "2026-03-03")


class TestPlatforms:
    def test_one_that_nobody_named_is_rejected_with_its_money(self) -> None:
        found = plan(order(platforms=("ozon", "landing_1"), payments=[PAID]))
        assert (found.due, held(found)) == ((), [])
        assert codes(found) == [("rejected", "platform_unnamed")]
        assert facts(finding(found)) == {"platforms": ["ozon"]}
        assert found.wanted is not None
        assert [(w.key, str(w.amount)) for w in found.wanted] == [("sale:1045", "1000.00")], "it is due, and not posted"

    @pytest.mark.parametrize(
        ("word", "said", "documents"), [("post", [], 1), ("skip", [("skipped", "platform_skipped")], 0)]
    )
    def test_one_that_is_named(self, word: str, said: list[tuple[str, str]], documents: int) -> None:
        found = plan(order(platforms=("ozon",)), by=by(platforms={"ozon": word}))
        assert (len(found.due), codes(found)) == (documents, said)

    def test_the_shops_own_sites_are_none(self) -> None:
        found = plan(order(platforms=("landing", "landing_17")))
        assert (len(found.due), found.findings) == (1, ())

    def test_nothing_is_wrong_with_it_before_it_is_shipped(self) -> None:
        found = plan(order(platforms=("ozon",), shipped=None, payments=[PAID]))
        assert (held(found), found.findings) == ([("payment:7", "2026-03-03", "1000.00")], ())

    def test_skipped_is_skipped_whatever_is_wrong(self) -> None:
        broken = order(
            platforms=("ozon",), price="7.00", company_id=1, shipments=(shipment(501, {1: 1}, company_id=2),)
        )
        assert codes(plan(broken, by=by(platforms={"ozon": "skip"}))) == [("skipped", "platform_skipped")]

    @pytest.mark.parametrize(
        ("fields", "rule", "code"),
        [
            ({}, rules(go_live="2026-03-06"), "before_go_live"),
            ({"price": "0"}, by(), "total_zero"),
            ({}, rules(retail="skip"), "retail_skipped"),
        ],
    )
    def test_what_is_not_to_be_posted_has_no_error_for_where_it_came_from(
        self, fields: dict[str, Any], rule: Rules, code: str
    ) -> None:
        of_another = {"company_id": 1, "shipments": (shipment(501, {1: 1}, company_id=2),)}
        for origin in ({"platforms": ("ozon",)}, of_another):
            assert codes(plan(order(**origin, **fields), by=rule)) == [("skipped", code)]

    @pytest.mark.parametrize("rule", [by(), by(platforms={"ozon": "skip"}, external_orders="skip")])
    def test_what_is_in_the_books_is_judged_no_more(self, rule: Rules) -> None:
        first = plan(order())
        assert plan(order(platforms=("ozon",), external=True), known=done(*first.due), by=rule) == first
        assert plan(order(platforms=("ozon",)), known=[taken_over()], by=rule).findings == ()


class TestFromOneC:
    def test_is_posted_like_others(self) -> None:
        found = plan(order(external=True, payments=[PAID]))
        assert (payments(found), found.findings) == ([("payment:7", "2026-03-03", "1000.00")], ())

    def test_or_skipped(self) -> None:
        found = plan(order(external=True, payments=[PAID]), by=by(external_orders="skip"))
        assert (found.due, found.held, codes(found)) == ((), (), [("skipped", "external_skipped")])


class TestCompanies:
    def sold(self, own: int | None, of_payment: int | None, of_shipment: int | None = None) -> Order:
        parts = (shipment(501, {1: 1}, "2026-03-05", company_id=of_shipment),)
        paid = payment(7, "1000.00", "2026-03-03", company_id=of_payment)
        return order(company_id=own, payments=[paid], shipments=parts)

    @pytest.mark.parametrize(("of_payment", "of_shipment"), [(2, None), (None, 2), (2, 1)])
    def test_money_or_goods_of_another_seller(self, of_payment: int | None, of_shipment: int | None) -> None:
        found = plan(self.sold(1, of_payment, of_shipment))
        assert (found.due, codes(found)) == ((), [("rejected", "company_differs")])
        assert facts(finding(found)) == {"company": 1, "others": [2]}

    @pytest.mark.parametrize(
        ("own", "of_payment", "of_shipment"), [(1, 1, 1), (1, None, None), (None, None, None), (None, 2, 2)]
    )
    def test_of_its_own_or_of_none(self, own: int | None, of_payment: int | None, of_shipment: int | None) -> None:
        assert plan(self.sold(own, of_payment, of_shipment)).findings == ()

    def test_a_payment_that_never_came_says_nothing(self) -> None:
        waiting = order(company_id=1, payments=[payment(7, "1000.00", None, company_id=2)])
        assert plan(waiting).findings == ()
        gone = returned(7, "1000.00", "2026-03-03", "2026-03-20", company_id=2)
        assert ("rejected", "company_differs") in codes(plan(order(company_id=1, payments=[gone])))

    def test_two_companies_of_one_account_are_one_seller(self) -> None:
        one = by(companies={1: "kontur_default", 2: "kontur_default"})
        assert plan(self.sold(1, 2), by=one).findings == ()
        two = by(companies={1: "kontur_default", 2: "kontur_second"})
        assert codes(plan(self.sold(1, 2), by=two)) == [("rejected", "company_differs")]
        of_the_second = plan(self.sold(None, 2, 2), by=two)
        assert (of_the_second.due, codes(of_the_second)) == ((), [("rejected", "company_differs")]), (
            "not into the first's"
        )
        assert facts(finding(of_the_second)) == {"company": "no_company", "others": [2]}
        assert plan(self.sold(None, 1, 1), by=two).findings == ()

    def test_money_of_another_seller_that_comes_after_the_document(self) -> None:
        first = plan(order(company_id=1))
        later = self.sold(1, 2)
        found = plan(later, known=done(*first.due))
        assert (payments(found), codes(found)) == ([], [("rejected", "company_differs")])
        assert (facts(finding(found)), finding(found).payment_id) == ({"company": 1, "others": [2]}, 7)
        assert codes(plan(later, known=done(*first.due), by=rules(go_live="2026-03-04"))) == [
            ("skipped", "payment_before_go_live")
        ]
        both = plan(self.sold(1, 1))
        assert plan(later, known=done(*both.due)).findings == (), "what is in the books is judged no more"

    def test_a_further_shipment_of_another_seller(self) -> None:
        by = rules(document_per="shipment")
        half, other = (
            shipment(501, {1: 1}, "2026-03-05", company_id=1),
            shipment(502, {1: 1}, "2026-03-06", company_id=2),
        )
        first = plan(order(line("500.00", 2), company_id=1, shipments=(half,), shipped=None), by=by)
        assert [operation.key for operation in first.due] == ["sale:1045/501"]
        found = plan(order(line("500.00", 2), company_id=1, shipments=(half, other)), known=done(*first.due), by=by)
        assert [operation.key for operation in found.due] == ["sale:1045/501"]
        assert codes(found) == [("review", "changed_after_posting"), ("rejected", "company_differs")]

    def test_the_plan_says_whose_it_is(self) -> None:
        assert plan(order(company_id=2)).company_id == 2
