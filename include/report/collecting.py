"""Takes the orders of a month one by one and keeps the rows that the sheets are made of, and nothing else of them."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal

from kontur_hook.contract import DocumentKind, PaymentMethod, VatRate

from include.accounting.arithmetic import kopecks
from include.accounting.days import BEFORE_GO_LIVE
from include.accounting.keys import Money as Name
from include.accounting.keys import is_document, money_of
from include.accounting.money.received import Nature, Received
from include.accounting.operations import BEING_SAVED, Finding, Payment, Refund, SaleDocument, Verdict
from include.accounting.sale.vat import standard_on
from include.facts import Day, Said, said
from include.report.packed import Packed
from include.report.rows import (
    ASKS_A_PERSON,
    Advance,
    Buyer,
    Debt,
    Decision,
    Document,
    Fate,
    Income,
    InMonth,
    Money,
    Remark,
    Settlement,
    Standing,
    Unposted,
)
from include.report.story import Deed, Story
from include.report.vat import Part, of_advance, parts
from include.window import Window

_NOT_OURS = frozenset(
    {"advance_of_closed_period", "payment_before_go_live", "payment_left_out", "payment_without_document"}
)
"""Codes of payments that never go to a document."""
_CAME_BACK = frozenset({"cancelled_after_posting", "returned_after_posting", "unshipped_after_posting"})
"""Codes of goods that are here again though their document stands in the books."""
_NOT_SHOWN = frozenset({BEING_SAVED, *BEFORE_GO_LIVE})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What shapes the rows."""

    window: Window
    retail_name: str
    delivery_name: str

    def has(self, day: dt.date | None) -> bool:
        """Whether a day lies in the month."""
        return day is not None and self.window.date_from <= day <= self.window.date_to

    def is_of_month(self, what: Said) -> bool:
        """Whether a day of the month is named in it."""
        return any(isinstance(fact, Day) and self.has(fact.day) for _, fact in what.facts)

    def cut(self, day: dt.date | None, amount: Decimal) -> InMonth:
        """What of a sum lies in the month."""
        return InMonth(day, amount) if self.has(day) else InMonth(None, Decimal(0))


