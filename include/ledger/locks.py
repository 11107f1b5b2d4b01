"""Named locks of the database on a connection of their own: a dead holder's lock is free within milliseconds.

``GET_LOCK`` survives COMMIT and is lost with its connection, so a free lock proves that its last holder ended.
It is lost as well when the server restarts: hence :meth:`Locks.holds` before each POST.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from include.ledger.connection import LedgerDatabase, Session
from include.ledger.errors import LedgerError


class Locks:
    """The locks of one sender; all are released at the end of the block."""

    def __init__(self, database: LedgerDatabase) -> None:
        self._database = database
        self._session: Session | None = None

    def __enter__(self) -> Self:
        self._session = Session(self._database.connect(), self._database.connection_id)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def _name(self, what: str) -> str:
        # 64 characters are MySQL's limit; the database's name keeps two ledgers of one server apart.
        return "kontur." + hashlib.sha256(f"{self._database.name}\0{what}".encode()).hexdigest()[:48]

    def take(self, what: str, *, wait_s: float = 0) -> bool:
        """Whether the lock is ours now; opens a new connection where the old one was lost."""
        if self._session is None:
            self.__enter__()
        try:
            return self._ask("SELECT GET_LOCK(%s, %s)", self._name(what), wait_s)
        except LedgerError:
            self.__exit__(None, None, None)
            raise

    def holds(self, what: str) -> bool:
        """Whether the lock is still ours, asked on its own connection; ``False`` where that is gone."""
        try:
            return self._ask("SELECT IS_USED_LOCK(%s) = CONNECTION_ID()", self._name(what))
        except LedgerError:
            return False

    def release(self, what: str) -> None:
        """Give the lock back; one that was lost with its connection is no error."""
        with contextlib.suppress(LedgerError):
            self._ask("SELECT RELEASE_LOCK(%s)", self._name(what))

    @contextlib.contextmanager
    def holding(self, what: str, *, wait_s: float = 0) -> Iterator[bool]:
        """Take the lock for the block, if it is to be had; says whether."""
        taken = self.take(what, wait_s=wait_s)
        try:
            yield taken
        finally:
            if taken:
                self.release(what)

    def _ask(self, sql: str, *parameters: object) -> bool:
        if self._session is None:
            return False
        row = self._session.row(sql, parameters)
        return bool(row and row[0])
