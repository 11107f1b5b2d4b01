"""A stack: its parts, started in order and each waited for, and stopped whole."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import json
import pathlib
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping

import MySQLdb
import requests

from include.facts import said
from include.words import text
from sandbox import mariadb
from sandbox.kontur.books import Books
from sandbox.kontur.serving import Controls
from sandbox.stack import choices, environment, provision, users
from sandbox.stack.airflow_api import AirflowApi
from sandbox.stack.errors import StackError
from sandbox.stack.layout import ROOT, Layout
from sandbox.stack.supervise import Supervisor
from sandbox.stack.waiting import wait_until

DAG_ID = "bitrix_to_kontur"
START_TIMEOUT_S = 300
BACKFILL_RUNS = 3
"""At a time; more would only wait for the two cores."""
BACKFILL_TRIES = 5


def programs(layout: Layout, chosen: choices.Choices) -> dict[str, list[str]]:
    """Name → command line of each part, in the order of their start."""
    python = [sys.executable, "-m"]
    ports = chosen.ports
    return {
        "mariadb": mariadb.command(layout.mariadb, ports.mariadb),
        "kontur": [
            *(*python, "sandbox.kontur", "--port", str(ports.kontur), "--ledger", str(layout.books)),
            *("--account", f"{environment.KONTUR_ACCOUNT}={chosen.kontur_key}"),
        ],
        "api-server": [*python, "airflow", "api-server", "--host", "127.0.0.1", "--port", str(ports.airflow)],
        # Its log server would outlive a killed scheduler and keep the port; here logs are read from the same disk.
        "scheduler": [*python, "airflow", "scheduler", "--skip-serve-logs"],
        "dag-processor": [*python, "airflow", "dag-processor"],
        "triggerer": [*python, "airflow", "triggerer", "--skip-serve-logs"],
    }


class Stack:
    """The stack in one folder."""

    def __init__(self, layout: Layout, overrides: Mapping[str, str] | None = None, *, for_people: bool = False) -> None:
        """Not started.

        Args:
            layout: its folder.
            overrides: environment variables that are to be other than a stack's usual ones.
            for_people: with a user for each role, and with the triggerer, which nothing here needs and Airflow's
                first page misses.
        """
        self.layout = layout
        self._overrides = (environment.FOR_PEOPLE if for_people else {}) | dict(overrides or {})
        self._parts = ("scheduler", "dag-processor", *(["triggerer"] if for_people else []))
        self.supervisor = Supervisor(layout)
        self._chosen = choices.recall(layout)

    @property
    def chosen(self) -> choices.Choices:
        if self._chosen is None:
            raise StackError(said("stack_never_started"))
        return self._chosen

    @property
    def environment(self) -> dict[str, str]:
        """Of every process of the stack."""
        return {**environment.processes(self.layout, self.chosen), **self._overrides}

    @property
    def kontur(self) -> Controls:
        """Kontur's sandbox, which has to run."""
        return Controls(f"http://127.0.0.1:{self.chosen.ports.kontur}", Books(self.layout.books))

    @property
    def api(self) -> AirflowApi:
        return AirflowApi(environment.base_url(self.chosen), users.ADMIN, self.chosen.passwords[users.ADMIN])

    def prepare(self) -> None:
        """Stop what still runs, choose ports and passwords, start supervisord."""
        self.stop()
        self.layout.make()
        self._chosen = choices.choose(self.layout)
        self.layout.passwords.touch(mode=0o600)
        admin = {users.ADMIN: self.chosen.passwords[users.ADMIN]}
        self.layout.passwords.write_text(json.dumps(admin), encoding="utf-8")
        self.supervisor.start(programs(self.layout, self.chosen), self.environment)

    def start_shop(
        self, orders: int, period: dt.timedelta = provision.PERIOD, cases: Iterable[tuple[str, dt.date]] = ()
    ) -> None:
        """MariaDB with a shop, unless it has one: ``orders`` over ``period`` up to yesterday, and named ``cases``."""
        mariadb.prepare(self.layout.mariadb)
        self._start("mariadb", self._mariadb_answers)
        provision.provision(self.environment, "", orders, period, cases)

    def shop(self) -> contextlib.AbstractContextManager[MySQLdb.Connection]:
        """A session of the shop's database with every right, as the shop itself has it."""
        connection = json.loads(self.environment["AIRFLOW_CONN_BITRIX_MYSQL"])
        return provision.as_root(connection, password="", database=connection["schema"])

    @property
    def mariadb_pid(self) -> int:
        """Of its database server, which has to run."""
        (server,) = (found for found in self.supervisor.processes() if found.name() == "mariadbd")
        return int(server.pid)

    def start_kontur(self) -> None:
        self._start("kontur", self._kontur_answers)

    def start_migration(self) -> subprocess.Popen[bytes]:
        """Airflow's database, made or brought up to date; give it to :meth:`start_airflow`."""
        with (self.layout.logs / "airflow-db-migrate.log").open("wb") as log:
            command = [sys.executable, "-m", "sandbox.stack.airflow_db"]
            return subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)

    def start_airflow(self, migration: subprocess.Popen[bytes]) -> AirflowApi:
        """Airflow's parts, until all are healthy and the DAG is known."""
        if migration.wait():
            raise StackError(said("stack_no_migration", log=f"{self.layout.logs}/airflow-db-migrate.log"))
        for name in ("api-server", *self._parts):
            self.supervisor.start_program(name)
        api = self.api
        self._wait("api-server", lambda: bool(api.health()))
        api.log_in()
        self._wait("dag-processor", lambda: _knows_the_dag(api))
        for name in self._parts:
            self._wait(name, functools.partial(_is_healthy, api, name))
        return api

    def backfill(self, date_from: dt.date, date_to: dt.date) -> None:
        """Have the scheduler run these local days, both inclusive; days it ran before are run again.

        The DAG is on afterwards.

        Raises:
            StackError: Airflow refused; the message is what it said last.
        """
        command = [
            *(sys.executable, "-m", "airflow", "backfill", "create", "--dag-id", DAG_ID),
            *("--from-date", date_from.isoformat(), "--to-date", date_to.isoformat()),
            *("--reprocess-behavior", "completed", "--max-active-runs", str(BACKFILL_RUNS)),
        ]
        log = self.layout.logs / "backfill.log"
        api = self.api
        api.log_in()
        # SQLite refuses a write that began as a read while another process wrote, however long one waits. A paused DAG
        # gives the scheduler little to write; what is refused all the same, Airflow leaves half-made for us to cancel.
        api.pause(DAG_ID)
        try:
            for _ in range(BACKFILL_TRIES):
                with log.open("wb") as output:
                    if not subprocess.call(command, cwd=ROOT, env=self.environment, stdout=output, stderr=output):
                        return
                if "database is locked" not in log.read_text(encoding="utf-8", errors="replace"):
                    break
                api.cancel_backfills(DAG_ID)
        finally:
            api.unpause(DAG_ID)
        raise StackError(said("stack_no_backfill", reason=last_line(log), log=str(log)))

    def stop(self) -> None:
        self.supervisor.stop()

    def _start(self, name: str, ready: Callable[[], bool]) -> None:
        self.supervisor.start_program(name)
        self._wait(name, ready)

    def _wait(self, name: str, ready: Callable[[], bool]) -> None:
        log = self.layout.logs / f"{name}.log"

        def is_ready() -> bool:
            if self.supervisor.state(name) == "FATAL":
                raise StackError(said("stack_no_start", name=name, reason=last_line(log), log=str(log)))
            return ready()

        what = text(said("stack_not_ready", name=name, log=str(log)))
        wait_until(is_ready, what=what, timeout_s=START_TIMEOUT_S)

    def _mariadb_answers(self) -> bool:
        try:
            mariadb.wait_until_ready(self.chosen.ports.mariadb, timeout_s=0.2)
        except mariadb.MariaDBError:
            return False
        return True

    def _kontur_answers(self) -> bool:
        try:
            return bool(self.kontur.control("GET", "/health"))
        except requests.RequestException:
            return False


def _is_healthy(api: AirflowApi, part: str) -> bool:
    return api.health().get(part.replace("-", "_")) == "healthy"


def _knows_the_dag(api: AirflowApi) -> bool:
    if errors := api.import_errors():
        raise StackError(said("stack_no_dag", reason=errors[0]))
    return api.has_dag(DAG_ID)


def last_line(log: pathlib.Path) -> str:
    """What a program said last, but for notes of libraries."""
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n") if log.exists() else []
    return next((line for line in reversed(lines) if line and line[0] not in "([ "), text(said("stack_said_nothing")))
