"""Errors of reading the shop, and the database's own put into words; ``include/mysql`` judges what the server says."""

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


class BitrixError(DatabaseError):
    """Base of all; of no group: what one statement is refused for, another may not be. No buyer's data."""


class BitrixTransientError(TryAgain, BitrixError):
    """Connection lost, deadlock, statement took too long, too many connections."""


class BitrixUnreachableError(NotThere, BitrixTransientError):
    """No server answered at all."""


class BitrixConfigurationError(ForAPerson, BitrixError):
    """A person must correct the connection, the user's rights or the shop's tables."""


@contextlib.contextmanager
def in_words(conn_id: str) -> Iterator[None]:
    """Turn the driver's errors into ours, naming the Airflow connection."""
    try:
        yield
    except MisconfiguredError as error:
        raise BitrixConfigurationError(error.said or "") from None
    except MySQLdb.Error as error:
        raise _kind(trouble(error))(_told(conn_id, error), code=error_code(error) or None) from None


def _told(conn_id: str, error: MySQLdb.Error) -> Said:
    database = said("db_of_the_shop", connection=conn_id)
    if (common := of_any_database(database, error)) is not None:
        return common
    told, by = answer(error), number(error)
    match trouble(error):
        case Trouble.DATABASE:
            return said("shop_db_unknown", database=database, answer=told, number=by)
        case Trouble.RIGHT:
            return said("shop_db_right", database=database, answer=told, number=by)
        case Trouble.TABLES:
            return said("shop_db_tables", database=database, answer=told, number=by)
        case _:
            return said("shop_db_refused", database=database, answer=told, number=by)


_TO_CORRECT = frozenset({Trouble.TLS, Trouble.LOGIN, Trouble.DATABASE, Trouble.RIGHT, Trouble.TABLES})


def _kind(what: Trouble) -> type[BitrixError]:
    if what is Trouble.UNREACHABLE:
        return BitrixUnreachableError
    if what.passes:
        return BitrixTransientError
    return BitrixConfigurationError if what in _TO_CORRECT else BitrixError
