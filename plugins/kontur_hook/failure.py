"""What a request without a whole answer proves, and what to tell a person."""

from __future__ import annotations

import dataclasses
import ssl

import requests
import urllib3.exceptions

from kontur_hook.deadline import Exchange
from kontur_hook.errors import (
    KonturConfigurationError,
    KonturError,
    KonturProtocolError,
    KonturTransientError,
    KonturUnreachableError,
)


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """No whole answer."""

    error: KonturError
    not_sent: bool
    """Proved: no byte of the request has left."""


class TooLargeError(Exception):
    """The answer is larger than we read."""


def failure_of(error: Exception, exchange: Exchange, host: str, timeout_s: float) -> Failure:
    """By allow-list: only what is proved not sent is called so.

    Texts of libraries hold URLs, perhaps with a name in them: only their classes are told.
    """
    before = _before_sending(_reason(error), host)
    if before and not exchange.began:
        return Failure(before, not_sent=True)
    if exchange.expired:
        return too_slow(timeout_s)
    told = _afterwards(error, host, timeout_s) if exchange.began else _in_handshake(error, host)
    return Failure(told, not_sent=False)


def too_slow(timeout_s: float) -> Failure:
    """The deadline passed after the first byte may have left."""
    return Failure(KonturTransientError(f"Kontur's answer did not come within {timeout_s:g} s."), not_sent=False)


def _in_handshake(error: Exception, host: str) -> KonturError:
    """Most likely not sent, but not one of the cases that are proved."""
    if isinstance(error, requests.Timeout):
        return KonturTransientError(f"{host} did not finish the TLS handshake in time: check host and port.")
    kind = type(_reason(error)).__name__
    if isinstance(error, requests.exceptions.SSLError):
        return KonturConfigurationError(f"No TLS connection to {host} ({kind}): does it speak https? Check host.")
    return KonturTransientError(f"No connection to {host} ({kind}). If it stays so, check host.")


def _afterwards(error: Exception, host: str, timeout_s: float) -> KonturError:
    if isinstance(error, requests.Timeout):
        return too_slow(timeout_s).error
    if isinstance(error, TooLargeError):
        return KonturProtocolError(f"Kontur's answer is {error} and was not read.")
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return KonturProtocolError("Kontur's answer cannot be decompressed.")
    kind = type(_reason(error)).__name__
    text = f"The connection to {host} broke before a whole answer came ({kind}). If it stays so, check host."
    return KonturTransientError(text)


def _reason(error: Exception) -> BaseException:
    """What urllib3 met, below the wrappers of requests and of urllib3's retries."""
    inner = error.args[0] if isinstance(error, requests.RequestException) and error.args else error
    reason = inner.reason if isinstance(inner, urllib3.exceptions.MaxRetryError) else inner
    return reason if isinstance(reason, BaseException) else error


def _before_sending(reason: BaseException, host: str) -> KonturError | None:
    """The error to report if ``reason`` is one of the four that prove that nothing was sent."""
    if isinstance(reason, urllib3.exceptions.NameResolutionError):
        return KonturUnreachableError(f"The name {host} is not found in DNS: check host, or this machine's network.")
    if isinstance(reason, urllib3.exceptions.NewConnectionError):
        return KonturUnreachableError(f"{host} cannot be reached or refuses the connection: check host and port.")
    if isinstance(reason, urllib3.exceptions.ConnectTimeoutError):
        return KonturTransientError(f"{host} did not accept a connection in time: check host, or the firewall.")
    if isinstance(reason, urllib3.exceptions.SSLError) and any(
        isinstance(cause, ssl.SSLCertVerificationError) for cause in reason.args
    ):
        return KonturConfigurationError(
            f"The TLS certificate of {host} is not trusted, has expired or is for another name: check host and its "
            "certificate, or name a private authority's file in ca_bundle. There is no switch to skip this check."
        )
    return None
