"""The ports of the virtual world: they read, write, send and sleep there, and decide nothing.

Each ``yield`` is a point where the process can be killed, stopped for a while, or overtaken by another; it names the
point and how many seconds it takes at least. Nothing is tidied up on the way out, as with ``kill -9``: a process that
is dead gets nothing done any more.
"""

from __future__ import annotations

import random
import types
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Protocol

from kontur_hook.errors import KonturError

from include.books.requests import Create, Details, Documents, FindCounterparties
from include.ledger import statements
from include.ledger.statements import LastLook, Look
from include.ports import Ports, Request, Statement
from proof.simulation.database import Database, Desk
from proof.simulation.kontur import Kontur
from proof.simulation.weather import Weather

Point = tuple[str, float | None]
"""A name, and the seconds it takes at least; ``None``: until the workers that were spawned have ended."""
Turn = Generator[Point, None, Any]

JOIN: Point = ("join", None)
BEFORE_SENDING = frozenset({"check", "checked", "send"})
"""Points between the intent and the request."""
_NAMES = {
    statements.Take: "lock",
    statements.Release: "unlock",
    statements.Get: "read",
    statements.OfOrders: "read",
    statements.Creations: "read",
    statements.Now: "clock",
    statements.Complete: "record",
    statements.LastLook: "check",
}
_POINTS: dict[type, Point] = {
    kind: (_NAMES.get(kind, kind.__name__.lower()), 0.0) for kind in statements.Statement.__subclasses__()
}
_READ: dict[type, Callable[[Kontur, Any, float, Weather], object]] = {
    Documents: Kontur.documents,
    Details: Kontur.details,
    FindCounterparties: Kontur.counterparties,
}


class Process(Protocol):
    """What ports need of the process that they belong to."""

    run: str
    dead: bool
    time_is_up: bool

    def spawn(self, most: int, work: Callable[[Ports], Coroutine[Any, Any, None]]) -> Group: ...


class Group:
    """Workers that were spawned together."""

    def __init__(self, left: int, parent: object) -> None:
        self.left = left
        self.parent = parent
        """Who waits for them."""
        self.error: BaseException | None = None


class VirtualPorts:
    """The ports of a process, or of one worker of it."""

    def __init__(self, process: Process, database: Database, kontur: Kontur, rng: random.Random) -> None:
        self._process = process
        self._database = database
        self._kontur = kontur
        self._rng = rng
        self.desk: Desk | None = None
        self.checked_at: float | None = None
        """When the lock was last looked at, while the request that this is for has not left."""

    @types.coroutine
    def state(self, *asked: Statement[Any]) -> Turn:
        """See :class:`Ports`."""
        answers: list[Any] = []
        for statement in asked:
            if self._process.dead:
                raise GeneratorExit
            yield _POINTS[type(statement)]
            if self.desk is None:
                self.desk = Desk(self._database)
            self.checked_at = None
            if type(statement) is LastLook:
                answers.append((yield from self._last_look(self.desk, statement)))
            else:
                answers.append(self._database.do(self.desk, statement))
        return answers

    def _last_look(self, desk: Desk, statement: LastLook) -> Turn:
        held = self._database.holds(desk, statement.lock)
        self.checked_at = self._database.now
        yield from self._reach("checked")
        return Look(held, self._database.epoch(desk, statement.key))

    @types.coroutine
    def send(self, *asked: Request[Any]) -> Turn:
        """See :class:`Ports`."""
        answers: list[Any] = []
        for request in asked:
            if type(request) is Create:
                answers.append((yield from self._create(request)))
                continue
            yield from self._reach("search", 0.1)
            try:
                answers.append(self._read(request))
            except KonturError as error:
                answers.append(error)
        return answers

    def _create(self, create: Create) -> Turn:
        yield from self._reach("send")
        self.checked_at = None
        database = self._database
        answer, seconds = self._kontur.post(create, self._process.run, database.now, database.weather)
        yield from self._reach("answer", seconds)
        return self._kontur.judged(create, answer)

    def _read(self, request: Request[Any]) -> object:
        now, weather = self._database.now, self._database.weather
        return _READ[type(request)](self._kontur, request, now, weather)

    @types.coroutine
    def sleep(self, least_s: float, most_s: float | None = None) -> Turn:
        """See :class:`Ports`."""
        yield from self._reach("sleep", self._rng.uniform(least_s, least_s if most_s is None else most_s))

    @types.coroutine
    def spawn(self, most: int, work: Callable[[Ports], Coroutine[Any, Any, None]]) -> Turn:
        """See :class:`Ports`."""
        yield from self._reach("open")
        group = self._process.spawn(most, work)
        yield JOIN
        if group.error is not None:
            raise group.error

    def monotonic(self) -> float:
        """See :class:`Ports`."""
        return self._database.now

    def ended(self) -> bool:
        """See :class:`Ports`."""
        return self._process.time_is_up

    def _reach(self, point: str, seconds: float = 0.0) -> Turn:
        if self._process.dead:
            raise GeneratorExit
        yield point, seconds


__all__ = ["BEFORE_SENDING", "JOIN", "Group", "Point", "Process", "VirtualPorts"]
