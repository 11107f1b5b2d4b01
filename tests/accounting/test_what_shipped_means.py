"""Flag or status, partial ransom, orders that came back, orders of which a part has left."""

from __future__ import annotations

from typing import Any

import pytest

from include.accounting.operations import Plan, SaleDocument, Verdict
from include.accounting.rules import Rules
from tests.accounting.orders import (
    GOODS_STAY,
    MONEY_STAYS,
    codes,
    document,
    documents,
    finding,
    held,
    items,
    line,
    order,
    payment,
    payments,
    plan,
    posted,
    returned,
    rules,
    shipment,
    taken_over,
)
from tests.accounting.plain import facts


def by(**of_shop: Any) -> Rules:
    return rules(of_shop=of_shop)


FLAG, STATUS = by(shipped_by="flag"), by(shipped_by="status")
TURNED: dict[str, Any] = {"status_id": "F", "date_status": "2026-03-12", "statuses": [("F", "2026-03-09")]}
"""A shipped status since the 9th; the flag, where there is one, is of the 5th."""


class TestFlagOrStatus:
    @pytest.mark.parametrize(
        ("rule", "flag", "status", "day"),
        [
            (by(), True, False, "2026-03-05"),
            (by(), False, True, "2026-03-09"),
            (by(), True, True, "2026-03-05"),
            (FLAG, True, True, "2026-03-05"),
            (FLAG, False, True, None),
            (FLAG, True, False, "2026-03-05"),
            (STATUS, True, False, None),
            (STATUS, False, True, "2026-03-09"),
            (STATUS, True, True, "2026-03-09"),
        ],
    )
    def test_who_decides_whether_and_when(self, rule: Rules, flag: bool, status: bool, day: str | None) -> None:
        fields: dict[str, Any] = TURNED if status else {}
        found = plan(order(shipped="2026-03-05" if flag else None, **fields), by=rule)
        assert [str(d.date) for d in documents(found)] == ([day] if day else [])

    @pytest.mark.parametrize(
        ("rule", "keys"), [(FLAG, ["sale:1045/501"]), (STATUS, ["sale:1045/501", "sale:1045/502"])]
    )
    def test_with_a_document_per_shipment(self, rule: Rules, keys: list[str]) -> None:
        sent = (shipment(501, {1: 1}, "2026-03-05"), shipment(502, {1: 1}))
        chosen = rules(of_shop={"shipped_by": rule.shop.shipped_by}, document_per="shipment")
        found = plan(order(line("1000.00", 2), shipped=None, shipments=sent, **TURNED), by=chosen)
        assert [d.key for d in documents(found)] == keys

    def test_shipments_flags_ship_nothing_where_the_status_decides(self) -> None:
        chosen = rules(of_shop={"shipped_by": "status"}, document_per="shipment")
        found = plan(order(line("1000.00"), shipments=(shipment(501, {1: 1}, "2026-03-05"),)), by=chosen)
        assert (found.due, found.findings) == ((), ())

    def test_a_status_before_its_shipments_is_noted(self) -> None:
        found = plan(order(shipped=None, **TURNED))
        assert document(found)
        assert codes(found) == [("noted", "status_before_shipment")]
        assert facts(finding(found)) == {"status": "F", "shipments": ["1045/501"]}
        assert plan(order(shipped=None, **TURNED), known=posted(found)) == found

    @pytest.mark.parametrize("rule", [FLAG, STATUS])
    def test_not_where_the_settings_say_which_of_the_two_counts(self, rule: Rules) -> None:
        assert plan(order(shipped=None, **TURNED), by=rule).findings == ()

    @pytest.mark.parametrize("sent", [(), (shipment(501, {}, delivery="0"),)])
    def test_nor_without_shipments_that_carry_anything(self, sent: Any) -> None:
        assert plan(order(shipped=None, shipments=sent, **TURNED)).findings == ()


