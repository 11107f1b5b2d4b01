"""What can happen to Airflow's runs: by the machine, and by the people who use it."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import signal
import time
from collections.abc import Callable, Mapping
from typing import Literal

import psutil
import requests

from include.window import Window
from proof.faults.live.ground import Ground
from proof.faults.report import Report
from sandbox.stack.airflow_api import TaskInstance
from sandbox.stack.days import SHOP_ZONE
from sandbox.stack.stack import DAG_ID
from sandbox.stack.task_processes import AtWork
from sandbox.stack.waiting import wait_until

_PATIENCE_S = 60
"""How long a blow waits for a victim."""
_TRIES = 10
_PAUSE_S = 4.0
"""Before a kill, at the most: some of what was struck gets up again before the next blow."""
_AIMED = 0.7
"""Share of the kills that wait for a moment in which something is on its way to Kontur."""
_SENDING = "SELECT COUNT(*) FROM local_kontur_bukh_operation WHERE state = 'sending'"
_BACKFILL_DAYS = 3
_ORDERS_BY_HAND = 30
_WORKING = frozenset({"transform", "load"})


class NothingToStrikeError(Exception):
    """No process or task instance of the kind was there for a minute."""


class Blows:
    """Each blow by its name; its victim is drawn."""

    def __init__(self, ground: Ground, window: Window, dice: random.Random, report: Report) -> None:
        self._ground = ground
        self._window = window
        self._dice = dice
        self._report = report
        self.marked: set[str] = set()
        """Runs that a user called green or red in a part; what they say is his word."""
        self._days = (window.date_to - window.date_from).days + 1

    def strike(self, blow: str) -> None:
        """Strike, and count it; what Airflow refuses, as its SQLite may, is tried again, as a user would."""
        for _ in range(_TRIES):
            try:
                self._by_name[blow](self)
            except psutil.NoSuchProcess:  # it was quicker
                continue
            except NothingToStrikeError:
                self._report.fired[f"{blow}: no victim"] += 1
                return
            except requests.RequestException:
                self._report.fired[f"{blow}: refused by Airflow"] += 1
                time.sleep(1)
            else:
                self._report.fired[blow] += 1
                return

    @property
    def whole_window(self) -> Mapping[str, object]:
        """Parameters of a run over all days."""
        return {"date_from": self._window.date_from.isoformat(), "date_to": self._window.date_to.isoformat()}

    def start_run(self) -> None:
        """A run by hand, of all days or of some orders."""
        conf: Mapping[str, object] = self.whole_window
        if self._dice.random() < 0.4:
            with self._ground.shop() as shop, shop.cursor() as cursor:
                cursor.execute("SELECT ID FROM b_sale_order WHERE DATE_INSERT >= %s", (self._window.date_from,))
                ids = sorted(row[0] for row in cursor.fetchall())
            conf = {"order_ids": self._dice.sample(ids, min(len(ids), _ORDERS_BY_HAND))}
        self._ground.api.trigger(DAG_ID, conf)
        self._report.fired["run by hand"] += 1

    def _kill_task(self) -> None:
        self._victim(lambda work: work.task).kill()

    def _terminate_task(self) -> None:
        self._victim(lambda work: work.task).send_signal(signal.SIGTERM)

    def _kill_supervisor(self) -> None:
        work = self._work(lambda work: work.supervisor is not None and work.task is not None)
        assert work.supervisor is not None
        assert work.task is not None
        work.supervisor.kill()
        psutil.wait_procs([work.supervisor], timeout=5)
        _, orphans = psutil.wait_procs([work.task], timeout=0.3)
        self._report.fired["orphan that went on"] += len(orphans)

    def _kill_both(self) -> None:
        work = self._work(lambda work: work.supervisor is not None and work.task is not None)
        for process in (work.supervisor, work.task):
            assert process is not None
            process.kill()

    def _kill_scheduler(self) -> None:
        """Supervisord starts it again; its tasks go on without it."""
        supervisor = self._ground.stack.supervisor
        wait_until(
            lambda: supervisor.state("scheduler") == "RUNNING", what="no scheduler came back", timeout_s=_PATIENCE_S
        )
        scheduler = psutil.Process(supervisor.pid("scheduler"))
        self._report.fired["task that outlived its scheduler"] += len(self._ground.at_work())
        scheduler.kill()

    def _clear_instance(self) -> None:
        self._ground.api.clear(DAG_ID, self._instance())

    def _mark(self, state: Literal["success", "failed"]) -> None:
        instance = self._instance(other_than=state)
        self.marked.add(instance.run_id)
        self._ground.api.mark(DAG_ID, instance, state)

    def _run_again(self) -> None:
        self._ground.api.clear_run(DAG_ID, self._instance().run_id)

    def _backfill(self) -> None:
        """Airflow has one backfill of a DAG at a time: another one's runs go on, what of it waits is cancelled."""
        self._ground.api.cancel_backfills(DAG_ID)
        first = self._window.date_from + dt.timedelta(days=self._dice.randrange(self._days - _BACKFILL_DAYS))
        last = first + dt.timedelta(days=_BACKFILL_DAYS - 1)
        date_from, date_to = (dt.datetime.combine(day, dt.time(), SHOP_ZONE) for day in (first, last))
        self._ground.api.backfill(DAG_ID, date_from, date_to, most_at_once=2)

    _by_name: Mapping[str, Callable[[Blows], None]] = {
        "task killed": _kill_task,
        "task terminated": _terminate_task,
        "supervisor killed": _kill_supervisor,
        "both killed": _kill_both,
        "scheduler killed": _kill_scheduler,
        "cleared": _clear_instance,
        "marked success": lambda self: self._mark("success"),
        "marked failed": lambda self: self._mark("failed"),
        "run again": _run_again,
        "backfill": _backfill,
    }

    def _instance(self, other_than: str = "") -> TaskInstance:
        """Half the time one that is at work, else one of a run that is not over; not in the state ``other_than``."""
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            found = [
                task for task in self._ground.api.running_instances(DAG_ID) if task.task_id in {"transform", "load"}
            ]
            if not found or self._dice.random() < 0.5:
                runs = self._ground.api.unfinished(DAG_ID)
                every = itertools.chain.from_iterable(self._ground.api.task_instances(DAG_ID, run) for run in runs)
                found = [task for task in every if task.task_id in _WORKING and task.map_index >= 0]
            found = [task for task in found if task.state != other_than]
            if found:
                return self._dice.choice(found)
            time.sleep(0.5)
        raise NothingToStrikeError

    def _victim(self, part: Callable[[AtWork], psutil.Process | None]) -> psutil.Process:
        process = part(self._work(lambda work: part(work) is not None))
        assert process is not None
        return process

    def _work(self, fits: Callable[[AtWork], bool]) -> AtWork:
        """At a moment of its own, one that fits: mostly one that posts while something is on its way, else any."""
        time.sleep(self._dice.uniform(0, _PAUSE_S))
        aimed_until = time.monotonic() + (5 if self._dice.random() < _AIMED else 0)
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            found = [work for work in self._ground.at_work() if fits(work)]
            if time.monotonic() < aimed_until:
                found = self._posting(found)
            if found:
                return self._dice.choice(found)
            time.sleep(0.05)
        raise NothingToStrikeError

    def _posting(self, found: list[AtWork]) -> list[AtWork]:
        ((sending,),) = self._ground.query(_SENDING)
        if not found or not sending:
            return []
        loads = {task.id for task in self._ground.api.running_instances(DAG_ID) if task.task_id == "load"}
        return [work for work in found if work.id in loads]
