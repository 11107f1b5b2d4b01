"""When a batch slows down, and when it stops."""

from __future__ import annotations

from kontur_hook.answers import ended
from kontur_hook.errors import KonturError, KonturProtocolError, KonturTransientError

from include.errors import ForAPerson, HouseError
from include.facts import Said, said
from include.posting.core import Action, Result
from include.words import text

_LONGEST_PAUSE_S = 30.0


class DoubledError(ForAPerson, KonturError, HouseError):
    """Kontur holds an operation more than once: the batch stops, a person must look."""


class Breaker:
    """Shared by a batch's workers: all slow down when one is told to, and stop on what concerns every request."""

    def __init__(self, limit: int, settle_s: float) -> None:
        self._limit = limit
        self._settle_s = settle_s
        self._failures = 0
        self._quiet_until = 0.0
        self.pauses = 0
        """How often Kontur was too busy, or away."""
        self.error: KonturError | None = None
        self.unreadable: KonturProtocolError | None = None
        """What was read for one order made no sense; the others go on, and the batch ends with it."""

    @property
    def open(self) -> bool:
        return self.error is not None

    def see(self, action: Action, why: Said | None, *, since: int, now: float) -> float:
        """Take note of a result; for how many seconds this worker should pause.

        Args:
            action: what came of the operation.
            why: what is said of its row.
            since: the count of pauses when its request left.
            now: the monotonic clock.
        """
        turned_away = isinstance(action.error, KonturTransientError)
        match action.result:
            case Result.DONE:
                self._failures = 0
            case Result.NOT_APPLIED if turned_away and since < self.pauses:
                pass  # all that were on their way are turned away at once: that is one failure
            case Result.NOT_APPLIED | Result.UNKNOWN:
                self._failures += 1
            case Result.DOUBLED:
                self.error = DoubledError(text(said("doubled_stops", what=why or "")))
        if isinstance(action.error, KonturProtocolError):
            self.unreadable = action.error
        elif isinstance(action.error, KonturError) and not turned_away:
            self.error = action.error
        if self._failures >= self._limit and self.error is None:
            reason = ended(action.error.message) if action.error else (why or said("no_answer"))
            self.error = _tripped(self._failures, reason, action.error, self._settle_s)
        if isinstance(action.error, KonturTransientError):
            pause = min(action.error.retry_after_s or 2.0 ** min(self._failures, 5), _LONGEST_PAUSE_S)
            self._quiet_until = max(self._quiet_until, now + pause)
            self.pauses += 1
        return self.quiet_s(now)

    def quiet_s(self, now: float) -> float:
        """For how many seconds after ``now`` (monotonic) Kontur is to be left alone."""
        return max(self._quiet_until - now, 0.0)

    def trip(self, error: KonturError) -> None:
        """Stop for an error that no POST's result carries."""
        self.error = self.error or error


def _tripped(failures: int, reason: Said | str, error: KonturError | None, settle_s: float) -> KonturError:
    """Worth another try when the server says so, or, after unknown outcomes, when these can be looked for."""
    message = text(said("stopped_after_failures", failures=failures, reason=reason))
    if isinstance(error, KonturTransientError):
        return KonturTransientError(
            message, status=error.status, trace_id=error.trace_id, retry_after_s=error.retry_after_s
        )
    return KonturTransientError(message, retry_after_s=settle_s if error is None else None)
