"""Which failures get another try, and when."""

from __future__ import annotations

import datetime as dt

import pytest
from airflow.sdk import RetryAction
from kontur_hook.errors import KonturAccessError, KonturError, KonturProtocolError, KonturTransientError

from include.ledger.errors import LedgerTransientError
from include.posting.breaker import DoubledError
from include.steps.retrying import KonturRetryPolicy


@pytest.mark.parametrize(
    "error",
    [
        DoubledError("Kontur has it 2 times"),
        KonturAccessError("Check the API key"),
        KonturError("of no kind that is known"),
    ],
)
def test_what_a_person_must_correct_fails_at_once_in_its_words(error: Exception) -> None:
    decision = KonturRetryPolicy().evaluate(error, 1, 3)
    assert (decision.action, decision.reason) == (RetryAction.FAIL, str(error))


@pytest.mark.parametrize(
    ("error", "wait"),
    [
        (KonturTransientError("busy", retry_after_s=90), dt.timedelta(seconds=90)),
        (KonturTransientError("busy", retry_after_s=1e9), dt.timedelta(hours=1)),
        (KonturTransientError("away"), None),
    ],
)
def test_what_passes_is_tried_again_when_the_server_says(error: Exception, wait: dt.timedelta | None) -> None:
    decision = KonturRetryPolicy().evaluate(error, 1, 3)
    assert (decision.action, decision.retry_delay) == (RetryAction.RETRY, wait)


@pytest.mark.parametrize("error", [LedgerTransientError("away"), KonturProtocolError("sale:7: not JSON")])
def test_anything_else_has_the_tasks_own_tries(error: Exception) -> None:
    assert KonturRetryPolicy().evaluate(error, 1, 3).action is RetryAction.DEFAULT
