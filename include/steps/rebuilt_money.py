"""Payments and refunds of a document that a rebuild takes up: what the shop explains, and what nothing of it does.

They carry no marker, so day, sum and method say which is which. What stands in Kontur unexplained may be money that the
shop has given to another order since (:mod:`include.steps.rebuilt_elsewhere`), or one that a person typed.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal

from kontur_hook.contract import PaymentMethod
from kontur_hook.records import DocumentDetails, MoneyEntry
from msgspec import structs

from include.accounting.arithmetic import kopecks
from include.accounting.keys import money_of
from include.accounting.money.pay_systems import paid_on
from include.accounting.money.received import Nature
from include.accounting.money.returns import went_back
from include.accounting.named import named
from include.accounting.operations import Payment, Refund
from include.accounting.payload import from_json
from include.bitrix.rows import Order
from include.facts import Said, said, several, to_json
from include.ledger.operation import SENT_AGAIN, UNEXPLAINED, Kind, OperationRow, State
from include.ledger.operations import Operations
from include.steps.planning import Planner


@dataclasses.dataclass(frozen=True, slots=True)
class Due:
    """Payments and refunds of a document, as the shop and the ledger have them."""

    due: Sequence[OperationRow]
    """As the shop and the closed period have them now."""
    while_open: Sequence[OperationRow]
    """As they were due before a period was closed."""
    known: Sequence[OperationRow]
    """What the ledger had."""


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """A payment or refund in Kontur that nothing of its order in the shop equals."""

    kind: Kind
    day: dt.date
    amount: Decimal
    order_id: int
    document_key: str
    money: Said
    """It, for people …"""
    told: Said
    """… and with its document and order."""


@dataclasses.dataclass(frozen=True, slots=True)
class Holder:
    """A document in Kontur, and whose it is."""

    key: str
    order_id: int
    order: Said
    """For people."""
    document: DocumentDetails

    def entry(self, kind: Kind, entry: MoneyEntry) -> Entry:
        """One of its own."""
        money = _told(entry)
        told = said(
            "entry_in_document", money=money, number=self.document.number, day=self.document.date, order=self.order
        )
        return Entry(kind, entry.date, entry.amount, self.order_id, self.key, money, told)


@dataclasses.dataclass(frozen=True, slots=True)
class TakenUp:
    """What became of the entries of a document."""

    holder: Holder
    payments: int
    refunds: int
    aside: tuple[str, ...]
    """Keys of what is not sent before a person has looked."""
    free: tuple[tuple[Kind, MoneyEntry], ...]
    """Entries that are none of what was due."""


@dataclasses.dataclass(frozen=True, slots=True)
class Other:
    """Money of an order that nothing in the ledger stands for: by rule it is no operation, or not yet."""

    day: dt.date
    amount: Decimal
    refunded_on: dt.date | None
    is_of_bank: bool
    """Whether the books get it from the bank's statement, and so with the bank's day."""

    def explains(self, kind: Kind, entry: MoneyEntry) -> bool:
        """Whether it may be what a person, a bank's statement or another program has put below the document."""
        day = self.day if kind is Kind.PAYMENT else self.refunded_on
        return day is not None and self.amount == entry.amount and (self.is_of_bank or day == entry.date)


def take_up(operations: Operations, holder: Holder, money: Due) -> TakenUp:
    """Put down as done what a document holds of what is due; put aside what is due while it holds something else."""
    settled = {row.key: row.doc_id for row in money.known if row.state is State.DONE}
    missing = [row for row in (*money.due, *money.while_open) if row.key not in settled]
    counts = {Kind.PAYMENT: 0, Kind.REFUND: 0}
    aside: list[str] = []
    left_over: list[tuple[Kind, MoneyEntry]] = []
    for kind, entries in _entries(holder.document):
        free = [entry for entry in entries if entry.id not in settled.values()]
        taken: set[str] = set()
        for row in (row for row in missing if row.kind == kind and row.key not in taken):
            entry = next((entry for entry in free if _is_entry(row, entry)), None)
            if entry is None:
                continue
            taken.add(row.key)
            free.remove(entry)
            adopted = structs.replace(row, state=State.DONE, doc_id=entry.id, code="rebuilt")
            counts[kind] += operations.adopt(adopted)
        if free:
            due = [row for row in money.due if row.kind == kind and row.state is State.PLANNED]
            left = [row for row in due if row.key not in {*settled, *taken}]
            held = several(*(_told(entry) for entry in free))
            aside += [
                row.key
                for row in left
                if put_aside(operations, row, said("unmatched", operation=named(row.key), held=held)) is not None
            ]
            left_over += [(kind, entry) for entry in free]
    return TakenUp(holder, counts[Kind.PAYMENT], counts[Kind.REFUND], tuple(aside), tuple(left_over))


