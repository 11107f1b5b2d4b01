"""What a request without a whole answer proves, and what to tell a person."""

from __future__ import annotations

import enum

from kontur_hook.errors import (
    KonturConfigurationError,
    KonturError,
    KonturProtocolError,
    KonturTooLateError,
    KonturTransientError,
    KonturUnreachableError,
)
from kontur_hook.transport import MAX_BODY_MIB, Failure


class Cause(enum.Enum):
    """What went wrong, where the library that sent the request says so for certain."""

    NO_PLACE = enum.auto()
    """None on the wire, before it was too late to leave."""
    NO_SUCH_NAME = enum.auto()
    UNREACHABLE = enum.auto()
    NOT_ACCEPTED = enum.auto()
    """No connection in time."""
    BAD_CERTIFICATE = enum.auto()
    NO_TLS = enum.auto()
    TOO_SLOW = enum.auto()
    TOO_LARGE = enum.auto()
    NOT_UNPACKED = enum.auto()
    BROKE = enum.auto()
    """Whatever else it was."""


_Told = dict[Cause, tuple[type[KonturError], str]]

_PROVED_NOT_SENT: _Told = {
    Cause.NO_PLACE: (KonturTooLateError, "Too many requests were on their way to {host}."),
    Cause.NO_SUCH_NAME: (
        KonturUnreachableError,
        "The name {host} is not found in DNS: check host, or this machine's network.",
    ),
    Cause.UNREACHABLE: (
        KonturUnreachableError,
        "{host} cannot be reached or refuses the connection: check host and port.",
    ),
    Cause.NOT_ACCEPTED: (
        KonturTransientError,
        "{host} did not accept a connection in time: check host, or the firewall.",
    ),
    Cause.BAD_CERTIFICATE: (
        KonturConfigurationError,
        (
            "The TLS certificate of {host} is not trusted, has expired or is for another name: check host and its "
            "certificate, or name a private authority's file in ca_bundle. There is no switch to skip this check."
        ),
    ),
}
_IN_HANDSHAKE: _Told = {
    Cause.TOO_SLOW: (
        KonturTransientError,
        "{host} did not finish the TLS handshake in time: check host and port.",
    ),
    Cause.NO_TLS: (
        KonturConfigurationError,
        "No TLS connection to {host} ({kind}): does it speak https? Check host.",
    ),
    Cause.BROKE: (KonturTransientError, "No connection to {host} ({kind}). If it stays so, check host."),
}
"""Most likely not sent, but not one of the cases that are proved."""
_AFTERWARDS: _Told = {
    Cause.TOO_SLOW: (KonturTransientError, "Kontur's answer did not come within {timeout_s:g} s."),
    Cause.TOO_LARGE: (KonturProtocolError, f"Kontur's answer is larger than {MAX_BODY_MIB} MiB and was not read."),
    Cause.NOT_UNPACKED: (KonturProtocolError, "Kontur's answer cannot be decompressed."),
    Cause.BROKE: (
        KonturTransientError,
        "The connection to {host} broke before a whole answer came ({kind}). If it stays so, check host.",
    ),
}


def failure_of(cause: Cause, error: BaseException, *, began: bool, host: str, timeout_s: float) -> Failure:
    """By allow-list: only what is proved not sent is called so.

    Texts of libraries hold URLs, perhaps with a name in them: only their classes are told.

    Args:
        cause: what went wrong.
        error: what the library says.
        began: whether a byte of the request may have left.
        host: of the URL.
        timeout_s: of the whole exchange.
    """
    not_sent = cause in _PROVED_NOT_SENT and not began
    told = _PROVED_NOT_SENT if not_sent else _AFTERWARDS if began else _IN_HANDSHAKE
    kind, words = told.get(cause) or told[Cause.BROKE]
    said = words.format(host=host, kind=type(error).__name__, timeout_s=timeout_s)
    return Failure(kind(said), not_sent=not_sent)
