"""Errors of reading the shop, grouped by what to do next, and the database's own errors put into words."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import MySQLdb
from MySQLdb.constants import CR, ER


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
    """A person must mend the connection, the user's rights or the shop's tables."""


# Numbers that the driver has no name for.
_LOGIN_PLUGIN_DENIED = 1698  # MariaDB
_STATEMENT_TIMEOUT = 1969  # MariaDB, max_statement_time
_QUERY_TIMEOUT = 3024  # MySQL, max_execution_time
_CONNECTION_KILLED = 1927
_IDLE_DISCONNECT = 4031

_UNREACHABLE = "no database server answers; check that it runs, and the connection's host and port, firewall included"
_LOGIN = "the server refused the login; check the connection's login and password, and the address the user may use"
_DATABASE = "the database does not exist or this user may not use it; check the connection's schema and the grants"
_RIGHT = "a right is missing: {said}; see include/bitrix/grants.sql"
_SCHEMA = "these are not the tables of a Bitrix shop: {said}; check the connection's schema"
_LOST = "the connection was lost; try again later"
_FULL = "the server has no free connection for this user; try again later"
_SLOW = "a statement took too long and was ended; try again when the database is less busy"

_MEANINGS: dict[type[BitrixError], dict[int, str]] = {
    BitrixUnreachableError: dict.fromkeys((CR.CONNECTION_ERROR, CR.CONN_HOST_ERROR, CR.UNKNOWN_HOST), _UNREACHABLE),
    BitrixConfigurationError: {
        **dict.fromkeys(
            (ER.ACCESS_DENIED_ERROR, _LOGIN_PLUGIN_DENIED, ER.HOST_NOT_PRIVILEGED, ER.HOST_IS_BLOCKED), _LOGIN
        ),
        **dict.fromkeys((ER.DBACCESS_DENIED_ERROR, ER.BAD_DB_ERROR), _DATABASE),
        **dict.fromkeys(
            (ER.TABLEACCESS_DENIED_ERROR, ER.COLUMNACCESS_DENIED_ERROR, ER.SPECIFIC_ACCESS_DENIED_ERROR), _RIGHT
        ),
        **dict.fromkeys((ER.NO_SUCH_TABLE, ER.BAD_FIELD_ERROR), _SCHEMA),
        ER.NO_DB_ERROR: "no database is named; fill in the connection's schema",
    },
    BitrixTransientError: {
        **dict.fromkeys((CR.SERVER_GONE_ERROR, CR.SERVER_LOST, CR.SERVER_LOST_EXTENDED), _LOST),
        **dict.fromkeys((ER.SERVER_SHUTDOWN, _CONNECTION_KILLED, _IDLE_DISCONNECT), _LOST),
        **dict.fromkeys((ER.CON_COUNT_ERROR, ER.TOO_MANY_USER_CONNECTIONS, ER.USER_LIMIT_REACHED), _FULL),
        **dict.fromkeys((_STATEMENT_TIMEOUT, _QUERY_TIMEOUT, ER.QUERY_INTERRUPTED), _SLOW),
        ER.LOCK_WAIT_TIMEOUT: "another program held a lock for too long; try again later",
        ER.LOCK_DEADLOCK: "a deadlock with another program; try again later",
        ER.TABLE_DEF_CHANGED: "a table was altered meanwhile; try again later",
    },
}


@contextlib.contextmanager
def in_words(conn_id: str) -> Iterator[None]:
    """Turn the driver's errors into ours, naming the Airflow connection."""
    try:
        yield
    except MySQLdb.Error as error:
        raise _translated(conn_id, error) from None


def _translated(conn_id: str, error: MySQLdb.Error) -> BitrixError:
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    said = str(error.args[1])[:200] if len(error.args) > 1 else type(error).__name__
    for kind, meanings in _MEANINGS.items():
        if code in meanings:
            return kind(f"Connection {conn_id}: {meanings[code].format(said=said)} (error {code}).", code=code)
    return BitrixError(f"Connection {conn_id}: the database refused a statement: {said} (error {code}).", code=code)
