"""Many schedules on all cores: counts, what fired how often, and every failing seed with a command that replays it."""

from __future__ import annotations

import collections
import concurrent.futures
import dataclasses
import enum
import gc
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator

from proof.simulation import checker, outage, schedule
from proof.simulation.drivers import Driver, edited, real
from proof.simulation.mutants import IN_MILD_WEATHER, IN_OUTAGES, MUTANTS
from proof.simulation.schedule import Scenario, Verdict
from proof.simulation.weather import MILD

_CHUNK = 250
_SHOWN = 10

ALL = "the driver"


@dataclasses.dataclass(slots=True)
class Outcome:
    """The sum of many schedules."""

    schedules: int = 0
    orders: int = 0
    seen: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    calm_runs: collections.Counter[int] = dataclasses.field(default_factory=collections.Counter)
    """Runs after the faults stopped -> how many schedules needed that many."""
    failures: list[tuple[int, list[str]]] = dataclasses.field(default_factory=list)
    """Seed and problems, in the order of the seeds."""

    def add(self, other: Outcome) -> None:
        self.schedules += other.schedules
        self.orders += other.orders
        self.seen.update(other.seen)
        self.calm_runs.update(other.calm_runs)
        self.failures.extend(other.failures)


class World(enum.StrEnum):
    """What a seed is played in."""

    RUNS = "runs"
    """Several runs in which everything goes wrong."""
    MILD = "mild"
    """The same in milder weather."""
    OUTAGE = "outage"
    """One run, and Kontur is away for a while."""

    def play(self, seed: int, driver: Driver, trace: Callable[[str], None] | None = None) -> Verdict:
        """One seed."""
        if self is World.OUTAGE:
            return outage.play(seed, driver, trace=trace)
        return schedule.play(seed, driver, _SCENARIOS[self], trace=trace)


_SCENARIOS = {World.RUNS: Scenario(), World.MILD: Scenario(weather=MILD)}


def world_of(mutant: str) -> World:
    """The world that catches a mutant."""
    if mutant in IN_OUTAGES:
        return World.OUTAGE
    return World.MILD if mutant in IN_MILD_WEATHER else World.RUNS


def driver_of(mutant: str) -> Driver:
    """Production's, or an edited one."""
    return real() if mutant == ALL else edited(MUTANTS[mutant].edits)


def replay(seed: int, mutant: str = ALL, world: World = World.RUNS) -> str:
    """The command that plays one seed again, step by step."""
    without = "" if mutant == ALL else f" --mutant {mutant}"
    where = "" if world is World.RUNS else f" --world {world}"
    return f"PYTHONPATH=.:plugins python -m proof.simulation --seed {seed} --schedules 1{where}{without} --trace"


def explain(failures: list[tuple[int, list[str]]], world: World = World.RUNS) -> str:
    """The first failures, each with the command that replays it."""
    return "\n".join(f"{problems[0]}\n    {replay(seed, world=world)}" for seed, problems in failures[:_SHOWN])


def run_here(
    first_seed: int, schedules: int, mutant: str = ALL, world: World = World.RUNS, *, until_caught: bool = False
) -> Outcome:
    """Play seeds one after the other in this process.

    ``until_caught``: only as far as the first that fails by what Kontur's books or access log show.
    """
    outcome = Outcome()
    driver = driver_of(mutant)
    for seed in range(first_seed, first_seed + schedules):
        verdict = world.play(seed, driver)
        outcome.schedules += 1
        outcome.orders += verdict.orders
        outcome.seen.update(verdict.seen)
        outcome.calm_runs[verdict.calm_runs] += 1
        problems = [problem for problem in verdict.problems if not (until_caught and checker.is_of_our_table(problem))]
        if problems:
            outcome.failures.append((seed, problems))
            if until_caught:
                break
    return outcome


def _pool() -> concurrent.futures.ProcessPoolExecutor:
    spawn = multiprocessing.get_context("spawn")
    return concurrent.futures.ProcessPoolExecutor(os.cpu_count(), spawn, initializer=_collect_less_often)


def _collect_less_often() -> None:
    """A schedule makes many small objects and few cycles; what was imported never becomes garbage."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def run(first_seed: int, schedules: int, mutant: str = ALL, world: World = World.RUNS) -> Iterator[Outcome]:
    """Play ``schedules`` seeds on all cores; yields the sum so far, in the order of the seeds."""
    total = Outcome()
    starts = range(first_seed, first_seed + schedules, _CHUNK)
    with _pool() as pool:
        futures = [
            pool.submit(run_here, start, min(_CHUNK, first_seed + schedules - start), mutant, world) for start in starts
        ]
        for future in futures:
            total.add(future.result())
            yield total


def hunt(first_seed: int, most: int, mutants: Iterable[str] = MUTANTS) -> dict[str, Outcome]:
    """For each mutant: schedules until it is caught, ``most`` at the most."""
    with _pool() as pool:
        futures = {
            name: pool.submit(run_here, first_seed, most, name, world_of(name), until_caught=True) for name in mutants
        }
        return {name: future.result() for name, future in futures.items()}
