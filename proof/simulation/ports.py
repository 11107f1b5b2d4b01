"""The ports of the virtual world: they read, write, send and sleep there, and decide nothing.

Each ``yield`` is a point where the process can be killed, stopped for a while, or overtaken by another; it names the
point and how many seconds it takes at least. Nothing is tidied up on the way out, as with ``kill -9``: a process that
is dead gets nothing done any more.
"""

from __future__ import annotations

import dataclasses
import random
import types
from collections.abc import Callable, Coroutine, Generator, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from kontur_hook.errors import KonturError, KonturTooLateError
from kontur_hook.outcome import NotApplied

from include.books.requests import Create, Details, Documents, FindCounterparties, PageOfDocuments
from include.ledger import statements
from include.ledger.errors import LedgerError
from include.ledger.journal import Ending
from include.ledger.operation import OperationRow
from include.ledger.statements import OF_LOCKS, Begin, LastLook
from include.ports import Ports, Request, Statement
from include.posting.rounds import WRITES, Write
from proof.simulation.connections import Connections, Desk
from proof.simulation.database import DO, Database
from proof.simulation.drivers import Driver
from proof.simulation.kontur import Kontur
from proof.simulation.weather import CALM, Weather

T = TypeVar("T")

Point = tuple[str, float | None]
"""A name, and the seconds it takes at least; ``None``: until the workers that were spawned have ended."""
Turn = Generator[Point, None, Any]

JOIN: Point = ("join", None)
BEFORE_SENDING = frozenset({"check", "checked", "turn", "line", "send"})
"""Points between the intent and the request."""
MOMENTS = frozenset({"check", "checked", "line", "send"})
"""Points that take a moment if nothing is in the way: a look is young when its request leaves."""
_NAMES: dict[type, str] = {
    statements.Take: "lock",
    statements.Release: "unlock",
    statements.Get: "read",
    statements.OfOrders: "read",
    statements.Creations: "read",
    statements.Now: "clock",
    statements.Complete: "record",
    statements.LastLook: "check",
}
_POINTS: dict[type, Point] = {kind: (_NAMES.get(kind, kind.__name__.lower()), 0.0) for kind in DO}
_HAS_A_PLACE, _IS_SLOW, _SLOW_S, _VERY_SLOW_S = 0.9, 0.95, 5.0, 300.0
_BUSY = 0.75
"""How often what is to be written finds an earlier round at work."""
_READ: dict[type, Callable[[Kontur, Any, float, Weather], object]] = {
    Documents: Kontur.documents,
    PageOfDocuments: Kontur.page_of_documents,
    Details: Kontur.details,
    FindCounterparties: Kontur.counterparties,
}


class Process(Protocol):
    """What ports need of the process that they belong to."""

    run: str
    dead: bool
    time_is_up: bool

    def spawn(self, queue: RoundQueue, most: int, work: Callable[[Ports], Coroutine[Any, Any, None]]) -> Group: ...


class Group:
    """Workers that were spawned together."""

    def __init__(self, left: int, parent: object) -> None:
        self.left = left
        self.parent = parent
        """Who waits for them."""
        self.error: BaseException | None = None


class World(NamedTuple):
    """What all ports have in common."""

    database: Database
    kontur: Kontur
    driver: Driver
    rng: random.Random


@dataclasses.dataclass(slots=True, eq=False)
class Asked:
    """A statement that waits for its round."""

    ports: VirtualPorts
    statement: Statement[Any]
    answer: Any = None
    done: bool = False