@dataclasses.dataclass(slots=True)
class Rows:
    """The rows of a month's orders, in the order in which the orders came."""

    terms: Terms
    documents: Packed[Document] = dataclasses.field(default_factory=lambda: Packed(Document))
    payments: Packed[Money] = dataclasses.field(default_factory=lambda: Packed(Money))
    refunds: Packed[Money] = dataclasses.field(default_factory=lambda: Packed(Money))
    settlements: Packed[Settlement] = dataclasses.field(default_factory=lambda: Packed(Settlement))
    advances: Packed[Advance] = dataclasses.field(default_factory=lambda: Packed(Advance))
    debts: Packed[Debt] = dataclasses.field(default_factory=lambda: Packed(Debt))
    unposted: Packed[Unposted] = dataclasses.field(default_factory=lambda: Packed(Unposted))
    remarks: Packed[Remark] = dataclasses.field(default_factory=lambda: Packed(Remark))
    unconfirmed: int = 0
    """Operations of these orders that were sent and are not confirmed, whatever their day."""
    _income: collections.defaultdict[tuple[dt.date, str, Fate], list[Decimal]] = dataclasses.field(
        default_factory=lambda: collections.defaultdict(lambda: [Decimal(0), Decimal(0)])
    )

    @property
    def income(self) -> list[Income]:
        """All money that came in, by day and pay system."""
        return [Income(*key, int(count), amount) for key, (count, amount) in sorted(self._income.items())]

    def add(self, story: Story) -> None:
        """An order; one that has nothing in the month, and of which nothing is said of its days, leaves nothing.

        Of a shipment that a person has to decide nothing may be due: a part only has left, or it came back later.
        """
        buyer = self._buyer(story)
        before = len(self.documents) + len(self.payments) + len(self.refunds) + len(self.settlements)
        for deed in story.deeds:
            self._add_deed(story, deed, buyer)
        self._add_settlement(story, buyer)
        for one in story.received:
            if self.terms.has(one.day):
                self._add_income(story, one)
                self.unposted += tuple(_money_of_refused(story, one))
        remarks = tuple(_remarks(story))
        has_rows = before < len(self.documents) + len(self.payments) + len(self.refunds) + len(self.settlements)
        if has_rows or any(self.terms.is_of_month(remark.said) for remark in remarks):
            self.remarks += remarks

    def _buyer(self, story: Story) -> Buyer:
        operations = (deed.operation for deed in story.deeds)
        document = next((one for one in operations if isinstance(one, SaleDocument)), None) or story.draft
        return Buyer.of(document.counterparty if document else None, self.terms.retail_name)

    def _add_deed(self, story: Story, deed: Deed, buyer: Buyer) -> None:
        standing = _standing(story, deed)
        self.unconfirmed += standing is Standing.UNCONFIRMED
        posted, shop = self.terms.cut(*deed.posted), self.terms.cut(*deed.shop)
        is_due = not standing.is_posted and deed.wanted is not None
        if is_due and (shop.day is not None or deed.shop[0] is None):
            self.unposted.append(_unposted(story, deed))
        if posted.day is None and shop.day is None:
            return
        if is_document(deed.key):
            self.documents.append(self._document(story, deed, standing, buyer, posted, shop))
        else:
            name = money_of(deed.key)
            is_refund = name is not None and deed.key == name.refund_key
            (self.refunds if is_refund else self.payments).append(_money(story, deed, standing, buyer, posted, shop))

    def _document(
        self, story: Story, deed: Deed, standing: Standing, buyer: Buyer, posted: InMonth, shop: InMonth
    ) -> Document:
        operation = deed.operation if isinstance(deed.operation, SaleDocument) else None
        amount = shop.amount if posted.day is None else posted.amount
        if operation is None and (draft := story.draft_of(deed.shop[0])) is not None and draft.total_amount == amount:
            operation = draft  # refused, or posted by another program: the shop knows its lines
        by_rate = parts(operation.items) if operation is not None else ()
        if operation is None or sum(part.gross for part in by_rate) != operation.total_amount:
            by_rate = (Part(None, amount),)  # lines that do not come to its sum say nothing of its rates
        return Document(
            order=story.number,
            number=operation.number if operation is not None else story.number,
            kind=DocumentKind(deed.row.kind) if deed.row is not None else DocumentKind.SALE_INVOICE,
            buyer=buyer,
            standing=standing,
            posted=posted,
            shop=shop,
            parts=by_rate,
            delivery=self._delivery(operation),
            came_back=deed.standing.is_posted and deed.wanted is None and not _is_return_decided(story),
            id=(deed.row.doc_id or "") if deed.row is not None else "",
        )

    def _delivery(self, operation: SaleDocument | None) -> Part | None:
        """It is the last line, by the name that the settings give it."""
        last = operation.items[-1] if operation is not None and operation.items else None
        if last is None or last.name != self.terms.delivery_name:
            return None
        return Part(VatRate(last.vat_rate), kopecks(last.quantity * last.price))

    def _add_settlement(self, story: Story, buyer: Buyer) -> None:
        dealings, window = story.dealings, self.terms.window
        turnover = dealings.turnover(window)
        if turnover.is_empty:
            return
        self.settlements.append(Settlement(story.number, buyer, turnover))
        advances = dealings.advances(window.date_to)
        for paid in advances:
            by_rate = _still_to_ship(story, window.date_to, paid.day)
            self.advances.append(
                Advance(
                    order=story.number,
                    buyer=buyer,
                    paid=paid.day,
                    amount=paid.amount,
                    parts=of_advance(paid.amount, paid.day, by_rate),
                    shipped=dealings.shipped_after(window.date_to),
                    returned=paid.refunded_on,
                )
            )
        others = (one for one in story.received if not one.nature.is_money and one.day <= window.date_to)
        other = sum((one.amount for one in others), start=Decimal(0))
        for shipped in dealings.debts(window.date_to):
            self.debts.append(Debt(story.number, buyer, shipped.day, shipped.amount, other))

    def _add_income(self, story: Story, one: Received) -> None:
        for fate, amount in _fates(story, one):
            if amount:
                found = self._income[one.day, one.pay_system, fate]
                found[0] += 1
                found[1] += amount


def _money(story: Story, deed: Deed, standing: Standing, buyer: Buyer, posted: InMonth, shop: InMonth) -> Money:
    name = money_of(deed.key)
    systems = {one.payment_id: one.pay_system for one in story.received}
    method: PaymentMethod | None = deed.operation.method if isinstance(deed.operation, Payment | Refund) else None
    return Money(
        order=story.number,
        buyer=buyer,
        method=method,
        pay_system=systems.get(name.payment_id, "") if name is not None else "",
        standing=standing,
        posted=posted,
        shop=shop,
        id=(deed.row.doc_id or "") if deed.row is not None else "",
    )


def _still_to_ship(story: Story, day: dt.date, paid: dt.date) -> dict[VatRate | None, Decimal]:
    """What of the order had not left by the end of a day, roubles by rate; all of it where nothing is left over.

    The rates are those of the day of payment: what the seller applies by now says nothing of an earlier advance.
    """
    draft = story.draft_of(paid)
    if draft is None:
        return {}
    whole = {part.rate: part.gross for part in parts(draft.items)}
    left = dict(whole)
    for deed in story.deeds:
        shipped = deed.shop[0]
        if isinstance(deed.operation, SaleDocument) and shipped is not None and shipped <= day:
            for part in parts(deed.operation.items):
                rate = part.rate and standard_on(part.rate, draft.date)
                left[rate] = left.get(rate, Decimal(0)) - part.gross
    return left if any(gross > 0 for gross in left.values()) else whole


