"""Random ``kill -9`` of workers and of the database, in foul weather, and calm days until all is final."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import pathlib
import random
import signal
import time
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkServerProcess

import psutil

from include.window import Window
from proof.faults import arena as arenas
from proof.faults import calm, traces, verdict, worker
from proof.faults.arena import Arena
from proof.faults.report import Report
from proof.faults.worker import Job
from sandbox.kontur.faults import catalogue
from sandbox.shop import generate

WINDOW = Window(dt.date(2026, 6, 1), dt.date(2026, 6, 30))
LAST_DAY = Window(dt.date(2026, 6, 30), dt.date(2026, 6, 30))
WRITE_FAULTS = {
    "reset_before_read": 0.02,
    "close_before_read": 0.02,
    **{
        f"{kind}_{at}": 0.02
        for kind in ("reset", "close", "hang", "status_500", "status_503", "bad_json", "html", "cut_body", "no_id")
        for at in ("before_commit", "after_commit")
    },
    "slow_drip_after_commit": 0.02,
    "status_429_before_commit": 0.02,
    "late_commit": 0.03,
}
_LIE = "search_status_404"
_OFTEN = ("reset", "hang", "status_500", "bad_json", "cut_body", "stuck", "substring")
READ_FAULTS = {
    **{name: 0.003 for name, fault in catalogue.FAULTS.items() if fault.on_reads and name != _LIE},
    **{f"search_{kind}": 0.02 for kind in _OFTEN},
    "search_shifted_page": 0.1,  # of the few that ask for another page than the first
}
"""Not among them: what the contract calls «nothing written» after a commit, «no such document» of one that is there,
and a proxy's doubled request, which no client can stand without the server's help; and refusals of what was sent,
which are for a person."""
_ORDERS_AT_ONCE = 40
_LATENCY_MS = 30
"""The longer a request is on its way, the more often a kill finds one."""
_AIMED = 0.4
"""Share of the blows that wait for a moment in which something is on its way."""
_BY_HAND = 0.25
"""Share of the runs that look at one order only: they may end before a blow or a fault meets them, and be green."""
_LONG = 500
"""Kills of a storm in which each fault must fire; in a short one they are left to chance."""
_GREEN = "green runs looked at"
_SENDING = "SELECT DISTINCT run_id FROM local_kontur_bukh_operation WHERE state = 'sending'"


@dataclasses.dataclass(slots=True)
class Plan:
    """How long a storm is."""

    seed: int
    kills: int
    database_kills: int
    stops: int = 0
    """SIGSTOP of a worker for longer than the settle time."""
    processes: int = 8


def play(folder: pathlib.Path, plan: Plan, say: Callable[[str], None] = lambda _: None) -> Report:
    """A storm, the calm after it, and the verdict."""
    report = Report()
    with arenas.running(folder, timeout_s=arenas.TIMEOUT_S) as arena:
        storm = _Storm(arena, plan, report, say)
        storm.rage()
        report.fired["calm days"] = calm.settle(arena, WINDOW, seed=plan.seed)
        report.problems = [*verdict.problems(arena, WINDOW), *_lies(arena, report), *_idle(arena, report, plan)]
    return report


def replay(plan: Plan) -> str:
    """The command that plays the same storm; what the machine's scheduler does is not in the seed."""
    return (
        f"python -m proof.faults --kills {plan.kills} --database-kills {plan.database_kills} --stops {plan.stops}"
        f" --seed {plan.seed}"
    )