class RoundQueue:
    """What a driver and its workers wait to have done, by rounds: whatever waits when it is somebody's turn."""

    def __init__(self, world: World, workers: int = 1) -> None:
        """``workers``: of the driver, at the moment."""
        self.workers = workers
        self.connections = Connections(world.database, world.driver.locks)
        self.database = world.database
        self._rounds = world.driver.rounds
        self._waiting: dict[bool, list[Asked]] = {True: [], False: []}
        """Of locks, and of state."""

    def add(self, asked: Asked) -> None:
        """It is done in the next round of its connection."""
        self._waiting[type(asked.statement) in OF_LOCKS].append(asked)

    def is_at_work_for(self, statement: Statement[Any], rng: random.Random) -> bool:
        """Whether its connection still does an earlier round, and others come to wait beside it."""
        return self.workers > 1 and type(statement) in WRITES and rng.random() < _BUSY

    def work_off(self, of: Statement[Any]) -> None:
        """Do what waits where ``of`` does."""
        of_locks = type(of) in OF_LOCKS
        due, self._waiting[of_locks] = self._waiting[of_locks], []
        writes = []
        for one in due:
            if type(one.statement) in WRITES:
                writes.append(one)
            else:
                self._answer(one, self.answer_of(one))
        if writes:
            self._write(writes)

    def _write(self, writes: Sequence[Asked]) -> None:
        told = self._rounds.write(_Ground(self, writes), [one.statement for one in writes])
        for one, answer in zip(writes, told, strict=True):
            self._answer(one, answer)

    def answer_of(self, asked: Asked) -> Any:
        """Alone, or the error that it ended in."""
        try:
            return self.database.do(asked.ports.desk_at(self), asked.statement)
        except LedgerError as error:
            return error

    def _answer(self, asked: Asked, answer: Any) -> None:
        asked.answer, asked.done = answer, True
        ports, kind = asked.ports, type(asked.statement)
        # A look after a search is for no request: whoever has looked may stand still for as long as he likes.
        ports.has_intent = kind is Begin or (ports.has_intent and kind is LastLook)
        ports.checked_at = self.database.now if ports.has_intent and kind is LastLook else None


class _Ground:
    """See :class:`include.posting.rounds.Ground`."""

    def __init__(self, queue: RoundQueue, asked: Sequence[Asked]) -> None:
        self._queue = queue
        self._asked = asked
        self._database = queue.database

    def in_transaction(self, work: Callable[[], None]) -> None:
        self._database.together(self._queue.connections.session, work)

    def save(self, writes: Sequence[Write]) -> int:
        return self._database.save_all([one.row for one in writes])

    def have_others(self, documents: Sequence[tuple[OperationRow, str]]) -> bool:
        return any(self._database.has_other(row, doc_id) for row, doc_id in documents)

    def begin(self, rows: Sequence[tuple[OperationRow, str]]) -> None:
        self._database.begin_all(rows)

    def complete(self, rows: Sequence[tuple[OperationRow, Ending]]) -> None:
        self._database.complete_all(rows)

    def monotonic(self) -> float:
        return self._database.now

    def alone(self, write: object) -> Any:
        return self._queue.answer_of(next(one for one in self._asked if one.statement is write))


