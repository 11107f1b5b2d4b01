"""Goods and money go back together, or a person hears which of the two did not."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from include.accounting.operations import Plan
from include.words import Language, text
from tests.accounting.orders import (
    GOODS_STAY,
    MONEY_STAYS,
    codes,
    document,
    finding,
    line,
    order,
    payment,
    plan,
    posted,
    refunds,
    returned,
    rules,
    shipment,
    taken_over,
)
from tests.accounting.plain import facts

BACK = returned(7, "1000.00", "2026-03-03", "2026-04-20")
PER_SHIPMENT = rules(document_per="shipment")


def told(found: Plan) -> dict[str, Any]:
    return facts(finding(found))


class TestRefundWithoutReturn:
    def test_of_a_seller_at_22_per_cent(self) -> None:
        """1,000 with VAT inside: 1000 × 22 / 122 = 180.3278."""
        found = plan(order(payments=[BACK]))
        assert document(found)
        assert refunds(found) == [("refund:7", "2026-04-20", "1000.00")]
        assert codes(found) == [GOODS_STAY]
        assert told(found) == {
            "documents": [("document_of", {"number": "1045", "day": "2026-03-05"})],
            "total": "1000.00",
            "refunded": "1000.00",
            "paid": "0.00",
            "missing": "1000.00",
            "vat": [("sum_with_vat", {"amount": "1000.00", "rate": ("vat_percent", {"rate": "22"}), "tax": "180.33"})],
        }

    @pytest.mark.parametrize(
        ("rate", "shipped", "tax"),
        [
            ("0.05", "2026-03-05", "47.62"),  # УСН: 1000 × 5 / 105
            ("0.10", "2026-03-05", "90.91"),
            ("0.20", "2025-12-31", "166.67"),  # of the day of shipment, though the return is in April
        ],
    )
    def test_at_the_rate_of_the_shipments_day(self, rate: str, shipped: str, tax: str) -> None:
        found = plan(order(line("1000.00", vat=rate), shipped=shipped, payments=[BACK]))
        ((_, vat),) = told(found)["vat"]
        assert (vat["amount"], vat["tax"]) == ("1000.00", tax)

    def test_of_a_part_it_names_the_vat_of_that_part(self) -> None:
        """600 stays and 400 went back, with VAT inside: 400 × 22 / 122 = 72.1311."""
        rows = [payment(6, "600.00", "2026-03-03"), returned(7, "400.00", "2026-03-03", "2026-04-20")]
        found = told(plan(order(payments=rows)))
        assert (found["total"], found["missing"]) == ("1000.00", "400.00")
        ((_, vat),) = found["vat"]
        assert (vat["amount"], vat["tax"]) == ("400.00", "72.13")

    def test_which_rates_a_part_has_is_seen_by_the_goods(self) -> None:
        """880 at 10 % with 80 inside, 120 without: whether it is cups or coffee that came back, nobody knows."""
        goods = line("880.00", vat="0.10", name="Чашка"), line("120.00", vat=None, name="Кофе")
        rows = [payment(6, "600.00", "2026-03-03"), returned(7, "400.00", "2026-03-03", "2026-04-20")]
        code, of = told(plan(order(*goods, payments=rows)))["vat"]
        assert code == "rates_of_the_goods"
        assert [(name, one["amount"]) for name, one in of["whole"]] == [
            ("sum_without_vat", "120.00"),
            ("sum_with_vat", "880.00"),
        ]

    def test_of_a_seller_without_vat(self) -> None:
        found = plan(order(line("1000.00", vat=None), payments=[BACK]))
        assert told(found)["vat"] == [("sum_without_vat", {"amount": "1000.00"})]
        assert "без НДС" in text(finding(found).said, Language.RU)

    def test_the_vat_is_rounded_once_for_each_rate(self) -> None:
        """0.34 × 10 / 110 = 0.0309; line by line it would be twice 0.02."""
        rows = line("0.17", vat="0.10"), line("0.17", vat="0.10", name="Чашка"), line("0.66", vat=None, name="Кофе")
        found = plan(order(*rows, payments=[returned(7, "1.00", "2026-03-03", "2026-04-20")]))
        assert told(found)["vat"] == [
            ("sum_without_vat", {"amount": "0.66"}),
            ("sum_with_vat", {"amount": "0.34", "rate": ("vat_percent", {"rate": "10"}), "tax": "0.03"}),
        ]

    def test_a_part_of_the_money(self) -> None:
        """600 of 1,000 stay paid: goods of 400 are to come back, if any."""
        rows = [returned(7, "400.00", "2026-03-03", "2026-03-20"), payment(8, "600.00", "2026-03-03")]
        found = told(plan(order(payments=rows)))
        assert (found["refunded"], found["paid"], found["missing"]) == ("400.00", "600.00", "400.00")

    def test_of_an_order_that_was_never_paid_in_full_no_more_than_went_back(self) -> None:
        found = told(plan(order(payments=[returned(7, "400.00", "2026-03-03", "2026-03-20")])))
        assert (found["refunded"], found["paid"], found["missing"]) == ("400.00", "0.00", "400.00")

    @pytest.mark.parametrize(
        "rows",
        [
            # What was paid too much went back.
            [payment(7, "1000.00", "2026-03-03"), returned(8, "200.00", "2026-03-04", "2026-03-20")],
            # Paid once more by card, by store credit, in another way.
            [BACK, payment(8, "1000.00", "2026-04-21")],
            [BACK, payment(8, "1000.00", "2026-04-21", action_file="inner")],
            # Nothing of it is in the books, or nothing went back.
            [returned(7, "1000.00", "2026-03-03", "2026-03-04"), payment(8, "1000.00", "2026-03-04")],
            [returned(7, "1000.00", "2026-03-03", "2026-04-20", to="Y")],
            [payment(7, "1000.00", "2026-03-03", is_return="P")],
            [],
        ],
    )
    def test_it_is_not_said(self, rows: list[Any]) -> None:
        assert GOODS_STAY not in codes(plan(order(payments=rows)))

    def test_before_the_bank_confirms_the_money_is_here(self) -> None:
        row = payment(7, "1000.00", "2026-03-03", is_return="P", pay_return_date=dt.date(2026, 3, 8))
        assert codes(plan(order(payments=[row]))) == [GOODS_STAY]

    def test_paid_again_after_the_refund_was_posted_it_clears(self) -> None:
        first = plan(order(payments=[BACK]))
        assert plan(order(payments=[payment(7, "1000.00", "2026-04-25")]), known=posted(first)).findings == ()

    def test_of_two_shipments_only_the_one_whose_money_went_back(self) -> None:
        rows = line("1000.00", 2), line("500.00", name="Чашка")
        paid = [returned(7, "1000.00", "2026-03-03", "2026-03-20"), payment(8, "1500.00", "2026-03-03")]
        sent = (shipment(501, {1: 1}, "2026-03-05"), shipment(502, {1: 1, 2: 1}, "2026-03-10"))
        found = plan(order(*rows, shipped="2026-03-10", shipments=sent, payments=paid), by=PER_SHIPMENT)
        assert (told(found)["total"], told(found)["missing"]) == ("2500.00", "1000.00")
        part = (sent[0], shipment(502, {1: 1, 2: 1}))
        early = plan(order(*rows, shipped=None, shipments=part, payments=paid), by=PER_SHIPMENT)
        assert GOODS_STAY not in codes(early), "what left is paid by the other payment"

    @pytest.mark.parametrize(("on", "is_said"), [("2026-03-05", True), ("2026-04-20", True), ("2026-03-04", False)])
    def test_of_money_that_the_books_have_from_the_bank(self, on: str, is_said: bool) -> None:
        """Its refund is in the bank's statement; the goods are asked about all the same, unless it was an advance."""
        found = plan(
            order(payments=[returned(7, "1000.00", "2026-03-03", on)]),
            by=rules(payment_methods={"yandexcheckout": "FromBank"}),
        )
        assert refunds(found) == []
        assert (GOODS_STAY in codes(found)) == is_said

    def test_of_a_document_that_another_program_made(self) -> None:
        found = plan(order(payments=[BACK]), known=[taken_over()])
        assert (told(found)["documents"], told(found)["vat"]) == (["document_of_another_program"], "rates_of_its_own")
        assert told(found)["missing"] == "1000.00"


