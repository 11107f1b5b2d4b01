"""Which failures get another try, and when."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest
from airflow.sdk import RetryAction
from kontur_hook.errors import KonturAccessError, KonturError, KonturProtocolError, KonturTransientError

from include.facts import said
from include.ledger.errors import LedgerTransientError
from include.posting.breaker import DoubledError
from include.steps.load import UnsettledError
from include.steps.retrying import KonturRetryPolicy

MOSCOW = zoneinfo.ZoneInfo("Europe/Moscow")


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


@pytest.mark.parametrize(("minutes", "least", "most"), [(120, 60, 60), (-5, 0, 1)])
def test_the_moment_is_at_most_an_hour_away_and_never_past(minutes: int, least: int, most: int) -> None:
    again_at = dt.datetime.now(dt.UTC).replace(tzinfo=None) + dt.timedelta(minutes=minutes)
    wait = KonturRetryPolicy().evaluate(UnsettledError(3, again_at, MOSCOW), 1, 3).retry_delay
    assert wait is not None
    assert dt.timedelta(minutes=least) <= wait <= dt.timedelta(minutes=most)
    assert wait > dt.timedelta(0)


def test_what_is_unsettled_is_tried_again_when_it_can_be_looked_for() -> None:
    again_at = dt.datetime.now(dt.UTC).replace(tzinfo=None) + dt.timedelta(minutes=15)
    decision = KonturRetryPolicy().evaluate(UnsettledError(3, again_at, MOSCOW), 1, 3)
    assert decision.action is RetryAction.RETRY
    assert decision.retry_delay is not None
    assert dt.timedelta(minutes=14) < decision.retry_delay <= dt.timedelta(minutes=15)


def test_when_it_can_be_looked_for_is_said_in_the_shops_time() -> None:
    error = UnsettledError(3, dt.datetime(2026, 3, 17, 21, 30), MOSCOW)
    assert error.said == said("outcomes_unsettled", count=3, at=dt.datetime(2026, 3, 18, 0, 30))
    assert "18.03.2026 00:30" in str(error)


@pytest.mark.parametrize("error", [LedgerTransientError("away"), KonturProtocolError("sale:7: not JSON")])
def test_anything_else_has_the_tasks_own_tries(error: Exception) -> None:
    assert KonturRetryPolicy().evaluate(error, 1, 3).action is RetryAction.DEFAULT
