"""The ordinary life of an order."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec
from kontur_hook.contract import CounterpartyType, DocumentKind, PaymentMethod

from include.accounting.operations import Counterparty, Finding, Payment, SaleDocument
from tests.accounting.orders import codes, held, item, line, order, payment, payments, plan, posted


def test_an_order_that_is_shipped_and_paid_becomes_a_document_and_a_payment() -> None:
    found = plan(order(line("500.00", 2), delivery="300.00", payments=[payment(7, "1300.00", "2026-03-06")]))

    assert found.due == (
        SaleDocument(
            key="sale:1045",
            order_id=1045,
            kind=DocumentKind.SALE_INVOICE,
            date=dt.date(2026, 3, 5),
            number="1045",
            counterparty=Counterparty(
                inn=None, kpp=None, name="Розничные покупатели", type=CounterpartyType.INDIVIDUAL
            ),
            items=(item("500.00", "2"), item("300.00", name="Доставка")),
            total_amount=Decimal("1300.00"),
            comment="Заказ № 1045 BX1-S1045-9Y",
            marker="BX1-S1045-9Y",
        ),
        Payment(
            key="payment:7",
            order_id=1045,
            document_key="sale:1045",
            date=dt.date(2026, 3, 6),
            amount=Decimal("1300.00"),
            method=PaymentMethod.BANK_TRANSFER,
        ),
    )
    assert (found.held, found.findings) == ((), ())
    assert (found.order_id, found.number, found.site) == (1045, "1045", "s1")


def test_a_prepayment_is_held_until_the_shipment_and_keeps_its_day() -> None:
    paid = payment(7, "1000.00", "2026-03-03")
    before = plan(order(payments=[paid], shipped=None), now="2026-03-04")
    after = plan(order(payments=[paid], shipped="2026-04-05"), now="2026-04-06")

    assert (before.due, held(before), codes(before)) == ((), [("payment:7", "2026-03-03", "1000.00")], [])
    assert payments(after) == [("payment:7", "2026-03-03", "1000.00")]
    assert [operation.date for operation in after.due] == [dt.date(2026, 4, 5), dt.date(2026, 3, 3)]
    assert after.held == ()


def test_a_posted_order_calls_for_the_same_and_nothing_is_said() -> None:
    bought = order(payments=[payment(7, "1000.00")])
    first = plan(bought)
    assert plan(bought, known=posted(first)) == first


def test_an_order_of_which_nothing_happened_calls_for_nothing() -> None:
    found = plan(order(payments=[payment(7, "1000.00", None)], shipped=None))
    assert (found.due, found.held, found.findings) == ((), (), ())


def test_findings_survive_the_way_through_the_ledger() -> None:
    found = plan(order(line("1000.00", vat="0.18")))
    text = msgspec.json.encode(found.findings)
    assert found.findings
    assert msgspec.json.decode(text, type=tuple[Finding, ...]) == found.findings
