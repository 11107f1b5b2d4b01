"""Errors of our own tables; ``include/mysql`` judges what the server says."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import MySQLdb

from include.errors import ForAPerson, NotThere, TryAgain
from include.mysql.errors import (
    LOGIN_ADVICE,
    TLS_ADVICE,
    UNREACHABLE_ADVICE,
    DatabaseError,
    MisconfiguredError,
    Trouble,
    error_code,
    said,
    trouble,
)


class LedgerError(DatabaseError):
    """Base of all."""


class LedgerTransientError(TryAgain, LedgerError):
    """The server is away, restarting, too busy, or the connection was lost."""


class LedgerUnreachableError(NotThere, LedgerTransientError):
    """No server answered at all."""


class LedgerCrowdedError(LedgerTransientError):
    """The server, or this user, has as many connections as it may."""


class LedgerConfigurationError(ForAPerson, LedgerError):
    """A person must correct the connection, the rights or the tables."""


class LedgerRowError(LedgerConfigurationError):
    """What one row holds does not fit into its table; the statement did nothing."""


class LedgerDuplicateError(LedgerError):
    """A unique key says that somebody else has it already; the statement did nothing."""


_NO_ANSWER = "The ledger's database ({id}) does not answer: {said}"
_REFUSES = "The ledger's database ({id}) refuses: {said} - {hint}."
_TRANSIENT: dict[Trouble, type[LedgerTransientError]] = {
    Trouble.UNREACHABLE: LedgerUnreachableError,
    Trouble.CROWDED: LedgerCrowdedError,
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
    what, code = trouble(error), error_code(error)
    if what is Trouble.DUPLICATE:
        return LedgerDuplicateError(f"The ledger ({connection_id}) has it already: {said(error)}", code=code or None)
    if what.passes:
        words = _NO_ANSWER.format(id=connection_id, said=said(error))
        kind = _TRANSIENT.get(what, LedgerTransientError)
        return kind(f"{words}; {UNREACHABLE_ADVICE}." if what is Trouble.UNREACHABLE else words, code=code or None)
    hint = _HINTS.get(what, f"see the message of the server (error {code})")
    words = _REFUSES.format(id=connection_id, said=said(error), hint=hint)
    return (LedgerRowError if what is Trouble.ROW else LedgerConfigurationError)(words, code=code or None)
