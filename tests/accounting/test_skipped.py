"""Skipped is skipped: of an order that is not to be posted nothing is wrong, whatever its data."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.accounting.customize import Veto
from include.accounting.operations import Verdict
from include.accounting.rules import Rules
from include.bitrix.rows import Order, Payment
from tests.accounting.orders import (
    SHIPPED,
    codes,
    company,
    line,
    order,
    payment,
    plan,
    properties,
    receipt,
    returned,
    rules,
    shipment,
)

BAD_PAYMENTS = (
    payment(7, "400.00", None, paid=True),
    payment(8, "5.00", "2026-03-08", currency="USD"),
    payment(9, "-5.00", "2026-03-08"),
    payment(10, "5.00", "2036-03-08"),
    payment(11, "5.00", "2026-03-08", paid=False),
    payment(12, "50.00", "2026-03-08", return_receipts=(receipt("2026-03-09", "4.00"),)),
    returned(13, "50.00", "2026-03-08", "2036-03-09"),
    payment(14, "50.00", "2026-03-08"),
)


@pytest.mark.parametrize("row", BAD_PAYMENTS, ids=lambda row: str(row.id))
def test_an_order_shipped_before_go_live_has_no_error_for_its_money(row: Payment) -> None:
    found = plan(order(payments=[row]), by=rules(go_live="2026-03-06"))
    assert found.due == found.held == ()
    assert codes(found)[0] == ("skipped", "before_go_live")
    assert {verdict for verdict, _ in codes(found)} <= {"skipped", "noted"}


def test_a_bad_payment_of_the_time_before_go_live_was_typed_by_hand_too() -> None:
    found = plan(order(payments=[payment(8, "5.00", "2026-03-03", currency="USD")]), by=rules(go_live="2026-03-04"))
    assert len(found.due) == 1
    assert codes(found) == [("skipped", "payment_before_go_live")]


@pytest.mark.parametrize("fields", [{"currency": "USD"}, {"price": "-1.00"}])
def test_retail_that_is_skipped_is_skipped_first(fields: dict[str, Any]) -> None:
    assert codes(plan(order(**fields), by=rules(retail="skip"))) == [("skipped", "retail_skipped")]


def test_what_is_in_the_books_is_never_skipped() -> None:
    """The total fell to 0 after posting: a person has to look."""
    first = plan(order())
    known = [*map(_done, first.due)]
    assert ("review", "changed_after_posting") in codes(plan(order(line("0.00")), known=known))


def _done(operation: Any) -> Any:
    from include.accounting.operations import KnownOperation, Progress

    return KnownOperation(key=operation.key, operation=operation, progress=Progress.DONE)


def veto(_: Order, __: object) -> object:
    raise Veto("another accountant's")


ALWAYS_VETOED = rules(adjust=veto)
WAYS: dict[str, tuple[Rules, dict[str, Any]]] = {
    "before go_live": (rules(go_live="2026-03-06"), {}),
    "before go_live, by shipment": (rules(go_live="2026-03-06", document_per="shipment"), {}),
    "cancelled": (rules(), {"canceled": True, "date_canceled": "2026-03-09"}),
    "zero": (rules(), {"price": "0.00"}),
    "retail skipped": (rules(retail="skip"), {"properties": ()}),
}
BROKEN_LINES = st.sampled_from(
    [
        line("1000.00"),
        line("1000.00", vat="0.18"),
        line("1000.00", vat="0.20"),
        line("1000.00", 0),
        line("-5.00"),
        line("1000.00", currency="EUR"),
        line("7.00", name=""),
    ]
)
BROKEN_BUYERS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, company(), company(inn="7707083894"), company(inn=None), {"properties": properties(INN='a:1:{i:0;s:1:"x";}')}]
)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "currency": st.sampled_from(["RUB", "USD"]),
        "delivery": st.sampled_from(["0", "300.00", "-3.00"]),
        "payed": st.booleans(),
        "account_number": st.sampled_from(["1045", " ", None]),
        "shipments": st.just((shipment(501, {1: 1}, SHIPPED), shipment(502, {1: 5}, SHIPPED))),
    },
)


@pytest.mark.parametrize("way", WAYS)
@given(
    sold=st.lists(BROKEN_LINES, min_size=1, max_size=3),
    buyer=BROKEN_BUYERS,
    paid=st.sets(st.sampled_from(BAD_PAYMENTS)),
    fields=FIELDS,
)
def test_whatever_is_wrong_with_it(
    way: str, sold: list[Any], buyer: dict[str, Any], paid: set[Payment], fields: dict[str, Any]
) -> None:
    by, own = WAYS[way]
    if way == "retail skipped":
        buyer = {}
    found = plan(order(*sold, payments=sorted(paid, key=lambda p: p.id), **(buyer | fields | own)), by=by)
    assert found.due == found.held == ()
    assert not [f for f in found.findings if f.verdict in {Verdict.REJECTED, Verdict.REVIEW}]


@pytest.mark.parametrize("row", BAD_PAYMENTS, ids=lambda row: str(row.id))
def test_an_order_that_the_shops_own_rule_vetoes(row: Payment) -> None:
    found = plan(order(payments=[row]), by=ALWAYS_VETOED)
    assert found.due == ()
    assert ("skipped", "vetoed") in codes(found)
    assert {verdict for verdict, _ in codes(found)} <= {"skipped", "noted"}
