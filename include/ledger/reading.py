"""Reading the ledger without writing anything, as a dry run does: not even its tables are made."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from include.ledger.connection import LedgerDatabase, Session
from include.ledger.errors import LedgerConfigurationError

_NO_SUCH_TABLE = 1146


class ReadingSession(Session):
    """A session in which the server refuses to write; a table that is not there yet reads as empty."""

    read_only = True

    def __init__(self, connection: Any, connection_id: str) -> None:
        super().__init__(connection, connection_id)
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
def reading(database: LedgerDatabase) -> Iterator[ReadingSession]:
    """A session for as long as the block lasts.

    Raises:
        LedgerError: the database cannot be reached.
    """
    session = ReadingSession(database.connect(), database.connection_id)
    try:
        yield session
    finally:
        session.close()
