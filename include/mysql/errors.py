"""What an error of a MySQL or MariaDB server means: one judgement, whichever of the two databases it comes from."""

from __future__ import annotations

import enum

import MySQLdb
from MySQLdb.constants import CR, ER

from include.errors import ForAPerson, HouseError
from include.facts import Said, said


class DatabaseError(HouseError):
    """Base of both families; what is said of it: what happened, what to do; no password."""

    def __init__(self, said: Said | str = "", *, code: int | None = None) -> None:
        self.code = code
        """The database's error number; ``None`` if the error is not the database's, or has none."""
        super().__init__(said)


class MisconfiguredError(ForAPerson, HouseError):
    """The Airflow connection cannot be used as it is."""


class Trouble(enum.Enum):
    """What is wrong, told apart by what to do next."""

    UNREACHABLE = enum.auto()
    """No server was reached. A wrong host or port if it is the first time, else one that is down for the moment."""
    TLS = enum.auto()
    """The server wants an encrypted connection, or the two do not agree on one."""
    LOGIN = enum.auto()
    DATABASE = enum.auto()
    """It does not exist, is not named, or the user may not use it."""
    RIGHT = enum.auto()
    TABLES = enum.auto()
    """A table or column is missing."""
    LOST = enum.auto()
    """The connection ended: what it last did may have been done or not."""
    COLLIDED = enum.auto()
    """Rolled back for another's sake, or another held a lock for too long: it can be done again at once."""
    CROWDED = enum.auto()
    """Too many connections, of the server or of the user: it takes one again when others end."""
    SLOW = enum.auto()
    """A statement was ended by the server, or by its administrator."""
    ALTERED = enum.auto()
    """A table was altered meanwhile."""
    NO_ROOM = enum.auto()
    READ_ONLY = enum.auto()
    DUPLICATE = enum.auto()
    """A unique key says that somebody else has it already; the statement did nothing."""
    ROW = enum.auto()
    """What a row holds does not fit into its table; another row may."""
    OTHER = enum.auto()

    @property
    def passes(self) -> bool:
        """Whether the same may succeed later though nobody has corrected anything."""
        return self in _PASSING


_PASSING = {
    *(Trouble.UNREACHABLE, Trouble.LOST, Trouble.COLLIDED),
    *(Trouble.CROWDED, Trouble.SLOW, Trouble.ALTERED),
}

# Plain numbers are those that the driver has no name for.
_BY_NUMBER: dict[Trouble, tuple[int, ...]] = {
    Trouble.UNREACHABLE: (CR.CONNECTION_ERROR, CR.CONN_HOST_ERROR, CR.UNKNOWN_HOST),
    Trouble.TLS: (CR.SSL_CONNECTION_ERROR, 3159),
    # 1698: MariaDB's plugin for local users; 1820, 1862: the password has expired; 3118, 4151: the account is locked.
    Trouble.LOGIN: (
        *(ER.ACCESS_DENIED_ERROR, ER.HOST_NOT_PRIVILEGED, ER.HOST_IS_BLOCKED, CR.AUTH_PLUGIN_CANNOT_LOAD),
        *(1698, 1820, 1862, 3118, 4151),
    ),
    Trouble.DATABASE: (ER.DBACCESS_DENIED_ERROR, ER.BAD_DB_ERROR, ER.NO_DB_ERROR),
    Trouble.RIGHT: (ER.TABLEACCESS_DENIED_ERROR, ER.COLUMNACCESS_DENIED_ERROR, ER.SPECIFIC_ACCESS_DENIED_ERROR),
    Trouble.TABLES: (ER.NO_SUCH_TABLE, ER.BAD_FIELD_ERROR),
    # 1159, 1161: the server waited too long for the client; 1927: killed; 4031: idle for too long.
    Trouble.LOST: (
        *(CR.SERVER_GONE_ERROR, CR.SERVER_LOST, CR.SERVER_LOST_EXTENDED, ER.SERVER_SHUTDOWN),
        *(1159, 1161, 1927, 4031),
    ),
    Trouble.COLLIDED: (ER.LOCK_WAIT_TIMEOUT, ER.LOCK_DEADLOCK),
    Trouble.CROWDED: (ER.CON_COUNT_ERROR, ER.TOO_MANY_USER_CONNECTIONS, ER.USER_LIMIT_REACHED),
    # 1969: MariaDB's max_statement_time; 3024: MySQL's max_execution_time.
    Trouble.SLOW: (ER.QUERY_INTERRUPTED, 1969, 3024),
    Trouble.ALTERED: (ER.TABLE_DEF_CHANGED,),
    Trouble.NO_ROOM: (1021, ER.RECORD_FILE_FULL),  # 1021: the disk is full
    Trouble.READ_ONLY: (ER.OPTION_PREVENTS_STATEMENT, 1836),
    Trouble.DUPLICATE: (ER.DUP_ENTRY,),
    # 1644: a trigger refuses it; 3819, 4025: a CHECK does.
    Trouble.ROW: (
        *(ER.TRUNCATED_WRONG_VALUE_FOR_FIELD, ER.DATA_TOO_LONG, ER.WARN_DATA_OUT_OF_RANGE, ER.TRUNCATED_WRONG_VALUE),
        *(ER.BAD_NULL_ERROR, ER.NO_DEFAULT_FOR_FIELD, 1265, 1644, 3819, 4025),
    ),
}
_TROUBLES = {number: trouble for trouble, numbers in _BY_NUMBER.items() for number in numbers}


def error_code(error: BaseException) -> int:
    """The server's or client's number of an error, 0 if it has none."""
    return error.args[0] if error.args and isinstance(error.args[0], int) else 0


def trouble(error: BaseException) -> Trouble:
    """What the driver's ``error`` means."""
    if isinstance(error, MySQLdb.InterfaceError):  # the driver's own: it has no connection any more
        return Trouble.LOST
    return _TROUBLES.get(error_code(error), Trouble.OTHER)


def answer(error: BaseException) -> str:
    """What the server said, shortened."""
    return str(error.args[1])[:200] if len(error.args) > 1 else type(error).__name__


def number(error: BaseException) -> str:
    """What people look an error up by."""
    return str(error_code(error) or type(error).__name__)


def of_any_database(database: Said, error: BaseException) -> Said | None:
    """What is said of an error wherever it comes from; ``None``: it depends on whose database it is.

    Args:
        database: whose it is, by which connection.
        error: the driver's.
    """
    told, by = answer(error), number(error)
    match trouble(error):
        case Trouble.UNREACHABLE:
            return said("db_unreachable", database=database, answer=told, number=by)
        case Trouble.TLS:
            return said("db_tls", database=database, answer=told, number=by)
        case Trouble.LOGIN:
            return said("db_login", database=database, answer=told, number=by)
        case Trouble.LOST:
            return said("db_lost", database=database, answer=told, number=by)
        case Trouble.COLLIDED:
            return said("db_locked", database=database, answer=told, number=by)
        case Trouble.CROWDED:
            return said("db_crowded", database=database, answer=told, number=by)
        case Trouble.SLOW:
            return said("db_slow", database=database, answer=told, number=by)
        case Trouble.ALTERED:
            return said("db_altered", database=database, answer=told, number=by)
        case _:
            return None
