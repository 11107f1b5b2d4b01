"""Named locks of the database, as one connection has them: ``GET_LOCK`` and what belongs to it, by groups.

A connection may take a lock that it has once more: whose it is within a process, :mod:`include.ledger.locks` knows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Protocol

from include.ledger.connection import LedgerDatabase, Session


class NamedLocks(Protocol):
    """A connection that has locks, for as long as it stands; each method raises a ``LedgerError`` once it is lost."""

    def take(self, names: Sequence[str], wait_s: float) -> list[bool]:
        """Which of them it has now."""

    def held(self, names: Sequence[str]) -> list[bool]:
        """Which of them the server says it has."""

    def release(self, names: Sequence[str]) -> None:
        """Give them back."""

    def close(self) -> None:
        """End it, and all of its locks."""


class Connection:
    """A connection to MySQL or MariaDB."""

    def __init__(self, database: LedgerDatabase) -> None:
        self._ledger = database.name
        self.session = Session(database.connect(), database.connection_id)

    def take(self, names: Sequence[str], wait_s: float) -> list[bool]:
        """See :class:`NamedLocks`."""
        return self._asked("GET_LOCK(%s, %s)", names, wait_s)

    def held(self, names: Sequence[str]) -> list[bool]:
        """See :class:`NamedLocks`."""
        return self._asked("IS_USED_LOCK(%s) = CONNECTION_ID()", names)

    def release(self, names: Sequence[str]) -> None:
        """See :class:`NamedLocks`."""
        self._asked("RELEASE_LOCK(%s)", names)

    def close(self) -> None:
        """See :class:`NamedLocks`."""
        self.session.close()

    def _asked(self, of_one: str, names: Sequence[str], *more: object) -> list[bool]:
        if not names:
            return []
        asked = ", ".join([of_one] * len(names))
        row = self.session.row(f"SELECT {asked}", [value for name in names for value in (self._name(name), *more)])
        return [bool(answer) for answer in row or ()]

    def _name(self, what: str) -> str:
        return name_of(self._ledger, what)


def name_of(ledger: str, what: str) -> str:
    """A lock's name on the server: 64 characters are MySQL's limit; ``ledger`` keeps two of one server apart."""
    return "kontur." + hashlib.sha256(f"{ledger}\0{what}".encode()).hexdigest()[:48]
