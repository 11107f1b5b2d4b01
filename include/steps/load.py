"""load: posts what the ledger has planned for a batch of orders."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from include.books.accounts import accounts
from include.books.ledger_check import check_go_live
from include.errors import HouseError, TryAgainAt
from include.facts import said
from include.ledger.connection import LedgerDatabase
from include.posting.batch import post_batch
from include.posting.live import drive
from include.settings import Settings


class UnsettledError(TryAgainAt, HouseError):
    """Outcomes are unknown yet; worth another try at ``again_at`` (UTC, naive)."""

    def __init__(self, count: int, again_at: dt.datetime, zone: dt.tzinfo) -> None:
        """``zone``: the shop's, for what is said."""
        self.again_at: dt.datetime = again_at
        local = again_at.replace(tzinfo=dt.UTC).astimezone(zone).replace(tzinfo=None)
        super().__init__(said("outcomes_unsettled", count=count, at=local))


def load(order_ids: Sequence[int], settings: Settings, run_id: str, *, last_try: bool) -> dict[str, Any]:
    """Post a batch.

    Args:
        order_ids: at most 500.
        settings: the settings in force.
        run_id: the DAG run that answers for it.
        last_try: no retry will follow, so what is unsettled is left to a later run.

    Returns:
        Counts for XCom: result -> number of operations.

    Raises:
        GoLiveMissingError: nobody said from which day on orders are posted.
        UnsettledError: not on the last try.
        KonturError, LedgerError: it does not work now, or not at all.
    """
    check_go_live(settings)
    to = accounts(settings)
    tally = drive(LedgerDatabase(), to, lambda ports: post_batch(ports, to, settings, order_ids, run_id))
    if tally.again_at is not None and not last_try:
        raise UnsettledError(len(tally.unsettled), tally.again_at, settings.shop.zone)
    return {str(result): count for result, count in sorted(tally.results.items())}
