"""load: posts what the ledger has planned for a batch of orders."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import datetime as dt
from collections.abc import Sequence

from include.books.accounts import accounts
from include.books.ledger_check import check_go_live
from include.ledger.connection import LedgerDatabase
from include.ledger.operation import Kind
from include.posting.batch import post_batch
from include.posting.live import drive
from include.settings import Settings
from include.steps.outcomes import Outcome, bring_up

_MONEY = frozenset({Kind.PAYMENT, Kind.REFUND})


@dataclasses.dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a batch."""

    counts: dict[str, int]
    """For XCom: ``documents``, ``payments``, ``refunds`` that the run brought into the books so far; ``needs_person``
    and ``unconfirmed``, orders."""
    again_at: dt.datetime | None
    """When what is not confirmed can be looked at again, UTC, naive; ``None``: this run need not wait for anything."""


def load(order_ids: Sequence[int], settings: Settings, run_id: str) -> Loaded:
    """Post a batch; what became of its orders is in the order table then, also where this raises.

    Args:
        order_ids: at most 500.
        settings: the settings in force.
        run_id: the DAG run that answers for it.

    Raises:
        GoLiveMissingError: nobody said from which day on orders are posted.
        KonturError, LedgerError: it does not work now, or not at all.
    """
    check_go_live(settings)
    to = accounts(settings)
    try:
        tally = drive(LedgerDatabase(), to, lambda ports: post_batch(ports, to, settings, order_ids, run_id))
    except BaseException:
        # The table tells what it can; what went wrong is said by this error, not by one that comes after it.
        with contextlib.suppress(Exception):
            bring_up(order_ids, settings)
        raise
    return Loaded(_counts(bring_up(order_ids, settings), run_id), tally.again_at)


def _counts(outcomes: Sequence[Outcome], run_id: str) -> dict[str, int]:
    posted = collections.Counter(kind for outcome in outcomes for kind, by in outcome.posted if by == run_id)
    return {
        "documents": sum(count for kind, count in posted.items() if kind not in _MONEY),
        "payments": posted[Kind.PAYMENT],
        "refunds": posted[Kind.REFUND],
        "needs_person": sum(outcome.needs_person for outcome in outcomes),
        "unconfirmed": sum(bool(outcome.unconfirmed) for outcome in outcomes),
    }
