"""Sale documents: what a dispatch is made of, and how the books see it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from decimal import Decimal

from kontur_hook.contract import DocumentKind, VatRate

from include.accounting.arithmetic import kopecks, without_zeros
from include.accounting.drafts import NO_DAY, Doubts, Draft
from include.accounting.findings import Collector, rejection
from include.accounting.keys import document_key
from include.accounting.marker import marker
from include.accounting.operations import Counterparty, Item, SaleDocument
from include.accounting.rules import Rules
from include.accounting.sale.delivery import Charged, Delivery, charge, delivery_of
from include.accounting.sale.lines import Line, order_lines
from include.accounting.sale.per_shipment import parts
from include.accounting.sale.shipping import Dispatch
from include.accounting.sale.unit_prices import split
from include.accounting.templates import render
from include.bitrix.rows import Order, Shop
from include.settings import KindRule


@dataclasses.dataclass(frozen=True, slots=True)
class Contents:
    """What left the shop with one dispatch."""

    lines: Sequence[Line]
    delivery: Delivery | None
    total: Decimal
    """Roubles, whole kopecks; of a whole order its PRICE, even if the lines do not come to it."""

    @property
    def is_empty(self) -> bool:
        """Nothing to write a document about."""
        return not self.lines and self.delivery is None


def contents_of(
    order: Order,
    shop: Shop,
    rules: Rules,
    dispatches: Sequence[Dispatch],
    posted: Mapping[str, SaleDocument],
    doubts: Doubts,
) -> dict[str, Contents]:
    """What each dispatch is made of, by the document's key.

    Args:
        order: the order.
        shop: the shop's settings.
        rules: the rules in force.
        dispatches: what has left the shop, of one kind.
        posted: documents that are in the books already, by key.
        doubts: where it goes that a rate is not known, or that a whole order's lines do not come to its total.

    Raises:
        NotPostableError: no document can be made of the order's lines or sums.
    """
    if dispatches[0].shipment is None and not dispatches[0].is_remainder:
        key = dispatches[0].key
        sum_ = charge(order.price_delivery, order.currency, order.currency)
        lines = order_lines(order, rules, [sum_] if sum_ else [], doubts)
        charged = Charged(
            sum=sum_,
            shipments=order.shipments,
            goods={line.vat_rate for line in lines},
            day=dispatches[0].day or NO_DAY,
            posted=posted.get(key),
        )
        delivery = delivery_of(charged, shop, rules, doubts)
        return {key: Contents(lines, delivery, kopecks(order.price))}
    sums = {s.id: charge(s.price_delivery, s.currency, order.currency) for s in order.shipments}
    left_over = Decimal(0) if sums else charge(order.price_delivery, order.currency, order.currency)
    deliveries = [sum_ for sum_ in (*sums.values(), left_over) if sum_]
    lines = order_lines(order, rules, deliveries, doubts)
    doubts.sums.raise_found()  # each document would be right by itself, and all of them not the order's total
    carried = parts(lines, order.shipments, _by_shipment(order, posted))
    found = {}
    for dispatch in dispatches:
        if dispatch.shipment is None:
            # No document is made of the remainder, so the rate of its delivery does not matter.
            id_, delivery = None, Delivery(left_over, VatRate.NONE) if left_over else None
        else:
            id_ = dispatch.shipment.id
            charged = Charged(
                sum=sums[id_],
                shipments=[dispatch.shipment],
                goods={line.vat_rate for line in carried[id_] or lines},
                day=dispatch.day or NO_DAY,
                posted=posted.get(dispatch.key),
            )
            delivery = delivery_of(charged, shop, rules, doubts)
        total = sum((line.sum for line in carried[id_]), start=delivery.sum if delivery else Decimal(0))
        found[dispatch.key] = Contents(carried[id_], delivery, total)
    return found


def _by_shipment(order: Order, posted: Mapping[str, SaleDocument]) -> dict[int, SaleDocument]:
    keys = {shipment.id: document_key(order.id, shipment.id) for shipment in order.shipments}
    return {id_: posted[key] for id_, key in keys.items() if key in posted}


def draft_of(
    order: Order, rules: Rules, dispatch: Dispatch, buyer: Counterparty, contents: Contents, doubts: Doubts
) -> Draft:
    """The sale document of a dispatch, with what is doubtful of it.

    Args:
        order: the order.
        rules: the rules in force.
        dispatch: what left.
        buyer: the counterparty.
        contents: what the dispatch is made of.
        doubts: those of the order as a whole.
    """
    doubts = dataclasses.replace(doubts, texts=Collector())
    day = dispatch.day or NO_DAY
    own_marker = marker(rules.shop.code, order.id, dispatch.shipment.id if dispatch.shipment else None)
    number = comment = ""
    with doubts.texts.collecting():
        number = _number(order, rules, dispatch)
    with doubts.texts.collecting():
        comment = render(rules.comment, account_number=order.number, order_id=order.id, site=order.lid)
    items = [item for line in contents.lines for item in _items(line)]
    delivery = contents.delivery.item(rules) if contents.delivery else None
    if delivery is not None:
        items.append(delivery)
    document = SaleDocument(
        key=dispatch.key,
        order_id=order.id,
        kind=_kind(contents, rules),
        date=day,
        number=number,
        counterparty=buyer,
        items=tuple(items),
        total_amount=contents.total,
        comment=f"{comment} {own_marker}".lstrip(),
        marker=own_marker,
    )
    return Draft(document, delivery, doubts)


def _number(order: Order, rules: Rules, dispatch: Dispatch) -> str:
    own = order.number
    if dispatch.shipment:
        own = dispatch.shipment.account_number or f"{order.number}/{dispatch.shipment.id}"
    number = render(rules.accounting.number, account_number=own, order_id=order.id, site=order.lid)
    if not number:
        raise rejection("number_empty")
    return number


def _items(line: Line) -> list[Item]:
    return [
        Item(
            name=line.name,
            quantity=quantity,
            price=price,
            vat_rate=line.vat_rate,
            unit=line.unit,
            exact_price=without_zeros(line.price),
        )
        for quantity, price in line.as_posted or split(line.quantity, line.sum, line.price)
    ]


def _kind(contents: Contents, rules: Rules) -> DocumentKind:
    match rules.accounting.document_kind:
        case KindRule.AUTO:
            only_services = all(line.is_service for line in contents.lines)
            return DocumentKind.ACT if only_services else DocumentKind.SALE_INVOICE
        case KindRule.ACT:
            return DocumentKind.ACT
        case KindRule.SALE_INVOICE:
            return DocumentKind.SALE_INVOICE
