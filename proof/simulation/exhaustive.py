"""Every interleaving of a small world: two senders, one or two documents, each crash, each answer, each delay.

A state is a value; :func:`explore` walks all states that can be reached within the bounds of a :class:`Scope` and
judges each. Time is whole ticks. A claim (lock, read, first step) counts as one step, as do a save, a check, a request.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from kontur_hook.errors import KonturTransientError
from kontur_hook.outcome import Created, NotApplied, Outcome, Unknown
from msgspec import structs

from include.books.match import Match
from include.ledger.operation import Kind, OperationRow, State
from include.posting import core as real_core
from include.posting.core import Action

LATE, LAG, STALL, SETTLE = 1, 1, 1, 4
"""D, L, P and the settle time, in ticks: the last is longer than the others together."""
_CALM_RUNS = 5


@dataclasses.dataclass(frozen=True, slots=True)
class Scope:
    """The bounds: how many of each there are, and how long it goes on."""

    documents: int
    ticks: int
    crashes: int = 0
    lost_locks: int = 0
    requests: int = 2
    """In all."""
    held_up: int = 1
    """How often a turn comes too late."""
    settle: int = SETTLE


@dataclasses.dataclass(frozen=True, slots=True)
class Worker:
    """A sender in the middle of an operation, and what it does next."""

    of: int
    row: OperationRow
    action: Action
    checked_at: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class World:
    """One state."""

    now: int
    rows: tuple[OperationRow, ...]
    owners: tuple[int | None, ...]
    """Who holds each document's lock."""
    workers: tuple[Worker | None, ...]
    books: tuple[tuple[int, int], ...] = ()
    """What Kontur holds: which document, since when."""
    on_the_way: tuple[tuple[int, int], ...] = ()
    """Requests that may yet take effect: which document, until when."""
    stranger_at: int = -1
    """When a document of another order was last posted and confirmed: it shows whether the search is fresh."""
    stuck_at: int | None = None
    """The search shows only what it showed then."""
    crashes: int = 0
    lost_locks: int = 0
    requests: int = 0
    held_up: int = 0


@dataclasses.dataclass(slots=True)
class Explored:
    """What a walk came to."""

    states: int
    violation: str | None
    path: list[str]
    """How the violation came about."""
    sent_again: bool = False
    """Whether a document was seen that took two requests: without that the scope is too small to show much."""


def _clock(ticks: int) -> dt.datetime:
    return dt.datetime(2026, 11, 1) + dt.timedelta(seconds=ticks)


