"""One seed, one schedule: two or three runs over the same orders, several starts each, with all that goes wrong.

After ``HARSH_UNTIL_S`` the faults stop and one run a «day» follows, each with a new order, until all is settled.
"""

from __future__ import annotations

import collections
import dataclasses
import heapq
import itertools
import random
from collections.abc import Callable, Generator

from include.ledger.operation import State
from proof.simulation import checker
from proof.simulation.database import Database, LostError
from proof.simulation.guards import Guards
from proof.simulation.kontur import Kontur
from proof.simulation.shop import Order, order_of_today, random_orders
from proof.simulation.weather import CALM, CALM_RUN_EVERY_S, HARSH, HARSH_UNTIL_S, STALL_S, Weather
from proof.simulation.worker import BEFORE_SENDING, PAST_THE_CHECK, Point, Process, Sender

_LAST_START_S = 400.0
_MOST_CALM_RUNS = 24
_MOST_RETRIES = 4
_UNSETTLED = (State.PLANNED, State.SENDING, State.UNKNOWN)


@dataclasses.dataclass(frozen=True, slots=True)
class Scenario:
    """What a campaign may vary."""

    weather: Weather = HARSH
    stuck_search: float = 0.5
    """Share of schedules whose search can stand still for a while."""
    stall_s: float = STALL_S
    """The longest standstill between the last check and the request where a lock can be lost."""
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
    __slots__ = ("generator", "number", "process")

    def __init__(self, process: Process, generator: Generator[Point, None, None], number: int) -> None:
        self.process = process
        self.generator = generator
        self.number = number


