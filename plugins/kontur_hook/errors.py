"""Errors of talking to Kontur, grouped by what to do next."""

from __future__ import annotations


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


class KonturTransientError(KonturError):
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


class KonturUnreachableError(KonturTransientError):
    """No server was there: its name is not in DNS, or nobody listens. It passes, or a person must mend host or port."""


class KonturConfigurationError(KonturError):
    """A person must mend the connection or the settings: wrong URL, redirect, TLS, unknown account, not the API."""


class KonturAccessError(KonturError):
    """A person must mend the key or its rights (401, 403), or pay the subscription (402)."""


class KonturProtocolError(KonturError):
    """The answer to a read cannot be trusted: not the JSON of the contract, a page missing, an id of a wrong type."""
