"""All that buyers gave and got back for an order, whether or not it is to be posted: for whoever draws up balances."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Iterator
from decimal import Decimal

from include.accounting.arithmetic import kopecks
from include.accounting.context import Context
from include.accounting.money.pay_systems import STORE_CREDIT, is_from_bank, is_money, paid_on
from include.accounting.money.payments import income_of
from include.accounting.money.returns import TO_BUYER, TO_STORE_CREDIT, traces, went_back
from include.bitrix.rows import Payment

_ROUBLES = "RUB"


class Nature(enum.StrEnum):
    """What a payment is to the books."""

    MONEY = "money"
    STORE_CREDIT = "store_credit"
    """Came in before, with another payment."""
    NOT_MONEY = "not_money"
    """A certificate, bonus points, an offset."""
    FROM_BANK = "from_bank"
    """Money that the books get from the bank's statement or a register."""

    @property
    def is_money(self) -> bool:
        """Whether the buyer gave new money."""
        return self in {Nature.MONEY, Nature.FROM_BANK}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A payment of the shop that has a day, once for each time that it was paid."""

    payment_id: int
    generation: int
    pay_system: str
    """Its name in the shop; empty where the shop has the payment no longer."""
    nature: Nature
    day: dt.date
    amount: Decimal
    """Roubles, whole kopecks."""
    refunded_on: dt.date | None
    """When it went back to the buyer, and not to the store credit only."""


def received(context: Context) -> tuple[Received, ...]:
    """In the order in which it came in; of one in another currency, or that cannot be read, the plan speaks."""
    money = list(_money(context))
    return tuple(sorted((*money, *_elsewhere(context)), key=lambda one: (one.day, one.payment_id, one.generation)))


def _money(context: Context) -> Iterator[Received]:
    rows = {row.id: row for row in context.order.payments}
    posted = _posted(context)
    for receipt in income_of(context).receipts:
        row = rows.get(receipt.payment_id)
        if row is not None and row.currency != _ROUBLES and row.id not in posted:
            continue
        yield Received(
            payment_id=receipt.payment_id,
            generation=receipt.generation,
            pay_system=(row and row.pay_system_name) or "",
            nature=Nature.MONEY,
            day=receipt.day,
            amount=receipt.amount,
            refunded_on=receipt.returned_on if receipt.is_refund else None,
        )


def _elsewhere(context: Context) -> Iterator[Received]:
    """What is not to be posted from here: no money, or money of the bank's statement that was never posted."""
    posted = _posted(context)
    for row in context.order.payments:
        nature, is_back, day = _nature(row, context), went_back(row), paid_on(row, context.rules)
        if nature is Nature.MONEY or (nature is Nature.FROM_BANK and row.id in posted):
            continue
        stands = row.paid or (nature is Nature.FROM_BANK and row.is_return in {TO_STORE_CREDIT, TO_BUYER})
        if stands and day is not None and row.currency == _ROUBLES:
            yield Received(
                payment_id=row.id,
                generation=1,
                pay_system=row.pay_system_name or "",
                nature=nature,
                day=day,
                amount=kopecks(row.sum),
                refunded_on=traces(row, day).day if is_back and nature.is_money else None,
            )


def _posted(context: Context) -> set[int]:
    """IDs of payments that the books had from here."""
    return {id_ for id_, _ in context.known.money}


def _nature(row: Payment, context: Context) -> Nature:
    if is_from_bank(row, context.rules):
        return Nature.FROM_BANK
    if is_money(row, context.rules):
        return Nature.MONEY
    return Nature.STORE_CREDIT if row.action_file == STORE_CREDIT else Nature.NOT_MONEY
