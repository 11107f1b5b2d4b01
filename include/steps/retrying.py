"""Which failures of a task are worth another try, and when (Airflow 3.3's per-exception retry policy).

Errors say it themselves, by their group. This is imported with the DAG file, so it knows nobody who raises them.
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import Context, RetryDecision, RetryPolicy
from kontur_hook.errors import KonturError

from include.errors import ForAPerson, TryAgainAt

_LONGEST = dt.timedelta(hours=1)


class KonturRetryPolicy(RetryPolicy):
    """Transient: retry, when the server or the settle time says so; for a person: fail; else the task's own delay."""

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Context | None = None
    ) -> RetryDecision:
        """What to do after ``exception``."""
        if isinstance(exception, TryAgainAt):
            return RetryDecision.retry(_delay(exception), str(exception))
        # Kontur's base itself: its kind is not known, and money is not risked on a guess.
        if isinstance(exception, ForAPerson) or type(exception) is KonturError:
            return RetryDecision.fail(str(exception))
        return RetryDecision.default()


def _delay(error: TryAgainAt) -> dt.timedelta | None:
    """``None``: the task's own."""
    if error.again_at is not None:
        wait = error.again_at - dt.datetime.now(dt.UTC).replace(tzinfo=None)
        return min(max(wait, dt.timedelta(seconds=1)), _LONGEST)
    # Seconds are compared, not spans of time: a server may ask for more than one of these can hold.
    return dt.timedelta(seconds=min(error.retry_after_s, _LONGEST.total_seconds())) if error.retry_after_s else None
