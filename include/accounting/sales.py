"""The sale of each dispatch: a document, or why there is none."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

from include.accounting.buyers import buyer_of
from include.accounting.days import check_day, is_before_go_live
from include.accounting.documents import Contents, contents_of, document
from include.accounting.findings import Collector, NotPostableError, rejection
from include.accounting.money import kopecks
from include.accounting.operations import Counterparty, Finding, SaleDocument, Verdict
from include.accounting.rules import Rules
from include.accounting.shipping import Dispatch
from include.bitrix.rows import Order, Shop

_ROUBLES = "RUB"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What a dispatch comes to."""

    dispatch: Dispatch
    total: Decimal
    document: SaleDocument | None
    findings: tuple[Finding, ...] = ()
    """Why there is no document."""

    @property
    def is_left_out(self) -> bool:
        """There is no document and there will be none, by rule."""
        return self.document is None and all(f.verdict is not Verdict.REJECTED for f in self.findings)


def sales_of(
    order: Order,
    shop: Shop,
    rules: Rules,
    dispatches: Sequence[Dispatch],
    *,
    posted: Mapping[str, SaleDocument],
    today: dt.date,
) -> list[Sale]:
    """The sale of each dispatch, judged by itself; what concerns the order as a whole is raised.

    Args:
        order: the order.
        shop: the shop's settings.
        rules: the rules in force.
        dispatches: what has left the shop, of one kind: the order, or shipments.
        posted: documents that are in the books already, by key; days that may not be posted into do not concern them.
        today: the shop's local day.

    Raises:
        NotPostableError: nothing of the order can be posted.
    """
    total = kopecks(order.price)
    old = [d for d in dispatches if d.key not in posted and d.day is not None and is_before_go_live(d.day, rules)]
    if len(old) == len(dispatches):
        return [_before_go_live(dispatch, total, rules) for dispatch in dispatches]
    if total == 0:
        return [
            _left_out(d, total, Verdict.SKIPPED, "total_zero", "the order's total is 0: no document")
            for d in dispatches
        ]
    buyer, contents = _judged_whole(order, shop, rules, dispatches, posted)
    sales = []
    for dispatch in dispatches:
        inside = contents[dispatch.key]
        if inside.is_empty and dispatch.key not in posted:
            continue
        if dispatch in old:
            sales.append(_before_go_live(dispatch, inside.total, rules))
        elif inside.total == 0:
            sales.append(
                _left_out(
                    dispatch,
                    inside.total,
                    Verdict.NOTED,
                    "shipment_total_zero",
                    f"shipment {dispatch.shipment and dispatch.shipment.id} comes to 0: no document for it",
                )
            )
        else:
            first_day = None if dispatch.key in posted else today
            sales.append(_sale(order, rules, dispatch, buyer, inside, today=first_day))
    return sales


def _judged_whole(
    order: Order, shop: Shop, rules: Rules, dispatches: Sequence[Dispatch], posted: Mapping[str, SaleDocument]
) -> tuple[Counterparty, dict[str, Contents]]:
    collector = Collector()
    buyer: Counterparty | None = None
    contents: dict[str, Contents] | None = None
    with collector.collecting():
        buyer = buyer_of(order, shop, rules)
    if skipped := [finding for finding in collector.findings if finding.verdict is Verdict.SKIPPED]:
        raise NotPostableError(*skipped)
    if order.currency != _ROUBLES:
        raise rejection(
            "currency", f"the order is in {order.currency}: only roubles (RUB) are posted; enter it by hand"
        )
    if order.price < 0:
        raise rejection(
            "total_negative", f"the order's total is {kopecks(order.price):.2f}: correct the order in the shop"
        )
    with collector.collecting():
        contents = contents_of(order, shop, rules, dispatches, posted)
    if buyer is None or contents is None:
        raise NotPostableError(*collector.findings)
    return buyer, contents


def _sale(
    order: Order,
    rules: Rules,
    dispatch: Dispatch,
    buyer: Counterparty,
    contents: Contents,
    *,
    today: dt.date | None,
) -> Sale:
    """``today``: ``None`` for what is in the books already."""
    collector = Collector()
    built: SaleDocument | None = None
    with collector.collecting():
        built = document(order, rules, dispatch, buyer, contents)
    if today is not None and dispatch.day is not None:
        with collector.collecting():
            check_day(dispatch.day, "the shipment", rules, today)
    return Sale(
        dispatch=dispatch,
        total=contents.total,
        document=None if collector.findings else built,
        findings=tuple(collector.findings),
    )


def _before_go_live(dispatch: Dispatch, total: Decimal, rules: Rules) -> Sale:
    message = f"shipped {dispatch.day}, before go_live {rules.accounting.go_live}: taken as typed in by hand"
    return _left_out(dispatch, total, Verdict.SKIPPED, "before_go_live", message)


def _left_out(dispatch: Dispatch, total: Decimal, verdict: Verdict, code: str, message: str) -> Sale:
    finding = Finding(verdict=verdict, code=code, message=message)
    return Sale(dispatch=dispatch, total=total, document=None, findings=(finding,))
