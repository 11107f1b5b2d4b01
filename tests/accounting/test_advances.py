"""Gift cards are no revenue when they are sold."""

from __future__ import annotations

import pytest

from tests.accounting.orders import codes, done, finding, line, order, payment, plan, rules
from tests.accounting.plain import facts

CARD = line("3000.00", 2, vat=None, name="Подарочный сертификат", product_xml_id="gift-3000#offer-1")
TEAPOT = line("1000.00", product_xml_id="teapot")


@pytest.mark.parametrize("named", ["gift-3000", "offer-1", "gift-3000#offer-1"])
def test_an_order_with_one_is_rejected_with_their_sum(named: str) -> None:
    found = plan(order(TEAPOT, CARD, payments=[payment(7, "7000.00")]), by=rules(advance_products=[named]))
    assert (found.due, found.held) == ((), ())
    assert codes(found) == [("rejected", "advance_sold")]
    assert facts(finding(found)) == {"amount": "6000.00 RUB", "total": "7000.00 RUB"}
    assert found.wanted is not None
    assert [str(one.amount) for one in found.wanted] == ["7000.00"], "its revenue is somebody's to decide"


@pytest.mark.parametrize("named", [[], ["gift", "GIFT-3000", "#", ""]])
def test_others_are_goods(named: list[str]) -> None:
    assert plan(order(TEAPOT, CARD), by=rules(advance_products=named)).findings == ()


def test_what_is_in_the_books_and_what_is_not_shipped_is_not_asked_about() -> None:
    by = rules(advance_products=["gift-3000"])
    first = plan(order(CARD))
    assert plan(order(CARD), known=done(*first.due), by=by) == first
    assert plan(order(CARD, shipped=None), by=by).findings == ()
