"""load: posts what the ledger has planned for a batch of orders."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from include.books.accounts import accounts
from include.books.ledger_check import check_go_live
from include.ledger.connection import LedgerDatabase
from include.posting.batch import post_batch
from include.posting.core import Result
from include.posting.live import drive
from include.settings import Settings


class UnsettledError(Exception):
    """Outcomes are unknown yet; worth another try at ``again_at`` (UTC, naive)."""

    def __init__(self, count: int, again_at: dt.datetime) -> None:
        self.again_at = again_at
        super().__init__(
            f"{count} operations were sent without a trustworthy answer; they are looked for after {again_at:%H:%M} UTC"
        )


class RepostBudgetError(Exception):
    """More unknown outcomes would have to be sent again than one run may."""


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
        RepostBudgetError: something is wrong with the connection to Kontur, a person should look.
        KonturError, LedgerError: it does not work now, or not at all.
    """
    check_go_live(settings)
    to = accounts(settings)
    tally = drive(LedgerDatabase(), to, lambda ports: post_batch(ports, to, settings, order_ids, run_id))
    if tally.budget_used_up:
        raise RepostBudgetError(
            f"This run has sent {settings.posting.repost_budget} unknown operations again and may not send more"
            " (posting.repost_budget). See what ails the connection to Kontur; the next run goes on."
        )
    if tally.again_at is not None and not last_try:
        raise UnsettledError(tally.results[Result.WAITING] + tally.results[Result.UNKNOWN], tally.again_at)
    return {str(result): count for result, count in sorted(tally.results.items())}
