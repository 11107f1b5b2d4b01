"""How orders stand, computed anew from the ledger, and the order table that says it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from include.accounting.stored_findings import findings_from_json
from include.facts import Said
from include.ledger.chunks import parts
from include.ledger.closings import NOTHING_CLOSED, Closed, Closings
from include.ledger.connection import PATIENCE_S, LedgerDatabase, Session
from include.ledger.journal import Journal
from include.ledger.operation import STAYS_GONE, Kind, OperationRow, State
from include.ledger.operations import Operations
from include.ledger.orders import OrderRow, Orders, SyncRow
from include.posting.order_state import OrderState, order_state
from include.posting.unconfirmed import Clock, told, unconfirmed
from include.settings import Settings
from include.words import text

_MOST_LOOKS = 5
"""At what others change while an order's rows are written."""


def sentences(problems: Iterable[Said]) -> str:
    """What is said of one order, one after the other."""
    return " ".join(text(problem) for problem in problems)


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """How an order stands."""

    order: OrderRow
    sync: SyncRow | None
    """Of the order table; ``None``: nothing due and nothing posted."""
    unconfirmed: tuple[Said, ...] = ()
    """What is due and neither in the books for sure nor a person's business yet."""
    is_stale: bool = False
    """Whether the ledger has another state of the order, from before."""
    posted: tuple[tuple[Kind, str | None], ...] = ()
    """Of each of its operations that is in the books: what it is, and the run that brought it there."""

    @property
    def needs_person(self) -> bool:
        """Whether somebody has to do something."""
        return bool(self.order.problems)

    @property
    def problems(self) -> tuple[Said, ...]:
        """What a person is to settle, and what is not confirmed."""
        return self.order.problems + self.unconfirmed

    def is_news(self, run_id: str, *, named: bool) -> bool:
        """Whether a run has to show that a person is needed: each problem once, and again when it is recorded again.

        Args:
            run_id: the run.
            named: it names its orders: whoever was asked before, green means settled.
        """
        return self.needs_person and (named or not self.order.is_asked or self.order.asked_run == run_id)


def read(order_ids: Sequence[int], settings: Settings) -> list[Outcome]:
    """How these orders stand; those that no plan knows are left out.

    Raises:
        LedgerError: the ledger is away.
    """
    return [outcome for batch in read_batches(order_ids, settings) for outcome in batch]


def read_batches(order_ids: Sequence[int], settings: Settings) -> Iterator[list[Outcome]]:
    """The same, 500 orders at a time, so that no more than these are in memory.

    Raises:
        LedgerError: as :func:`read`.
    """
    with LedgerDatabase().open() as session:
        for ids in parts(order_ids):
            yield standing(session, ids, settings)


def bring_up(
    order_ids: Sequence[int],
    settings: Settings,
    database: LedgerDatabase | None = None,
    patience_s: float = PATIENCE_S,
) -> list[Outcome]:
    """The same, and put down: the states of the orders, and their rows in the order table.

    Args:
        order_ids: the orders.
        settings: the settings in force.
        database: the ledger, if it was looked up already.
        patience_s: how long a connection is waited for, where others have them all.

    Raises:
        LedgerError: the ledger is away.
    """
    with (database or LedgerDatabase()).open(patience_s) as session:
        return [outcome for ids in parts(order_ids) for outcome in _bring_up(session, ids, settings)]


def _bring_up(session: Session, order_ids: Sequence[int], settings: Settings) -> list[Outcome]:
    """What another run settled in between must not be overwritten by what was read before it did."""
    for _ in range(_MOST_LOOKS):
        base = _read(session, order_ids)
        found = _outcomes(session, base, settings)
        table = Orders(session)
        table.settle([outcome.order for outcome in found if outcome.is_stale])
        table.write_sync([outcome.sync for outcome in found if outcome.sync is not None])
        table.remove_sync([outcome.order.order_id for outcome in found if outcome.sync is None])
        if _is_as_read(session, order_ids, base):
            break
    return found


class _Base(NamedTuple):
    """What the outcomes of some orders are computed from."""

    operations: dict[int, list[OperationRow]]
    """Order -> its operations."""
    orders: list[OrderRow]
    closed: dict[int, Closed]
    """Order -> what people closed of it."""


def _read(session: Session, order_ids: Sequence[int]) -> _Base:
    return _Base(
        Operations(session).of_orders(order_ids),
        Orders(session).read(order_ids),
        Closings(session).of_orders(order_ids),
    )


def standing(session: Session, order_ids: Sequence[int], settings: Settings) -> list[Outcome]:
    """As :func:`read`, in a session that is there."""
    return _outcomes(session, _read(session, order_ids), settings)


def _is_as_read(session: Session, order_ids: Sequence[int], base: _Base) -> bool:
    """Whether nobody has changed any of it since."""
    epochs = [row.epoch for rows in base.operations.values() for row in rows]
    return (
        Operations(session).version(order_ids) == (len(epochs), sum(epochs))
        and Orders(session).findings(order_ids) == {order.order_id: order.findings for order in base.orders}
        and Closings(session).of_orders(order_ids) == base.closed
    )


def _outcomes(session: Session, base: _Base, settings: Settings) -> list[Outcome]:
    settle = dt.timedelta(seconds=settings.posting.settle_s)
    clock = Clock(Operations(session).now(), settle, settings.shop.zone)
    waiting = {order_id: unconfirmed(rows, clock.now) for order_id, rows in base.operations.items()}
    sent_at = Journal(session).sent_at([row.key for rows in waiting.values() for row in rows])

    def state(order: OrderRow) -> OrderState:
        closed = base.closed.get(order.order_id, NOTHING_CLOSED).findings
        return order_state(findings_from_json(order.findings), base.operations[order.order_id], clock.now, closed)

    return [
        _outcome(order, state(order), base.operations[order.order_id], told(waiting[order.order_id], sent_at, clock))
        for order in base.orders
    ]


def _outcome(order: OrderRow, state: OrderState, rows: Sequence[OperationRow], waiting: tuple[Said, ...]) -> Outcome:
    as_it_is = dataclasses.replace(order, state=state.state, code=state.code, problems=state.problems)
    return Outcome(as_it_is, sync_row(as_it_is, state, rows, waiting), waiting, as_it_is != order, _posted(rows))


def _posted(rows: Sequence[OperationRow]) -> tuple[tuple[Kind, str | None], ...]:
    return tuple((row.kind, row.run_id) for row in rows if row.state is State.DONE and row.plan is not None)


def sync_row(
    order: OrderRow, state: OrderState, rows: Sequence[OperationRow], waiting: tuple[Said, ...]
) -> SyncRow | None:
    """The row that the order table should have; ``None``: nothing due and nothing posted."""
    if state.sync_status is None:
        return None
    posted = [row for row in rows if row.parent_key is None and row.state is State.DONE]
    documents = [row for row in posted if row.code != STAYS_GONE]
    return SyncRow(
        order_id=order.order_id,
        doc_id=documents[0].doc_id if documents else None,
        status=state.sync_status,
        error=sentences(order.problems or waiting) or None,
    )
