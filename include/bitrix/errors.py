"""Errors of reading the shop, grouped by what to do next, and the database's own errors put into words."""

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


class BitrixError(Exception):
    """Base of all. ``str()`` is a sentence for a person: what happened, what to do; no password, no buyer's data."""

    def __init__(self, message: str, *, code: int | None = None) -> None:
        self.code = code
        """The database's error number; ``None`` if the error is not the database's."""
        super().__init__(message)


class BitrixTransientError(BitrixError):
    """Try again later: connection lost, deadlock, statement took too long, too many connections."""


class BitrixUnreachableError(BitrixTransientError):
    """No server answered at all: down for the moment, or the connection names a wrong host or port."""


class BitrixConfigurationError(BitrixError):
    """A person must correct the connection, the user's rights or the shop's tables."""


_SCHEMA = "check the connection's schema"
_MEANINGS: dict[Trouble, tuple[type[BitrixError], str]] = {
    Trouble.UNREACHABLE: (BitrixUnreachableError, f"no database server answers; {UNREACHABLE_ADVICE}"),
    Trouble.TLS: (BitrixConfigurationError, TLS_ADVICE + ": {said}"),
    Trouble.LOGIN: (BitrixConfigurationError, f"the server refused the login; {LOGIN_ADVICE}"),
    Trouble.DATABASE: (
        BitrixConfigurationError,
        f"the database does not exist or this user may not use it; {_SCHEMA} and the grants",
    ),
    Trouble.RIGHT: (BitrixConfigurationError, "a right is missing: {said}; see include/bitrix/grants.sql"),
    Trouble.TABLES: (BitrixConfigurationError, "these are not the tables of a Bitrix shop: {said}; " + _SCHEMA),
    Trouble.LOST: (BitrixTransientError, "the connection was lost; try again later"),
    Trouble.COLLIDED: (BitrixTransientError, "another program held a lock; try again later"),
    Trouble.CROWDED: (BitrixTransientError, "the server has no free connection for this user; try again later"),
    Trouble.SLOW: (
        BitrixTransientError,
        "a statement took too long and was ended; try again when the database is less busy",
    ),
    Trouble.ALTERED: (BitrixTransientError, "a table was altered meanwhile; try again later"),
}
_REFUSED = (BitrixError, "the database refused a statement: {said}")


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
    kind, meaning = _MEANINGS.get(trouble(error), _REFUSED)
    code = error_code(error)
    number = f"error {code}" if code else type(error).__name__
    return kind(f"Connection {conn_id}: {meaning.replace('{said}', said(error))} ({number}).", code=code)
