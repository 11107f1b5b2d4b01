"""The outcomes of a batch's orders, put down while the rest of it is posted: little is left to do when that ends."""

from __future__ import annotations

import queue
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from include.ledger.connection import LedgerDatabase
from include.ledger.errors import LedgerError
from include.settings import Settings
from include.steps.outcomes import Outcome, bring_up

_AT_ONCE = 160
"""Orders: of a batch of 500, three times, which leaves few for its end."""


class Upkeep:
    """Of one batch."""

    def __init__(self, database: LedgerDatabase, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._changed: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        """Orders; ``None``: no more come."""
        self._outcomes: dict[int, Outcome | None] = {}
        """``None``: no plan knows the order."""

    def done_with(self, order_id: int) -> None:
        """Others have done with it for now, and may have changed how it stands; any thread may say so."""
        self._changed.put(order_id)

    def until(self, ending: Future[Any]) -> None:
        """Put down what changes, until that has ended, if there is a connection for it meanwhile."""
        ending.add_done_callback(lambda _: self._changed.put(None))
        due: set[int] = set()
        while (order_id := self._changed.get()) is not None:
            self._forget(order_id)
            due.add(order_id)
            if len(due) >= _AT_ONCE:
                try:
                    self._put_down([*due], patience_s=0)
                except LedgerError:  # what is not put down now is at the end, which says what is wrong
                    continue
                finally:
                    due.clear()

    def end(self, order_ids: Sequence[int]) -> list[Outcome]:
        """How these orders stand; what is not put down yet is now, also if :meth:`until` was interrupted.

        Raises:
            LedgerError: the ledger is away.
        """
        while not self._changed.empty():
            self._forget(self._changed.get())
        self._put_down([order_id for order_id in order_ids if order_id not in self._outcomes])
        return [outcome for order_id in order_ids if (outcome := self._outcomes[order_id]) is not None]

    def _forget(self, order_id: int | None) -> None:
        if order_id is not None:
            self._outcomes.pop(order_id, None)

    def _put_down(self, order_ids: Sequence[int], **patience: float) -> None:
        outcomes = bring_up(order_ids, self._settings, self._database, **patience)
        self._outcomes |= dict.fromkeys(order_ids) | {outcome.order.order_id: outcome for outcome in outcomes}
