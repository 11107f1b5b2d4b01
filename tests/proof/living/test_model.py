"""The model by hand: small orders whose due is worked out on paper."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, cast

import pytest

from proof.living.lives import Lives
from proof.living.model import Money, Receipt, Standing, Taxes, due, kopecks
from proof.living.orders import REFUSED, Identity, Order
from proof.living.tables import Row, Tables
from sandbox.shop import reference
from sandbox.shop.order import Buyer, Draft

MARCH = [dt.datetime(2026, 3, day, 12) for day in range(1, 32)]

GO_LIVE = dt.date(2026, 2, 1)


class _Ids:
    """Counts."""

    def __init__(self) -> None:
        self._last = 0

    def take(self, table: str) -> int:
        self._last += 1
        return self._last


class _Memory(Tables):
    """Rows that nobody writes."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, int], Row] = {}


@pytest.fixture
def order() -> Order:
    """Of 1,000 roubles, 22 %, at retail; not paid, not shipped."""
    ids = cast("Any", _Ids())
    draft = Draft(ids, "25", created=MARCH[0], buyer=Buyer(properties={"FIO": "А"}))
    draft.line("1000", vat=Decimal("0.22"))
    draft.ship(None)
    draft.pay("1000", None, reference.CARD)
    made = Lives.__new__(Lives)
    made._tables, made._ids = _Memory(), ids
    return made._keep(draft, Identity())


def told(order: Order, standing: Standing | None = None) -> tuple[str | None, list[str], list[str]]:
    """What is due: the document, payments and refunds, and why a person is needed."""
    found = due(order, standing or Standing(), set(), GO_LIVE)
    money = [str(m) for receipt in found.receipts for m in (receipt.paid, receipt.refund) if m is not None]
    return (str(found.document) if found.document else None), money, found.trouble


DOCUMENT = "document № 1 of 2026-03-05 1000.00 to retail (vat22 1000.00)"


def test_nothing_is_due_before_the_shipment_and_the_payment_is_held(order: Order) -> None:
    order.pay(order.payments[0], MARCH[1])
    assert told(order) == (None, [], [])
    assert due(order, Standing(), set(), GO_LIVE).waits


def test_a_sale_paid_before_and_refunded_after_the_shipment(order: Order) -> None:
    payment = order.payments[0]
    order.pay(payment, MARCH[1])
    order.ship(order.shipments[0], MARCH[4])
    assert told(order) == (DOCUMENT, ["payment of 2026-03-02 1000.00 BankTransfer"], [])
    order.ask_refund(payment, MARCH[7])
    assert told(order)[1] == ["payment of 2026-03-02 1000.00 BankTransfer"], "the bank has not answered"
    order.give_back(payment, MARCH[9])
    assert told(order)[1] == [
        "payment of 2026-03-02 1000.00 BankTransfer",
        "refund of 2026-03-10 1000.00 BankTransfer",
    ]


def test_what_came_and_went_before_the_shipment_is_not_due(order: Order) -> None:
    order.pay(order.payments[0], MARCH[1])
    order.give_back(order.payments[0], MARCH[2])
    order.ship(order.shipments[0], MARCH[4])
    assert told(order) == (DOCUMENT, [], [])


def test_a_refund_is_dated_by_what_is_not_older_than_the_payment(order: Order) -> None:
    payment = order.payments[0]
    order.ship(order.shipments[0], MARCH[4])
    order.pay(payment, MARCH[4].replace(hour=13))
    order.print_receipt(payment, MARCH[4].replace(hour=14), "sellreturn")
    order.give_back(payment, MARCH[4].replace(hour=14))
    order.pay(payment, MARCH[4].replace(hour=15))
    order.give_back(payment, MARCH[11])
    assert told(order)[1][1] == "refund of 2026-03-12 1000.00 BankTransfer"


