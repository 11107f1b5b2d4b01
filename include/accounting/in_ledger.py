"""What the ledger already has for an order, as the plan asks for it."""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

from include.accounting.keys import Money, is_document, money_of, shipment_of
from include.accounting.operations import KnownOperation, Operation, Payment, Progress, Refund, SaleDocument
from include.facts import Said, said
from include.settings import DocumentPer

_POSTED = frozenset({Progress.BEGUN, Progress.DONE})


class Known:
    """An index over the ledger's operations. *Posted* means sent, whether settled or not: frozen as it is."""

    def __init__(self, operations: Sequence[KnownOperation], order_id: int) -> None:
        """``operations`` may hold those of other orders' payments that stand in this order now."""
        others = [known for known in operations if _order_of(known.operation, order_id) != order_id]
        operations = [known for known in operations if known not in others]
        self.elsewhere: Mapping[int, Said] = {
            name.payment_id: _named(known.operation.order_id, known.order_number)
            for known in others
            if known.operation is not None and known.progress in _POSTED and (name := money_of(known.key)) is not None
        }
        """Payments that were posted with another order: payment -> that order."""
        self.posted: Mapping[str, Operation | None] = {
            known.key: known.operation for known in operations if known.progress in _POSTED
        }
        """``None``: posted by another program, its content is unknown."""
        self.by_hand: Mapping[str, Payment] = {
            known.key: known.operation
            for known in operations
            if known.progress is Progress.BY_HAND and isinstance(known.operation, Payment)
        }
        """Advances of the closed period that Kontur does not have, with the day of their document there."""
        self._planned = {k.key: k.operation for k in operations if k.progress is Progress.PLANNED}
        self._payments: dict[tuple[int, int], list[Payment]] = collections.defaultdict(list)
        self._refunds: dict[tuple[int, int], list[Refund]] = collections.defaultdict(list)
        for key, operation in self.posted.items():
            name = money_of(key)
            if name is not None and isinstance(operation, Payment):
                self._payments[name.payment_id, name.generation].append(operation)
            elif name is not None and isinstance(operation, Refund):
                self._refunds[name.payment_id, name.generation].append(operation)

    @property
    def documents(self) -> dict[str, SaleDocument | None]:
        """Posted documents by key."""
        return {
            key: operation if isinstance(operation, SaleDocument) else None
            for key, operation in self.posted.items()
            if is_document(key)
        }

    @property
    def document_per(self) -> DocumentPer | None:
        """What the order's posted documents are for; ``None`` without any."""
        shipments = {shipment_of(key) for key in self.documents}
        if not shipments:
            return None
        return DocumentPer.ORDER if None in shipments else DocumentPer.SHIPMENT

    @property
    def money(self) -> set[tuple[int, int]]:
        """Bitrix payments of which something was posted, each time that they were paid: (id, generation)."""
        return set(self._payments)

    def generation(self, payment_id: int) -> int:
        """The last time that the payment was posted, counted from 1; 1 if it never was."""
        return max((g for payment, g in self._payments if payment == payment_id), default=1)

    def payments(self, payment_id: int, generation: int) -> Sequence[Payment]:
        """What was posted of a payment, one for each document it pays."""
        return self._payments.get((payment_id, generation), ())

    def refunds(self, payment_id: int, generation: int) -> Sequence[Refund]:
        """What was posted of a payment's refund."""
        return self._refunds.get((payment_id, generation), ())

    def posted_sum(self, payment_id: int, generation: int) -> Decimal:
        """Roubles that were posted of a payment, over all documents it pays."""
        return sum((payment.amount for payment in self.payments(payment_id, generation)), start=Decimal(0))

    def noticed_on(self, payment_id: int, generation: int) -> dt.date | None:
        """The day that an earlier plan gave to a refund that was not sent yet."""
        planned = [
            operation.returned_on
            for key, operation in self._planned.items()
            if isinstance(operation, Refund) and _names(key, payment_id, generation)
        ]
        return min(planned, default=None)


def _order_of(operation: Operation | None, order_id: int) -> int:
    """The order of an operation; one whose content is unknown is the order's own document."""
    return order_id if operation is None else operation.order_id


def _named(order_id: int, number: str | None) -> Said:
    """An order as people know it, if the ledger knows its number."""
    return said("order_by_id", id=order_id) if number is None else said("order_by_number", number=number)


def _names(key: str, payment_id: int, generation: int) -> bool:
    name = money_of(key)
    return isinstance(name, Money) and (name.payment_id, name.generation) == (payment_id, generation)
