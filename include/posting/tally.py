"""What became of a batch, and when it is of use to look again."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt

from include.ledger.operation import OperationRow
from include.posting.core import Action, Result


@dataclasses.dataclass(slots=True)
class Tally:
    """What became of a batch."""

    results: collections.Counter[Result] = dataclasses.field(default_factory=collections.Counter)
    _due: dict[str, dt.datetime] = dataclasses.field(default_factory=dict)

    @property
    def again_at(self) -> dt.datetime | None:
        """When all that can be settled by waiting is due, UTC; ``None``: there is nothing.

        Not when the first of it is: what was sent in the same minute would be looked at one by one, a wait for each.
        Nothing is due later than a settle time after it was last looked at, so none of it waits for long.
        """
        return max(self._due.values(), default=None)

    def add(self, row: OperationRow, action: Action) -> None:
        """Count one operation's result, and keep when it is to be looked at again."""
        assert action.result is not None
        self.results[action.result] += 1
        self._keep(row.key, action.again_at)

    def see_again(self, row: OperationRow, action: Action) -> None:
        """What was sent again and confirmed before counts as news only where it is doubled."""
        if action.result is Result.REVIEW:
            self.results[Result.REVIEW] += 1
        self._keep(row.key, action.again_at)

    def look_again(self, lock: str, again_at: dt.datetime) -> None:
        """Another run is at an order, and perhaps leaves something of it undone."""
        self._keep(lock, again_at)

    def _keep(self, key: str, again_at: dt.datetime | None) -> None:
        if again_at is None:
            self._due.pop(key, None)
        else:
            self._due[key] = again_at
