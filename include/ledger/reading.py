"""Reading the ledger without writing anything, as a dry run does: not even its tables are made."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from include.ledger.connection import LedgerDatabase, Session
from include.ledger.errors import LedgerConfigurationError
from include.mysql.connecting import statement_limit

_NO_SUCH_TABLE = 1146


class ReadingSession(Session):
    """A session in which the server refuses to write; a table that is not there yet reads as empty."""

    read_only = True

    def __init__(self, connection: Any, connection_id: str, limit_s: int | None = None) -> None:
        """``limit_s``: a query that takes longer is ended by the server."""
        super().__init__(connection, connection_id)
        if limit_s is not None:
            self.execute(f"SET SESSION {statement_limit(connection, limit_s)}")
        self.execute("START TRANSACTION READ ONLY")

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        try:
            return super().rows(sql, parameters)
        except LedgerConfigurationError as error:
            if error.code == _NO_SUCH_TABLE:
                return []
            raise


@contextlib.contextmanager
def reading(database: LedgerDatabase, limit_s: int | None = None) -> Iterator[ReadingSession]:
    """A session for as long as the block lasts; see :class:`ReadingSession`.

    Raises:
        LedgerError: the database cannot be reached.
    """
    session = ReadingSession(database.connect(), database.connection_id, limit_s)
    try:
        yield session
    finally:
        session.close()
