"""record: the outcomes of a run's orders, for the order table and for the people who are asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from include.ledger.chunks import parts
from include.ledger.connection import LedgerDatabase
from include.ledger.orders import OrderRow, Orders
from include.settings import Settings
from include.steps.outcomes import bring_up, read_batches

MOST_SQUARES = 50
UNCONFIRMED = "unconfirmed"
"""Code of the square of an order of which something is due, and not known to stand in the books."""


def record(order_ids: Sequence[int], settings: Settings, run_id: str, *, named: bool = False) -> list[dict[str, Any]]:
    """Write each order's state; the orders to be shown, for ``attention``.

    These are the orders that need a person and did not wait for one before, and those that are not confirmed.

    Args:
        order_ids: the orders that the run looked at.
        settings: the settings in force.
        run_id: the DAG run.
        named: a person named them, so all that need a person are shown, whoever was asked before: green means settled.

    Returns:
        At most 51 of ``{"order_ids": [...], "number": "1045", "code": "inn_checksum"}``; the last one stands for all
        other orders, and has neither number nor code.

    Raises:
        LedgerError: the ledger is away.
    """
    news: list[dict[str, Any]] = []
    unconfirmed: list[dict[str, Any]] = []
    known: list[OrderRow] = []
    for ids in parts(order_ids):  # of a large run, no more than these are in memory
        for outcome in bring_up(ids, settings):
            order = outcome.order
            if outcome.is_news(run_id, named=named):
                news.append(_square(order, order.code))
                continue
            if outcome.unconfirmed:
                unconfirmed.append(_square(order, UNCONFIRMED))
            if outcome.needs_person and order.asked_key != order.problem_key:
                known.append(order)
    with LedgerDatabase().open() as session:
        Orders(session).keep_asked(known)
    squares = [*news, *unconfirmed]
    if rest := squares[MOST_SQUARES:]:
        ids = [order_id for square in rest for order_id in square["order_ids"]]
        return [*squares[:MOST_SQUARES], {"order_ids": ids, "number": None, "code": None}]
    return squares


def _square(order: OrderRow, code: str | None) -> dict[str, Any]:
    return {"order_ids": [order.order_id], "number": order.number, "code": code}


def without_square(
    order_ids: Sequence[int], squares: Iterable[Mapping[str, Any]], settings: Settings, run_id: str, *, named: bool
) -> int:
    """How many orders should be shown, by what the ledger holds now, and are not.

    So it is when a part of a run was done again without what follows from it.

    Args:
        order_ids: the orders that the run looked at.
        squares: what :func:`record` returned.
        settings: the settings in force.
        run_id: the DAG run.
        named: as of :func:`record`.

    Raises:
        LedgerError: the ledger is away.
    """
    shown = {order_id for square in squares for order_id in square["order_ids"]}
    return sum(
        outcome.order.order_id not in shown and (bool(outcome.unconfirmed) or outcome.is_news(run_id, named=named))
        for batch in read_batches(order_ids, settings)
        for outcome in batch
    )
