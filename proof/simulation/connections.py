"""A task's connections to the virtual ledger, and a worker's place at them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from include.ledger.locks import Locks
from include.ledger.named_locks import Look

if TYPE_CHECKING:
    from proof.simulation.database import Database


@dataclasses.dataclass(slots=True, eq=False)
class Session:
    """A connection."""

    generation: int
    alive: bool = True
    lingers_until: float = 0.0
    """The server has not noticed yet that the client is gone."""


class LockSession(Session):
    """The connection that has a task's locks; see :class:`include.ledger.named_locks.NamedLocks`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database.connect().generation)
        self._database = database

    def take(self, names: Sequence[str], _: float) -> list[bool]:
        return [self._database.take(self, name) for name in names]

    def look(self, asked: Sequence[tuple[str, Sequence[str]]]) -> list[Look]:
        return self._database.look(self, asked)

    def release(self, names: Sequence[str]) -> None:
        self._database.release(self, names)

    def close(self) -> None:
        """It stays with the server for as long as that does not notice."""


class Connections:
    """The two that the workers of a task share."""

    def __init__(self, database: Database, locks: ModuleType) -> None:
        """``locks``: the driver's module of them."""
        self._lock_sessions: list[LockSession] = []
        self._database = database
        self.session = database.connect()
        self.locks: Locks[LockSession] = locks.Locks(self._connect)
        self.locks.__enter__()
        self.past_sessions: list[Session] = []

    def _connect(self) -> LockSession:
        self._lock_sessions.append(LockSession(self._database))
        return self._lock_sessions[-1]

    @property
    def sessions(self) -> list[Session]:
        """All that the server may still think alive."""
        return [self.session, *self.past_sessions, *self._lock_sessions]


class Desk:
    """A worker's place at them."""

    def __init__(self, connections: Connections) -> None:
        self.connections = connections
        self.sent_again = ""
        """The operation that it last sent again."""

    @property
    def session(self) -> Session:
        """The one for state."""
        return self.connections.session

    @property
    def locks(self) -> Locks[LockSession]:
        """On the other one."""
        return self.connections.locks
