"""load: posts what the ledger has planned for a batch of orders."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import dataclasses
import datetime as dt
from collections.abc import Collection, Sequence
from concurrent.futures import Future

from include.books.accounts import accounts
from include.books.ledger_check import check_go_live
from include.ledger.connection import LedgerDatabase
from include.ledger.operation import Kind
from include.ports import Ports
from include.posting.batch import Alongside, post_batch
from include.posting.live import driving
from include.posting.tally import Tally
from include.settings import Settings
from include.steps.outcomes import Outcome
from include.steps.transform import transform
from include.steps.upkeep import Upkeep

_MONEY = frozenset({Kind.PAYMENT, Kind.REFUND})


@dataclasses.dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a batch."""

    counts: dict[str, int]
    """For XCom: ``documents``, ``payments``, ``refunds`` that the run brought into the books so far; ``needs_person``
    and ``unconfirmed``, orders."""
    again_at: dt.datetime | None
    """When what is not confirmed can be looked at again, UTC, naive; ``None``: this run need not wait for anything."""


def load(order_ids: Sequence[int], settings: Settings, run_id: str, held_back: Collection[int] = ()) -> Loaded:
    """Post a batch; what became of its orders is in the order table then, also where this raises.

    Args:
        order_ids: at most 500.
        settings: the settings in force.
        run_id: the DAG run that answers for it.
        held_back: those of them that ``transform`` did not put down; they are planned now, before anything is posted.

    Raises:
        GoLiveMissingError: nobody said from which day on orders are posted.
        KonturError, LedgerError: it does not work now, or not at all.
        BitrixError: the shop does not work.
    """
    check_go_live(settings)
    to, database = accounts(settings), LedgerDatabase()
    upkeep, planned = Upkeep(database, settings), Future[None]()
    alongside = _Alongside(upkeep, planned, held_back)

    async def post(ports: Ports) -> Tally:
        return await post_batch(ports, to, settings, order_ids, run_id, alongside)

    try:
        with driving(database, to, post) as ending:
            _plan(held_back, settings, run_id, planned)
            upkeep.until(ending)
            tally = ending.result()
    except BaseException:
        # The table tells what it can; what went wrong is said by this error, not by one that comes after it.
        with contextlib.suppress(Exception):
            upkeep.end(order_ids)
        raise
    return Loaded(_counts(upkeep.end(order_ids), run_id), tally.again_at)


@dataclasses.dataclass(frozen=True, slots=True)
class _Alongside(Alongside):
    """See :class:`include.posting.batch.Alongside`."""

    upkeep: Upkeep
    all_planned: Future[None]
    order_ids: Collection[int]

    async def planned(self) -> None:
        await asyncio.wrap_future(self.all_planned)

    def done_with(self, order_id: int) -> None:
        self.upkeep.done_with(order_id)


def _plan(held_back: Collection[int], settings: Settings, run_id: str, planned: Future[None]) -> None:
    try:
        if held_back:
            transform([*held_back], settings, run_id)
    except BaseException as error:
        planned.set_exception(error)
        raise
    planned.set_result(None)


def _counts(outcomes: Sequence[Outcome], run_id: str) -> dict[str, int]:
    posted = collections.Counter(kind for outcome in outcomes for kind, by in outcome.posted if by == run_id)
    return {
        "documents": sum(count for kind, count in posted.items() if kind not in _MONEY),
        "payments": posted[Kind.PAYMENT],
        "refunds": posted[Kind.REFUND],
        "needs_person": sum(outcome.needs_person for outcome in outcomes),
        "unconfirmed": sum(bool(outcome.unconfirmed) for outcome in outcomes),
    }
