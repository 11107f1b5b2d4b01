"""Errors of our own tables, grouped by what to do next, and where the driver's errors are judged."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import MySQLdb

_LOST = frozenset({2002, 2003, 2006, 2013, 2055, 1053, 1927, 4031})
"""The server is away, or ended this connection."""
_COLLIDED = frozenset({1205, 1213})
"""Lock wait timeout, deadlock: the transaction was rolled back and can be done again."""
_CROWDED = frozenset({1040, 1203, 1226})
"""Too many connections, of the server or of the user: it takes one again when others end."""
_DUPLICATE = 1062
_NO_ROOM = "make room on the server's disk; what was not sent yet is sent by the next run"


class LedgerError(Exception):
    """Base of all; ``str()`` is a sentence for a person."""


class LedgerTransientError(LedgerError):
    """Try again later: the server is away, restarting, or the connection was lost."""


class LedgerConfigurationError(LedgerError):
    """A person must mend the connection, the rights or the tables."""


class LedgerDuplicateError(LedgerError):
    """A unique key says that somebody else has it already; the statement did nothing."""


def error_code(error: BaseException) -> int:
    """MySQL's number of an error, 0 if it has none."""
    return error.args[0] if error.args and isinstance(error.args[0], int) else 0


def is_lost(error: BaseException) -> bool:
    """Whether the connection is gone: what it last did may have been done or not."""
    return isinstance(error, MySQLdb.InterfaceError) or error_code(error) in _LOST


def is_collision(error: BaseException) -> bool:
    """Whether the transaction was rolled back for another's sake and may be done again."""
    return error_code(error) in _COLLIDED


@contextlib.contextmanager
def in_words(connection_id: str) -> Iterator[None]:
    """Turn the driver's errors into sentences that name the connection and what to do.

    Raises:
        LedgerTransientError: the server is away, or too busy.
        LedgerConfigurationError: anything else that the server refuses.
    """
    try:
        yield
    except MySQLdb.Error as error:
        code = error_code(error)
        text = str(error.args[1]) if len(error.args) > 1 else str(error)
        if code == _DUPLICATE:
            raise LedgerDuplicateError(f"The ledger ({connection_id}) has it already: {text}") from error
        if is_lost(error) or is_collision(error) or code in _CROWDED:
            raise LedgerTransientError(f"The ledger's database ({connection_id}) does not answer: {text}") from error
        hint = {
            1021: _NO_ROOM,
            1044: "grant the user its rights on this database",
            1045: "correct login and password of the connection",
            1049: "create the database, or correct the connection's schema",
            1142: "grant SELECT, INSERT, UPDATE, DELETE on the local_kontur_bukh_ tables",
            1114: _NO_ROOM,
            1146: "apply the migrations: make migrate",
            1290: "the server is read-only: point the connection at the writable one",
        }.get(code, "see the message of the server")
        raise LedgerConfigurationError(f"The ledger's database ({connection_id}) refuses: {text} - {hint}.") from error
