"""Kontur is down for ten minutes in the middle of a backfill, and processes are killed and parts cleared meanwhile."""

from __future__ import annotations

import dataclasses
import datetime as dt
import pathlib
import time
from collections.abc import Callable, Iterator

from include.window import Window
from proof.faults import traces, verdict
from proof.faults.live import ground as grounds
from proof.faults.live.campaign import KILLS, Campaign
from proof.faults.live.ground import Ground
from proof.faults.report import Report
from sandbox.stack.days import SHOP_ZONE, yesterday
from sandbox.stack.stack import DAG_ID
from sandbox.stack.waiting import wait_until

DAYS = 30
_ORDERS = 300
_AT_ONCE = 3
"""Runs of the backfill."""
_DOWN = {
    "rates": {
        **{f"status_{status}_{at}": 0.2 for status in (500, 503) for at in ("before_commit", "after_commit")},
        "close_before_read": 0.2,
        "search_status_500": 0.25,
        "search_hang": 0.25,
    },
    "hang_s": 1.0,
}
"""Each write fails, and nobody learns whether it was applied; every other look fails: with none, no run would send."""
_BLOWS = ("task killed", "supervisor killed", "both killed", "scheduler killed", "cleared", "run again")
"""One after the other, for as long as Kontur is down."""
_LATENCY_MS = 200
_BEGUN_TIMEOUT_S = 300
_USUAL = {"KONTUR__POSTING__REPOST_BUDGET": "3", "KONTUR__POSTING__BREAKER": "5"}
"""As a shop has them."""


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """How long Kontur is down."""

    seed: int
    outage_s: int


def replay(plan: Plan) -> str:
    """The command that plays the same; what the machine's scheduler does is not in the seed."""
    return f"python -m proof.faults --kills 0 --outage-s {plan.outage_s} --seed {plan.seed}"


def play(folder: pathlib.Path, plan: Plan, say: Callable[[str], None] = lambda _: None) -> Report:
    """The backfill with its outage, the calm after it, and the verdict."""
    report = Report()
    last_day = yesterday()
    window = Window(last_day - dt.timedelta(days=DAYS - 1), last_day)
    with grounds.running(folder, **_USUAL) as ground:
        outage = _Outage(ground, plan.seed, window, report, say)
        outage.rage_for(plan.outage_s)
        report.problems += outage.calm()
        report.problems += [*verdict.problems(ground, window), *_idle(ground, report)]
    return report


class _Outage(Campaign):
    end_timeout_s = 3600

    def rage_for(self, outage_s: float) -> None:
        """Begin the backfill, and strike while Kontur is down."""
        kontur, api = self._ground.kontur, self._ground.api
        kontur.set_options(latency_ms=_LATENCY_MS)
        self._more_orders(_ORDERS)
        days = self._window.date_from, self._window.date_to
        first, last = (dt.datetime.combine(day, dt.time(), SHOP_ZONE) for day in days)
        api.backfill(DAG_ID, first, last, most_at_once=_AT_ONCE)
        wait_until(self._is_posting, what="nothing was posted", timeout_s=_BEGUN_TIMEOUT_S)
        kontur.set_faults(seed=self._dice.randrange(1 << 30), **_DOWN)
        self._say("Kontur is down")
        up_at = time.monotonic() + outage_s
        while time.monotonic() < up_at:
            blows = list(_BLOWS)
            self._dice.shuffle(blows)
            for blow in blows:
                if time.monotonic() < up_at:
                    self._blows.strike(blow)
                    self._look_at_green_runs()
        kontur.set_faults()
        self._say("Kontur is up again")

    def _is_posting(self) -> bool:
        ((done,),) = self._ground.query(
            "SELECT COUNT(*) FROM local_kontur_bukh_operation WHERE state = 'done' AND parent_key IS NULL"
        )
        return bool(done > 1)


def _idle(ground: Ground, report: Report) -> Iterator[str]:
    """An outage that nothing felt proves nothing."""
    faults = traces.faults(ground.kontur)
    report.fired.update({f"fault: {name}": count for name, count in faults.items()})
    report.fired.update(traces.traces(ground))
    days = {run.interval_start for run in ground.api.runs(DAG_ID) if run.run_type == "backfill"}
    report.fired["days of the backfill"] = len(days)
    if len(days) < DAYS:
        yield f"idle: {len(days)} days of the backfill instead of {DAYS}"
    yield from (f"idle: {name} never happened" for name in (*KILLS, "cleared") if not report.fired[name])
    yield from (f"idle: no {name}" for name in (traces.CUT, traces.CONFIRMED) if not report.fired[name])