class Explorer:
    """Walks the states of one scope."""

    def __init__(self, scope: Scope, core: ModuleType = real_core) -> None:
        """``core``: the module of the protocol, or an edited one."""
        self._scope = scope
        self._core = core
        self._steps = core.Step
        self._terms = core.Terms(dt.timedelta(seconds=scope.settle), can_search=True)

    def explore(self) -> Explored:
        """All states, breadth first, up to the first that must not be."""
        rows = tuple(
            OperationRow(
                key=f"sale:{n}",
                order_id=n,
                connection="k",
                kind=Kind.SALE_INVOICE,
                parent_key=None,
                state=State.PLANNED,
                plan="{}",
            )
            for n in range(self._scope.documents)
        )
        start = World(0, rows, (None,) * len(rows), (None, None))
        came_from: dict[World, tuple[World, str] | None] = {start: None}
        queue = collections.deque([start])
        sent_again = False
        while queue:
            world = queue.popleft()
            if (violation := self._violation(world)) is not None:
                return Explored(len(came_from), violation, _path(came_from, world))
            sent_again |= any(row.state is State.DONE and row.attempts > 1 for row in world.rows)
            for label, move in self._moves(world):
                after = _canonical(move)
                if after not in came_from:
                    came_from[after] = world, label
                    queue.append(after)
        return Explored(len(came_from), None, [], sent_again)

    # --- moves

    def _moves(self, world: World) -> Iterator[tuple[str, World]]:
        for n, worker in enumerate(world.workers):
            if worker is None:
                for of, owner in enumerate(world.owners):
                    if owner is None and world.rows[of].state in {State.PLANNED, State.SENDING, State.UNKNOWN}:
                        yield f"{n} claims {of}", self._claim(world, n, of)
                continue
            for label, after in self._act(world, n, worker):
                yield f"{n} {label} {worker.of}", after
            if world.crashes < self._scope.crashes:
                yield f"{n} dies", dataclasses.replace(_idle(world, n), crashes=world.crashes + 1)
        yield from self._weather(world)

    def _weather(self, world: World) -> Iterator[tuple[str, World]]:
        for request in world.on_the_way:
            left = tuple(other for other in world.on_the_way if other is not request)
            books = tuple(sorted((*world.books, (request[0], world.now))))
            yield f"late effect of {request[0]}", dataclasses.replace(world, on_the_way=left, books=books)
        if world.lost_locks < self._scope.lost_locks and any(owner is not None for owner in world.owners):
            lost = dataclasses.replace(world, owners=(None,) * len(world.owners), lost_locks=world.lost_locks + 1)
            yield "the database restarts", lost
        if world.stuck_at is None and world.on_the_way:
            yield "the search gets stuck", dataclasses.replace(world, stuck_at=world.now)
        if world.stranger_at < world.now and any(row.state is State.UNKNOWN for row in world.rows):
            yield "another order is posted", dataclasses.replace(world, stranger_at=world.now)
        if world.now < self._scope.ticks and self._time_may_pass(world):
            yield "a tick", dataclasses.replace(world, now=world.now + 1)

    def _time_may_pass(self, world: World) -> bool:
        """No request is late beyond D, no sender without its lock stands still beyond P."""
        late = any(until <= world.now for _, until in world.on_the_way)
        stalled = any(
            worker is not None
            and worker.action.step is self._steps.SEND
            and world.owners[worker.of] != n
            and world.now - worker.checked_at >= STALL
            for n, worker in enumerate(world.workers)
        )
        return not late and not stalled

    def _claim(self, world: World, n: int, of: int) -> World:
        owners = (*world.owners[:of], n, *world.owners[of + 1 :])
        locked = dataclasses.replace(world, owners=owners)
        return self._step(locked, n, of, world.rows[of], self._core.Claimed(_clock(world.now)))

    def _step(self, world: World, n: int, of: int, row: OperationRow, event: Any) -> World:
        """The core's answer to an event; what needs nobody else follows at once."""
        row, action = self._core.step(row, event, self._terms)
        if not action.save and action.step is self._steps.PREPARE:
            row, action = self._core.step(row, self._core.IntentReady("{}"), self._terms)
        elif not action.save and action.step is self._steps.ASK_BUDGET:
            return self._step(world, n, of, row, self._core.BudgetAsked(granted=True))
        return self._next(world, n, of, row, action)

    def _act(self, world: World, n: int, worker: Worker) -> Iterator[tuple[str, World]]:
        of, row, action = worker.of, worker.row, worker.action
        if action.save:
            yield "saves", self._save(world, n, worker)
        elif action.step is self._steps.SEARCH:
            for matches, fresh in self._search(world, of, action):
                searched = self._core.Searched(matches, fresh, _clock(world.now))
                yield f"finds {len(matches)} of", self._step(world, n, of, row, searched)
            failed = self._core.SearchFailed(KonturTransientError("busy", status=503), _clock(world.now))
            yield "fails to search", self._step(world, n, of, row, failed)
        elif action.step is self._steps.CHECK:
            clear = world.owners[of] == n and world.rows[of].epoch == row.epoch
            yield "checks", self._step(world, n, of, row, self._core.Checked(clear))
        elif action.step is self._steps.SEND and world.requests < self._scope.requests:
            for label, after, outcome in _sent(world, of):
                answered = self._core.Answered(outcome, _clock(world.now))
                yield label, self._step(after, n, of, row, answered)
            if world.held_up < self._scope.held_up:
                after = dataclasses.replace(world, held_up=world.held_up + 1)
                for ends in (False, True):
                    yield "is held up with", self._step(after, n, of, row, self._core.HeldUp(ends))

    def _save(self, world: World, n: int, worker: Worker) -> World:
        of, row = worker.of, worker.row
        if world.rows[of].epoch != row.epoch:
            return _idle(world, n)
        row = structs.replace(row, epoch=row.epoch + 1)
        rows = (*world.rows[:of], row, *world.rows[of + 1 :])
        return self._next(
            dataclasses.replace(world, rows=rows), n, of, row, dataclasses.replace(worker.action, save=False)
        )

    def _search(self, world: World, of: int, action: Action) -> Iterator[tuple[tuple[Match, ...], bool]]:
        """What the search may show: what is older than L it must, the rest it may."""
        view = world.now if world.stuck_at is None else world.stuck_at
        must = [at for what, at in world.books if what == of and at <= view - LAG]
        may = [at for what, at in world.books if what == of and view - LAG < at <= view]
        assert action.fresh_since is not None
        fresh = _clock(world.stranger_at) > action.fresh_since and world.stranger_at <= view
        for shown in {len(must), len(must) + len(may)}:
            yield tuple(Match(f"{of}-{i}", same=True) for i in range(shown)), fresh

    def _next(self, world: World, n: int, of: int, row: OperationRow, action: Action) -> World:
        """The sender with its next action, or idle where there is none."""
        if action.step is self._steps.FINISH and not action.save:
            return _idle(world, n)
        # The time of the check matters only until the request; equal states shall be equal.
        return _with(world, n, Worker(of, row, action, world.now if action.step is self._steps.SEND else 0))

    # --- judging

    def _violation(self, world: World) -> str | None:
        for of, row in enumerate(world.rows):
            count = sum(what == of for what, _ in world.books)
            if count > 1:
                return f"document {of} stands {count} times in Kontur"
            if row.state is State.DONE and not count:
                return f"document {of} is done and not in Kontur"
            if row.state in {State.REVIEW, State.REJECTED}:
                return f"document {of} is {row.state}: {row.message}"
        if world.now == self._scope.ticks and world.workers == (None, None) and not world.on_the_way:
            return self._unfinished(world)
        return None

    def _unfinished(self, world: World) -> str | None:
        """Whether a few calm runs, each with a newer document of another order, do not bring it to its end."""
        for _ in range(_CALM_RUNS):
            now = world.now + self._scope.settle
            world = dataclasses.replace(
                world, now=now, stranger_at=now, stuck_at=None, owners=(None,) * len(world.rows)
            )
            for of in range(len(world.rows)):
                world = self._calm_run(world, of)
        left = [row.key for row in world.rows if row.state is not State.DONE]
        return f"{left} never end" if left else None

    def _calm_run(self, world: World, of: int) -> World:
        if world.rows[of].state is State.DONE:
            return world
        world = dataclasses.replace(self._claim(world, 0, of), requests=0)
        while (worker := world.workers[0]) is not None:
            *_, (_, world) = [move for move in self._act(world, 0, worker) if "fails" not in move[0]][:1]
        return world


