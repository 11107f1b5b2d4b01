"""Money that came in and went back: what a Bitrix payment says of itself (DESIGN §5, facts/bitrix.md §2.4-2.5)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from kontur_hook.contract import PaymentMethod

from include.accounting.allocation import Receipt
from include.accounting.context import Context
from include.accounting.findings import NotPostableError, rejection
from include.accounting.known import Known
from include.accounting.money import kopecks
from include.accounting.operations import Finding, Verdict
from include.accounting.operations import Payment as PostedPayment
from include.accounting.rules import Rules
from include.bitrix.rows import Payment
from include.settings import DocumentPer

_STORE_CREDIT = "inner"
_CASH = "cash"
_TO_STORE_CREDIT, _TO_BUYER = "Y", "P"


@dataclasses.dataclass(frozen=True, slots=True)
class Income:
    """What the payments of an order come to."""

    receipts: tuple[Receipt, ...]
    """In the order in which the money came in."""
    findings: tuple[Finding, ...]


def income_of(context: Context) -> Income:
    """Read an order's payments; a refund that nothing dates gets the context's day."""
    order, known = context.order, context.known
    receipts: list[tuple[dt.datetime, Receipt]] = []
    findings: list[Finding] = []
    for row in order.payments:
        receipt, found = _Reader(row, context).read()
        findings += found
        if receipt is not None and row.date_paid is not None:
            receipts.append((row.date_paid, receipt))
    findings += [_vanished(id_, known) for id_ in {id_ for id_, _ in known.money} - {row.id for row in order.payments}]
    read = {(receipt.payment_id, receipt.generation) for _, receipt in receipts}
    unread = [_as_posted(payment_id, generation, known) for payment_id, generation in known.money - read]
    receipts += [(dt.datetime.combine(receipt.day, dt.time.min), receipt) for receipt in unread]
    receipts.sort(key=lambda pair: (pair[0], pair[1].payment_id, pair[1].generation))
    return Income(tuple(receipt for _, receipt in receipts), tuple(sorted(findings, key=lambda f: f.payment_id or 0)))


def method_of(row: Payment, rules: Rules) -> PaymentMethod:
    """How the money came: by the settings' map of pay systems (ID, then CODE), else by IS_CASH and CODE."""
    methods = rules.accounting.payment_methods
    mapped = methods.get(str(row.pay_system_id)) or methods.get(row.pay_system_code or "")
    if mapped is not None:
        return mapped
    is_cash = row.is_cash == "Y" or row.pay_system_code == _CASH
    return PaymentMethod.CASH if is_cash else PaymentMethod.BANK_TRANSFER


