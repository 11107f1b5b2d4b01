"""What all tasks have in common, unless one says otherwise."""

from __future__ import annotations

import datetime as dt
from typing import Any

from include.settings import Run
from include.steps.retrying import KonturRetryPolicy


def default_args(run: Run) -> dict[str, Any]:
    """A DAG's ``default_args``."""
    return {
        "owner": "accounting",
        "retries": run.retries,
        "retry_delay": dt.timedelta(seconds=run.retry_delay_s),
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": dt.timedelta(seconds=run.max_retry_delay_s),
        "retry_policy": KonturRetryPolicy(),
        # Ends what hangs. The longest that is no fault: a whole history listed by the first preflight.
        "execution_timeout": dt.timedelta(minutes=30),
    }