def _fates(story: Story, one: Received) -> Iterator[tuple[Fate, Decimal]]:
    """What became of the money; together it is what came in."""
    if one.nature is not Nature.MONEY:
        yield Fate(one.nature.value), one.amount
        return
    posted = due = Decimal(0)
    for deed in story.deeds:
        name = money_of(deed.key)
        if name != Name(one.payment_id, one.generation, name.shipment_id if name else None):
            continue
        if name is not None and deed.key == name.payment_key:
            posted += deed.posted[1]
            due += Decimal(0) if deed.standing.is_posted else deed.shop[1]
    yield Fate.POSTED, posted
    yield Fate.DUE, due
    yield _unplanned(story, one), one.amount - posted - due


def _unplanned(story: Story, one: Received) -> Fate:
    """What becomes of the part of some money that no operation is planned of."""
    if story.is_left_out or any(_leaves_out(finding, one.payment_id) for finding in _findings(story)):
        return Fate.NOT_OURS
    return Fate.RETURNED if one.refunded_on else _waits_for(story)


def _money_of_refused(story: Story, one: Received) -> Iterator[Unposted]:
    """It waits with its document, for the same reasons."""
    if one.nature is Nature.MONEY and _unplanned(story, one) is Fate.DUE:
        document = next(deed for deed in story.deeds if is_document(deed.key))
        why, decided = tuple(_reasons(story, document)), _decided(story, _asked(story, document))
        yield Unposted(story.number, one.day, said("row_payment"), one.amount, why, decided)


def _waits_for(story: Story) -> Fate:
    """What becomes of money that no payment is planned of: none is of an order that is refused before it is drafted."""
    documents = [deed for deed in story.deeds if is_document(deed.key)]
    is_refused = bool(documents) and all(deed.row is None and deed.operation is None for deed in documents)
    has_money = any(money_of(deed.key) for deed in story.deeds)
    return Fate.DUE if is_refused and not has_money else Fate.HELD


def _leaves_out(finding: Finding, payment_id: int) -> bool:
    return finding.payment_id == payment_id and finding.code in _NOT_OURS


def _unposted(story: Story, deed: Deed) -> Unposted:
    day, amount = deed.shop
    return Unposted(
        story.number, day, _what(deed.key), amount, tuple(_reasons(story, deed)), _decided(story, _asked(story, deed))
    )


def _is_return_decided(story: Story) -> bool:
    """Whether a person has closed all that is said of goods that are here again."""
    told = [finding.said for finding in _findings(story) if finding.code in _CAME_BACK]
    return bool(told) and all(one in story.closed for one in told)


def _what(key: str) -> Said:
    name = money_of(key)
    if name is None:
        return said("row_document")
    return said("row_refund") if key == name.refund_key else said("row_payment")


def _reasons(story: Story, deed: Deed) -> Iterator[Said]:
    """What a person can do something about, or has closed; else how far it has come."""
    asked, standing = _asked(story, deed), _standing(story, deed)
    if standing is not Standing.SETTLED:
        asked = [one for one in asked if one not in story.closed]
    if standing is Standing.UNCONFIRMED:
        yield said("unposted_unknown")
    yield from asked
    if not asked and standing is not Standing.UNCONFIRMED:
        yield said("unposted_waiting") if standing is Standing.WAITING else said("unposted_unsaid")


def _standing(story: Story, deed: Deed) -> Standing:
    """How far it has come, by the ledger and by what people have closed."""
    refused = deed.standing is Standing.REFUSED
    return Standing.SETTLED if refused and _decided(story, _asked(story, deed)) is not None else deed.standing


def _asked(story: Story, deed: Deed) -> list[Said]:
    """What a person is asked, or was asked before he closed it, before this can be posted."""
    name = money_of(deed.key)
    concerned = {None, name.payment_id if name is not None else None}
    asked = [one.said for one in _findings(story) if one.verdict in ASKS_A_PERSON and one.payment_id in concerned]
    if deed.row is not None and deed.row.asks_a_person:
        asked += deed.row.said
    return asked


def _decided(story: Story, asked: Sequence[Said]) -> Decision | None:
    """The last closing, once all of it is closed."""
    closings = [story.closed[one] for one in asked if one in story.closed]
    return max(closings, key=lambda one: one.at) if closings and len(closings) == len(asked) else None


def _remarks(story: Story) -> Iterator[Remark]:
    for finding in _findings(story):
        if finding.code not in _NOT_SHOWN:
            yield Remark(story.number, finding.verdict, finding.said, story.closed.get(finding.said))
    for row in story.kept:
        if row.asks_a_person:
            yield from (Remark(story.number, Verdict.REVIEW, what) for what in row.said)


def _findings(story: Story) -> tuple[Finding, ...]:
    return story.plan.findings if story.plan is not None else ()
