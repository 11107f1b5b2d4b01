"""Errors of reading the shop, and the database's own put into words; ``include/mysql`` judges what the server says."""

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


class BitrixError(DatabaseError):
    """Base of all; of no group: what one statement is refused for, another may not be. No buyer's data."""


class BitrixTransientError(TryAgain, BitrixError):
    """Connection lost, deadlock, statement took too long, too many connections."""


class BitrixUnreachableError(NotThere, BitrixTransientError):
    """No server answered at all."""


class BitrixConfigurationError(ForAPerson, BitrixError):
    """A person must correct the connection, the user's rights or the shop's tables."""


_SCHEMA = "check the connection's schema"
_MEANINGS = {
    Trouble.UNREACHABLE: f"no database server answers; {UNREACHABLE_ADVICE}",
    Trouble.TLS: TLS_ADVICE + ": {said}",
    Trouble.LOGIN: f"the server refused the login; {LOGIN_ADVICE}",
    Trouble.DATABASE: f"the database does not exist or this user may not use it; {_SCHEMA} and the grants",
    Trouble.RIGHT: "a right is missing: {said}; see include/bitrix/grants.sql",
    Trouble.TABLES: "these are not the tables of a Bitrix shop: {said}; " + _SCHEMA,
    Trouble.LOST: "the connection was lost; try again later",
    Trouble.COLLIDED: "another program held a lock; try again later",
    Trouble.CROWDED: "the server has no free connection for this user; try again later",
    Trouble.SLOW: "a statement took too long and was ended; try again when the database is less busy",
    Trouble.ALTERED: "a table was altered meanwhile; try again later",
}
_REFUSED = "the database refused a statement: {said}"


@contextlib.contextmanager
def in_words(conn_id: str) -> Iterator[None]:
    """Turn the driver's errors into ours, naming the Airflow connection."""
    try:
        yield
    except MisconfiguredError as error:
        raise BitrixConfigurationError(str(error)) from None
    except MySQLdb.Error as error:
        raise _translated(conn_id, error) from None


def _translated(conn_id: str, error: MySQLdb.Error) -> BitrixError:
    what, code = trouble(error), error_code(error)
    meaning = _MEANINGS.get(what, _REFUSED).replace("{said}", said(error))
    number = f"error {code}" if code else type(error).__name__
    return _kind(what)(f"Connection {conn_id}: {meaning} ({number}).", code=code or None)


def _kind(what: Trouble) -> type[BitrixError]:
    if what is Trouble.UNREACHABLE:
        return BitrixUnreachableError
    if what.passes:
        return BitrixTransientError
    return BitrixConfigurationError if what in _MEANINGS else BitrixError
