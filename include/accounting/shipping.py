"""What left the shop, and on which local day (DESIGN §5)."""

from __future__ import annotations

import dataclasses
import datetime as dt

from include.accounting.keys import document_key
from include.accounting.operations import SaleDocument
from include.accounting.rules import Rules
from include.bitrix.rows import Order, Shipment
from include.settings import DocumentPer

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


def is_being_saved(order: Order, now: dt.datetime) -> bool:
    """Whether Bitrix is writing the order right now; a flag that was left standing for an hour no longer counts."""
    since = order.date_update or order.date_insert
    return order.running and since is not None and abs(now - since) < _BEING_SAVED_FOR


def is_shipped(order: Order, rules: Rules) -> bool:
    """Whether the order is shipped as a whole. Statuses are compared exactly: «d» is not «D»."""
    return order.deducted or order.status_id in rules.shipped_statuses


def dispatches(order: Order, rules: Rules, per: DocumentPer) -> tuple[Dispatch, ...]:
    """What has left the shop so far, first shipped first."""
    if order.canceled:
        return ()
    if per is DocumentPer.ORDER:
        if not is_shipped(order, rules):
            return ()
        return (_dispatch(order, rules, None, order.date_deducted if order.deducted else None),)
    shipped = [
        _dispatch(order, rules, shipment, shipment.date_deducted if shipment.deducted else None)
        for shipment in order.shipments
        if shipment.deducted or is_shipped(order, rules)
    ]
    return tuple(sorted(shipped, key=lambda d: (d.day or dt.date.max, d.shipment.id if d.shipment else 0)))


def as_posted(dispatch: Dispatch, posted: SaleDocument | None) -> Dispatch:
    """The dispatch with the day that the books have, where a status only says that it was not later."""
    if posted is None or dispatch.certain or (dispatch.day is not None and dispatch.day < posted.date):
        return dispatch
    return dataclasses.replace(dispatch, day=posted.date)


def _dispatch(order: Order, rules: Rules, shipment: Shipment | None, deducted_at: dt.datetime | None) -> Dispatch:
    at = deducted_at or _shipped_status_at(order, rules) or order.date_status
    return Dispatch(
        key=document_key(order.id, shipment.id if shipment else None),
        shipment=shipment,
        day=at.date() if at else None,
        certain=deducted_at is not None,
    )


def _shipped_status_at(order: Order, rules: Rules) -> dt.datetime | None:
    return next((change.at for change in order.status_changes if change.status_id in rules.shipped_statuses), None)
