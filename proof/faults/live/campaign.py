"""Rounds of kills and of clicks under a real Airflow in foul weather, calm runs, and the verdict."""

from __future__ import annotations

import dataclasses
import datetime as dt
import pathlib
import random
import time
from collections.abc import Callable, Iterator

import requests

from include.window import Window
from proof.faults import traces, verdict
from proof.faults.arena import LATE_COMMIT_S, SEARCH_LAG_S
from proof.faults.live import ground as grounds
from proof.faults.live.blows import Blows
from proof.faults.live.ground import Ground
from proof.faults.report import Report
from proof.faults.storm import READ_FAULTS, WRITE_FAULTS
from sandbox.shop import generate
from sandbox.stack.days import yesterday
from sandbox.stack.errors import StackError
from sandbox.stack.stack import DAG_ID
from sandbox.stack.waiting import wait_until

BLOWS = {
    "task killed": 11,
    "task terminated": 1,
    "supervisor killed": 3,
    "both killed": 1,
    "scheduler killed": 1,
    "cleared": 3,
    "marked success": 3,
    "marked failed": 1,
    "run again": 1,
    "backfill": 2,
}
"""Of each round, in an order of its own."""
KILLS = ("task killed", "supervisor killed", "both killed", "scheduler killed")
DAYS = 14
_ORDERS = 12
"""New ones in each third of a round."""
_RUNS = 3
"""At least so many are always waiting or at work."""
_RATE = 0.5
"""Of the faults, against the storm without Airflow: there a try costs nothing."""
_LATENCY_MS = 200
"""The longer a request is on its way, the more often a kill finds one."""
_HANG_S = 1.5
_MOST_CALM_RUNS = 10
_LONG = 3
"""Rounds in which something must be found and something sent again; in fewer that is left to chance."""
_NEW_ORDERS = 4


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """How long a campaign is."""

    seed: int
    rounds: int


def replay(plan: Plan) -> str:
    """The command that plays the same campaign; what the machine's scheduler does is not in the seed."""
    return f"python -m proof.faults --kills 0 --airflow {plan.rounds} --seed {plan.seed}"


def play(folder: pathlib.Path, plan: Plan, say: Callable[[str], None] = lambda _: None) -> Report:
    """All rounds, the calm after them, and the verdict."""
    report = Report()
    last_day = yesterday()
    window = Window(last_day - dt.timedelta(days=DAYS - 1), last_day)
    with grounds.running(folder) as ground:
        storm = _Storm(ground, plan.seed, window, report, say)
        storm.rage(plan)
        report.problems += storm.calm()
        report.problems += [*verdict.problems(ground, window), *_idle(ground, plan, report)]
    return report