class Schedule:
    """The virtual world of one seed."""

    def __init__(self, seed: int, guards: Guards, scenario: Scenario, trace: Callable[[str], None] | None) -> None:
        self._seed = seed
        self._rng = rng = random.Random(seed)
        self._guards = guards
        self._scenario = scenario
        self._trace = trace
        self.seen: collections.Counter[str] = collections.Counter()
        self.orders = {order.id: order for order in random_orders(rng, _LAST_START_S)}
        self.kontur = Kontur(rng, self.seen, gets_stuck=rng.random() < scenario.stuck_search)
        self.database = Database(rng, self.seen)
        self.database.loses_locks = self._loses_locks = rng.random() < 0.5
        self.database.weather = scenario.weather
        self._events: list[tuple[float, int, _Thread | Callable[[], None]]] = []
        self._order_of_events = itertools.count()
        self._numbers = itertools.count(1)
        self._calm_runs = 0
        self._retries: dict[Process, tuple[int, list[int]]] = {}
        """Retries left, and the orders, of each process."""

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
        problems = checker.problems(self.orders, self.kontur, self.database)
        return Verdict(self._seed, harsh_orders, self._calm_runs, self.seen, self.database.granted, problems)

    def _set_the_stage(self) -> None:
        rng = self._rng
        order = rng.choice(list(self.orders.values()))
        if rng.random() < 0.3:  # one that equals ours in all but the marker
            customer = self.kontur.typed_by_hand("counterparty", order.inn)
            self.kontur.typed_by_hand("saleinvoice", f"{order.id}|{order.amounts[0][1]}|none|{customer.id}")
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
        self._at(HARSH_UNTIL_S, self._calm_down)
        self._at(HARSH_UNTIL_S + CALM_RUN_EVERY_S, self._calm_run)

    def _at(self, at: float, event: _Thread | Callable[[], None]) -> None:
        heapq.heappush(self._events, (at, next(self._order_of_events), event))

    # --- runs

    def _starter(self, run: str, covered: list[int], retries: int = 0) -> Callable[[], None]:
        def start() -> None:
            self._say(f"start of {run} over {covered}")
            process = Process(run)
            self._retries[process] = retries, covered
            self._spawn(process, self._plan_and_post(process, covered))

        return start

    def _spawn(self, process: Process, generator: Generator[Point, None, None]) -> None:
        self._at(self.database.now, _Thread(process, generator, next(self._numbers)))

    def _plan_and_post(self, process: Process, covered: list[int]) -> Generator[Point, None, None]:
        database = self.database
        try:
            session = database.connect()
            process.sessions.append(session)
            planned = [row for id_ in covered for row in self.orders[id_].plan(database.now)]
            known = dict(database.rows)
            yield "plan", 0.5
            news = [
                row
                for row in planned
                if row.key not in known or (not known[row.key].begun and known[row.key].plan != row.plan)
            ]
            database.plan(session, news)
        except LostError:
            return
        rows = database.rows.values()
        unsettled = {row.order_id for row in rows if row.state in _UNSETTLED}
        unknown = {row.order_id for row in rows if row.state is not State.PLANNED and not row.doc_id}
        # Orders with an unknown outcome come last, as in the driver.
        process.queue.extend(sorted((id_ for id_ in covered if id_ in unsettled), key=unknown.__contains__))
        for _ in range(min(self._rng.randint(1, 3), len(process.queue))):
            sender = Sender(process, self._guards, database, self.kontur, self._rng, self.seen)
            self._spawn(process, sender.work())

    def _calm_down(self) -> None:
        self._say("the faults stop")
        self.database.weather = CALM
        self.database.loses_locks = False

    def _calm_run(self) -> None:
        if self._calm_runs and not checker.unsettled(self.orders, self.database):
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
            point, seconds = next(thread.generator)
        except StopIteration:
            process.points.pop(thread, None)
            if not process.points:
                self._end(process)
            return
        process.points[thread] = point
        if point == "checked":
            process.checked_at[thread] = database.now
        self._at(database.now + seconds + self._rng.random() * 0.2, thread)
        if self._trace:
            self._say(f"{process.run} #{thread.number} reached {point}")

    def _is_struck(self, thread: _Thread) -> bool:
        """Whether its process dies or stands still instead of taking this step."""
        process, weather = thread.process, self.database.weather
        point = process.points.get(thread)
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
        return chance < kill + pause

    def _kill(self, process: Process) -> None:
        for point in process.points.values():
            self.seen[f"killed at: {point}"] += 1
        self._say(f"{process.run} is killed at {sorted(process.points.values())}")
        process.dead = True
        # A machine that went away is noticed late: its locks stay for a while.
        late = self.database.now + self._rng.uniform(0, 60) if self._rng.random() < 0.1 else 0.0
        for session in process.sessions:
            session.lingers_until = late
            session.alive = False
        self._retry(process, self._rng.uniform(0, 10))

    def _end(self, process: Process) -> None:
        for session in process.sessions:
            session.alive = False
        if process.again_at is not None:
            self._retry(process, max((process.again_at - self.database.clock()).total_seconds(), 0.0))

    def _retry(self, process: Process, wait_s: float) -> None:
        """As Airflow does it: when the unknown can be looked at again, or soon after a process died."""
        left, covered = self._retries[process]
        if left and self.database.weather is not CALM:
            self.seen["process: tried again"] += 1
            self._at(self.database.now + wait_s, self._starter(process.run, covered, left - 1))

    def _pause(self, process: Process) -> None:
        rng = self._rng
        seconds = rng.uniform(0, 30) if rng.random() < 0.6 else rng.uniform(30, 200)
        if self._loses_locks:
            seconds = min(seconds, self._may_stall(process))
        for point in process.points.values():
            self.seen[f"paused at: {point}"] += 1
        self._say(f"{process.run} stands still for {seconds:.0f} s at {sorted(process.points.values())}")
        if self._loses_locks and rng.random() < self.database.weather.lock_lost:
            self._say(f"{process.run} loses its locks")
            for session in process.lock_sessions:
                session.alive = False
        process.paused_until = self.database.now + seconds
        process.ailing = True

    def _may_stall(self, process: Process) -> float:
        """Seconds until the first of its threads would stand longer than allowed between check and request."""
        checked = [process.checked_at[thread] for thread, point in process.points.items() if point in PAST_THE_CHECK]
        return max(min(checked) + self._scenario.stall_s - self.database.now, 0.0) if checked else float("inf")

    def _say(self, text: str) -> None:
        if self._trace:
            self._trace(f"{self.database.now:8.2f}  {text}")


def play(
    seed: int,
    guards: Guards | None = None,
    scenario: Scenario | None = None,
    *,
    trace: Callable[[str], None] | None = None,
) -> Verdict:
    """Play one schedule; an assertion of the core that fails is a problem as well."""
    schedule = Schedule(seed, guards or Guards(), scenario or Scenario(), trace)
    try:
        return schedule.run()
    except AssertionError as error:
        granted = schedule.database.granted
        return Verdict(seed, len(schedule.orders), 0, schedule.seen, granted, [f"assertion failed: {error}"])


__all__ = ["Order", "Scenario", "Schedule", "Verdict", "play"]