class TestReturnWithoutRefund:
    FIRST = plan(order(payments=[payment(7, "1000.00", "2026-03-03")]))

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"canceled": True, "date_canceled": "2026-03-10"}, "cancelled_after_posting"),
            ({"shipped": None}, "unshipped_after_posting"),
        ],
    )
    def test_the_money_is_still_here(self, fields: dict[str, Any], code: str) -> None:
        found = plan(order(payments=[payment(7, "1000.00", "2026-03-03")], **fields), known=posted(self.FIRST))
        assert codes(found) == [("review", code), MONEY_STAYS]
        assert facts(found.findings[1]) == {"left": "1000.00", "paid": "1000.00"}
        assert facts(found.findings[0])["rates"] == [("vat_percent", {"rate": "22"})]

    @pytest.mark.parametrize(
        "row",
        [
            returned(7, "1000.00", "2026-03-03", "2026-03-20"),
            returned(7, "1000.00", "2026-03-03", "2026-03-20", to="Y"),
        ],
    )
    def test_money_that_went_back_or_to_the_store_credit_is_not(self, row: Any) -> None:
        found = plan(order(payments=[row], shipped=None), known=posted(self.FIRST))
        assert MONEY_STAYS not in codes(found)
        assert GOODS_STAY not in codes(found)

    def test_never_paid(self) -> None:
        first = plan(order())
        assert codes(plan(order(shipped=None), known=posted(first))) == [("review", "unshipped_after_posting")]

    def test_one_of_two_shipments_was_taken_back(self) -> None:
        """2,000 are paid, one document of 1,000 stands: 1,000 are for goods that did not leave."""
        sent = (shipment(501, {1: 1}, "2026-03-05"), shipment(502, {1: 1}, "2026-03-10"))
        paid = [payment(7, "2000.00", "2026-03-03")]
        both = plan(order(line("1000.00", 2), shipped="2026-03-10", shipments=sent, payments=paid), by=PER_SHIPMENT)
        part = (sent[0], shipment(502, {1: 1}))
        found = plan(order(line("1000.00", 2), shipped=None, shipments=part, payments=paid), known=posted(both))
        assert codes(found) == [("review", "unshipped_after_posting"), MONEY_STAYS]
        assert facts(found.findings[1]) == {"left": "1000.00", "paid": "2000.00"}
