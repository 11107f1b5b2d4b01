"""Named locks of the database, as one connection has them: ``GET_LOCK`` and what belongs to it, by groups.

A connection may take a lock that it has once more: whose it is within a process, :mod:`include.ledger.locks` knows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from include.ledger.connection import LedgerDatabase, Session


class Look(NamedTuple):
    """What the last look before a request shows."""

    held: bool
    """Whether the lock is still ours."""
    epochs: tuple[int | None, ...]
    """Of the operations that were asked for; ``None``: there is none."""


NOT_HELD = Look(held=False, epochs=())


class NamedLocks(Protocol):
    """A connection that has locks, for as long as it stands; each method raises a ``LedgerError`` once it is lost."""

    def take(self, names: Sequence[str], wait_s: float) -> list[bool]:
        """Which of them it has now."""

    def look(self, asked: Sequence[tuple[str, Sequence[str]]]) -> list[Look]:
        """For each lock, with keys of operations, what a look at all of them shows."""

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

    def look(self, asked: Sequence[tuple[str, Sequence[str]]]) -> list[Look]:
        """See :class:`NamedLocks`; one statement, for there is a look before each request.

        A lock that is held after its row was read was held all the time: what a connection lost, it does not get back.
        """
        # The server finds the rows by their key only if the texts are of its character set.
        pairs = [(self._name(name), key) for name, keys in asked for key in keys]
        wanted = ["SELECT _ascii%s AS name, _ascii%s AS op_key", *["SELECT _ascii%s, _ascii%s"] * (len(pairs) - 1)]
        rows = self.session.rows(
            "SELECT v.name, v.op_key, IS_USED_LOCK(v.name) = CONNECTION_ID(), o.epoch"
            f" FROM ({' UNION ALL '.join(wanted)}) v"
            " LEFT JOIN local_kontur_bukh_operation o ON o.op_key = v.op_key COLLATE ascii_bin",
            [value for pair in pairs for value in pair],
        )
        held = {name: bool(ours) for name, _, ours, _ in rows}
        epochs = {key: epoch for _, key, _, epoch in rows}
        return [Look(held[self._name(name)], tuple(epochs[key] for key in keys)) for name, keys in asked]

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
