"""The outcomes of a batch's orders, put down while the rest of it is posted: little is left to do when that ends."""

from __future__ import annotations

import contextlib
import queue
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from include.ledger.connection import LedgerDatabase
from include.ledger.errors import LedgerError
from include.settings import Settings
from include.steps.outcomes import Outcome, bring_up

_AT_ONCE = 120
"""Orders: of a batch of 500, four times, which leaves few for its end."""


class Upkeep:
    """Of one batch."""

    def __init__(self, database: LedgerDatabase, settings: Settings, order_ids: Sequence[int]) -> None:
        """``order_ids``: the batch."""
        self._database = database
        self._settings = settings
        self._order_ids = order_ids
        self._changed: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        """Orders; ``None``: no more come."""
        self._untold = set(order_ids)
        """Orders that nobody has done with yet."""
        self._due: set[int] = set()
        """Orders that changed since they were put down."""
        self._outcomes: dict[int, Outcome | None] = {}
        """``None``: no plan knows the order."""

    def done_with(self, order_id: int) -> None:
        """Others have done with it for now, and may have changed how it stands; any thread may say so."""
        self._changed.put(order_id)

    def until(self, ending: Future[Any], *, told: int | None = None) -> None:
        """Put down what changes, until that has ended, if there is a connection for it meanwhile.

        Args:
            ending: of what changes it.
            told: no longer than until so many orders were done with.
        """
        ending.add_done_callback(lambda _: self._changed.put(None))
        while told is None or len(self._order_ids) - len(self._untold) < told:
            if (order_id := self._changed.get()) is None:
                break
            is_last = self._untold == {order_id}
            self._see(order_id)
            if len(self._due) >= _AT_ONCE or is_last:
                # What cannot be put down now is at the end, which says what is wrong.
                with contextlib.suppress(LedgerError):
                    self._put_down([*self._due], patience_s=0)
                self._due.clear()

    def end(self) -> list[Outcome]:
        """How the orders stand; what is not put down yet is now, also if :meth:`until` was interrupted.

        Raises:
            LedgerError: the ledger is away.
        """
        while not self._changed.empty():
            if (order_id := self._changed.get()) is not None:
                self._see(order_id)
        if left := [order_id for order_id in self._order_ids if order_id not in self._outcomes]:
            self._put_down(left)
        return [outcome for order_id in self._order_ids if (outcome := self._outcomes[order_id]) is not None]

    def _see(self, order_id: int) -> None:
        self._untold.discard(order_id)
        self._outcomes.pop(order_id, None)
        self._due.add(order_id)

    def _put_down(self, order_ids: Sequence[int], **patience: float) -> None:
        outcomes = bring_up(order_ids, self._settings, self._database, **patience)
        self._outcomes |= dict.fromkeys(order_ids) | {outcome.order.order_id: outcome for outcome in outcomes}
