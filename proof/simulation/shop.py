"""The virtual shop: orders that ship, are paid, refunded and changed, and the plan that each calls for.

Money is in whole kopecks.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import random

from include.accounting.marker import marker
from include.ledger.operation import OperationRow, State

SHOP_CODE = "1"
BAD_VAT = "vat99"
"""A word that Kontur refuses."""

_IDS = (1, 2, 11, 12, 21, 23, 112, 123, 1123, 1234)
"""Numbers that are parts of each other: a search for 12 also finds 123."""
_NEVER = math.inf


@dataclasses.dataclass(frozen=True, slots=True)
class Payment:
    """A payment of the shop."""

    id: int
    paid_at: float
    amount: int
    method: str
    refunded_at: float
    """Infinity: never."""

    @property
    def body(self) -> str:
        return f"{self.amount}|{self.method}"


@dataclasses.dataclass(frozen=True, slots=True)
class Order:
    """An order and its whole future."""

    id: int
    inn: str
    shipped_at: float
    """Infinity: never, so that nothing may be posted of it."""
    amounts: tuple[tuple[float, int], ...]
    """Since when, how much; oldest first."""
    bad_until: float
    """Until then Kontur refuses its document; infinity: for good."""
    payments: tuple[Payment, ...]

    @property
    def marker(self) -> str:
        return _marker(self.id)

    @property
    def postable(self) -> bool:
        return self.shipped_at < _NEVER and self.bad_until < _NEVER

    def plan(self, now: float) -> list[OperationRow]:
        """The operations that are due."""
        if now < self.shipped_at:
            return []
        amount = next(amount for since, amount in reversed(self.amounts) if since <= now)
        vat = BAD_VAT if now < self.bad_until else "none"
        document = f"sale:{self.id}"
        rows = [_row(document, self.id, "saleinvoice", None, f"{self.id}|{amount}|{vat}|{self.inn}", self.marker)]
        for payment in self.payments:
            if payment.paid_at <= now:
                rows.append(_row(f"payment:{payment.id}", self.id, "payment", document, payment.body))
            if payment.refunded_at <= now:
                rows.append(_row(f"refund:{payment.id}", self.id, "refund", document, payment.body))
        return rows


@functools.lru_cache(maxsize=1024)  # a schedule plans the same few again and again
def _row(key: str, order_id: int, kind: str, parent: str | None, plan: str, mark: str | None = None) -> OperationRow:
    return OperationRow(
        key=key,
        order_id=order_id,
        connection="kontur",
        kind=kind,
        parent_key=parent,
        state=State.PLANNED,
        plan=plan,
        marker=mark,
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
                method=rng.choice(("Cash", "BankTransfer")),
                refunded_at=refunded_at,
            )
        )
    total = sum(payment.amount for payment in payments) or 1_000
    amounts: tuple[tuple[float, int], ...] = ((0.0, total),)
    if rng.random() < 0.2:
        amounts = (*amounts, (rng.uniform(0, until), total + 100))
    return Order(id_, inn, shipped_at, amounts, bad_until, tuple(payments))


def order_of_today(number: int, now: float) -> Order:
    """An ordinary new order of a new customer: life goes on."""
    id_ = 900_000 + number
    payment = Payment(id_ * 10, now, 7_000, "Cash", _NEVER)
    return Order(id_, f"5{id_:09d}", now, ((0.0, 7_000),), 0.0, (payment,))
