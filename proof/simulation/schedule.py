"""One seed, one schedule: two or three runs over the same orders, several starts each, with all that goes wrong.

The driver is production's; what it awaits is virtual. After ``HARSH_UNTIL_S`` the faults stop and one run a «day»
follows, each with a new order, until all is settled.
"""

from __future__ import annotations

import collections
import dataclasses
import heapq
import itertools
import logging
import random
import types
from collections.abc import Callable, Collection, Coroutine
from typing import Any, cast

from kontur_hook.contract import Contract, VatRate
from kontur_hook.errors import KonturError, KonturTransientError
from kontur_hook.hook import KonturHook

from include.accounting.payload import body, counterparty_body
from include.books.accounts import Account
from include.errors import HouseError
from include.ledger.errors import LedgerTransientError
from include.ledger.operation import TO_DO, DocumentDay, Kind, State
from include.ports import Ports
from include.posting.deciding import Declaration, Word
from include.settings import Posting, Settings
from proof.simulation import checker, drivers
from proof.simulation.connections import Connections
from proof.simulation.database import Database
from proof.simulation.drivers import Driver
from proof.simulation.kontur import Kontur
from proof.simulation.people import People
from proof.simulation.ports import BEFORE_SENDING, JOIN, MOMENTS, Group, RoundQueue, VirtualPorts, World
from proof.simulation.shop import CONNECTION, Order, order_of_today, random_orders
from proof.simulation.weather import (
    BREAKER,
    CALM,
    CALM_RUN_EVERY_S,
    HARSH,
    HARSH_UNTIL_S,
    REPOST_BUDGET,
    SETTLE_S,
    STALL_S,
    Weather,
)

_LAST_START_S = 400.0
_STEP_S, _MOMENT_S = 0.2, 0.05
"""How long a step takes at most, beside what it waits for."""
_FOR_GOOD = 3
"""Documents of every third order are deleted for good."""
_MOST_CALM_RUNS = 24
_MOST_RETRIES = 3
_DAYS_ARE_UNKNOWN = 0.2
SETTINGS = Settings(posting=Posting(settle_s=SETTLE_S, repost_budget=REPOST_BUDGET, breaker=BREAKER))
_CONNECTION = types.SimpleNamespace(connection_settings=types.SimpleNamespace(concurrency=3, rate_per_s=None))
ACCOUNTS = {CONNECTION: Account(CONNECTION, cast("KonturHook", _CONNECTION), Contract())}


@dataclasses.dataclass(frozen=True, slots=True)
class Scenario:
    """What a campaign may vary."""

    weather: Weather = HARSH
    stuck_search: float = 0.5
    """Share of schedules whose search can stand still for a while."""
    stall_s: float = STALL_S
    """The longest standstill between the last check and the request where a lock can be lost."""
    people: bool = True
    """In half of the schedules people decide."""
    life_goes_on: bool = True
    """Each calm run has a new order, which shows whether the search is fresh."""


@dataclasses.dataclass(slots=True)
class Verdict:
    """What became of one schedule."""

    seed: int
    orders: int
    calm_runs: int
    seen: collections.Counter[str]
    granted: collections.Counter[str]
    """How many unknown operations each run was permitted to send again."""
    problems: list[str]


class _Thread:
    """The process itself, or one of its workers."""

    __slots__ = ("coroutine", "group", "number", "point", "ports", "process")

    def __init__(
        self, process: Process, ports: VirtualPorts, coroutine: Coroutine[Any, Any, None], number: int
    ) -> None:
        self.process = process
        self.ports = ports
        self.coroutine = coroutine
        self.number = number
        self.group: Group | None = None
        """Of a worker."""
        self.point: str | None = None