class TestPartialRansom:
    """Two teapots at 1,000 and a cup at 500 leave on the 5th; the buyer keeps a teapot on the 9th, and pays for it."""

    TAKEN = order(
        line("1000.00", 2), line("500.00", name="Чашка"), shipments=(shipment(501, {1: 2, 2: 1}, "2026-03-05"),)
    )
    KEPT = order(
        line("1000.00", 1, id=1),
        shipments=(shipment(501, {1: 1}, "2026-03-05"),),
        payments=[payment(7, "1000.00", "2026-03-09")],
        **TURNED,
    )

    def test_what_was_kept_is_posted_on_the_day_of_the_final_status(self) -> None:
        assert plan(self.TAKEN, by=STATUS).due == ()
        found = plan(self.KEPT, by=STATUS)
        assert (str(document(found).date), str(document(found).total_amount)) == ("2026-03-09", "1000.00")
        assert items(found) == [("1", "1000.00", "vat22")]
        assert payments(found) == [("payment:7", "2026-03-09", "1000.00")]
        assert found.findings == ()

    def test_without_the_setting_all_of_it_is_posted_and_the_cut_is_for_review(self) -> None:
        first = plan(self.TAKEN)
        assert str(document(first).total_amount) == "2500.00"
        found = plan(self.KEPT, known=posted(first))
        assert codes(found) == [("review", "changed_after_posting")]

    def test_all_was_refused(self) -> None:
        chosen = by(shipped_by="status", returned_statuses=["R"])
        back = order(status_id="R", date_status="2026-03-09")
        found = plan(back, by=chosen)
        assert (found.due, codes(found)) == ((), [("noted", "came_back")])


class TestCameBack:
    BY = by(returned_statuses=["R"])

    def found(self, back: str, known: Plan | None = None, **fields: Any) -> Plan:
        an_order = order(status_id="R", date_status=back, **fields)
        return plan(an_order, by=self.BY, known=posted(known) if known else ())

    def test_in_one_month_nothing_is_posted(self) -> None:
        found = self.found("2026-03-31", payments=[payment(7, "1000.00", "2026-03-03")])
        assert (found.due, held(found)) == ((), [])
        assert codes(found) == [("noted", "paid_and_came_back"), ("noted", "came_back")]
        assert facts(found.findings[0]) == {"payment": 7, "amount": "1000.00 RUB", "paid": "2026-03-03"}
        assert facts(found.findings[1]) == {"shipped": "2026-03-05", "back": "2026-03-31"}

    @pytest.mark.parametrize(
        ("shipped", "back"), [("2026-02-28", "2026-03-01"), ("2025-12-31", "2026-01-01"), ("2025-05-05", "2026-03-05")]
    )
    def test_in_two_months_it_is_for_review(self, shipped: str, back: str) -> None:
        found = self.found(back, shipped=shipped)
        assert (found.due, codes(found)) == ((), [("review", "came_back_in_another_month")])
        assert facts(finding(found)) == {"shipped": shipped, "back": back, "total": "1000.00 RUB"}

    def test_the_history_of_statuses_tells_the_shipment_as_well(self) -> None:
        found = self.found("2026-04-02", shipped=None, statuses=[("D", "2026-03-20"), ("R", "2026-04-02")])
        assert facts(finding(found))["shipped"] == "2026-03-20"

    def test_one_that_never_left_is_noted(self) -> None:
        assert codes(self.found("2026-04-02", shipped=None)) == [("noted", "came_back")]

    def test_one_that_was_typed_by_hand_is_noted(self) -> None:
        an_order = order(shipped="2026-02-27", status_id="R", date_status="2026-03-02")
        found = plan(an_order, by=rules(of_shop={"returned_statuses": ["R"]}, go_live="2026-03-01"))
        assert codes(found) == [("noted", "came_back")]

    def test_after_posting(self) -> None:
        first = plan(order(payments=[payment(7, "1000.00", "2026-03-03")]))
        found = self.found("2026-03-20", first, payments=[payment(7, "1000.00", "2026-03-03")])
        assert found.due == first.due
        assert codes(found) == [("review", "returned_after_posting"), MONEY_STAYS]
        back = self.found("2026-03-20", first, payments=[returned(7, "1000.00", "2026-03-03", "2026-03-21")])
        assert codes(back) == [("review", "returned_after_posting")], "goods and money went back"
        assert GOODS_STAY not in codes(back)

    def test_after_another_program_posted_it(self) -> None:
        back = order(status_id="R", date_status="2026-03-20")
        found = plan(back, by=self.BY, known=[taken_over()])
        assert codes(found) == [("review", "returned_after_posting")]
        for go_live, told in (("2026-03-20", codes(found)), ("2026-03-21", [])):
            assert (
                codes(plan(back, by=rules(of_shop={"returned_statuses": ["R"]}, go_live=go_live), known=[taken_over()]))
                == told
            )

    def test_cancelled_is_cancelled(self) -> None:
        found = self.found("2026-04-02", canceled=True, date_canceled="2026-04-02")
        assert found.findings == ()


