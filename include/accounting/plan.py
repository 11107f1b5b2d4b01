"""What an order calls for now: its documents, payments and refunds, and what has to be said of it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
from collections.abc import Iterable, Mapping, Sequence

from include.accounting.arithmetic import EXACT
from include.accounting.changes import differences
from include.accounting.clock import Clock
from include.accounting.context import Context
from include.accounting.days import is_before_go_live
from include.accounting.findings import NotPostableError, found
from include.accounting.in_ledger import Known
from include.accounting.keys import shipment_of
from include.accounting.made_anew import shipments_made_anew
from include.accounting.money.allocation import Slot
from include.accounting.money.one_sided import called, refund_without_return, return_without_refund
from include.accounting.money.payments import Income, income_of
from include.accounting.money.settlement import Settlement, settle
from include.accounting.money.without_document import money_without_document
from include.accounting.operations import (
    BEING_SAVED,
    Finding,
    KnownOperation,
    Operation,
    Payment,
    Plan,
    Refund,
    SaleDocument,
    Verdict,
    Wanted,
)
from include.accounting.rules import Rules
from include.accounting.sale.by_rate import rates_of
from include.accounting.sale.came_back import came_back
from include.accounting.sale.in_part import partly_shipped, parts_left_earlier, status_before_shipment
from include.accounting.sale.sales import Sale, judged, sales_of
from include.accounting.sale.shipping import Dispatch, as_posted, dispatches, is_being_saved
from include.accounting.shop_rule import Answer, ask
from include.accounting.wanted import documents_wanted, money_wanted, undrafted
from include.bitrix.rows import Order, Shop
from include.facts import Count, Money, Said, said, several
from include.settings import DocumentPer

__all__ = ["Rules", "plan_order"]

_MOST_DIFFERENCES = 5
_NOT_RETURNED = "N"
_INSTEAD = {Verdict.REJECTED: Verdict.NOTED, Verdict.REVIEW: Verdict.NOTED}


def plan_order(
    order: Order, shop: Shop, rules: Rules, *, known: Sequence[KnownOperation] = (), now: dt.datetime
) -> Plan:
    """What should be in the books of an order now, and what a person should hear of it.

    A pure function: the same order, settings and ledger give the same plan, byte for byte.

    Args:
        order: the order as the shop has it.
        shop: the shop's own settings.
        rules: the rules in force.
        known: what the ledger has of this order, and of its payments, also if it was posted with another order.
        now: the shop's local time, naive.
    """
    with decimal.localcontext(EXACT):
        clock = Clock(now)
        context = Context(order=order, shop=shop, rules=rules, known=Known(known, order.id), clock=clock)
        return dataclasses.replace(_Planner(context).plan(), by_the_clock=clock.was_asked)


class _Planner:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._order = context.order
        self._rules = context.rules
        self._known = context.known
        self._findings: list[Finding] = []
        self._wanted: list[Wanted] = []
        self._is_skipped = context.order.canceled
        """Whether nothing of the order is to be posted, by rule."""

    def plan(self) -> Plan:
        if is_being_saved(self._order, self._context.clock):
            self._findings.append(found(Verdict.NOTED, BEING_SAVED))
            return dataclasses.replace(self._result({}, ()), wanted=None)
        left = self._dispatches()
        drafts = self._sales(left)
        if not drafts and not self._known.documents and self._findings:
            return self._result({}, ())
        self._say_where_it_is(left)
        income = income_of(self._context)
        try:
            answer = self._ask(left, drafts, income)
        except NotPostableError as error:
            return self._unanswered(error, left, drafts, income)
        sales = self._once([self._judged(sale, answer) for sale in drafts], left)
        settlement = self._settlement(left, sales, income, answer, answer)
        self._wanted += money_wanted(self._context, income, settlement, has_document=bool(self._wanted))
        self._say_all(sales, income, settlement)
        documents = [sale.document for sale in sales if sale.document is not None]
        new: tuple[Operation, ...] = (*documents, *settlement.payments, *settlement.refunds)
        due = {operation.key: operation for operation in new}
        self._weigh(left, due)
        return self._result(due, settlement.held)

    def _ask(self, left: Sequence[Dispatch], drafts: Sequence[Sale], income: Income) -> Answer:
        """What the shop's own rule makes of all that would be due if no guard refused it."""
        if self._rules.adjust is None:
            return Answer()
        wanted = self._drafted(left, drafts, income, Answer())
        asks_a_person = any(finding.verdict is Verdict.REVIEW for sale in drafts for finding in sale.findings)
        if not wanted and not asks_a_person:
            return Answer()
        answer = ask(self._order, wanted, self._rules)
        # Which documents money goes to hangs on their days, and those the rule may just have given.
        by_its_days = self._drafted(left, drafts, income, answer)
        return answer if by_its_days == wanted else ask(self._order, by_its_days, self._rules)

    def _drafted(
        self, left: Sequence[Dispatch], drafts: Sequence[Sale], income: Income, days: Answer
    ) -> tuple[Operation, ...]:
        settlement = self._settlement(left, drafts, income, None, days)
        documents = [sale.document for sale in drafts if sale.document is not None]
        return (*documents, *settlement.payments, *settlement.refunds)

    def _unanswered(
        self, error: NotPostableError, left: Sequence[Dispatch], drafts: Sequence[Sale], income: Income
    ) -> Plan:
        """Nothing new is posted: the shop's own rule vetoed the order, or its answer cannot be used."""
        is_veto = all(finding.verdict is Verdict.SKIPPED for finding in error.findings)
        sales = self._once([self._judged(sale, Answer()) for sale in drafts], left)
        settlement = self._settlement(left, sales, income, Answer(), Answer())
        self._want_unanswered(settlement, income, is_veto=is_veto)
        if self._known.documents or not is_veto:
            self._say_all(() if is_veto else sales, income, settlement)
        self._weigh(left, {})
        self._leave_out(error)
        return self._result({}, settlement.held)

    def _want_unanswered(self, settlement: Settlement, income: Income, *, is_veto: bool) -> None:
        """What is wanted though the shop's own rule gave no answer; after a veto, only what is in the books."""
        money = money_wanted(self._context, income, settlement, has_document=bool(self._wanted))
        wanted = [*self._wanted, *money]
        posted = self._known.posted
        unfit = [one if one.key in posted else dataclasses.replace(one, operation=None) for one in wanted]
        self._wanted = [one for one in unfit if not is_veto or one.key in posted]

    def _judged(self, sale: Sale, answer: Answer) -> Sale:
        if sale.document is None:
            return sale
        clock = None if sale.dispatch.key in self._known.documents else self._context.clock
        return judged(sale, answer.of(sale.document), self._rules, clock)

    def _say_all(self, sales: Sequence[Sale], income: Income, settlement: Settlement) -> None:
        new = [sale for sale in sales if sale.dispatch.key not in self._known.documents]
        self._is_skipped |= bool(sales) and all(sale.is_skipped for sale in sales)
        for sale in new:
            self._findings += sale.findings
        for sale in sales:
            self._findings += sale.notes
        self._say_paid_without_payment(sales)
        if new or self._known.documents:  # else nothing is due yet, and nothing is wrong with it
            self._findings += (*income.findings, *settlement.findings)
        for sale in sales:
            self._compare(sale)

    def _weigh(self, left: Sequence[Dispatch], due: Mapping[str, Operation]) -> None:
        """Goods and money go back together: of what is in the books, and of what is ``due`` now."""
        operations = {**due, **self._known.posted}
        standing = [operations[dispatch.key] for dispatch in left if dispatch.key in operations]
        refunds = [operation for operation in operations.values() if isinstance(operation, Refund)]
        self._findings += refund_without_return(self._context, refunds, _documents(standing))

    def _say_where_it_is(self, left: Sequence[Dispatch]) -> None:
        """What is to be said of the goods, and of the money of those that did not leave or are here again."""
        context = self._context
        if left:
            self._findings += status_before_shipment(context)
            self._findings += parts_left_earlier(context, left[0])
        elif not self._known.documents:
            self._findings += money_without_document(context)
            if context.came_back:
                self._findings.append(came_back(context))
            elif not self._order.canceled:
                self._findings += partly_shipped(context)

    def _dispatches(self) -> tuple[Dispatch, ...]:
        if self._context.came_back:
            return ()
        documents = self._known.documents
        left = dispatches(self._order, self._rules, self._context.per)
        return tuple(as_posted(dispatch, documents.get(dispatch.key)) for dispatch in left)

    def _say_what_is_gone(self, gone: Sequence[SaleDocument | None], left: Sequence[Dispatch]) -> None:
        told = []
        for document in gone:
            what, rates = called(document), rates_of(document)
            is_ours = document is not None or self._is_gone_since_go_live()
            if self._order.canceled and is_ours:
                self._findings.append(found(Verdict.REVIEW, "cancelled_after_posting", document=what, rates=rates))
            elif self._context.came_back and is_ours:
                self._findings.append(found(Verdict.REVIEW, "returned_after_posting", document=what, rates=rates))
            elif document and not self._order.canceled:
                self._findings.append(
                    found(
                        Verdict.REVIEW,
                        "unshipped_after_posting",
                        number=document.number,
                        day=document.date,
                        rates=rates,
                    )
                )
            else:
                continue
            told.append(document)
        documents = self._known.documents
        standing = [documents[dispatch.key] for dispatch in left if dispatch.key in documents]
        self._findings += return_without_refund(self._context, told, standing)

    def _is_gone_since_go_live(self) -> bool:
        """Whether the order was cancelled, or came back, since this package took over."""
        order, go_live = self._order, self._rules.accounting.go_live
        at = order.date_canceled if order.canceled else order.date_status
        return go_live is None or at is None or at.date() >= go_live

    def _sales(self, left: Sequence[Dispatch]) -> list[Sale]:
        documents = self._known.documents
        posted = {key: document for key, document in documents.items() if document is not None}
        ours = [dispatch for dispatch in left if dispatch.key in posted or dispatch.key not in documents]
        if not ours:
            return []
        try:
            return sales_of(self._order, self._context.shop, self._rules, ours, posted=posted)
        except NotPostableError as error:
            for dispatch in ours:
                if dispatch.key in posted:
                    self._say_unfit(posted[dispatch.key], error.findings)
            refused = error
            if any(dispatch.key not in posted for dispatch in ours):
                refused = self._unless_vetoed(error)
                self._leave_out(refused)
            self._wanted += undrafted(self._context, ours, refused)
            return []

    def _leave_out(self, error: NotPostableError) -> None:
        self._findings += error.findings
        self._is_skipped |= all(finding.verdict is Verdict.SKIPPED for finding in error.findings)

    def _once(self, sales: list[Sale], left: Sequence[Dispatch]) -> list[Sale]:
        """The sales without shipments that are in the books already, under an id that the shop has no longer."""
        there = {dispatch.key for dispatch in left}
        gone = {key: document for key, document in self._known.documents.items() if key not in there}
        of_shipments = {k: d for k, d in gone.items() if d is not None and shipment_of(k) is not None}
        new = [s.document for s in sales if s.document is not None and s.dispatch.key not in self._known.documents]
        again = shipments_made_anew(new, of_shipments)
        self._wanted += documents_wanted(self._context, left, sales, again)
        for key, posted in again.items():
            document = of_shipments[posted]
            self._findings.append(
                found(
                    Verdict.REVIEW,
                    "shipment_made_anew",
                    shipment=shipment_of(key) or 0,
                    number=document.number,
                    day=document.date,
                    total=document.total_amount,
                    gone=shipment_of(posted) or 0,
                )
            )
        self._say_what_is_gone([document for key, document in gone.items() if key not in again.values()], left)
        return [sale for sale in sales if sale.dispatch.key not in again]

    def _say_paid_without_payment(self, sales: Sequence[Sale]) -> None:
        """The order's flag speaks of money that no payment tells of."""
        order, known = self._order, self._known
        told = any(row.paid or row.date_paid or row.is_return != _NOT_RETURNED for row in order.payments)
        is_ours = order.date_payed is None or not is_before_go_live(order.date_payed.date(), self._rules)
        in_books = known.documents or any(sale.document for sale in sales)
        if order.payed and not told and not known.money and is_ours and in_books:
            total = Money(order.price, order.currency)
            self._findings.append(found(Verdict.REVIEW, "paid_without_payment", total=total))

    def _unless_vetoed(self, refused: NotPostableError) -> NotPostableError:
        """The shop's own rule may leave out by a veto what cannot even be drafted."""
        if any(finding.verdict is Verdict.SKIPPED for finding in refused.findings):
            return refused
        try:
            ask(self._order, (), self._rules)
        except NotPostableError as error:
            if all(finding.verdict is Verdict.SKIPPED for finding in error.findings):
                return error
        return refused

    def _settlement(
        self, left: Sequence[Dispatch], sales: Sequence[Sale], income: Income, answer: Answer | None, days: Answer
    ) -> Settlement:
        """``days``: what is known of the rule's answer, where that itself cannot be used yet."""
        new = [sale for sale in sales if sale.dispatch.key not in self._known.documents]
        return settle(
            self._context,
            income.receipts,
            self._slots(left, sales, days),
            refused={sale.dispatch.key for sale in new if sale.document is None and not sale.is_left_out},
            left_out={sale.dispatch.key for sale in new if sale.is_left_out},
            answer=answer,
        )

    def _slots(self, left: Sequence[Dispatch], sales: Sequence[Sale], answer: Answer) -> list[Slot]:
        """The documents that take money: those in the books, those to come, those that are refused or left out."""
        days = {dispatch.key: dispatch.day for dispatch in left}
        slots = [
            Slot(
                key=key,
                day=document.date if document else days.get(key) or dt.date.min,
                total=self._capacity(document.total_amount if document else None),
            )
            for key, document in self._known.documents.items()
        ]
        slots += [
            Slot(
                key=sale.dispatch.key,
                day=answer.day(sale.dispatch.key) or sale.dispatch.day or self._context.today,
                total=self._capacity(sale.total),
            )
            for sale in sales
            if sale.dispatch.key not in self._known.documents and sale.takes_money
        ]
        return sorted(slots, key=lambda slot: (slot.day, shipment_of(slot.key) or 0))

    def _capacity(self, total: decimal.Decimal | None) -> decimal.Decimal | None:
        return None if total is None or self._context.per is DocumentPer.ORDER else max(total, decimal.Decimal(0))

    def _compare(self, sale: Sale) -> None:
        """A posted document with what the shop says now."""
        posted = self._known.documents.get(sale.dispatch.key)
        if posted is None:
            return
        if sale.document is None:
            self._say_unfit(posted, sale.findings)
            return
        told = [difference.said for difference in differences(posted, sale.document)]
        if len(told) > _MOST_DIFFERENCES:
            more = Count(len(told) - _MOST_DIFFERENCES, "difference")
            told = [*told[:_MOST_DIFFERENCES], said("and_more", differences=more)]
        if told:
            self._say_changed(posted, said("changed_fields", differences=several(*told), rates=rates_of(posted)))

    def _say_unfit(self, posted: SaleDocument, problems: Iterable[Finding]) -> None:
        for problem in problems:
            self._say_changed(posted, said("changed_to_unfit", problem=problem.said))

    def _say_changed(self, posted: SaleDocument, what: Said) -> None:
        self._findings.append(
            found(Verdict.REVIEW, "changed_after_posting", number=posted.number, day=posted.date, what=what)
        )

    def _said(self) -> tuple[Finding, ...]:
        """What is said of the order. One that is not to be posted has no error, whatever its data: it is noted."""
        findings = self._findings
        if self._is_skipped and not self._known.posted:
            findings = [dataclasses.replace(f, verdict=_INSTEAD.get(f.verdict, f.verdict)) for f in findings]
        return tuple(dict.fromkeys(findings))

    def _result(self, new: Mapping[str, Operation], held: Iterable[Payment]) -> Plan:
        posted = {key: operation for key, operation in self._known.posted.items() if operation is not None}
        unposted = {key: operation for key, operation in new.items() if key not in self._known.posted}
        return Plan(
            order_id=self._order.id,
            number=self._order.number,
            site=self._order.lid,
            company_id=self._order.company_id,
            due=tuple(sorted((*posted.values(), *unposted.values()), key=_place)),
            held=tuple(held),
            findings=self._said(),
            wanted=tuple(sorted(self._wanted, key=lambda one: one.key)),
        )


def _documents(operations: Iterable[Operation | None]) -> list[SaleDocument | None]:
    """``None`` stays: another program's."""
    return [operation for operation in operations if operation is None or isinstance(operation, SaleDocument)]


def _place(operation: Operation) -> tuple[int, dt.date, str]:
    """Documents before payments before refunds."""
    rank = 0 if isinstance(operation, SaleDocument) else 2 if isinstance(operation, Refund) else 1
    return rank, operation.date, operation.key
