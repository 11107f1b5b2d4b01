"""Errors of our own tables, grouped by what to do next; ``include/mysql`` judges what the server says."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import MySQLdb

from include.mysql.connecting import MisconfiguredError
from include.mysql.errors import (
    LOGIN_ADVICE,
    TLS_ADVICE,
    UNREACHABLE_ADVICE,
    Trouble,
    error_code,
    said,
    trouble,
)


class LedgerError(Exception):
    """Base of all; ``str()`` is a sentence for a person."""


class LedgerTransientError(LedgerError):
    """Try again later: the server is away, restarting, or the connection was lost."""


class LedgerUnreachableError(LedgerTransientError):
    """No server answered at all: down for the moment, or the connection names a wrong host or port."""


class LedgerCrowdedError(LedgerTransientError):
    """The server, or this user, has as many connections as it may."""


class LedgerConfigurationError(LedgerError):
    """A person must correct the connection, the rights or the tables."""


class LedgerRowError(LedgerConfigurationError):
    """What one row holds does not fit into its table; the statement did nothing."""


class LedgerDuplicateError(LedgerError):
    """A unique key says that somebody else has it already; the statement did nothing."""


_NO_ANSWER = "The ledger's database ({id}) does not answer: {said}"
_REFUSES = "The ledger's database ({id}) refuses: {said} - {hint}."
_TRANSIENT = {
    Trouble.UNREACHABLE: LedgerUnreachableError,
    Trouble.CROWDED: LedgerCrowdedError,
    **dict.fromkeys((Trouble.LOST, Trouble.COLLIDED, Trouble.SLOW, Trouble.ALTERED), LedgerTransientError),
}
_HINTS = {
    Trouble.TLS: TLS_ADVICE,
    Trouble.LOGIN: LOGIN_ADVICE,
    Trouble.DATABASE: "create the database, or correct the connection's schema, and grant the user its rights on it",
    Trouble.RIGHT: "grant SELECT, INSERT, UPDATE, DELETE on the local_kontur_bukh_ tables",
    Trouble.TABLES: "apply the migrations: make migrate",
    Trouble.NO_ROOM: "make room on the server's disk; what was not sent yet is sent by the next run",
    Trouble.READ_ONLY: "the server is read-only: point the connection at the writable one",
}


def is_lost(error: BaseException) -> bool:
    """Whether the connection is gone: what it last did may have been done or not."""
    return trouble(error) in {Trouble.LOST, Trouble.UNREACHABLE}


def is_collision(error: BaseException) -> bool:
    """Whether the transaction was rolled back for another's sake and may be done again."""
    return trouble(error) is Trouble.COLLIDED


@contextlib.contextmanager
def in_words(connection_id: str) -> Iterator[None]:
    """Turn the driver's errors into sentences that name the connection and what to do.

    Raises:
        LedgerTransientError: the server is away, or too busy.
        LedgerConfigurationError: anything else that the server refuses.
    """
    try:
        yield
    except MisconfiguredError as error:
        raise LedgerConfigurationError(str(error)) from None
    except MySQLdb.Error as error:
        raise _translated(connection_id, error) from error


def _translated(connection_id: str, error: MySQLdb.Error) -> LedgerError:
    what = trouble(error)
    if what is Trouble.DUPLICATE:
        return LedgerDuplicateError(f"The ledger ({connection_id}) has it already: {said(error)}")
    if (kind := _TRANSIENT.get(what)) is not None:
        words = _NO_ANSWER.format(id=connection_id, said=said(error))
        return kind(f"{words}; {UNREACHABLE_ADVICE}." if what is Trouble.UNREACHABLE else words)
    hint = _HINTS.get(what, f"see the message of the server (error {error_code(error)})")
    words = _REFUSES.format(id=connection_id, said=said(error), hint=hint)
    return LedgerRowError(words) if what is Trouble.ROW else LedgerConfigurationError(words)
