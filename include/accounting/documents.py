"""Sale documents: what a dispatch is made of, and how the books see it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

from kontur_hook.contract import DocumentKind, VatRate

from include.accounting.delivery import Delivery, charge, delivery_of
from include.accounting.findings import rejection
from include.accounting.lines import Line, order_lines
from include.accounting.marker import marker
from include.accounting.operations import Counterparty, Item, SaleDocument
from include.accounting.parts import parts
from include.accounting.rules import Rules
from include.accounting.shipping import Dispatch
from include.accounting.splitting import split
from include.accounting.templates import render
from include.accounting.vat import check_rate
from include.bitrix.rows import Order, Shop
from include.settings import KindRule


@dataclasses.dataclass(frozen=True, slots=True)
class Contents:
    """What left the shop with one dispatch."""

    lines: Sequence[Line]
    delivery: Delivery | None

    @property
    def is_empty(self) -> bool:
        """Nothing to write a document about."""
        return not self.lines and self.delivery is None

    @property
    def total(self) -> Decimal:
        """Roubles, whole kopecks."""
        return sum((line.sum for line in self.lines), start=self.delivery.sum if self.delivery else Decimal(0))


def contents_of(
    order: Order, shop: Shop, rules: Rules, dispatches: Sequence[Dispatch], posted: Mapping[str, SaleDocument]
) -> dict[str, Contents]:
    """What each dispatch is made of, by the document's key.

    Raises:
        NotPostableError: the order's lines, sums or VAT cannot be posted.
    """
    if dispatches[0].shipment is None and not dispatches[0].is_remainder:
        key = dispatches[0].key
        sum_ = charge(order.price_delivery, order.currency, order.currency)
        lines = order_lines(order, rules, [sum_] if sum_ else [])
        return {key: Contents(lines, delivery_of(sum_, order.shipments, shop, rules, posted.get(key)))}
    charged = {s.id: charge(s.price_delivery, s.currency, order.currency) for s in order.shipments}
    left_over = Decimal(0) if charged else charge(order.price_delivery, order.currency, order.currency)
    deliveries = [sum_ for sum_ in (*charged.values(), left_over) if sum_]
    carried = parts(order_lines(order, rules, deliveries), order.shipments)
    found = {}
    for dispatch in dispatches:
        if dispatch.shipment is None:
            # No document is made of the remainder, so the rate of its delivery does not matter.
            delivery = Delivery(left_over, VatRate.NONE) if left_over else None
            found[dispatch.key] = Contents(carried[None], delivery)
        else:
            id_, known = dispatch.shipment.id, posted.get(dispatch.key)
            found[dispatch.key] = Contents(
                carried[id_], delivery_of(charged[id_], [dispatch.shipment], shop, rules, known)
            )
    return found


def document(order: Order, rules: Rules, dispatch: Dispatch, buyer: Counterparty, contents: Contents) -> SaleDocument:
    """The sale document of a dispatch.

    Raises:
        NotPostableError: there is no day of shipment, a rate is not that day's, or the number is empty.
    """
    if dispatch.day is None:
        raise rejection("no_date", "shipped, but nothing says on which day: fill the date of shipment in the shop")
    number = _number(order, rules, dispatch)
    own_marker = marker(rules.shop_code, order.id, dispatch.shipment.id if dispatch.shipment else None)
    comment = render(rules.accounting.comment, account_number=order.number, order_id=order.id, site=order.lid)
    items = [item for line in contents.lines for item in _items(line, dispatch.day, rules)]
    if contents.delivery:
        items.append(contents.delivery.item(dispatch.day, rules))
    return SaleDocument(
        key=dispatch.key,
        order_id=order.id,
        kind=_kind(contents, rules),
        date=dispatch.day,
        number=number,
        counterparty=buyer,
        items=tuple(items),
        total_amount=contents.total,
        comment=f"{comment} {own_marker}".lstrip(),
        marker=own_marker,
    )


def _number(order: Order, rules: Rules, dispatch: Dispatch) -> str:
    own = order.number
    if dispatch.shipment:
        own = dispatch.shipment.account_number or f"{order.number}/{dispatch.shipment.id}"
    number = render(rules.accounting.number, account_number=own, order_id=order.id, site=order.lid)
    if not number:
        raise rejection("number_empty", "the document's number is empty: mend accounting.number in the settings")
    return number


def _items(line: Line, day: dt.date, rules: Rules) -> list[Item]:
    check_rate(line.vat_rate, day, f"«{line.name[:40]}»", rules)
    return [
        Item(name=line.name, quantity=quantity, price=price, vat_rate=line.vat_rate, unit=line.unit)
        for quantity, price in split(line.quantity, line.sum, line.price)
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
