"""A run that somebody has just started from the page: whether it is over, and what came of its orders."""

from __future__ import annotations

from typing import NamedTuple

from include.dag_ids import BY_HAND
from include.ledger.reading import ReadingSession
from include.ledger.screens.listed import of_ids
from kontur_page import nights


class Started(NamedTuple):
    """As the screen it was started from tells of it."""

    dag_id: str
    run_id: str
    is_over: bool
    done: int = 0
    """Its orders that are posted, and ask nothing of anybody."""
    orders: int = 0


def started(session: ReadingSession, run_id: str | None, dag_id: str = BY_HAND) -> Started | None:
    """``None``: nothing was started."""
    if run_id is None:
        return None
    if not nights.is_over(dag_id, run_id):
        return Started(dag_id, run_id, is_over=False)
    ids = nights.orders_of_run(run_id) if dag_id == BY_HAND else []
    done = sum(order.state == "done" and not order.problems for order in of_ids(session, ids))
    return Started(dag_id, run_id, is_over=True, done=done, orders=len(ids))
