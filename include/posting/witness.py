"""The document that a batch claims last, of each kind: by it a search is shown to be fresh, the same night.

What was sent without a trustworthy answer is looked for by a search that shows something of ours posted after that had
settled. In the night's last batch nothing else may follow. Where there is only one document it has no witness.
"""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Collection, Iterable

from include.ledger.operation import TO_DO, UNSETTLED, Kind, OperationRow, State


class Witnesses:
    """Of a batch's documents of one account."""

    def __init__(
        self,
        rows: Iterable[OperationRow],
        listed: Collection[str],
        new_buyers: Collection[int | None],
        settle: dt.timedelta,
    ) -> None:
        """Choose them.

        Args:
            rows: the batch's operations, in the order in which they are claimed.
            listed: keys of those that Kontur shows already: they are adopted, and show nothing.
            new_buyers: orders that have a buyer who has to be looked up first.
            settle: the settle time.
        """
        self._settle = settle
        self._unsettled: dict[Kind, dict[str, dt.datetime | None]] = collections.defaultdict(dict)
        rows = list(rows)
        with_money = {row.parent_key for row in rows if row.state in TO_DO}
        last: dict[Kind, str] = {}
        count: collections.Counter[Kind] = collections.Counter()
        # Money that waits for it, and a buyer that it waits for, take time while nothing else is left to do.
        for row in sorted(rows, key=lambda row: (row.key in with_money) + (row.order_id in new_buyers), reverse=True):
            if row.parent_key is not None:
                continue
            self.note(row)
            count[row.kind] += row.state in TO_DO
            if row.state is State.PLANNED and row.code is None and row.key not in listed:
                last[row.kind] = row.key
        self.keys = frozenset(key for kind, key in last.items() if count[kind] > 1)
        """Of the operations that are claimed last."""

    def note(self, row: OperationRow) -> None:
        """How far an operation has come; only documents matter."""
        if row.parent_key is not None:
            return
        of_kind = self._unsettled[row.kind]
        if row.state in UNSETTLED:
            of_kind[row.key] = row.unknown_since
        else:
            of_kind.pop(row.key, None)

    def note_busy(self, row: OperationRow, now: dt.datetime) -> None:
        """Another run is at an operation; ``now``: the database's clock."""
        if row.parent_key is None and row.state in TO_DO:
            self._unsettled[row.kind][row.key] = now

    def keeps_back(self, row: OperationRow, now: dt.datetime) -> bool:
        """Whether one of them is not to be claimed yet: another document's outcome is neither known nor settled."""
        others = self._unsettled[row.kind].values()
        return any(since is None or now < since + self._settle for since in others)
