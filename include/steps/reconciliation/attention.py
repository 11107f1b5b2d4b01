"""attention: one red square for each new difference; clearing it looks at its days again."""

from __future__ import annotations

import collections
from collections.abc import Iterator, Sequence

from include.ledger.connection import LedgerDatabase
from include.ledger.differences import DifferenceRow, Differences
from include.reconciliation.sides import Depth
from include.settings import Settings
from include.steps.reconciliation.compare import Range, compare
from include.steps.reconciliation.conclude import close, half_known
from include.steps.reconciliation.days import possible, windows


def unsettled(ids: Sequence[int]) -> list[DifferenceRow]:
    """Those of these differences that a person still has to settle."""
    with LedgerDatabase().open() as session:
        return [row for row in Differences(session).by_ids(ids) if row.is_open]


def again(ids: Sequence[int], settings: Settings, run_id: str) -> list[DifferenceRow]:
    """Compare the days of these differences again; those that a person still has to settle.

    Raises:
        BitrixError, LedgerError, KonturError: one of the three does not work.
    """
    by_account: dict[str, list[DifferenceRow]] = collections.defaultdict(list)
    for row in unsettled(ids):
        by_account[row.connection].append(row)
    for connection, rows in by_account.items():
        found = [compare(one, settings, run_id) for one in _ranges(connection, rows, settings)]
        found += [compare(one, settings, run_id) for one in half_known(found)]
        if found:
            with LedgerDatabase().open() as session:
                close(session, connection, found)
    return unsettled(ids)


def _ranges(connection: str, rows: Sequence[DifferenceRow], settings: Settings) -> Iterator[Range]:
    """The days of what only a full reading shows are read in full."""
    full = {day for row in rows if not row.listed for day in row.days}
    listed = {day for row in rows for day in row.days} - full
    for depth, days in ((Depth.FULL, full), (Depth.HEADERS, listed)):
        for window in windows(days):
            yield Range(connection, window, possible(depth, settings))
