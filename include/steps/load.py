"""load: posts what the ledger has planned for a batch of orders."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import datetime as dt
import threading
from collections.abc import Collection, Sequence

from include.books.accounts import accounts
from include.books.ledger_check import check_go_live
from include.ledger.connection import LedgerDatabase
from include.ledger.operation import DocumentDay, Kind
from include.ports import Ports
from include.posting.batch import Loading, post_batch
from include.posting.live import drive, driving
from include.posting.tally import Tally
from include.settings import Settings
from include.steps.outcomes import Outcome
from include.steps.transform import transform
from include.steps.upkeep import Upkeep

_AT_WORK = 40
"""Orders that are through: by then so many others are under way that planning keeps none of them from the wire."""
_LOOKED_S = 0.01
"""How soon it is seen that the late ones are planned."""
_MONEY = frozenset({Kind.PAYMENT, Kind.REFUND})


@dataclasses.dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a batch."""

    counts: dict[str, int]
    """For XCom: ``documents``, ``payments``, ``refunds`` that the run brought into the books so far; ``needs_person``
    and ``unconfirmed``, orders."""
    again_at: dt.datetime | None
    """When what is not confirmed can be looked at again, UTC, naive; ``None``: this run need not wait for anything."""


def load(
    order_ids: Sequence[int],
    settings: Settings,
    run_id: str,
    held_back: Collection[int] = (),
    days: Sequence[DocumentDay] = (),
) -> Loaded:
    """Post a batch; what became of its orders is in the order table then, also where this raises.

    Args:
        order_ids: at most 500.
        settings: the settings in force.
        run_id: the DAG run that answers for it.
        held_back: those of them that ``transform`` did not put down; they are planned while the others are posted.
        days: of the others' planned documents, as far as they are known.

    Raises:
        GoLiveMissingError: nobody said from which day on orders are posted.
        KonturError, LedgerError: it does not work now, or not at all.
        BitrixError: the shop does not work.
    """
    check_go_live(settings)
    to, database = accounts(settings), LedgerDatabase()
    upkeep = Upkeep(database, settings, order_ids)
    loading = Loading(to, settings, run_id, upkeep.done_with)
    late = _Late([order_id for order_id in order_ids if order_id in held_back])
    others = [order_id for order_id in order_ids if order_id not in held_back]
    others_are_through = threading.Event()
    tallies: list[Tally] = []

    async def post(ports: Ports, some: Sequence[int], of_days: Sequence[DocumentDay] = ()) -> None:
        tallies.append(await post_batch(ports, loading, some, of_days))

    async def post_others(ports: Ports) -> None:
        try:
            await post(ports, others, days)
        finally:
            others_are_through.set()

    async def post_late(ports: Ports) -> None:
        """Unless the others are through before, who may have all connections that planning needs one of."""
        while not late.is_due and not others_are_through.is_set():
            await ports.sleep(_LOOKED_S)
        if late.is_due:
            await post(ports, late.taken())

    try:
        with driving(database, to, lambda ports: ports.together(post_others(ports), post_late(ports))) as ending:
            if late.is_any and len(others) > _AT_WORK:
                upkeep.until(ending, told=_AT_WORK)
            late.plan(settings, run_id)
            upkeep.until(ending)
            ending.result()
        late.check()
        if late.is_due:
            drive(database, to, post_late)
    except BaseException:
        # The table tells what it can; what went wrong is said by this error, not by one that comes after it.
        with contextlib.suppress(Exception):
            upkeep.end()
        raise
    again_at = max((tally.again_at for tally in tallies if tally.again_at is not None), default=None)
    return Loaded(_counts(upkeep.end(), run_id), again_at)


class _Late:
    """What ``transform`` held back: planned while the others are posted, and then to be posted as well."""

    def __init__(self, order_ids: list[int]) -> None:
        self._order_ids = order_ids
        self._error: Exception | None = None
        self.is_due = False
        """Whether they are planned, and nobody has taken them to post them."""

    @property
    def is_any(self) -> bool:
        """Whether there are such."""
        return bool(self._order_ids)

    def plan(self, settings: Settings, run_id: str) -> None:
        """What goes wrong is said by :meth:`check`: the others are posted all the same."""
        if self.is_any:
            try:
                transform(self._order_ids, settings, run_id)
            except Exception as error:
                self._error = error
            else:
                self.is_due = True

    def check(self) -> None:
        """Raises what kept them from being planned.

        Raises:
            BitrixError, LedgerError: the shop or the ledger does not work.
        """
        if self._error is not None:
            raise self._error

    def taken(self) -> list[int]:
        """To be posted, once."""
        self.is_due = False
        return self._order_ids


def _counts(outcomes: Sequence[Outcome], run_id: str) -> dict[str, int]:
    posted = collections.Counter(kind for outcome in outcomes for kind, by in outcome.posted if by == run_id)
    return {
        "documents": sum(count for kind, count in posted.items() if kind not in _MONEY),
        "payments": posted[Kind.PAYMENT],
        "refunds": posted[Kind.REFUND],
        "needs_person": sum(outcome.needs_person for outcome in outcomes),
        "unconfirmed": sum(bool(outcome.unconfirmed) for outcome in outcomes),
    }
