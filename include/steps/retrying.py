"""Which failures of a task are worth another try, and when (Airflow 3.3's per-exception retry policy)."""

from __future__ import annotations

import datetime as dt

from airflow.sdk import Context, RetryDecision, RetryPolicy
from kontur_hook.errors import KonturAccessError, KonturConfigurationError, KonturError, KonturTransientError

from include.bitrix.errors import BitrixConfigurationError
from include.bitrix.named import UnknownOrdersError
from include.books.ledger_check import GoLiveMissingError, LedgerBehindError
from include.ledger.errors import LedgerConfigurationError
from include.posting.breaker import DoubledError
from include.settings import SettingsError
from include.steps.by_hand import WindowByHandError
from include.steps.extract import TooManyOrdersError
from include.steps.flood import FloodError
from include.steps.load import RepostBudgetError, UnsettledError
from include.steps.preflight import PreflightError
from include.window import WindowError

FOR_A_PERSON = (
    SettingsError,
    WindowError,
    PreflightError,
    TooManyOrdersError,
    UnknownOrdersError,
    RepostBudgetError,
    BitrixConfigurationError,
    LedgerConfigurationError,
    LedgerBehindError,
    GoLiveMissingError,
    WindowByHandError,
    FloodError,
    DoubledError,
    KonturAccessError,
    KonturConfigurationError,
)
"""Another try would fail the same way: the run fails at once, saying what to do."""

_LONGEST = dt.timedelta(hours=1)


class KonturRetryPolicy(RetryPolicy):
    """Transient: retry, when the server or the settle time says so; for a person: fail; else the task's own delay."""

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Context | None = None
    ) -> RetryDecision:
        """What to do after ``exception``."""
        if isinstance(exception, UnsettledError):
            now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
            wait = max(exception.again_at - now, dt.timedelta(seconds=1))
            return RetryDecision.retry(min(wait, _LONGEST), str(exception))
        if isinstance(exception, KonturTransientError):
            after = exception.retry_after_s
            return RetryDecision.retry(min(dt.timedelta(seconds=after), _LONGEST) if after else None, str(exception))
        if isinstance(exception, FOR_A_PERSON) or type(exception) is KonturError:
            return RetryDecision.fail(str(exception))
        return RetryDecision.default()
