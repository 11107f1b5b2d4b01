"""The virtual shop: orders that ship, are paid, refunded and changed, and the plan that each calls for.

All happens on one day of the shop's, so that a search by day shows everything. Money is in whole kopecks.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import math
import random
from decimal import Decimal

from kontur_hook.contract import CounterpartyType, DocumentKind, PaymentMethod, VatRate

from include.accounting.marker import marker
from include.accounting.operations import Counterparty, Item, Operation, SaleDocument
from include.accounting.operations import Payment as PaymentOperation
from include.accounting.operations import Refund as RefundOperation
from include.accounting.payload import body, to_json
from include.ledger.operation import Kind, OperationRow, State

SHOP_CODE = "1"
CONNECTION = "kontur"
DAY = dt.date(2026, 11, 1)
BAD_VAT = VatRate.VAT0
"""A word that this Kontur refuses."""

_IDS = (1, 2, 11, 12, 21, 23, 112, 123, 1123, 1234)
"""Numbers that are parts of each other: a search for 12 also finds 123."""
_NEVER = math.inf


def roubles(kopecks: int) -> Decimal:
    """As the shop's amounts stand in operations."""
    return Decimal(kopecks).scaleb(-2)


def company(inn: str, kpp: str | None = None) -> Counterparty:
    """A buyer."""
    kind = CounterpartyType.LEGAL_ENTITY if len(inn) == 10 else CounterpartyType.INDIVIDUAL_ENTREPRENEUR
    return Counterparty(inn=inn, kpp=kpp, name=f"Покупатель {inn}", type=kind)


@dataclasses.dataclass(frozen=True, slots=True)
class Payment:
    """A payment of the shop."""

    id: int
    paid_at: float
    amount: int
    method: PaymentMethod
    refunded_at: float
    """Infinity: never."""

    @property
    def body(self) -> str:
        """What is sent for it, and for its refund."""
        return _money_body(self.amount, self.method)


@dataclasses.dataclass(frozen=True, slots=True)
class Order:
    """An order and its whole future."""

    id: int
    buyer: Counterparty
    shipped_at: float
    """Infinity: never, so that nothing may be posted of it."""
    amounts: tuple[tuple[float, int], ...]
    """Since when, how much; oldest first."""
    bad_until: float
    """Until then Kontur refuses its document; infinity: for good."""
    payments: tuple[Payment, ...]
    _planned: dict[tuple[int, bool], OperationRow] = dataclasses.field(default_factory=dict, init=False, compare=False)
    """Amount and whether Kontur refuses it -> its document: looked up very often, and its buyer is slow to hash."""

    @property
    def marker(self) -> str:
        return _marker(self.id)

    @property
    def postable(self) -> bool:
        return self.shipped_at < _NEVER and self.bad_until < _NEVER

    def document(self, amount: int, vat: VatRate) -> SaleDocument:
        """Its sale document."""
        return _document(self.id, self.buyer, amount, vat)

    def plan(self, now: float) -> list[OperationRow]:
        """The operations that are due."""
        if now < self.shipped_at:
            return []
        amount = next(amount for since, amount in reversed(self.amounts) if since <= now)
        rows = [self._document_row(amount, now < self.bad_until)]
        for payment in self.payments:
            if payment.paid_at <= now:
                rows.append(_money_row(Kind.PAYMENT, self.id, payment.id, payment.amount, payment.method))
            if payment.refunded_at <= now:
                rows.append(_money_row(Kind.REFUND, self.id, payment.id, payment.amount, payment.method))
        return rows

    def _document_row(self, amount: int, is_bad: bool) -> OperationRow:
        if (row := self._planned.get((amount, is_bad))) is None:
            row = _document_row(self.id, self.buyer, amount, BAD_VAT if is_bad else VatRate.NONE)
            self._planned[amount, is_bad] = row
        return row


@functools.lru_cache(maxsize=1024)
def _document(order_id: int, buyer: Counterparty, amount: int, vat: VatRate) -> SaleDocument:
    item = Item(name="Чай", quantity=Decimal(1), price=roubles(amount), vat_rate=vat, unit="шт")
    return SaleDocument(
        key=f"sale:{order_id}",
        order_id=order_id,
        kind=DocumentKind.SALE_INVOICE,
        date=DAY,
        number=str(order_id),
        counterparty=buyer,
        items=(item,),
        total_amount=roubles(amount),
        comment=_marker(order_id),
        marker=_marker(order_id),
    )


