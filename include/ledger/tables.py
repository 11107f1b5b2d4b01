"""What one worker has of the ledger: a session for state and, apart from it, the connection that holds its locks."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from include.ledger.connection import LedgerDatabase, Session
from include.ledger.counterparties import Counterparties
from include.ledger.journal import Journal
from include.ledger.locks import Locks
from include.ledger.named_locks import Connection
from include.ledger.operations import Operations


class Tables:
    """Used by one thread at a time, and as a context manager."""

    def __init__(self, database: LedgerDatabase) -> None:
        self._database = database
        self.locks = Locks(lambda: Connection(database))

    def __enter__(self) -> Self:
        self._use(self._database.connect())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.locks.__exit__(kind, error, trace)
        self.session.close()

    def reopen(self) -> None:
        """Another connection for state; the locks stay where they are."""
        self.session.close()
        self._use(self._database.connect())

    def _use(self, connection: object) -> None:
        self.session = Session(connection, self._database.connection_id)
        self.operations = Operations(self.session)
        self.counterparties = Counterparties(self.session)
        self.journal = Journal(self.session)
