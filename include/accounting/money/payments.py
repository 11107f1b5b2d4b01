"""Money that came in and went back: what a Bitrix payment says of itself (docs/bitrix.md, «Payments», «Refunds»)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from kontur_hook.contract import PaymentMethod

from include.accounting.arithmetic import kopecks
from include.accounting.context import Context
from include.accounting.days import is_before_go_live
from include.accounting.findings import found
from include.accounting.in_ledger import Known
from include.accounting.made_anew import made_anew
from include.accounting.money.allocation import Receipt
from include.accounting.money.pay_systems import (
    STORE_CREDIT,
    bank_day,
    from_bank,
    is_from_bank,
    is_money,
    method_of,
    paid_on,
    refund_from_bank,
    voucher_day,
)
from include.accounting.money.returns import TO_BUYER, TO_STORE_CREDIT, traces, went_back
from include.accounting.money.rounding import is_rounded, whole_kopecks
from include.accounting.operations import Finding, Refund, Verdict
from include.accounting.operations import Payment as PaymentOperation
from include.accounting.sale.origin import is_another_seller
from include.bitrix.rows import Payment
from include.facts import Money, Said, said, several
from include.settings import DocumentPer, PaymentDay


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """What the shop tells now of a payment that is in the books."""

    day: dt.date
    amount: Decimal
    refund_day: dt.date | None
    """Of its posted refund; ``None``: there is none, or it was taken back."""


@dataclasses.dataclass(frozen=True, slots=True)
class Income:
    """What the payments of an order come to."""

    receipts: tuple[Receipt, ...]
    """In the order in which the money came in."""
    findings: tuple[Finding, ...]
    told: Mapping[tuple[int, int], Told | None]
    """Posted money, by payment and generation, where the shop tells something of it now; ``None``: that it has not
    got it."""
    moved: Mapping[int, Told]
    """Money of this order that is in the books with another order, by payment."""


def income_of(context: Context) -> Income:
    """Read an order's payments; a refund that nothing dates gets the context's day."""
    order, known = context.order, context.known
    receipts: list[tuple[dt.datetime, Receipt]] = []
    findings: list[Finding] = []
    readers = [_Reader(row, context) for row in order.payments]
    money = [reader for reader in readers if reader.is_sound]
    again = made_anew(
        {reader.row.id: reader.fact for reader in money if not reader.is_posted and not reader.refunds},
        gone={id_ for id_, _ in known.money} - {reader.row.id for reader in readers if not reader.has_fallen_back},
        known=known,
        in_parts=context.per is DocumentPer.SHIPMENT,
    )
    money = [reader for reader in money if reader.row.id not in again]
    amounts = whole_kopecks(
        {reader.row.id: reader.row.sum for reader in money},
        {reader.row.id: reader.posted_sum for reader in money if reader.is_posted},
    )
    for reader in readers:
        row = reader.row
        if row.id in again:
            findings.append(reader.made_anew(again[row.id]))
            continue
        receipt, told = reader.read(amounts)
        findings += told
        if receipt is not None:
            receipts.append((reader.moment, receipt))
    left = {id_ for id_, _ in known.money} - {row.id for row in order.payments}
    findings += [_vanished(id_, known) for id_ in left - set(again.values())]
    now = {reader.name: reader.told(amounts) for reader in readers if reader.is_posted and reader.tells}
    now |= {(id_, generation): None for id_, generation in known.money if id_ in left}
    now = {name: what for name, what in now.items() if name[0] not in again.values()}
    moved = {r.row.id: Told(r.day, kopecks(r.row.sum), None) for r in readers if r.moves}
    read = {(receipt.payment_id, receipt.generation) for _, receipt in receipts}
    unread = [_as_posted(payment_id, generation, known) for payment_id, generation in known.money - read]
    receipts += [(dt.datetime.combine(receipt.day, dt.time.min), receipt) for receipt in unread]
    receipts.sort(key=lambda pair: (pair[0], pair[1].payment_id, pair[1].generation))
    in_order = tuple(sorted(findings, key=lambda finding: finding.payment_id or 0))
    return Income(tuple(receipt for _, receipt in receipts), in_order, now, moved)


class _Fault(NamedTuple):
    """What is wrong with a payment."""

    finding: Finding
    change: Said
    """The same of one that is in the books, where it was sound."""


class _Reader:
    """Reads one row."""

    def __init__(self, row: Payment, context: Context) -> None:
        self.row = row
        self._context = context
        self._known = known = context.known
        self._is_returned = row.is_return in {TO_STORE_CREDIT, TO_BUYER}
        self._generation = generation = _generation(row, known)
        self._earlier = known.refunds(row.id, generation - 1)
        self._posted = known.payments(row.id, generation)
        self.posted_sum = known.posted_sum(row.id, generation)
        self.refunds = known.refunds(row.id, generation)
        self._traces = traces(row, min(self.day, self._told_day))

    @property
    def is_posted(self) -> bool:
        """Whether anything of it is in the books."""
        return bool(self._posted)

    @property
    def is_sound(self) -> bool:
        """Whether it is money that came in, with nothing wrong with it."""
        row = self.row
        counts = is_money(row, self._context.rules) and not self._is_from_bank
        counts = counts and row.id not in self._known.elsewhere and not self._is_another_sellers
        return counts and (row.paid or self._is_returned) and self._fault() is None

    @property
    def has_fallen_back(self) -> bool:
        """Whether it is in the books, and not paid any more without a trace of a refund."""
        return bool(self._posted) and not self.row.paid and not self._is_returned and not self.refunds

    @property
    def name(self) -> tuple[int, int]:
        """The payment, and which time it was paid."""
        return self.row.id, self._generation

    @property
    def tells(self) -> bool:
        """Whether day and sum can be read from it, or that it brought no money after all."""
        if self.row.id in self._known.elsewhere or self._is_from_bank:
            return False
        return self._is_no_money or self._fault() is None

    @property
    def moves(self) -> bool:
        """Whether it is sound money of this order, and stands in the books with another one."""
        sound = self.row.paid and self._fault() is None and is_money(self.row, self._context.rules)
        return sound and not self._is_from_bank and self.row.id in self._known.elsewhere

    def told(self, amounts: Mapping[int, Decimal]) -> Told | None:
        """What the shop says now of what is in the books; ``None``: it has no such money any more.

        ``amounts``: payment -> roubles, of those that are sound.
        """
        if self._is_no_money:
            return None
        refund_day = None
        if self.refunds and self.row.is_return != TO_STORE_CREDIT and (self._is_returned or not self.row.paid):
            refund, typed = self.refunds[0], self._traces.typed
            refund_day = refund.date if refund.noticed or typed in {None, refund.returned_on} else typed
        return Told(self._day_in_books, amounts.get(self.row.id, self.posted_sum), refund_day)

    @property
    def _is_from_bank(self) -> bool:
        return is_from_bank(self.row, self._context.rules)

    @property
    def _is_another_sellers(self) -> bool:
        """Whether it came for another seller after the document was posted; before, the whole order is refused."""
        new = bool(self._known.documents) and not self._posted
        return new and is_another_seller(self._context.order, self.row.company_id, self._context.rules)

    @property
    def _is_no_money(self) -> bool:
        return not is_money(self.row, self._context.rules) or self.has_fallen_back

    @property
    def fact(self) -> tuple[dt.date, PaymentMethod, Decimal]:
        """Day, method and exact sum of one that is sound."""
        return self.day, self._method, self.row.sum

    @property
    def _method(self) -> PaymentMethod:
        """How it came; what is in the books keeps its method, and so do the rest of it and its refund."""
        return self._posted[0].method if self._posted else method_of(self.row, self._context.rules)

    @property
    def day(self) -> dt.date:
        """When it was paid, of one that is sound; what is in the books keeps the day of the shop's that it has."""
        if self._posted and (came := self._posted[0].received_on) in {self._paid_on, voucher_day(self.row)}:
            return came
        return self._told_day

    @property
    def moment(self) -> dt.datetime:
        """Its place among the order's money."""
        paid_at = self.row.date_paid
        if paid_at is not None and paid_at.date() == self.day:
            return paid_at
        return dt.datetime.combine(self.day, dt.time.min)

    @property
    def _told_day(self) -> dt.date:
        """The day that the rules take from the row now."""
        is_auto = self._context.rules.accounting.payment_day is PaymentDay.AUTO
        return self._voucher_day if is_auto and self._voucher_day else self._paid_on

    @property
    def _paid_on(self) -> dt.date:
        paid_at = self.row.date_paid
        return paid_at.date() if paid_at else dt.date.max

    @property
    def _voucher_day(self) -> dt.date | None:
        """The bank's day; not one that belongs to an earlier time the row was paid."""
        day = bank_day(self.row, self._context.rules)
        return None if day is not None and self._earlier and day <= self._earlier[0].returned_on else day

    @property
    def _day_in_books(self) -> dt.date:
        """The posted day, where it stands for the shop's."""
        first = self._posted[0] if self._posted else None
        return first.date if first is not None and first.received_on == self.day else self.day

    def read(self, amounts: Mapping[int, Decimal]) -> tuple[Receipt | None, list[Finding]]:
        """The money of this row, unless there is none or a person has to look at it first.

        ``amounts``: payment -> roubles, of those that are sound.
        """
        row = self.row
        if row.id in self._known.elsewhere:
            return None, [self._moved(self._known.elsewhere[row.id])]
        if not is_money(row, self._context.rules):
            return None, self._no_money()
        if not row.paid and not self._is_returned:
            return None, self._unpaid()
        if self._is_from_bank:
            return None, self._from_bank()
        if self._is_another_sellers:
            own, others = self._context.order.company_id or said("no_company"), several(row.company_id or 0)
            return None, [
                self._rejected(found(Verdict.REJECTED, "company_differs", row.id, company=own, others=others))
            ]
        fault = self._fault()
        if fault is not None:
            return None, [self._faulty(fault)]
        if self.refunds and row.paid and not self._is_returned:
            return None, [self._changed(said("change_refund_undone", refund=self.refunds[0].date, paid=self.day))]
        day, amount = self.day, amounts[row.id]
        if amount == 0 and not self._posted:
            return None, []
        told = self._differences(day, amount)
        if self._total_differs(amount):
            return None, told
        told += (*self._about_day(amount), *self._about_return(amount))
        is_asked = self._is_asked
        receipt = Receipt(
            payment_id=row.id,
            generation=self._generation,
            day=day,
            amount=amount,
            method=self._method,
            returned_on=self._returned_on if self._is_returned and not is_asked else None,
            is_refund=(row.is_return == TO_BUYER and not is_asked) or bool(self.refunds),
            is_noticed=not self.refunds and self._traces.day is None,
            in_question=self._receipts_differ,
            posted={payment.document_key: payment.amount for payment in self._posted},
        )
        return receipt, told

    def made_anew(self, posted_id: int) -> Finding:
        """What is said of a row that equals another one's posted payment."""
        day, _, amount = self.fact
        return found(
            Verdict.REVIEW,
            "payment_made_anew",
            self.row.id,
            payment=self.row.id,
            amount=amount,
            day=day,
            posted=posted_id,
        )

    @property
    def _sum(self) -> Money:
        return Money(self.row.sum, self.row.currency)

    def _no_money(self) -> list[Finding]:
        row, is_credit = self.row, self.row.action_file == STORE_CREDIT
        if self._posted:
            credit, other = said("change_to_store_credit"), said("change_to_no_money", pay_system=row.pay_system_name)
            return [self._changed(credit if is_credit else other)]
        if not row.paid:
            return []
        if is_credit:
            return [found(Verdict.NOTED, "store_credit", row.id, payment=row.id, amount=self._sum)]
        return [
            found(
                Verdict.NOTED,
                "not_money",
                row.id,
                payment=row.id,
                amount=self._sum,
                pay_system=row.pay_system_name,
            )
        ]

    def _from_bank(self) -> list[Finding]:
        """What is in the books stays there; what else came or went is in the bank's statement."""
        row = self.row
        told = []
        if not self._posted and row.sum != 0:
            is_old = row.date_paid is not None and is_before_go_live(self._told_day, self._context.rules)
            day = self._told_day if row.date_paid else None
            told.append(before_go_live(row.id, self._told_day) if is_old else from_bank(row, day))
        refunded = self._traces.day
        is_long_ago = refunded is not None and is_before_go_live(refunded, self._context.rules)
        if went_back(row) and not self.refunds and not is_long_ago:
            told.append(refund_from_bank(row, refunded))
        return told

    def _about_day(self, amount: Decimal) -> list[Finding]:
        """A day of the bank that became known after the payment was posted."""
        if not self._posted or self._told_day == self.day or self._told_day != self._voucher_day:
            return []
        return [
            found(
                Verdict.NOTED,
                "payment_day_known",
                self.row.id,
                payment=self.row.id,
                amount=amount,
                posted=self.day,
                day=self._told_day,
            )
        ]

    def _moved(self, order: Said) -> Finding:
        row = self.row
        return found(Verdict.REVIEW, "payment_moved", row.id, payment=row.id, amount=self._sum, order=order)

    def _unpaid(self) -> list[Finding]:
        row = self.row
        if self.refunds or not (self._posted or row.date_paid):
            return []
        return [
            found(
                Verdict.REVIEW,
                "unpaid_without_trace",
                row.id,
                payment=row.id,
                amount=self._sum,
                since=said("unpaid_since", day=row.unpaid_at.date()) if row.unpaid_at else said("unpaid_unknown_since"),
                books=said("payment_in_books") if self._posted else said("payment_not_in_books"),
            )
        ]

    def _fault(self) -> _Fault | None:
        row, currency = self.row, self._context.order.currency
        if row.currency != currency:
            return _Fault(
                found(
                    Verdict.REJECTED,
                    "payment_currency",
                    row.id,
                    payment=row.id,
                    amount=self._sum,
                    order_currency=currency,
                ),
                said("change_currency", now=row.currency),
            )
        if row.sum < 0:
            return _Fault(
                found(Verdict.REJECTED, "payment_negative", row.id, payment=row.id, amount=self._sum),
                said("change_sum", before=self.posted_sum, now=row.sum),
            )
        if row.date_paid is None:
            return _Fault(
                found(Verdict.REJECTED, "payment_date", row.id, payment=row.id, amount=self._sum),
                said("change_no_date"),
            )
        return None

    def _faulty(self, fault: _Fault) -> Finding:
        return self._changed(fault.change) if self._posted else self._rejected(fault.finding)

    def _rejected(self, finding: Finding) -> Finding:
        """What is said of money that cannot be posted, unless it was typed in by hand anyway."""
        day = paid_on(self.row, self._context.rules)
        if day is not None and is_before_go_live(day, self._context.rules):
            return before_go_live(self.row.id, day)
        return finding

    def _total_differs(self, amount: Decimal) -> bool:
        """With a document per shipment, money may still wait for the further ones."""
        if self._context.per is DocumentPer.ORDER:
            return bool(self._posted) and self.posted_sum != amount
        return self.posted_sum > amount

    def _differences(self, day: dt.date, amount: Decimal) -> list[Finding]:
        """What of a posted payment or refund the shop tells otherwise now."""
        changes = []
        if self._total_differs(amount):
            changes.append(said("change_sum", before=self.posted_sum, now=amount))
        if self._posted and self._posted[0].received_on != day:
            changes.append(said("change_date", before=self._posted[0].received_on, now=day))
        typed = self._traces.typed
        if self.refunds and not self.refunds[0].noticed and typed not in {None, self.refunds[0].returned_on}:
            changes.append(said("change_refund_date", before=self.refunds[0].returned_on, now=typed))
        if self.refunds and self.row.is_return == TO_STORE_CREDIT:
            changes.append(said("change_refund_to_credit", refund=self.refunds[0].date))
        return [self._changed(*changes)] if changes else []

    def _about_return(self, amount: Decimal) -> list[Finding]:
        """What is to be said of its refund, posted or not."""
        row, given_back = self.row, self._traces.given_back
        if self._receipts_differ and given_back is not None:
            return [
                found(
                    Verdict.REVIEW,
                    "receipt_differs",
                    row.id,
                    payment=row.id,
                    amount=amount,
                    receipts=given_back,
                    shop=said("shop_refund", amount=amount) if self._is_returned else said("shop_no_refund"),
                    books=said("refund_in_books") if self.refunds else said("refund_not_in_books"),
                )
            ]
        if self._is_asked:
            return [found(Verdict.NOTED, "refund_asked", row.id, payment=row.id, amount=amount)]
        now = self._traces.day
        if self.refunds and self.refunds[0].noticed and now not in {None, self.refunds[0].date}:
            return [
                found(
                    Verdict.NOTED,
                    "refund_day_known",
                    row.id,
                    payment=row.id,
                    amount=amount,
                    noticed=self.refunds[0].date,
                    day=now,
                )
            ]
        return []

    @property
    def _is_asked(self) -> bool:
        """Whether the refund was only asked for: the money is still here."""
        asked = self.row.paid and self.row.is_return == TO_BUYER
        return asked and not self._traces.confirmed and not self.refunds

    @property
    def _receipts_differ(self) -> bool:
        """Whether the cash register gave back another sum than the refund's."""
        given = self._traces.given_back
        if given is None or self.row.is_return == TO_STORE_CREDIT:
            return False
        return not is_rounded(given, self.row.sum if self._is_returned else Decimal(0))

    @property
    def _returned_on(self) -> dt.date:
        """The books' day, else the one that a trace tells, else the day it was noticed."""
        if self.refunds:
            return self.refunds[0].returned_on
        noticed = self._known.noticed_on(self.row.id, self._generation)
        return self._traces.day or noticed or self._context.today

    def _changed(self, *changes: Said) -> Finding:
        return found(Verdict.REVIEW, "payment_changed", self.row.id, payment=self.row.id, changes=several(*changes))