class TestPartlyShipped:
    """Two teapots at 1,000 (22 %), a cup at 110 (10 %); a teapot and the cup left on the 5th, with delivery for 300."""

    def found(self, now: str, by_rules: Rules | None = None, **fields: Any) -> Plan:
        sent = (shipment(501, {1: 1, 2: 1}, "2026-03-05", "300.00"), shipment(502, {1: 1}))
        rows = line("1000.00", 2), line("110.00", vat="0.10", name="Чашка")
        fields = {"shipments": sent} | fields
        return plan(order(*rows, shipped=None, delivery="300.00", **fields), now=now, by=by_rules)

    def test_within_the_month_it_is_noted(self) -> None:
        found = self.found("2026-03-31 23:59:59")
        assert (found.due, codes(found)) == ((), [("noted", "partly_shipped")])
        assert facts(finding(found)) == {"shipments": ["1045/501"], "since": "2026-03-05"}

    def test_once_the_month_is_over_it_is_for_review_with_what_left_by_rate(self) -> None:
        """1000 × 22 / 122 = 180.33; 110 × 10 / 110 = 10.00; the delivery's rate is the shop's: none."""
        found = self.found("2026-04-01 00:00:00", rules(delivery_vat="none"))
        assert (found.due, codes(found)) == ((), [("review", "partly_shipped_for_long")])
        assert facts(finding(found)) == {
            "shipments": ["1045/501"],
            "since": "2026-03-05",
            "sums": [
                ("sum_without_vat", {"amount": "300.00"}),
                ("sum_with_vat", {"amount": "110.00", "rate": ("vat_percent", {"rate": "10"}), "tax": "10.00"}),
                ("sum_with_vat", {"amount": "1000.00", "rate": ("vat_percent", {"rate": "22"}), "tax": "180.33"}),
            ],
        }

    def test_what_left_in_an_earlier_month_than_the_document_is_noted_with_its_sums(self) -> None:
        """Teapot, cup and delivery of 5 March, in a document of 2 April; a part of April is in its month."""
        sent = (
            shipment(501, {1: 1, 2: 1}, "2026-03-05", "300.00"),
            shipment(502, {1: 1}, "2026-04-02"),
        )
        rows = line("1000.00", 2), line("110.00", vat="0.10", name="Чашка")
        made = order(*rows, shipped="2026-04-02", delivery="300.00", shipments=sent)
        found = plan(made, now="2026-04-10", by=rules(delivery_vat="none"))
        (document,) = (one for one in found.due if isinstance(one, SaleDocument))
        assert (str(document.date), str(document.total_amount)) == ("2026-04-02", "2410.00")
        (noted,) = (one for one in found.findings if one.code == "parts_left_earlier")
        assert noted.verdict is Verdict.NOTED
        assert facts(noted) == {
            "shipments": ["1045/501"],
            "since": "2026-03-05",
            "day": "2026-04-02",
            "sums": [
                ("sum_without_vat", {"amount": "300.00"}),
                ("sum_with_vat", {"amount": "110.00", "rate": ("vat_percent", {"rate": "10"}), "tax": "10.00"}),
                ("sum_with_vat", {"amount": "1000.00", "rate": ("vat_percent", {"rate": "22"}), "tax": "180.33"}),
            ],
        }
        each = plan(made, now="2026-04-10", by=rules(delivery_vat="none", document_per="shipment"))
        assert "parts_left_earlier" not in [one.code for one in each.findings]
        within = (sent[0], shipment(502, {1: 1}, "2026-03-31"))
        same = plan(order(*rows, shipped="2026-03-31", delivery="300.00", shipments=within), now="2026-04-10")
        assert "parts_left_earlier" not in [one.code for one in same.findings]

    def test_its_money_still_waits(self) -> None:
        found = self.found("2026-04-01", payments=[payment(7, "2410.00", "2026-03-03")])
        assert held(found) == [("payment:7", "2026-03-03", "2410.00")]

    def test_an_order_with_an_error_tells_no_sums(self) -> None:
        assert facts(finding(self.found("2026-04-01", price="7.00")))["sums"] == "sums_unknown"

    @pytest.mark.parametrize(
        "fields",
        [
            {"canceled": True, "date_canceled": "2026-03-08"},
            {"shipments": (shipment(501, {1: 1}), shipment(502, {}, "2026-03-05", "300.00"))},
        ],
    )
    def test_it_is_not_said(self, fields: dict[str, Any]) -> None:
        assert self.found("2026-04-01", **fields).findings == ()

    @pytest.mark.parametrize(
        "rule",
        [
            rules(go_live="2026-03-06"),
            rules(document_per="shipment", delivery_vat="none"),
            rules(of_shop={"shipped_by": "status"}),
        ],
    )
    def test_nor_where_the_part_is_no_part(self, rule: Rules) -> None:
        assert self.found("2026-04-01", rule).findings == ()
