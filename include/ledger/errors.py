"""Errors of our own tables; ``include/mysql`` judges what the server says."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import MySQLdb

from include.errors import ForAPerson, NotThere, TryAgain
from include.facts import Said, said
from include.mysql.errors import (
    DatabaseError,
    MisconfiguredError,
    Trouble,
    answer,
    error_code,
    number,
    of_any_database,
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


class RollbackError(LedgerError):
    """Raised within a transaction to undo it: what it was to write no longer holds. Never leaves the ledger."""


_TRANSIENT: dict[Trouble, type[LedgerTransientError]] = {
    Trouble.UNREACHABLE: LedgerUnreachableError,
    Trouble.CROWDED: LedgerCrowdedError,
}


def is_collision(error: BaseException) -> bool:
    """Whether the transaction was rolled back for another's sake and may be done again."""
    return trouble(error) is Trouble.COLLIDED


@contextlib.contextmanager
def in_words(connection_id: str) -> Iterator[None]:
    """Turn the driver's errors into ours, which name the connection and what to do.

    Raises:
        LedgerTransientError: the server is away, or too busy.
        LedgerConfigurationError: anything else that the server refuses.
    """
    try:
        yield
    except MisconfiguredError as error:
        raise LedgerConfigurationError(error.said or "") from None
    except MySQLdb.Error as error:
        raise _kind(trouble(error))(_told(connection_id, error), code=error_code(error) or None) from error


def _kind(what: Trouble) -> type[LedgerError]:
    if what is Trouble.DUPLICATE:
        return LedgerDuplicateError
    if what.passes:
        return _TRANSIENT.get(what, LedgerTransientError)
    return LedgerRowError if what is Trouble.ROW else LedgerConfigurationError


def _told(connection_id: str, error: MySQLdb.Error) -> Said:
    database = said("db_of_the_ledger", connection=connection_id)
    if (common := of_any_database(database, error)) is not None:
        return common
    told, by = answer(error), number(error)
    match trouble(error):
        case Trouble.DATABASE:
            return said("ledger_db_unknown", database=database, answer=told, number=by)
        case Trouble.RIGHT:
            return said("ledger_db_right", database=database, answer=told, number=by)
        case Trouble.TABLES:
            return said("ledger_db_tables", database=database, answer=told, number=by)
        case Trouble.NO_ROOM:
            return said("ledger_db_full", database=database, answer=told, number=by)
        case Trouble.READ_ONLY:
            return said("ledger_db_read_only", database=database, answer=told, number=by)
        case Trouble.DUPLICATE:
            return said("ledger_db_duplicate", database=database, answer=told, number=by)
        case _:
            return said("ledger_db_refused", database=database, answer=told, number=by)