class _Reader:
    """Reads one row."""

    def __init__(self, row: Payment, context: Context) -> None:
        self._row = row
        self._context = context
        known = context.known
        self._is_returned = row.is_return in {_TO_STORE_CREDIT, _TO_BUYER}
        generation = known.generation(row.id)
        if known.refunds(row.id, generation) and row.paid and not self._is_returned:
            # Paid again: what was refunded stays as it is, this is new money.
            generation += 1
        self._generation = generation
        self._posted = known.payments(row.id, generation)
        self._refunds = known.refunds(row.id, generation)

    def read(self) -> tuple[Receipt | None, list[Finding]]:
        """The money of this row, unless there is none or a person has to look at it first."""
        row = self._row
        if row.action_file == _STORE_CREDIT:
            return None, self._store_credit()
        if not row.paid and not self._is_returned:
            return None, self._unpaid()
        try:
            day, amount = self._day_and_amount()
        except NotPostableError as error:
            found = [dataclasses.replace(finding, payment_id=row.id) for finding in error.findings]
            if self._posted:
                found = [self._review("payment_changed", f"is in the books, and now: {error}") for _ in found[:1]]
            return None, found
        if amount == 0 and not self._posted:
            return None, []
        found = self._differences(day, amount)
        if self._total_differs(amount):
            return None, found
        receipt = Receipt(
            payment_id=row.id,
            generation=self._generation,
            day=day,
            amount=amount,
            method=method_of(row, self._context.rules),
            returned_on=self._returned_on(day) if self._is_returned else None,
            is_refund=row.is_return == _TO_BUYER or bool(self._refunds),
            posted={payment.document_key: payment.amount for payment in self._posted},
        )
        return receipt, found

    def _store_credit(self) -> list[Finding]:
        if self._posted:
            return [self._review("payment_changed", "is in the books, and now it is one from the store credit")]
        if not self._row.paid:
            return []
        return [
            Finding(
                verdict=Verdict.NOTED,
                code="store_credit",
                message=f"{self._row.sum:.2f} came from the store credit: no new money; offset it by hand",
                payment_id=self._row.id,
            )
        ]

    def _unpaid(self) -> list[Finding]:
        if self._refunds or not (self._posted or self._row.date_paid):
            return []
        when = f" on {self._row.unpaid_at.date()}" if self._row.unpaid_at else ""
        books = "is in the books" if self._posted else "is not in the books"
        return [
            self._review(
                "unpaid_without_trace",
                f"was paid and fell back to unpaid{when} without a trace of a refund; it {books}:"
                " find out whether the money went back, and enter it by hand",
            )
        ]

    def _day_and_amount(self) -> tuple[dt.date, Decimal]:
        row = self._row
        if row.currency != self._context.order.currency:
            raise rejection(
                "payment_currency",
                f"payment {row.id} is in {row.currency}, the order in {self._context.order.currency}: enter it by hand",
            )
        if row.sum < 0:
            raise rejection("payment_negative", f"payment {row.id} is of {row.sum:.2f}: correct it in the shop")
        if row.date_paid is None:
            raise rejection("payment_date", f"payment {row.id} is paid and has no date: fill its date in the shop")
        return row.date_paid.date(), kopecks(row.sum)

    def _total_differs(self, amount: Decimal) -> bool:
        """With a document per shipment, money may still wait for the further ones."""
        posted = sum((payment.amount for payment in self._posted), start=Decimal(0))
        if self._context.per is DocumentPer.ORDER:
            return bool(self._posted) and posted != amount
        return posted > amount

    def _differences(self, day: dt.date, amount: Decimal) -> list[Finding]:
        """What of a posted payment or refund the shop tells otherwise now."""
        told = []
        if self._total_differs(amount):
            posted = sum((payment.amount for payment in self._posted), start=Decimal(0))
            told.append(f"sum {posted:.2f} → {amount:.2f}")
        if self._posted and self._posted[0].date != day:
            told.append(f"date {self._posted[0].date} → {day}")
        returned = self._row.pay_return_date
        if self._refunds and returned is not None and returned >= day and self._refunds[0].date != returned:
            told.append(f"refund's date {self._refunds[0].date} → {returned}")
        if self._refunds and self._row.is_return == _TO_STORE_CREDIT:
            told.append("refund to the buyer → to the store credit")
        if not told:
            return []
        return [
            self._review(
                "payment_changed", f"is in the books and changed since: {'; '.join(told)}: correct it in Kontur"
            )
        ]

    def _returned_on(self, paid_on: dt.date) -> dt.date:
        """The books' day, else PAY_RETURN_DATE, the return receipt's, the change's, the day it was noticed.

        What is older than the payment tells of an earlier refund of the same row.
        """
        if self._refunds:
            return self._refunds[0].date
        row = self._row
        told = (
            row.pay_return_date,
            row.return_receipt_at.date() if row.return_receipt_at else None,
            row.unpaid_at.date() if row.unpaid_at else None,
        )
        evidence = next((day for day in told if day is not None and day >= paid_on), None)
        return evidence or self._context.known.noticed_on(row.id, self._generation) or self._context.today

    def _review(self, code: str, message: str) -> Finding:
        return Finding(
            verdict=Verdict.REVIEW, code=code, message=f"payment {self._row.id} {message}", payment_id=self._row.id
        )


def _vanished(payment_id: int, known: Known) -> Finding:
    amount = _sum(known.payments(payment_id, known.generation(payment_id)))
    return Finding(
        verdict=Verdict.REVIEW,
        code="payment_vanished",
        message=f"payment {payment_id} of {amount:.2f} is in the books and no longer in the shop: correct it in Kontur",
        payment_id=payment_id,
    )


def _as_posted(payment_id: int, generation: int, known: Known) -> Receipt:
    """Money that counts as the books have it: an earlier time the row was paid, or one that a person has to look at."""
    posted = known.payments(payment_id, generation)
    refunds = known.refunds(payment_id, generation)
    return Receipt(
        payment_id=payment_id,
        generation=generation,
        day=posted[0].date,
        amount=_sum(posted),
        method=posted[0].method,
        returned_on=refunds[0].date if refunds else None,
        is_refund=bool(refunds),
        posted={payment.document_key: payment.amount for payment in posted},
    )


def _sum(payments: Sequence[PostedPayment]) -> Decimal:
    return sum((payment.amount for payment in payments), start=Decimal(0))