class VirtualPorts:
    """The ports of a process, or of one worker of it."""

    def __init__(self, process: Process, world: World, queue: RoundQueue | None = None) -> None:
        """``queue``: the one that it shares."""
        self._process = process
        self._world = world
        self._database = world.database
        self._kontur = world.kontur
        self._rng = world.rng
        self.queue = queue
        self._desk: Desk | None = None
        self.has_intent = False
        """Whether an intent was the last that was written, and nothing but looks came after it."""
        self.checked_at: float | None = None
        """When the lock was last looked at, while the request that this is for has not left."""
        self._has_turn = False

    @types.coroutine
    def state(self, *asked: Statement[Any]) -> Turn:
        """See :class:`Ports`."""
        answers: list[Any] = []
        for statement in asked:
            if self._process.dead:
                raise GeneratorExit
            queue = self._opened()
            waits, point = Asked(self, statement), _POINTS[type(statement)]
            queue.add(waits)
            yield point
            while not waits.done and queue.is_at_work_for(statement, self._rng):
                yield point
            if not waits.done:
                queue.work_off(statement)
            if isinstance(waits.answer, LedgerError):
                raise waits.answer
            if type(statement) is LastLook:
                yield self._reach("checked")
            answers.append(waits.answer)
        return answers

    def _opened(self) -> RoundQueue:
        if self.queue is None:
            self.queue = RoundQueue(self._world)
        return self.queue

    def desk_at(self, queue: RoundQueue) -> Desk:
        """Its place there."""
        if self._desk is None:
            self._desk = Desk(queue.connections)
        return self._desk

    def turn(self, _: str, *, ahead: bool = False) -> VirtualPorts:
        """See :class:`Ports`; each waits for any time, so nobody gains by going ahead."""
        return self

    def under_way(self, _: str) -> float:
        """See :class:`Ports`; how many come of it is chance anyway."""
        return 3.0

    @types.coroutine
    def __aenter__(self) -> Turn:
        """Most of the time there is a place; at times those before are slow."""
        assert not self._has_turn, "who waits for a turn within a turn may wait for himself"
        self._has_turn = True
        yield self._reach("turn", self._waits_for_a_place())
        return self

    def _waits_for_a_place(self) -> float:
        """For how many seconds, at least."""
        chance = self._rng.random()
        most = _SLOW_S if chance < _IS_SLOW else _VERY_SLOW_S
        has_a_place = chance < _HAS_A_PLACE or self._database.weather is CALM
        return 0.0 if has_a_place else self._rng.uniform(0, most)

    async def __aexit__(self, *_: object) -> None:
        self._has_turn = False

    @types.coroutine
    def send(self, request: Request[Any]) -> Turn:
        """See :class:`include.ports.Wire`."""
        if type(request) is Create:
            return (yield from self._create(request))
        yield self._reach("search", 0.1)
        try:
            return self._read(request)
        except KonturError as error:
            return error

    def _create(self, create: Create) -> Turn:
        yield self._reach("line", self._waits_for_a_place())
        if self._database.now > create.leave_by:
            self.checked_at = None
            return NotApplied(KonturTooLateError("too many at once"))
        yield self._reach("send")
        self.checked_at = None
        database = self._database
        answer, seconds = self._kontur.post(create, self._process.run, database.now, database.weather)
        yield self._reach("answer", seconds)
        return self._kontur.judged(create, answer)

    def _read(self, request: Request[Any]) -> object:
        now, weather = self._database.now, self._database.weather
        return _READ[type(request)](self._kontur, request, now, weather)

    async def together(self, *works: Coroutine[Any, Any, T]) -> list[T]:
        """See :class:`Ports`; one after the other in any order, which is one way for it to go."""
        answers: dict[int, T] = {}
        try:
            for place in self._rng.sample(range(len(works)), len(works)):
                answers[place] = await works[place]
        finally:
            for work in works:
                work.close()
        return [answers[place] for place in range(len(works))]

    @types.coroutine
    def sleep(self, least_s: float, most_s: float | None = None) -> Turn:
        """See :class:`Ports`."""
        yield self._reach("sleep", self._rng.uniform(least_s, least_s if most_s is None else most_s))

    @types.coroutine
    def spawn(self, most: int, work: Callable[[Ports], Coroutine[Any, Any, None]]) -> Turn:
        """See :class:`Ports`."""
        yield self._reach("spawn")
        group = self._process.spawn(self._opened(), most, work)
        yield JOIN
        if group.error is not None:
            raise group.error

    def monotonic(self) -> float:
        """See :class:`Ports`."""
        return self._database.now

    def ended(self) -> bool:
        """See :class:`Ports`."""
        return self._process.time_is_up

    def _reach(self, point: str, seconds: float = 0.0) -> Point:
        if self._process.dead:
            raise GeneratorExit
        return point, seconds


__all__ = [
    "BEFORE_SENDING",
    "JOIN",
    "MOMENTS",
    "Asked",
    "Group",
    "Point",
    "Process",
    "RoundQueue",
    "VirtualPorts",
    "World",
]
