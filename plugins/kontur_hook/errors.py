"""Errors grouped by what to do next, and those of talking to Kontur.

The groups are mixins: who decides what follows a failure asks for the group, and need not know who failed.
"""

from __future__ import annotations

import datetime as dt


class ForAPerson(Exception):  # noqa: N818 - a group, not an error of its own
    """Another try would fail the same way: a person must correct something first, ``str()`` says what."""


class TryAgain(Exception):  # noqa: N818
    """It passes by itself; another try may well succeed, after the delay of whoever tries."""


class TryAgainAt(TryAgain):
    """The same, where the other side or a rule may say when; where neither is set, the delay of whoever tries."""

    retry_after_s: float | None = None
    """Seconds after the failure; not capped."""
    again_at: dt.datetime | None = None
    """A moment, UTC, naive."""


class NotThere(TryAgain):
    """Nobody answered at all: down for the moment, or the connection names a wrong host or port."""


class KonturError(Exception):
    """Base of all. ``str()`` is a sentence for a person: what happened, what to do; never a body, never a secret."""

    def __init__(self, message: str, *, status: int | None = None, trace_id: str | None = None) -> None:
        self.message = message
        self.status = status
        self.trace_id = trace_id
        super().__init__(message)

    def __str__(self) -> str:
        known = [f"HTTP {self.status}" if self.status else "", f"trace {self.trace_id}" if self.trace_id else ""]
        suffix = ", ".join(part for part in known if part)
        return f"{self.message} ({suffix})" if suffix else self.message


class KonturTransientError(TryAgainAt, KonturError):
    """Try again later: network, 429, 5xx on a read."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        trace_id: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, status=status, trace_id=trace_id)
        self.retry_after_s = retry_after_s
        """Seconds the server asked for, not capped; ``None`` if it did not say."""


class KonturUnreachableError(NotThere, KonturTransientError):
    """No server was there: its name is not in DNS, or nobody listens. It passes, or host or port is wrong."""


class KonturTooLateError(KonturTransientError):
    """Nothing was sent: no place on the wire was free before the moment until which the caller wanted it to leave."""


class KonturConfigurationError(ForAPerson, KonturError):
    """A person must correct the connection or the settings: wrong URL, redirect, TLS, unknown account, not the API."""


class KonturAccessError(ForAPerson, KonturError):
    """A person must correct the key or its rights (401, 403), or pay the subscription (402)."""


class KonturProtocolError(KonturError):
    """The answer to a read cannot be trusted: not the JSON of the contract, a page missing, an id of a wrong type."""
