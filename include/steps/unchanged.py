"""Orders that would be planned as they were, and of which nothing is to be done: a run need not look at them."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Collection, Mapping, Sequence

from include.accounting.keys import money_of
from include.bitrix.orders import OrderRows, read_rows
from include.bitrix.shop import read_shop
from include.bitrix.snapshot import ShopDatabase
from include.ledger.chunks import parts
from include.ledger.connection import LedgerDatabase, Session
from include.ledger.operation import TO_DO, Trace
from include.ledger.operations import Operations
from include.ledger.orders import OrderRow, Orders
from include.ledger.periods import in_force
from include.ledger.reading import reading
from include.posting.order_state import OrderState
from include.settings import Settings
from include.steps.fingerprint import Fingerprints
from include.steps.outcomes import sync_row
from include.steps.planning import rules_of


@dataclasses.dataclass(slots=True)
class Unchanged:
    """Orders that a run leaves out."""

    order_ids: set[int] = dataclasses.field(default_factory=set)
    waiting: int = 0
    """How many of them wait for a person, whom an earlier run asked."""
    fine: int = 0
    """How many of them are posted, or planned without a refusal."""

    @property
    def counts(self) -> dict[str, int]:
        """For XCom."""
        return {"orders": len(self.order_ids), "waiting": self.waiting, "fine": self.fine}

    def add(self, order: OrderRow) -> None:
        """Leave it out."""
        self.order_ids.add(order.order_id)
        self.waiting += bool(order.problems)
        self.fine += order.is_fine


def unchanged(shop_db: ShopDatabase, order_ids: Sequence[int], settings: Settings, run_id: str) -> Unchanged:
    """Those of these orders that are as they were planned, recorded, and settled or shown to a person.

    Args:
        shop_db: a snapshot of the shop.
        order_ids: the orders that a run would look at.
        settings: the settings in force.
        run_id: that run. What it asked a person about itself it shows again when it is done again.

    Raises:
        BitrixError, LedgerError: the shop or the ledger cannot be read.
    """
    found = Unchanged()
    with reading(LedgerDatabase()) as session:
        fingerprints = Fingerprints(read_shop(shop_db), settings, rules_of(settings), in_force(session, settings))
        for ids in parts(order_ids):
            recorded = {
                order.order_id: order
                for order in Orders(session).read(ids)
                if order.fingerprint is not None and order.state not in TO_DO
            }
            rows = read_rows(shop_db, [id_ for id_, order in recorded.items() if _is_shown(order, run_id)])
            traces = _traces(session, rows)
            same = [
                recorded[id_]
                for id_ in rows
                if _is_settled(id_, traces[id_])
                and recorded[id_].fingerprint == fingerprints.of(rows[id_], traces[id_], recorded[id_].findings)
            ]
            for order in _told(session, same, traces):
                found.add(order)
    return found


def _is_shown(order: OrderRow, run_id: str) -> bool:
    """Whether nobody is needed, or was asked by another run."""
    return not order.problems or (order.is_asked and order.asked_run != run_id)


def _traces(session: Session, rows: Mapping[int, OrderRows]) -> Mapping[int, list[Trace]]:
    """Order -> the traces of its operations, and of other orders' that were planned of its payments."""
    payments = {row["ID"]: id_ for id_, of_order in rows.items() for row in of_order.get("payments", ())}
    found: dict[int, list[Trace]] = collections.defaultdict(list)
    for trace in Operations(session).traces(list(rows), list(payments)):
        name = money_of(trace.row.key)
        for order_id in {trace.row.order_id, payments.get(name.payment_id) if name else None}:
            if order_id is not None and order_id in rows:
                found[order_id].append(trace)
    return found


def _is_settled(order_id: int, traces: Collection[Trace]) -> bool:
    return all(trace.is_settled for trace in traces if trace.row.order_id == order_id)


def _told(session: Session, orders: Sequence[OrderRow], traces: Mapping[int, Sequence[Trace]]) -> list[OrderRow]:
    """Those of these orders of which the order table tells what it should."""
    expected = {
        order.order_id: sync_row(
            order,
            OrderState(order.state, order.code, order.problems),
            [trace.row for trace in traces[order.order_id] if trace.row.order_id == order.order_id],
            waiting=(),
        )
        for order in orders
    }
    wrong = Orders(session).not_told(expected)
    return [order for order in orders if order.order_id not in wrong]
