"""The sale of each dispatch: a document, or why there is none."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

from include.accounting.arithmetic import kopecks
from include.accounting.buyer.counterparty import buyer_of
from include.accounting.clock import Clock
from include.accounting.days import is_before_go_live
from include.accounting.drafts import Doubts, Draft
from include.accounting.findings import NotPostableError, found, rejection
from include.accounting.operations import Finding, SaleDocument, Verdict
from include.accounting.rules import Rules
from include.accounting.sale.advances import check_no_advance
from include.accounting.sale.documents import Contents, contents_of, draft_of
from include.accounting.sale.guards import refusals
from include.accounting.sale.origin import check_companies, check_origin
from include.accounting.sale.shipping import Dispatch
from include.accounting.sale.vat import with_rates_on_the_day
from include.bitrix.rows import Order, Shop
from include.facts import Money

_ROUBLES = "RUB"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What a dispatch comes to."""

    dispatch: Dispatch
    total: Decimal
    draft: Draft | None = None
    document: SaleDocument | None = None
    """The draft, and once it was judged: what is to be posted."""
    findings: tuple[Finding, ...] = ()
    """Why there is no document."""
    notes: tuple[Finding, ...] = ()
    """What is said of the document."""

    @property
    def is_left_out(self) -> bool:
        """There is no document and there will be none, by rule."""
        return self.document is None and all(f.verdict is not Verdict.REJECTED for f in self.findings)

    @property
    def is_skipped(self) -> bool:
        """It is left out, and nothing is wrong with it."""
        return self.is_left_out and all(f.verdict is not Verdict.REVIEW for f in self.findings)

    @property
    def takes_money(self) -> bool:
        """Money for goods in no shipment waits until somebody puts them into one."""
        return not self.dispatch.is_remainder or any(f.verdict is Verdict.SKIPPED for f in self.findings)


def sales_of(
    order: Order,
    shop: Shop,
    rules: Rules,
    dispatches: Sequence[Dispatch],
    *,
    posted: Mapping[str, SaleDocument],
    ours: bool = False,
) -> list[Sale]:
    """The sale of each dispatch, not judged yet; what keeps the order as a whole from being drafted is raised.

    Args:
        order: the order.
        shop: the shop's settings.
        rules: the rules in force.
        dispatches: what has left the shop, of one kind: the order, or shipments.
        posted: documents that are in the books already, by key; days that may not be posted into do not concern them.
        ours: whatever the order is, and wherever it came from, it counts as a sale to be posted from here.

    Raises:
        NotPostableError: no document of the order can be drafted, or none is to be posted by rule.
    """
    total = kopecks(order.price)
    old = {
        d.key: d.day
        for d in dispatches
        if d.key not in posted and d.day is not None and is_before_go_live(d.day, rules)
    }
    if len(old) == len(dispatches):
        return [_before_go_live(dispatch, total, old[dispatch.key]) for dispatch in dispatches]
    if total == 0:
        return [_left_out(dispatch, total, found(Verdict.SKIPPED, "total_zero")) for dispatch in dispatches]
    doubts = Doubts()
    buyer = buyer_of(order, shop, rules, doubts)  # first: a buyer that is left out has no errors
    if not posted and not ours:
        check_origin(order, rules)
        check_no_advance(order, rules, carried={row.id for row in order.items})
    elif any(dispatch.key not in posted for dispatch in dispatches) and not ours:
        check_companies(order, rules)
    contents = _contents(order, shop, rules, dispatches, posted, doubts)
    sales = []
    gone = posted.keys() - {dispatch.key for dispatch in dispatches}
    of_gone_shipments = sum((posted[key].total_amount for key in gone), start=Decimal(0))
    for dispatch in dispatches:
        inside = contents[dispatch.key]
        missing = inside.total - of_gone_shipments if dispatch.is_remainder else inside.total
        nothing = missing <= 0 if dispatch.is_remainder else inside.is_empty and not doubts.sums.findings
        if nothing and dispatch.key not in posted:
            continue
        why_not = () if dispatch.key in posted or ours else _advance_in(dispatch, order, rules)
        if dispatch.key in old:
            sales.append(_before_go_live(dispatch, missing, old[dispatch.key]))
        elif why_not := _no_sale(dispatch, missing, total) or why_not:
            sales.append(Sale(dispatch=dispatch, total=missing, findings=why_not))
        else:
            draft = draft_of(order, rules, dispatch, buyer, inside, doubts)
            sales.append(Sale(dispatch=dispatch, total=inside.total, draft=draft, document=draft.document))
    # What is in the books was judged then, by what the order held at that time.
    return [sale if sale.dispatch.key in posted else _beside(sale, sales) for sale in sales]


def _no_sale(dispatch: Dispatch, missing: Decimal, total: Decimal) -> tuple[Finding, ...]:
    if dispatch.is_remainder:
        return (found(Verdict.REVIEW, "not_in_a_shipment", amount=missing, total=total),)
    if dispatch.shipment and missing == 0:
        number = dispatch.shipment.account_number or dispatch.shipment.id
        return (found(Verdict.NOTED, "shipment_total_zero", shipment=number),)
    return ()


def _advance_in(dispatch: Dispatch, order: Order, rules: Rules) -> tuple[Finding, ...]:
    """Why a further shipment of an order that is in the books is not to be posted."""
    carried = {item.basket_id for item in dispatch.shipment.items} if dispatch.shipment else set()
    try:
        check_no_advance(order, rules, carried=carried)
    except NotPostableError as error:
        return error.findings
    return ()


def _beside(sale: Sale, sales: Sequence[Sale]) -> Sale:
    if sale.draft is None:
        return sale
    others = (other.draft.rates for other in sales if other is not sale and other.draft is not None)
    return dataclasses.replace(sale, draft=dataclasses.replace(sale.draft, beside=frozenset().union(*others)))


def judged(sale: Sale, document: SaleDocument, rules: Rules, clock: Clock | None) -> Sale:
    """The sale with ``document``, which the shop's own rule may have changed, or with why it cannot be posted.

    Args:
        sale: a drafted one.
        document: what is to be posted.
        rules: the rules in force.
        clock: the shop's; ``None`` for what is in the books already.
    """
    if sale.draft is None:
        return sale
    document, notes = with_rates_on_the_day(document, sale.draft.delivery, rules)
    refused = tuple(refusals(sale.draft, document, rules, clock))
    if refused:
        return dataclasses.replace(sale, document=None, findings=refused)
    return dataclasses.replace(sale, document=document, notes=notes)


def _contents(
    order: Order,
    shop: Shop,
    rules: Rules,
    dispatches: Sequence[Dispatch],
    posted: Mapping[str, SaleDocument],
    doubts: Doubts,
) -> dict[str, Contents]:
    if order.currency != _ROUBLES:
        raise rejection("currency", total=Money(order.price, order.currency))
    if order.price < 0:
        raise rejection("total_negative", total=kopecks(order.price))
    try:
        return contents_of(order, shop, rules, dispatches, posted, doubts)
    except NotPostableError as error:
        raise NotPostableError(*doubts.buyer.findings, *error.findings, *doubts.rates.findings) from None


def _before_go_live(dispatch: Dispatch, total: Decimal, day: dt.date) -> Sale:
    return _left_out(dispatch, total, found(Verdict.SKIPPED, "before_go_live", day=day))


def _left_out(dispatch: Dispatch, total: Decimal, why: Finding) -> Sale:
    return Sale(dispatch=dispatch, total=total, findings=(why,))