def test_thirds_add_up_to_the_total(order: Order) -> None:
    first = order.payments[0]
    first["SUM"] = Decimal("333.3333")
    for amount in ("333.3333", "333.3334"):
        further = first | {"ID": order.ids.take("b_sale_order_payment"), "SUM": Decimal(amount)}
        order.payments.append(order.tables.add("b_sale_order_payment", further))
    for payment in order.payments:
        order.pay(payment, MARCH[1])
    order.ship(order.shipments[0], MARCH[4])
    assert [receipt.paid.amount for receipt in due(order, Standing(), set(), GO_LIVE).receipts] == [
        Decimal("333.33"),
        Decimal("333.34"),
        Decimal("333.33"),
    ]


def test_a_row_made_anew_is_no_new_money(order: Order) -> None:
    order.pay(order.payments[0], MARCH[1])
    order.ship(order.shipments[0], MARCH[4])
    found = due(order, Standing(), set(), GO_LIVE)
    standing = Standing(found.document, list(found.receipts))
    order.make_payment_anew(order.payments[0], MARCH[6])
    assert told(order, standing) == (None, [], ["a posted payment's row is gone", "a row made anew"])


def test_a_refused_order_is_not_due_and_needs_a_person(order: Order) -> None:
    order.buyer = REFUSED
    order.pay(order.payments[0], MARCH[1])
    assert told(order) == (None, [], []), "not shipped: nothing is due yet"
    order.ship(order.shipments[0], MARCH[4])
    assert told(order) == (None, [], ["the buyer's INN"])


def test_money_that_stands_in_another_order_is_not_due_here(order: Order) -> None:
    order.pay(order.payments[0], MARCH[1])
    order.ship(order.shipments[0], MARCH[4])
    found = due(order, Standing(), {order.payments[0]["ID"]}, GO_LIVE)
    assert (found.receipts, found.trouble) == ([], ["a payment that stands in another order"])


def test_a_posted_payment_gains_its_refund(order: Order) -> None:
    payment = order.payments[0]
    order.pay(payment, MARCH[1])
    order.ship(order.shipments[0], MARCH[4])
    found = due(order, Standing(), set(), GO_LIVE)
    order.give_back(payment, MARCH[9], day=MARCH[8].date())
    paid = Money("payment", MARCH[1].date(), Decimal("1000.00"), "BankTransfer")
    refund = Money("refund", MARCH[8].date(), Decimal("1000.00"), "BankTransfer")
    assert due(order, Standing(found.document, list(found.receipts)), set(), GO_LIVE).receipts == [
        Receipt(payment["ID"], paid, refund)
    ]


def test_what_was_shipped_or_paid_before_go_live_was_typed_by_hand(order: Order) -> None:
    order.pay(order.payments[0], MARCH[1])
    order.ship(order.shipments[0], MARCH[4])
    assert due(order, Standing(), set(), dt.date(2026, 3, 6)).document is None
    later = due(order, Standing(), set(), dt.date(2026, 3, 3))
    assert (str(later.document), later.receipts) == (DOCUMENT, [])


def test_half_a_kopeck_is_rounded_up() -> None:
    assert kopecks(Decimal("2.345")) == Decimal("2.35")


@pytest.mark.parametrize(
    ("rate", "taxes", "vat"),
    [
        ("0.22", Taxes(), (("vat22", "1300.00"),)),
        ("0.20", Taxes(), (("vat22", "1300.00"),)),  # left in March of 2026
        ("0.10", Taxes(), (("vat10", "1000.00"), ("vat22", "300.00"))),
        ("0", Taxes(), (("none", "1300.00"),)),
        ("0.22", Taxes(agent=True), (("none", "300.00"), ("vat22", "1000.00"))),
        ("0.20", Taxes(rejects=True), None),
    ],
)
def test_delivery_for_300_and_the_standard_rate_of_the_day(
    order: Order, rate: str, taxes: Taxes, vat: tuple[tuple[str, str], ...] | None
) -> None:
    order.lines[0]["VAT_RATE"] = Decimal(rate)
    order.head.update(PRICE=Decimal(1300), PRICE_DELIVERY=Decimal(300))
    order.ship(order.shipments[0], MARCH[4])
    found = due(order, Standing(), set(), GO_LIVE, taxes)
    if vat is None:
        assert (found.document, found.trouble) == (None, ["a rate of another year"])
    else:
        assert found.document is not None
        assert [(name, f"{amount:.2f}") for name, amount in found.document.vat] == list(vat)
