"""What left the shop, and on which local day."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal

from include.accounting.arithmetic import quantity
from include.accounting.clock import Clock
from include.accounting.keys import document_key
from include.accounting.operations import SaleDocument
from include.accounting.rules import Rules
from include.accounting.sale.lines import top_level
from include.bitrix.rows import Order, Shipment
from include.settings import DocumentPer, ShippedBy

_BEING_SAVED_FOR = dt.timedelta(hours=1)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """What left the shop together and gets one document: an order, or one of its shipments."""

    key: str
    """The document's."""
    shipment: Shipment | None
    """``None``: the whole order."""
    day: dt.date | None
    certain: bool
    """Whether the shipment's own date says so. A status says «not later»: DATE_STATUS moves on, history is purged."""
    is_remainder: bool = False
    """The goods that no real shipment carries: nothing says when they left, if they did, so they get no document."""


def is_being_saved(order: Order, clock: Clock) -> bool:
    """Whether Bitrix is writing the order right now; a flag that was left standing for an hour no longer counts."""
    since = order.date_update or order.date_insert
    return order.running and since is not None and abs(clock.now - since) < _BEING_SAVED_FOR


def is_shipped(order: Order, rules: Rules) -> bool:
    """Whether the order is shipped as a whole. Statuses are compared exactly: «d» is not «D»."""
    by_flag = order.deducted and rules.shop.shipped_by is not ShippedBy.STATUS
    by_status = order.status_id in rules.shop.shipped_statuses and rules.shop.shipped_by is not ShippedBy.FLAG
    return by_flag or by_status


def last_shipped_on(order: Order, rules: Rules) -> dt.date | None:
    """The day on which an order left that is perhaps here again; ``None``: nothing tells that it ever did."""
    flags = (_flag_of(order, rules), *(_flag_of(shipment, rules) for shipment in order.shipments))
    at = max((moment for moment in flags if moment), default=None) or _first_status(order, rules)
    return at.date() if at else None


def dispatches(order: Order, rules: Rules, per: DocumentPer) -> tuple[Dispatch, ...]:
    """What has left the shop so far, first shipped first; behind it what a shipped order has in no shipment."""
    if order.canceled:
        return ()
    whole = is_shipped(order, rules)
    if per is DocumentPer.ORDER:
        return (_whole(order, rules),) if whole else ()
    left = [shipment for shipment in order.shipments if whole or _has_left(shipment, rules)]
    shipped = sorted(
        _by_shipment(order, rules, left), key=lambda d: (d.day or dt.date.max, d.shipment.id if d.shipment else 0)
    )
    if whole and _has_remainder(order):
        like = shipped[-1] if shipped else _whole(order, rules)
        key = document_key(order.id)
        shipped.append(dataclasses.replace(like, key=key, shipment=None, certain=False, is_remainder=True))
    return tuple(shipped)


def parts(order: Order, rules: Rules) -> tuple[Dispatch, ...]:
    """The shipments that have left, of an order that has not as a whole."""
    return tuple(_by_shipment(order, rules, [shipment for shipment in order.shipments if _has_left(shipment, rules)]))


def as_posted(dispatch: Dispatch, posted: SaleDocument | None) -> Dispatch:
    """The dispatch with the day that it was posted with, as the shop told it, where a status only says «not later»."""
    if posted is None or dispatch.certain or (dispatch.day is not None and dispatch.day < posted.shipped_on):
        return dispatch
    return dataclasses.replace(dispatch, day=posted.shipped_on)


def _by_shipment(order: Order, rules: Rules, left: Sequence[Shipment]) -> Iterator[Dispatch]:
    """A shipment without goods (a paid delivery) leaves with the goods: Bitrix's isShipped passes over it."""
    last: dt.datetime | None = None
    for shipment in (s for s in left if carries_goods(s)):
        own, otherwise = _flag_of(shipment, rules), _flag_of(order, rules) or _by_status(order, rules)
        last = max(filter(None, (last, own or otherwise)), default=None)
        yield _dispatch(order, shipment, own, otherwise)
    for shipment in (s for s in left if not carries_goods(s)):
        otherwise = _flag_of(order, rules) or last or _by_status(order, rules)
        yield _dispatch(order, shipment, _flag_of(shipment, rules), otherwise)


def _whole(order: Order, rules: Rules) -> Dispatch:
    return _dispatch(order, None, _flag_of(order, rules), _by_status(order, rules))


def _dispatch(
    order: Order, shipment: Shipment | None, flagged_at: dt.datetime | None, otherwise: dt.datetime | None
) -> Dispatch:
    at = flagged_at or otherwise
    return Dispatch(
        key=document_key(order.id, shipment.id if shipment else None),
        shipment=shipment,
        day=at.date() if at else None,
        certain=flagged_at is not None,
    )


def _has_left(shipment: Shipment, rules: Rules) -> bool:
    """By its own flag. Where statuses decide, what the buyer leaves with the courier has a flag as well."""
    return shipment.deducted and rules.shop.shipped_by is not ShippedBy.STATUS


def _flag_of(whole_or_part: Order | Shipment, rules: Rules) -> dt.datetime | None:
    """The date beside the flag; it is stamped on un-shipping too, so without the flag it says nothing.

    Where the status decides, it dates the sale too: the flag has the day on which the courier took the goods.
    """
    if rules.shop.shipped_by is ShippedBy.STATUS:
        return None
    return whole_or_part.date_deducted if whole_or_part.deducted else None


def _by_status(order: Order, rules: Rules) -> dt.datetime | None:
    return _first_status(order, rules) or order.date_status


def _first_status(order: Order, rules: Rules) -> dt.datetime | None:
    """When the order came into a shipped status; ``None``: its history does not say."""
    return next((c.at for c in order.status_changes if c.status_id in rules.shop.shipped_statuses), None)


def carries_goods(shipment: Shipment) -> bool:
    """Whether there is something in it; a paid delivery alone is a shipment without goods."""
    return any(item.quantity > 0 for item in shipment.items)


def _has_remainder(order: Order) -> bool:
    """Whether the shipments carry less than was sold: there are none, an item was added later, a quantity raised."""
    if not order.shipments:
        return True
    carried: collections.defaultdict[int, Decimal] = collections.defaultdict(Decimal)
    for item in (item for shipment in order.shipments for item in shipment.items):
        carried[item.basket_id] += quantity(item.quantity)
    return any(row.price > 0 and quantity(row.quantity) > carried[row.id] for row in top_level(order.items))