class Process:
    """One start of one run."""

    def __init__(self, schedule: Schedule, run: str, covered: list[int], retries: int) -> None:
        self._schedule = schedule
        self.run = run
        self.covered = covered
        self.retries = retries
        self.dead = False
        self.time_is_up = False
        self.paused_until = 0.0
        self.ailing = False
        """It has stood still once."""
        self.threads: list[_Thread] = []

    def spawn(self, queue: RoundQueue, most: int, work: Callable[[Ports], Coroutine[Any, Any, None]]) -> Group:
        """See :class:`include.ports.Ports`."""
        return self._schedule.spawn(self, queue, most, work)

    @property
    def points(self) -> list[str]:
        """Where its threads are."""
        return sorted(thread.point for thread in self.threads if thread.point is not None)

    @property
    def connections(self) -> list[Connections]:
        """What it has opened."""
        return list({thread.ports.queue.connections: 0 for thread in self.threads if thread.ports.queue})


class Schedule:
    """The virtual world of one seed."""

    def __init__(self, seed: int, driver: Driver, scenario: Scenario, trace: Callable[[str], None] | None) -> None:
        self.seed = seed
        self._rng = rng = random.Random(seed)
        self._driver = driver
        self._scenario = scenario
        self._trace = trace
        self.seen: collections.Counter[str] = collections.Counter()
        self.orders = {order.id: order for order in random_orders(rng, _LAST_START_S)}
        self.kontur = Kontur(rng, self.seen, driver, gets_stuck=rng.random() < scenario.stuck_search)
        self.database = Database(rng, self.seen)
        self.database.loses_locks = self._loses_locks = rng.random() < 0.5
        self.database.weather = scenario.weather
        self._world = World(self.database, self.kontur, driver, rng)
        self.people = People(rng, self.database, self.kontur, driver)
        self._events: list[tuple[float, int, _Thread | Callable[[], None]]] = []
        self._order_of_events = itertools.count()
        self._numbers = itertools.count(1)
        self._calm_runs = 0
        self._deciding: list[Process] = []

    def run(self) -> Verdict:
        """Play it to its end and judge it."""
        harsh_orders = len(self.orders)
        self._set_the_stage()
        while self._events:
            at, _, event = heapq.heappop(self._events)
            self.database.now = at
            if isinstance(event, _Thread):
                self._resume(event)
            else:
                event()
        granted = self.database.granted
        return Verdict(self.seed, harsh_orders, self._calm_runs, self.seen, granted, self._problems())

    def _problems(self) -> list[str]:
        return [*checker.problems(self.orders, self.kontur, self.database), *self.people.problems()]

    def _set_the_stage(self) -> None:
        rng = self._rng
        order = rng.choice(list(self.orders.values()))
        if rng.random() < 0.3:  # one that equals ours in all but the marker
            customer = self.kontur.type_in(Kind.COUNTERPARTY, counterparty_body(order.buyer))
            document = order.document(order.amounts[0][1], VatRate.NONE)
            self.kontur.type_in(Kind.SALE_INVOICE, body(document, counterparty_id=customer.id))
        ids = list(self.orders)
        runs = {"daily": rng.sample(ids, rng.randint(1, len(ids))), "backfill": ids}
        if rng.random() < 0.5:
            runs["manual"] = rng.sample(ids, rng.randint(1, len(ids)))
        for run, covered in runs.items():
            for _ in range(rng.randint(1, 3)):
                self._at(rng.uniform(0, _LAST_START_S), self._starter(run, covered, rng.randint(0, _MOST_RETRIES)))
        if self._loses_locks and rng.random() < 0.5:
            at = rng.uniform(5, 100)
            while at < HARSH_UNTIL_S and self._scenario.weather is not CALM:
                self._at(at, self._restart)
                at += rng.uniform(5, 100)
        if self._scenario.people and rng.random() < 0.5:
            for _ in range(rng.randint(1, 4)):
                does = rng.choice((self._settles, self._settles, self._deletes, self._mistakes))
                self._at(rng.uniform(SETTLE_S, HARSH_UNTIL_S), does)
        self._at(HARSH_UNTIL_S, self._calm_down)
        self._at(HARSH_UNTIL_S + CALM_RUN_EVERY_S, self._calm_run)

    def _at(self, at: float, event: _Thread | Callable[[], None]) -> None:
        heapq.heappush(self._events, (at, next(self._order_of_events), event))

    # --- runs

    def _starter(self, run: str, covered: list[int], retries: int = 0) -> Callable[[], None]:
        def start() -> None:
            self._say(f"start of {run} over {covered}")
            process = Process(self, run, covered, retries)
            ports = VirtualPorts(process, self._world)
            self._begin(process, ports, self._plan_and_post(process, ports))

        return start

    # --- people

    def _settles(self) -> None:
        """Somebody looks at what is not known, and now and then somebody else does at the same time."""
        if not (undecided := self.people.undecided()):
            return
        row = self._rng.choice(undecided)
        for _ in range(self._rng.choice((1, 1, 2))):
            word, id_ = self.people.word_about(row)
            self._person(row.key, word, id_)

    def _deletes(self) -> None:
        """Somebody deletes a document: by mistake, and wants it back, or for good."""
        if (key := self.people.delete()) is not None:
            self._say(f"the document of {key} is deleted")
            for_good = (self.database.rows[key].order_id or 0) % _FOR_GOOD == 0
            self._says_of_what_is_gone(key, Word.STAYS_GONE if for_good else Word.SEND_AGAIN)

    def _mistakes(self) -> None:
        """Somebody takes for deleted what stands in Kontur."""
        if (row := self.people.posted()) is not None:
            self._person(row.key, Word.SEND_AGAIN, None)

    def _says_of_what_is_gone(self, key: str, word: Word) -> None:
        if key in self.people.lacking() and self._calm_runs < _MOST_CALM_RUNS:
            self._person(key, word, None)
            later = self.database.now + self._rng.uniform(SETTLE_S, 3 * SETTLE_S)
            self._at(later, lambda: self._says_of_what_is_gone(key, word))

    def _person(self, key: str, word: Word, id_: str | None) -> None:
        row, seen = self.people.look(key)
        who = f"person {next(self._numbers)}"
        asked = Declaration(
            order_id=row.order_id or 0, key=key, word=word, seen=seen, who=who, why="has looked into Kontur", id=id_
        )
        self._say(f"{who}: {word} {key} {id_ or ''}")
        process = Process(self, who, [], 0)
        self._deciding.append(process)
        self._begin(process, ports := VirtualPorts(process, self._world), self._decide(process, ports, asked))

    async def _decide(self, process: Process, ports: VirtualPorts, asked: Declaration) -> None:
        run = self._driver.deciding.Run(ports, ACCOUNTS[CONNECTION], SETTINGS, asked.who)
        outcome = await self.people.decide(ports, run, asked)
        self._deciding.remove(process)
        self.seen[f"person: {asked.word}, {outcome}"] += 1
        self._say(f"{asked.who}: {outcome}")

    def _begin(self, process: Process, ports: VirtualPorts, coroutine: Coroutine[Any, Any, None]) -> _Thread:
        thread = _Thread(process, ports, coroutine, next(self._numbers))
        process.threads.append(thread)
        self._at(self.database.now, thread)
        return thread

    def spawn(
        self, process: Process, queue: RoundQueue, most: int, work: Callable[[Ports], Coroutine[Any, Any, None]]
    ) -> Group:
        """One worker or more, as many as an account may be asked by."""
        queue.workers = self._rng.randint(1, most)
        opened = [VirtualPorts(process, self._world, queue) for _ in range(queue.workers)]
        group = Group(len(opened), process.threads[0])
        for ports in opened:
            self._begin(process, ports, work(ports)).group = group
        return group

    async def _plan_and_post(self, process: Process, ports: VirtualPorts) -> None:
        """A run's task as Airflow would start it; what comes of it says whether it is tried again."""
        wait_s: float | None = None
        try:
            await self._plan(process, ports)
            due = self._unsettled(process)
            loading = self._driver.loading(ACCOUNTS, SETTINGS, process.run)
            tally = await self._driver.post_batch(ports, loading, due, self._days(due))
            for result, count in tally.results.items():
                self.seen[f"result: {result}"] += count
            if tally.again_at is not None:
                wait_s = max((tally.again_at - self.database.clock()).total_seconds(), 0.0)
        except LedgerTransientError:
            self.seen["process: ended, database lost"] += 1
            wait_s = self._rng.uniform(0, 10)
        except KonturTransientError as error:
            self.seen["process: ended, stopped by the breaker"] += 1
            wait_s = error.retry_after_s or self._rng.uniform(0, 10)
        except KonturError as error:
            self.seen[f"process: ended, {type(error).__name__}"] += 1
        if process.time_is_up:
            wait_s = self._rng.uniform(0, 10)
        if wait_s is not None:
            self._retry(process, wait_s)

    async def _plan(self, process: Process, ports: VirtualPorts) -> None:
        database = self.database
        session = database.connect()
        planned = [row for id_ in process.covered for row in self.orders[id_].plan(database.now)]
        known = dict(database.rows)
        await ports.sleep(0.5)
        news = [
            row
            for row in planned
            if row.key not in known or (not known[row.key].begun and known[row.key].plan != row.plan)
        ]
        database.plan(session, news)

    def _unsettled(self, process: Process) -> list[int]:
        rows = self.database.rows.values()
        unsettled = {row.order_id for row in rows if row.state in TO_DO or row.is_looked_back_at}
        return [id_ for id_ in process.covered if id_ in unsettled]

    def _days(self, order_ids: Collection[int]) -> list[DocumentDay]:
        """Of their planned documents, or none, as of orders that were held back."""
        if self._rng.random() < _DAYS_ARE_UNKNOWN:
            return []
        rows = [row for row in self.database.rows.values() if row.order_id in order_ids]
        return [day for row in rows if row.state is State.PLANNED and (day := row.document_day) is not None]

    def _calm_down(self) -> None:
        self._say("the faults stop")
        self.database.weather = CALM
        self.database.loses_locks = False

    def _calm_run(self) -> None:
        deciding = any(not person.dead for person in self._deciding)
        unsettled = checker.unsettled(self.orders, self.database) or self.people.lacking() or deciding
        if self._calm_runs and not unsettled:
            return
        if self._calm_runs == _MOST_CALM_RUNS:
            return
        self._calm_runs += 1
        if self._scenario.life_goes_on or self._calm_runs == 1:
            order = order_of_today(self._calm_runs, self.database.now)
            self.orders = {order.id: order, **self.orders}
        self._starter(f"day {self._calm_runs}", list(self.orders))()
        self._at(self.database.now + CALM_RUN_EVERY_S, self._calm_run)

    def _restart(self) -> None:
        self._say("database restarts")
        self.database.restart(self._rng.uniform(0.2, 10))

    # --- one step of one thread

    def _resume(self, thread: _Thread) -> None:
        process, database = thread.process, self.database
        if process.dead:
            return
        if process.paused_until > database.now:
            self._at(process.paused_until, thread)
            return
        if database.weather is not CALM and self._is_struck(thread):
            return
        try:
            point = thread.coroutine.send(None)
        except StopIteration:
            self._ended(thread, None)
        except (HouseError, KonturError) as error:
            self._ended(thread, error)
        else:
            self._reached(thread, point)

    def _reached(self, thread: _Thread, point: Any) -> None:
        name, seconds = point
        if point is JOIN:
            thread.point = None
            return
        thread.point = name
        most = _MOMENT_S if name in MOMENTS else _STEP_S
        self._at(self.database.now + seconds + self._rng.random() * most, thread)
        if self._trace:
            self._say(f"{thread.process.run} #{thread.number} reached {name}")

    def _is_struck(self, thread: _Thread) -> bool:
        """Whether its process dies or stands still instead of taking this step."""
        process, weather, point = thread.process, self.database.weather, thread.point
        kill = weather.kill
        if point == "answer":
            kill = weather.kill_ailing if process.ailing else weather.kill_unanswered
        pause = weather.pause_before_send if point in BEFORE_SENDING else weather.pause
        chance = self._rng.random()
        if chance < kill:
            self._kill(process)
        elif chance < kill + pause:
            self._pause(process)
            self._at(process.paused_until, thread)
        elif chance < kill + pause + weather.time_is_up:
            self.seen["process: its time was up"] += 1
            process.time_is_up = True
            return False
        return chance < kill + pause

    def _kill(self, process: Process) -> None:
        for point in process.points:
            self.seen[f"killed at: {point}"] += 1
        self._say(f"{process.run} is killed at {process.points}")
        process.dead = True
        # A machine that went away is noticed late: its locks stay for a while.
        late = self.database.now + self._rng.uniform(0, 60) if self._rng.random() < 0.1 else 0.0
        self._hang_up(process.connections, late)
        for thread in process.threads:
            thread.coroutine.close()
        self._retry(process, self._rng.uniform(0, 10))

    def _ended(self, thread: _Thread, error: BaseException | None) -> None:
        thread.point = None
        if (group := thread.group) is not None:
            group.error = group.error or error
            group.left -= 1
            if not group.left:
                self._at(self.database.now, cast("_Thread", group.parent))
        elif thread.ports.queue is not None:
            self._hang_up([thread.ports.queue.connections], 0.0)

    def _hang_up(self, opened: list[Connections], lingers_until: float) -> None:
        for session in [session for connections in opened for session in connections.sessions]:
            session.lingers_until = lingers_until
            session.alive = False

    def _retry(self, process: Process, wait_s: float) -> None:
        """As Airflow does it: when the unknown can be looked at again, or soon after a process died."""
        if process.retries and self.database.weather is not CALM:
            self.seen["process: tried again"] += 1
            self._at(self.database.now + wait_s, self._starter(process.run, process.covered, process.retries - 1))

    def _pause(self, process: Process) -> None:
        rng = self._rng
        seconds = rng.uniform(0, 30) if rng.random() < 0.6 else rng.uniform(30, 200)
        if self._loses_locks:
            seconds = min(seconds, self._may_stall(process))
        for point in process.points:
            self.seen[f"paused at: {point}"] += 1
        self._say(f"{process.run} stands still for {seconds:.0f} s at {process.points}")
        if self._loses_locks and rng.random() < self.database.weather.lock_lost:
            self._say(f"{process.run} loses its locks")
            for connections in process.connections:
                if (session := connections.locks.connection) is not None:
                    session.alive = False
        process.paused_until = self.database.now + seconds
        process.ailing = True

    def _may_stall(self, process: Process) -> float:
        """Seconds until the first of its threads would stand longer than allowed between check and request."""
        checked = [thread.ports.checked_at for thread in process.threads if thread.point is not None]
        longest = [at + self._scenario.stall_s - self.database.now for at in checked if at is not None]
        return max(min(longest), 0.0) if longest else float("inf")

    def _say(self, text: str) -> None:
        if self._trace:
            self._trace(f"{self.database.now:8.2f}  {text}")


def play(
    seed: int,
    driver: Driver | None = None,
    scenario: Scenario | None = None,
    *,
    trace: Callable[[str], None] | None = None,
) -> Verdict:
    """Play one schedule."""
    return played(Schedule(seed, driver or drivers.real(), scenario or Scenario(), trace))


def played(schedule: Schedule) -> Verdict:
    """To its end; an assertion of the core that fails is a problem as well."""
    log = logging.getLogger("include.posting.sender")
    disabled, log.disabled = log.disabled, True  # searches fail all the time here
    try:
        return schedule.run()
    except AssertionError as error:
        granted = schedule.database.granted
        return Verdict(schedule.seed, len(schedule.orders), 0, schedule.seen, granted, [f"assertion failed: {error}"])
    finally:
        log.disabled = disabled


__all__ = ["Order", "Process", "Scenario", "Schedule", "Verdict", "play", "played"]