def _sent(world: World, of: int) -> Iterator[tuple[str, World, Outcome]]:
    """Each way that one request can go."""
    sent = dataclasses.replace(world, requests=world.requests + 1)
    applied = dataclasses.replace(sent, books=tuple(sorted((*world.books, (of, world.now)))))
    late = dataclasses.replace(sent, on_the_way=tuple(sorted((*world.on_the_way, (of, world.now + LATE)))))
    yield "posts", applied, Created(f"{of}-0", 201)
    yield "posts without an answer", applied, Unknown("no answer")
    yield "posts late", late, Unknown("no answer")
    yield "posts in vain", sent, Unknown("no answer")
    yield "cannot connect for", sent, NotApplied(KonturTransientError("refused"))


def _canonical(world: World) -> World:
    """The two senders are alike: an idle one comes last."""
    if world.workers[0] is not None or world.workers[1] is None:
        return world
    owners = tuple(None if owner is None else 1 - owner for owner in world.owners)
    return dataclasses.replace(world, workers=world.workers[::-1], owners=owners)


def _with(world: World, n: int, worker: Worker | None) -> World:
    return dataclasses.replace(world, workers=(*world.workers[:n], worker, *world.workers[n + 1 :]))


def _idle(world: World, n: int) -> World:
    owners = tuple(None if owner == n else owner for owner in world.owners)
    return _with(dataclasses.replace(world, owners=owners), n, None)


def _path(came_from: dict[World, tuple[World, str] | None], world: World) -> list[str]:
    path: list[str] = []
    while (step := came_from[world]) is not None:
        path.append(f"{step[0].now}: {step[1]}")
        world = step[0]
    return path[::-1]
