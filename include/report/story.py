"""An order, as the report is told of it, and what it was by its dates."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from include.accounting.keys import is_document, money_of
from include.accounting.money.received import Received
from include.accounting.operations import Operation, Plan, SaleDocument, Verdict, Wanted
from include.accounting.payload import StoredError, from_json
from include.facts import Said
from include.ledger.operation import REFUSED, UNSETTLED, Kind, OperationRow, State
from include.report.dealings import Dealings, Paid, Shipped
from include.report.rows import Decision, Standing


class Deed(NamedTuple):
    """A document, payment or refund: by the shop, by the ledger, or by both."""

    key: str
    wanted: Wanted | None
    row: OperationRow | None
    operation: Operation | None
    """As it was sent, or as it should be; ``None``: nobody knows its content."""

    @property
    def standing(self) -> Standing:
        """How far it has come."""
        if self.row is not None and self.row.state is State.DONE:
            return Standing.TAKEN_OVER if self.row.amount is None else Standing.POSTED
        if self.row is not None and self.row.state in UNSETTLED:
            return Standing.UNCONFIRMED
        refused = self.row is not None and self.row.state in REFUSED
        unfit = self.wanted is not None and self.wanted.operation is None
        return Standing.REFUSED if refused or unfit else Standing.WAITING

    @property
    def posted(self) -> tuple[dt.date | None, Decimal]:
        """Day and roubles in the ledger; 0 where it is not there."""
        if self.row is None or not self.standing.is_posted:
            return None, Decimal(0)
        if self.row.amount is not None:
            return self.row.document_date, self.row.amount
        return (self.wanted.date, self.wanted.amount) if self.wanted is not None else (None, Decimal(0))

    @property
    def shop(self) -> tuple[dt.date | None, Decimal]:
        """Day and roubles in the shop; 0 where it does not call for it."""
        return (self.wanted.date, self.wanted.amount) if self.wanted is not None else (None, Decimal(0))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Story:
    """An order with all that is known of it."""

    order_id: int
    number: str
    plan: Plan | None
    """``None``: the shop has it no longer."""
    received: tuple[Received, ...] = ()
    kept: Sequence[OperationRow] = ()
    """The ledger's rows of the order."""
    closed: Mapping[Said, Decision] = dataclasses.field(default_factory=dict)
    """What people have closed of what is said of the order."""
    unshipped: Callable[[dt.date | None], SaleDocument | None] = lambda _: None
    """What the whole order would be as a document of a day; ``None``: of today."""
    left_out: Callable[[], bool] = lambda: False
    """Whether the order would be left out by rule if it were shipped."""

    @functools.cached_property
    def draft_of(self) -> Callable[[dt.date | None], SaleDocument | None]:
        """What the whole order would be as a document of a day, with that day's rates; ``None``: of today."""
        return functools.cache(self.unshipped)

    @property
    def draft(self) -> SaleDocument | None:
        """What the whole order would be as a document of today: whose it is."""
        return self.draft_of(None)

    @functools.cached_property
    def deeds(self) -> tuple[Deed, ...]:
        """What is in the books, or should be; an order that the shop cannot be asked of counts as it was posted.

        So does one that the shop has no longer, archived or deleted, as when shop and books are compared.
        """
        rows = {row.key: row for row in self.kept if row.begun or row.state in REFUSED}
        wanted = {one.key: one for one in self._wanted()}
        keys = sorted({*wanted, *(key for key, row in rows.items() if row.begun)})
        return tuple(self._deed(key, wanted.get(key), rows.get(key)) for key in keys)

    @functools.cached_property
    def is_left_out(self) -> bool:
        """Whether nothing of it is ours, by rule: its money has no document to go to, also once it is shipped."""
        if self.plan is None or any(is_document(deed.key) for deed in self.deeds):
            return False
        return any(f.verdict is Verdict.SKIPPED for f in self.plan.findings) or self.left_out()

    @functools.cached_property
    def dealings(self) -> Dealings:
        """Goods and money by the shop's dates; by the ledger's where the shop has the order no longer."""
        if self.is_left_out:
            return Dealings((), ())
        shipped = tuple(self._shipped())
        if self.plan is None:
            return Dealings(shipped, tuple(self._paid_by_ledger()))
        money = (one for one in self.received if one.nature.is_money)
        paid = (Paid(m.day, m.amount, m.refunded_on and max(m.refunded_on, m.day)) for m in money)
        return Dealings(shipped, tuple(paid))

    def _wanted(self) -> Sequence[Wanted]:
        if self.plan is not None and self.plan.wanted is not None:
            return self.plan.wanted
        return [
            Wanted(key=row.key, date=row.document_date, amount=row.amount, operation=_operation(row))
            for row in self.kept
            if row.begun and row.amount is not None and row.kind is not Kind.COUNTERPARTY
        ]

    def _deed(self, key: str, wanted: Wanted | None, row: OperationRow | None) -> Deed:
        sent = _operation(row) if row is not None and row.begun else None
        return Deed(key, wanted, row, sent or (wanted.operation if wanted is not None else None))

    def _shipped(self) -> Iterator[Shipped]:
        for deed in self.deeds:
            day, amount = deed.posted if self.plan is None else deed.shop
            if is_document(deed.key) and day is not None:
                yield Shipped(day, amount)

    def _paid_by_ledger(self) -> Iterator[Paid]:
        posted = {deed.key: deed.posted for deed in self.deeds}
        for key, (day, amount) in posted.items():
            name = money_of(key)
            if name is not None and key == name.payment_key and day is not None:
                yield Paid(day, amount, posted.get(name.refund_key, (None, amount))[0])


def _operation(row: OperationRow) -> Operation | None:
    try:
        return from_json(row.plan) if row.plan else None
    except StoredError:
        return None