class Campaign:
    """What campaigns under a real Airflow have in common: orders, a look at each green run, and the calm at the end."""

    end_timeout_s = 600
    """For the runs to come to their end once it is calm."""

    def __init__(self, ground: Ground, seed: int, window: Window, report: Report, say: Callable[[str], None]) -> None:
        self._ground = ground
        self._window = window
        self._report = report
        self._say = say
        self._dice = random.Random(seed)
        self._blows = Blows(ground, window, self._dice, report)
        self._looked_at: set[str] = set()

    def calm(self) -> Iterator[str]:
        """What went wrong before all was final: the runs come to their end, and calm runs find what is left."""
        self._ground.kontur.set_faults()
        self._ground.kontur.set_options(search_lag_s=SEARCH_LAG_S)
        # What a LocalExecutor's worker had taken when it was killed stays queued until the scheduler starts anew
        # (Airflow 3.3.2: that executor cannot revoke a task, so task_queued_timeout does nothing).
        self._blows.strike("scheduler killed")
        api = self._ground.api
        try:
            wait_until(lambda: not api.unfinished(DAG_ID), what="the runs are not over", timeout_s=self.end_timeout_s)
        except StackError as error:
            yield f"hangs: {error}: {', '.join(api.unfinished(DAG_ID))}"
        for number in range(1, _MOST_CALM_RUNS + 1):
            self._more_orders(_NEW_ORDERS)  # what is posted last shows that a search is fresh
            run_id = api.trigger(DAG_ID, self._blows.whole_window)
            try:
                self._ground.wait(run_id, self.end_timeout_s)
            except StackError as error:
                yield f"hangs: {error}"
                return
            yield from (f"red: {task.task_id} in calm run {number}: {task}" for task in self._ground.failed(run_id))
            self._report.fired["calm runs"] += 1
            self._look_at_green_runs()
            if not verdict.open_orders(self._ground):
                return

    def _look_at_green_runs(self) -> None:
        """Green means in the books: looked at once, soon after it was green, unless somebody marked a part of it so."""
        try:
            for run_id in set(self._ground.api.succeeded(DAG_ID)) - self._looked_at - self._blows.marked:
                batches = self._ground.api.result(DAG_ID, run_id, "extract") or []
                ids = [order_id for batch in batches for order_id in batch["order_ids"]]
                left_out = verdict.left_out(self._ground.query, self._ground.books, ids)
                self._report.problems += [f"green run that lies: {run_id}: {left}" for left in left_out]
                self._report.fired["green runs looked at"] += 1
                self._looked_at.add(run_id)
        except requests.RequestException:
            self._report.fired["look at green runs: refused by Airflow"] += 1

    def _more_orders(self, count: int) -> None:
        with self._ground.shop() as shop:
            generate.fill(
                shop,
                orders=count,
                date_from=self._window.date_from,
                date_to=self._window.date_to,
                seed=self._dice.randrange(1 << 30),
            )
        self._report.fired["orders"] += count


class _Storm(Campaign):
    def rage(self, plan: Plan) -> None:
        """Round after round; orders keep coming, so that there is always something to strike."""
        began = time.monotonic()
        kontur = self._ground.kontur
        kontur.set_options(search_lag_s=SEARCH_LAG_S, latency_ms=_LATENCY_MS)
        rates = {name: rate * _RATE for name, rate in (WRITE_FAULTS | READ_FAULTS).items()}
        kontur.set_faults(seed=plan.seed, rates=rates, hang_s=_HANG_S, late_commit_s=LATE_COMMIT_S)
        for number in range(1, plan.rounds + 1):
            blows = [name for name, count in BLOWS.items() for _ in range(count)]
            self._dice.shuffle(blows)
            for done, blow in enumerate(blows):
                if done % (len(blows) // 3) == 0:
                    self._more_orders(_ORDERS)
                self._keep_busy()
                self._blows.strike(blow)
                self._look_at_green_runs()
            self._say(f"round {number} of {plan.rounds}, {time.monotonic() - began:.0f} s")

    def _keep_busy(self) -> None:
        try:
            while len(self._ground.api.unfinished(DAG_ID)) < _RUNS:
                self._blows.start_run()
        except requests.RequestException:
            self._report.fired["run by hand: refused by Airflow"] += 1


def _idle(ground: Ground, plan: Plan, report: Report) -> Iterator[str]:
    """A campaign in which something never happened proves nothing; what happened is counted."""
    fired = report.fired
    faults = traces.faults(ground.kontur)
    fired.update({f"fault: {name}": count for name, count in faults.items()})
    fired.update(traces.traces(ground))
    signs = [traces.CUT, traces.CONFIRMED, "orphan that went on"]
    if plan.rounds >= _LONG:
        signs += [traces.AGAIN, traces.ADOPTED]
    yield from (f"idle: no {name}" for name in (*signs, *BLOWS) if not fired[name])
    for name in KILLS:
        if fired[name] < BLOWS[name] * plan.rounds:
            yield f"idle: {name} {fired[name]} times instead of {BLOWS[name] * plan.rounds}"
    if not faults:
        yield "idle: no fault of Kontur fired"