@functools.lru_cache(maxsize=1024)  # the orders of calm days are the same in each schedule
def _document_row(order_id: int, buyer: Counterparty, amount: int, vat: VatRate) -> OperationRow:
    document = _document(order_id, buyer, amount, vat)
    return _row(document, Kind.SALE_INVOICE, None, document.total_amount, document.marker)


@functools.lru_cache(maxsize=1024)
def _money_row(kind: Kind, order_id: int, payment_id: int, amount: int, method: PaymentMethod) -> OperationRow:
    operation = _money(kind, order_id, payment_id, amount, method)
    return _row(operation, kind, f"sale:{order_id}", roubles(amount))


def _money(
    kind: Kind, order_id: int, payment_id: int, amount: int, method: PaymentMethod
) -> PaymentOperation | RefundOperation:
    payment = PaymentOperation(
        key=f"payment:{payment_id}",
        order_id=order_id,
        document_key=f"sale:{order_id}",
        date=DAY,
        amount=roubles(amount),
        method=method,
    )
    if kind is Kind.PAYMENT:
        return payment
    return RefundOperation(
        key=f"refund:{payment_id}",
        order_id=order_id,
        document_key=payment.document_key,
        payment_key=payment.key,
        date=DAY,
        amount=payment.amount,
        method=method,
    )


@functools.cache
def _money_body(amount: int, method: PaymentMethod) -> str:
    return body(_money(Kind.PAYMENT, 0, 0, amount, method), counterparty_id=None)


def _row(
    operation: Operation, kind: Kind, parent_key: str | None, amount: Decimal, mark: str | None = None
) -> OperationRow:
    return OperationRow(
        key=operation.key,
        order_id=operation.order_id,
        connection=CONNECTION,
        kind=kind,
        parent_key=parent_key,
        state=State.PLANNED,
        plan=to_json(operation),
        marker=mark,
        document_date=DAY,
        amount=amount,
    )


@functools.cache
def _marker(order_id: int) -> str:
    return marker(SHOP_CODE, order_id)


def random_orders(rng: random.Random, until: float) -> list[Order]:
    """Two to nine orders whose events fall before ``until``; some share a customer."""
    customers = [f"77{rng.randrange(10**7):08d}" for _ in range(rng.randint(1, 3))]
    customers.append(f"{customers[0]}05")  # as one INN may stand in another
    return [
        _random_order(rng, id_, rng.choice(customers), until)
        for id_ in rng.sample(_IDS, rng.choice((2, 3, 5, 7, 8, 9)))
    ]


def _random_order(rng: random.Random, id_: int, inn: str, until: float) -> Order:
    kind = rng.random()
    shipped_at = _NEVER if kind < 0.05 else rng.choice((0.0, rng.uniform(0, until)))
    bad_until = _NEVER if kind > 0.97 else rng.uniform(0, until) if kind > 0.9 else 0.0
    payments = []
    for n in range(rng.choice((0, 1, 1, 1, 2, 3))):
        paid_at = rng.choice((0.0, rng.uniform(0, until)))
        refunded_at = rng.uniform(paid_at, until) if rng.random() < 0.25 else _NEVER
        # Two amounts and two methods only: payments that cannot be told apart are the hard case.
        payments.append(
            Payment(
                id=id_ * 10 + n,
                paid_at=paid_at,
                amount=rng.choice((5_000, 10_050)),
                method=rng.choice((PaymentMethod.CASH, PaymentMethod.BANK_TRANSFER)),
                refunded_at=refunded_at,
            )
        )
    total = sum(payment.amount for payment in payments) or 1_000
    amounts: tuple[tuple[float, int], ...] = ((0.0, total),)
    if rng.random() < 0.2:
        amounts = (*amounts, (rng.uniform(0, until), total + 100))
    return Order(id_, company(inn), shipped_at, amounts, bad_until, tuple(payments))


def paid_in_cash(id_: int) -> Order:
    """One of many of the same buyer, shipped and paid."""
    payment = Payment(id_ * 10, 0.0, 7_000, PaymentMethod.CASH, _NEVER)
    return Order(id_, company("7700000000"), 0.0, ((0.0, 7_000),), 0.0, (payment,))


def order_of_today(number: int, now: float) -> Order:
    """An ordinary new order of a new customer: life goes on."""
    id_ = 900_000 + number
    payment = Payment(id_ * 10, now, 7_000, PaymentMethod.CASH, _NEVER)
    return Order(id_, company(f"5{id_:09d}"), now, ((0.0, 7_000),), 0.0, (payment,))
