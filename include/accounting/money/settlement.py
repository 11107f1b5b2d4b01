"""Payments and refunds of an order: each receipt's shares as operations, and what is said of the rest."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal

from include.accounting.arithmetic import kopecks
from include.accounting.context import Context
from include.accounting.days import check_day, closed_period, is_before_go_live
from include.accounting.findings import NotPostableError, found
from include.accounting.keys import Money, document_key, shipment_of
from include.accounting.money.advances import is_closed_advance, noted, posted_later
from include.accounting.money.allocation import Receipt, Shares, Slot, shares
from include.accounting.money.payments import before_go_live
from include.accounting.operations import Finding, Payment, Refund, Verdict
from include.accounting.shop_rule import Answer
from include.facts import Said, said
from include.settings import ClosedAdvances


@dataclasses.dataclass(slots=True)
class Settlement:
    """What becomes of the money, without what is posted already."""

    payments: list[Payment] = dataclasses.field(default_factory=list)
    refunds: list[Refund] = dataclasses.field(default_factory=list)
    held: list[Payment] = dataclasses.field(default_factory=list)
    refused: list[Payment | Refund] = dataclasses.field(default_factory=list)
    """Due, and not posted: their document is refused, or their day."""
    findings: list[Finding] = dataclasses.field(default_factory=list)


def settle(
    context: Context,
    receipts: Sequence[Receipt],
    slots: Sequence[Slot],
    *,
    refused: AbstractSet[str],
    left_out: AbstractSet[str],
    answer: Answer | None,
) -> Settlement:
    """Give each receipt to the documents it pays.

    Args:
        context: the order, and what is posted of it already.
        receipts: in the order in which they came in.
        slots: the documents of all that has left the shop, first shipped first.
        refused: keys of those that are rejected: their money is planned with them, once they are corrected.
        left_out: keys of those that there will never be, by rule.
        answer: of the shop's own rule; ``None``: it is not asked yet, so no day is judged either.
    """
    settler = _Settler(context, slots, refused, left_out, answer)
    total = max(kopecks(context.order.price), Decimal(0))
    for receipt, parts in zip(receipts, shares(receipts, slots, total), strict=True):
        settler.add(receipt, parts, is_complete=_is_complete(slots, total))
    return settler.settlement


def _is_complete(slots: Sequence[Slot], total: Decimal) -> bool:
    """Whether no further document is to come."""
    return bool(slots) and sum((total if s.total is None else s.total for s in slots), start=Decimal(0)) >= total


class _Settler:
    def __init__(
        self,
        context: Context,
        slots: Sequence[Slot],
        refused: AbstractSet[str],
        left_out: AbstractSet[str],
        answer: Answer | None,
    ) -> None:
        self.settlement = Settlement()
        self._order = context.order
        self._came_back = context.came_back
        self._rules = context.rules
        self._posted = context.known.posted
        self._by_hand = context.known.by_hand
        self._clock = context.clock
        self._days = {slot.key: slot.day for slot in slots}
        self._refused = refused
        self._left_out = left_out
        self._answer = answer or Answer()
        self._judges = answer is not None

    def add(self, receipt: Receipt, parts: Shares, *, is_complete: bool) -> None:
        payment_id = receipt.payment_id
        for document, amount in parts.items():
            in_books = self._pay(receipt, document, amount)
            if receipt.is_refund and receipt.returned_on is not None and not receipt.in_question:
                self._refund(receipt, document, amount, receipt.returned_on, in_books=in_books)
        rest = receipt.amount - sum(parts.values(), start=Decimal(0))
        if receipt.returned_on is not None:
            self._note_return(receipt, rest)
            return
        if rest <= 0:
            return
        if self._order.canceled:
            cancelled = self._order.date_canceled
            self._add(
                found(
                    Verdict.NOTED,
                    "payment_rest_cancelled",
                    payment_id,
                    payment=payment_id,
                    rest=rest,
                    day=receipt.day,
                    cancelled=cancelled.date() if cancelled else said("some_day"),
                )
            )
            return
        if is_complete or self._came_back:
            # Every document has its part of this payment already, and posted parts do not grow; or none is to come.
            self._add(found(Verdict.REVIEW, "payment_rest", payment_id, payment=payment_id, rest=rest, day=receipt.day))
            return
        key = Money(receipt.payment_id, receipt.generation).payment_key
        self.settlement.held.append(self._payment(receipt, key, document_key(self._order.id), rest))

    def _pay(self, receipt: Receipt, document: str, amount: Decimal) -> bool:
        """Whether this part is in the books, or will be."""
        key = Money(receipt.payment_id, receipt.generation, shipment_of(document)).payment_key
        if key in self._posted:
            posted = self._posted[key]
            if isinstance(posted, Payment) and posted.came_on is not None:
                self._add(posted_later(posted, receipt.payment_id))
            return True
        payment = self._answer.of(self._payment(receipt, key, document, amount))
        if document in self._refused:
            is_ours = not is_before_go_live(min(receipt.day, payment.date), self._rules)
            if is_ours and key not in self._answer.left_out and not self._is_offset_by_hand(payment):
                self.settlement.refused.append(payment)
            return False
        if document in self._left_out:
            self._note_without_document(receipt, amount)
            return False
        return self._pay_due(receipt, payment)

    def _pay_due(self, receipt: Receipt, payment: Payment) -> bool:
        """Whether a part is posted, whose document is in the books or will be."""
        if is_before_go_live(min(receipt.day, payment.date), self._rules):
            self._add(before_go_live(receipt.payment_id, receipt.day))
            self._note_refund_by_hand(receipt)
            return False
        if payment.key in self._answer.left_out:
            self._add(
                found(
                    Verdict.NOTED,
                    "payment_left_out",
                    receipt.payment_id,
                    payment=receipt.payment_id,
                    amount=payment.amount,
                    day=receipt.day,
                    reason=self._answer.left_out[payment.key],
                )
            )
            return False
        shipped = self._document_day(payment.document_key)
        what = said("what_payment", payment=receipt.payment_id)
        payment = dataclasses.replace(payment, closed_until=self._asked_of_kontur(payment.document_key, payment.date))
        if (there := self._shipped_in_kontur(payment)) or self._is_offset_by_hand(payment):
            self._add(noted(payment, receipt.payment_id, there or shipped))
            self._note_refund_by_hand(receipt)
            return False
        if payment.closed_until is None and self._is_closed_advance(payment):
            payment = dataclasses.replace(payment, date=shipped, came_on=payment.date)
        if payment.closed_until is None and not self._may_post(receipt, payment.date, what):
            self.settlement.refused.append(payment)
            return False
        if payment.came_on is not None:
            self._add(posted_later(payment, receipt.payment_id))
        self.settlement.payments.append(payment)
        return True

    def _refund(self, receipt: Receipt, document: str, amount: Decimal, day: dt.date, *, in_books: bool) -> None:
        """The refund of a part; of one that is not in the books and will not be, there is none."""
        name = Money(receipt.payment_id, receipt.generation, shipment_of(document))
        if name.refund_key in self._posted:
            return
        refund = Refund(
            key=name.refund_key,
            order_id=self._order.id,
            document_key=document,
            payment_key=name.payment_key,
            date=day,
            amount=amount,
            method=receipt.method,
            noticed=receipt.is_noticed,
        )
        refund = self._answer.of(refund)
        if not in_books:
            if any(one.key == name.payment_key for one in self.settlement.refused):
                self.settlement.refused.append(refund)
            return
        refund = dataclasses.replace(refund, closed_until=self._asked_of_kontur(document, refund.date))
        what = said("what_refund", payment=receipt.payment_id)
        if refund.closed_until is not None or self._may_post(receipt, refund.date, what):
            self.settlement.refunds.append(refund)
        else:
            self.settlement.refused.append(refund)

    def _payment(self, receipt: Receipt, key: str, document: str, amount: Decimal) -> Payment:
        return Payment(
            key=key,
            order_id=self._order.id,
            document_key=document,
            date=receipt.day,
            amount=amount,
            method=receipt.method,
        )

    def _document_day(self, document: str) -> dt.date:
        """The day of a document that stands, or will."""
        answered = None if document in self._posted else self._answer.operations.get(document)
        return answered.date if answered else self._days[document]

    def _is_closed_advance(self, payment: Payment) -> bool:
        """Of a payment whose day is judged: whether its document left after the closed period that it came in."""
        key = payment.document_key
        shipped, posted = self._document_day(key), key not in self._refused
        return self._judges and is_closed_advance(payment.date, shipped, self._rules, posted=posted)

    def _is_offset_by_hand(self, payment: Payment) -> bool:
        is_ours = payment.closed_until is None
        return self._notes_advances and is_ours and self._is_closed_advance(payment)

    def _shipped_in_kontur(self, payment: Payment) -> dt.date | None:
        """Of an advance that Kontur was asked for and does not have: the day of its document there."""
        told = self._by_hand.get(payment.key)
        if not self._notes_advances or payment.closed_until is None or told is None:
            return None
        same = (told.received_on, told.amount, told.method) == (payment.received_on, payment.amount, payment.method)
        return told.date if same else None

    @property
    def _notes_advances(self) -> bool:
        return self._rules.accounting.closed_advances is ClosedAdvances.NOTE

    def _note_without_document(self, receipt: Receipt, amount: Decimal) -> None:
        if not is_before_go_live(receipt.day, self._rules):
            self._add(
                found(
                    Verdict.NOTED,
                    "payment_without_document",
                    receipt.payment_id,
                    payment=receipt.payment_id,
                    amount=amount,
                    day=receipt.day,
                )
            )
        self._note_refund_by_hand(receipt)

    def _note_refund_by_hand(self, receipt: Receipt) -> None:
        """Its payment is not ours, and what was typed in by hand ended with go_live."""
        day = receipt.returned_on
        if receipt.is_refund and day is not None and not is_before_go_live(day, self._rules):
            self._add(
                found(
                    Verdict.NOTED,
                    "refund_without_document",
                    receipt.payment_id,
                    payment=receipt.payment_id,
                    amount=receipt.amount,
                    day=day,
                )
            )

    def _note_return(self, receipt: Receipt, rest: Decimal) -> None:
        """What is said of money that went back; ``rest``: roubles of it that no document had by then."""
        day = receipt.returned_on
        if receipt.in_question or day is None:
            return
        if not receipt.is_refund:
            self._note_credit(receipt, rest, day, said("payment_not_due"))
            self._note_credit(receipt, receipt.amount - rest, day, said("payment_stays"))
        elif rest > 0 and is_before_go_live(receipt.day, self._rules):
            self._add(before_go_live(receipt.payment_id, receipt.day))
            self._note_refund_by_hand(receipt)
        elif rest > 0:
            self._add(
                found(
                    Verdict.NOTED,
                    "refunded_before_shipment",
                    receipt.payment_id,
                    payment=receipt.payment_id,
                    amount=rest,
                    day=day,
                )
            )

    def _note_credit(self, receipt: Receipt, amount: Decimal, day: dt.date, books: Said) -> None:
        if amount > 0:
            self._add(
                found(
                    Verdict.NOTED,
                    "returned_to_store_credit",
                    receipt.payment_id,
                    payment=receipt.payment_id,
                    amount=amount,
                    day=day,
                    books=books,
                )
            )

    def _asked_of_kontur(self, document: str, day: dt.date) -> dt.date | None:
        """The closed period of ``day``, if another program posted the document, and so perhaps this as well."""
        is_taken_over = document in self._posted and self._posted[document] is None
        return closed_period(day, self._rules) if is_taken_over else None

    def _may_post(self, receipt: Receipt, day: dt.date, what: Said) -> bool:
        if not self._judges:
            return True
        try:
            check_day(day, what, self._rules, self._clock)
        except NotPostableError as error:
            for finding in error.findings:
                self._add(dataclasses.replace(finding, payment_id=receipt.payment_id))
            return False
        return True

    def _add(self, finding: Finding) -> None:
        if finding not in self.settlement.findings:
            self.settlement.findings.append(finding)