class _Storm:
    def __init__(self, arena: Arena, plan: Plan, report: Report, say: Callable[[str], None]) -> None:
        self._arena = arena
        self._plan = plan
        self._report = report
        self._say = say
        self._dice = random.Random(plan.seed)
        self._runs = itertools.count(1)
        self._workers: dict[str, ForkServerProcess] = {}
        """By the run that they work for."""

    def rage(self) -> None:
        """Kill until the plan is fulfilled; orders keep coming, so that there is always something to kill."""
        arena, plan, fired = self._arena, self._plan, self._report.fired
        worker.plan(self._job(WINDOW))
        # A fault at the creation of the retail counterparty would hold up most orders for as long as it rages.
        calm.settle(arena, WINDOW, seed=plan.seed + 1)
        self._more_orders(_ORDERS_AT_ONCE * 2)
        arena.kontur.set_options(search_lag_s=arenas.SEARCH_LAG_S, latency_ms=_LATENCY_MS)
        arena.kontur.set_faults(
            seed=plan.seed,
            rates=WRITE_FAULTS | READ_FAULTS,
            hang_s=arenas.TIMEOUT_S * 2,
            late_commit_s=arenas.LATE_COMMIT_S,
        )
        blows = ["kill"] * plan.kills + ["database kill"] * plan.database_kills + ["stop"] * plan.stops
        self._dice.shuffle(blows)
        for number, blow in enumerate(blows):
            if number % 10 == 9:
                self._keep_orders_coming()
            if number % 100 == 99:
                self._say(f"{number + 1} of {len(blows)} blows")
            while not self._strikes(blow):
                self._keep_orders_coming()
            fired[blow] += 1
        for process in self._workers.values():
            process.kill()
            process.join()
        arena.kontur.set_faults()
        arena.kontur.set_options(search_lag_s=arenas.SEARCH_LAG_S)

    def _strikes(self, blow: str) -> bool:
        """Whether the blow met its victim before that had ended by itself."""
        self._staff()
        victim = self._victim()
        if blow == "database kill":
            self._arena.database.kill()
            time.sleep(self._dice.uniform(0, 0.2))
            self._arena.database.start()
            return True
        return _stopped(victim) if blow == "stop" else _killed(victim)

    def _keep_orders_coming(self) -> None:
        if len(verdict.open_orders(self._arena)) < _ORDERS_AT_ONCE:
            self._more_orders(_ORDERS_AT_ONCE)

    def _more_orders(self, count: int) -> None:
        with self._arena.shop() as shop:
            generate.fill(
                shop,
                orders=count,
                date_from=WINDOW.date_from,
                date_to=WINDOW.date_to,
                seed=self._dice.randrange(1 << 30),
            )
        self._report.fired["orders"] += count

    def _staff(self) -> None:
        """Daily runs, backfills and runs by hand over the same orders, each slot always filled."""
        self._workers = {run: process for run, process in self._workers.items() if process.is_alive()}
        while len(self._workers) < self._plan.processes:
            job = self._job(self._dice.choice((WINDOW, WINDOW, LAST_DAY)), self._named())
            self._workers[job.run_id] = worker.start(job)

    def _named(self) -> tuple[int, ...]:
        """The order that a run by hand is for; none: it is for whatever is due."""
        if self._dice.random() > _BY_HAND:
            return ()
        due = sorted(verdict.open_orders(self._arena) - {0})
        return (self._dice.choice(due),) if due else ()

    def _victim(self) -> ForkServerProcess:
        """Mostly one that has something on its way, after a moment; else any."""
        time.sleep(self._dice.uniform(0, 0.2))
        until = time.monotonic() + (0.5 if self._dice.random() < _AIMED else 0)
        while time.monotonic() < until:
            sending = {run for (run,) in self._arena.query(_SENDING)}
            busy = [process for run, process in self._workers.items() if run in sending and process.is_alive()]
            if busy:
                time.sleep(self._dice.uniform(0, 0.03))
                return self._dice.choice(busy)
            time.sleep(0.01)
        return self._dice.choice(list(self._workers.values()))

    def _job(self, window: Window, order_ids: tuple[int, ...] = ()) -> Job:
        number, books = next(self._runs), self._arena.books
        return self._arena.job(
            f"run {number}", window, order_ids=order_ids, shuffle=number, real_intents=True, books=books
        )


def _killed(process: ForkServerProcess) -> bool:
    process.kill()
    process.join()
    return process.exitcode == -signal.SIGKILL


def _stopped(process: ForkServerProcess) -> bool:
    """As a paused machine: it goes on later than anybody may wait for it."""
    try:
        victim = psutil.Process(process.pid)
        victim.suspend()
        while victim.status() != psutil.STATUS_STOPPED:
            time.sleep(0.01)
        time.sleep(arenas.SETTLE_S * 1.5)  # the pause itself
        victim.resume()
    except psutil.NoSuchProcess:
        return False
    return True


def _lies(arena: Arena, report: Report) -> Iterator[str]:
    """Runs that would have been green, and left something out."""
    lines = worker.green_runs(arena.folder / "workers.log")
    runs = [line.split("\t") for line in lines.read_text().splitlines()] if lines.exists() else []
    report.fired[_GREEN] = len(runs)
    yield from (f"green run that lies: {run}: {left_out}" for run, left_out in runs if left_out)


def _idle(arena: Arena, report: Report, plan: Plan) -> Iterator[str]:
    """A storm in which something never happened proves nothing; what happened is counted."""
    fired = report.fired
    faults = traces.faults(arena.kontur)
    fired.update({f"fault: {name}": count for name, count in faults.items()})
    if plan.kills >= _LONG:
        yield from (f"idle: {name} never fired" for name in WRITE_FAULTS | READ_FAULTS if not faults[name])
        if not fired[_GREEN]:
            yield "idle: no run was green"
    if faults.total() < plan.kills / 5:
        yield f"idle: only {faults.total()} faults fired"
    fired.update(traces.traces(arena))
    signs = (traces.CUT, traces.AGAIN, traces.CONFIRMED, traces.ADOPTED)
    yield from (f"idle: nothing was {name}" for name in signs if not fired[name])