def _generation(row: Payment, known: Known) -> int:
    """How often the row was paid, as far as the books know: after its refund a later day of payment is new money.

    The same day says that the return was taken back (the bank declined), or that its date was typed anew.
    """
    last = known.generation(row.id)
    payments, refunds = known.payments(row.id, last), known.refunds(row.id, last)
    if not payments or not refunds or row.date_paid is None or _is_same(row, payments[0], refunds[0]):
        return last
    is_new = row.paid or row.date_paid.date() >= refunds[0].returned_on
    return last + 1 if is_new else last


def _is_same(row: Payment, posted: PaymentOperation, refund: Refund) -> bool:
    """Whether a row still tells of a posted payment: by no later day, or by the bank's day that it was posted with."""
    paid_on = row.date_paid.date() if row.date_paid else dt.date.max
    if paid_on <= posted.received_on:
        return True
    is_back = not row.paid and row.pay_return_date == refund.returned_on
    return posted.received_on == row.pay_voucher_date and (is_back or paid_on <= refund.returned_on)


def before_go_live(payment_id: int, day: dt.date) -> Finding:
    """A payment that is not ours to post."""
    return found(Verdict.SKIPPED, "payment_before_go_live", payment_id, payment=payment_id, day=day)


def _vanished(payment_id: int, known: Known) -> Finding:
    amount = known.posted_sum(payment_id, known.generation(payment_id))
    return found(Verdict.REVIEW, "payment_vanished", payment_id, payment=payment_id, amount=amount)


def _as_posted(payment_id: int, generation: int, known: Known) -> Receipt:
    """Money that counts as the books have it: an earlier time the row was paid, or one that a person has to look at."""
    posted = known.payments(payment_id, generation)
    refunds = known.refunds(payment_id, generation)
    return Receipt(
        payment_id=payment_id,
        generation=generation,
        day=posted[0].told_on or posted[0].date,
        amount=known.posted_sum(payment_id, generation),
        method=posted[0].method,
        returned_on=refunds[0].returned_on if refunds else None,
        is_refund=bool(refunds),
        posted={payment.document_key: payment.amount for payment in posted},
    )