def _entries(details: DocumentDetails) -> Iterator[tuple[Kind, Sequence[MoneyEntry]]]:
    yield Kind.PAYMENT, details.payments
    yield Kind.REFUND, details.refunds


def put_aside(operations: Operations, row: OperationRow, why: Said) -> OperationRow | None:
    """Not to be posted before a person has looked: Kontur may hold it, as it was before the shop changed.

    ``None``: it was begun, or is another order's, and stays as it is.
    """
    operations.plan([row])
    planned = operations.get(row.key)
    if planned is None or (planned.state, planned.order_id) != (row.state, row.order_id):
        return None
    return operations.save(structs.replace(planned, state=State.REJECTED, code=why.code, message=to_json([why])))


def unexplained(
    operations: Operations, taken_up: Sequence[TakenUp], order: Order | None, planner: Planner
) -> list[Entry]:
    """Entries of an order's documents that are no other money of the order either; each such document is for a person.

    Args:
        operations: the ledger's.
        taken_up: all documents of the order that were taken up together.
        order: ``None``: the shop has it no longer.
        planner: that of its plan.
    """
    left: dict[Kind, list[Other]] = {Kind.PAYMENT: [], Kind.REFUND: []}
    if order is not None and any(one.free for one in taken_up):
        known = operations.of_orders([order.id])[order.id]
        left = {kind: _others(order, planner, known) for kind in left}
    found = []
    for one in taken_up:
        entries = [one.holder.entry(kind, entry) for kind, entry in one.free if not _is_explained(kind, entry, left)]
        # What is put aside tells of them already.
        _say(operations, one.holder.key, () if one.aside else entries)
        found += entries
    return found


def _is_explained(kind: Kind, entry: MoneyEntry, left: Mapping[Kind, list[Other]]) -> bool:
    """What explains one is taken out, so that it explains no second one."""
    one = next((one for one in left[kind] if one.explains(kind, entry)), None)
    if one is not None:
        left[kind].remove(one)
    return one is not None


def _others(order: Order, planner: Planner, known: Sequence[OperationRow]) -> list[Other]:
    """All money of an order that the ledger (``known``) has not as posted."""
    names = [money_of(row.key) for row in known if row.begun]
    posted = {name.payment_id for name in names if name is not None}
    apart = [one for one in planner.received(order, known) if one.nature is not Nature.MONEY]
    found = [Other(one.day, one.amount, one.refunded_on, one.nature is Nature.FROM_BANK) for one in apart]
    not_money = {one.payment_id for one in apart}
    for row in order.payments:
        day = paid_on(row, planner.rules)
        if day is not None and row.id not in posted | not_money and (row.paid or went_back(row)):
            back = row.pay_return_date if went_back(row) else None
            found.append(Other(day, kopecks(row.sum), back, is_of_bank=False))
    return found


def _say(operations: Operations, key: str, entries: Collection[Entry]) -> None:
    """That a document of ours holds such money is for a person, or not any more; what else he is asked of it stays."""
    document = operations.get(key)
    if document is None:
        return
    is_asked_otherwise = document.code != UNEXPLAINED and (document.asks_a_person or document.code == SENT_AGAIN)
    if entries and not is_asked_otherwise:
        held = several(*(entry.money for entry in entries))
        message = to_json([said(UNEXPLAINED, id=document.doc_id or "", held=held)])
        operations.save(structs.replace(document, code=UNEXPLAINED, message=message))
    elif not entries and document.code == UNEXPLAINED:
        operations.save(structs.replace(document, code=None, message=None))


def _told(entry: MoneyEntry) -> Said:
    match entry.method:
        case PaymentMethod.CASH:
            return said("money_in_cash", day=entry.date, amount=entry.amount)
        case PaymentMethod.BANK_TRANSFER:
            return said("money_by_bank", day=entry.date, amount=entry.amount)
        case other:
            return said("money_otherwise", day=entry.date, amount=entry.amount, method=other)


def _is_entry(row: OperationRow, entry: MoneyEntry) -> bool:
    operation = from_json(row.plan) if row.plan is not None else None
    if not isinstance(operation, Payment | Refund):
        return False
    return (operation.date, operation.amount, operation.method) == (entry.date, entry.amount, entry.method)
