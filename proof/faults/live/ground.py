"""A real Airflow with a shop, a ledger and Kontur's stand-in: the place where its parts are killed."""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from MySQLdb.connections import Connection

from sandbox.kontur.serving import Controls
from sandbox.stack import environment
from sandbox.stack.airflow_api import FINISHED, AirflowApi, TaskInstance
from sandbox.stack.layout import ROOT, Layout
from sandbox.stack.stack import DAG_ID, Stack
from sandbox.stack.task_processes import AtWork, at_work
from sandbox.stack.waiting import wait_until

SETTLE_S = 5
OVERRIDES = {
    # What was killed is noticed in seconds; Airflow's defaults are minutes.
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "10",
    # A supervisor that is killed before its task began leaves it queued.
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "180",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "10",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "10",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "2",
    "KONTUR__RUN__BATCH_SIZE": "10",
    "KONTUR__RUN__RETRY_DELAY_S": "1",
    "KONTUR__RUN__MAX_RETRY_DELAY_S": "4",
    "KONTUR__POSTING__SETTLE_S": str(SETTLE_S),
    "KONTUR__POSTING__REPOST_BUDGET": "1000000",
    "KONTUR__POSTING__BREAKER": "50",
}
_FAILED = frozenset({"failed", "upstream_failed"})


@dataclasses.dataclass(frozen=True, slots=True)
class Ground:
    """The parts, and what can be seen of them."""

    stack: Stack
    api: AirflowApi

    @property
    def books(self) -> pathlib.Path:
        """The file of Kontur's stand-in."""
        return self.stack.layout.books

    @property
    def kontur(self) -> Controls:
        return self.stack.kontur

    def shop(self) -> contextlib.AbstractContextManager[Connection]:
        """A connection to fill or read the shop."""
        return self.stack.shop()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the ledger."""
        with self.shop() as connection, connection.cursor() as cursor:
            connection.select_db(environment.LEDGER_DATABASE)
            cursor.execute(sql)
            return list(cursor.fetchall())

    def at_work(self) -> list[AtWork]:
        """Tasks and their supervisors, as processes."""
        return at_work(self.stack.supervisor.processes())

    def wait(self, run_id: str, timeout_s: float) -> str:
        """The run's state when it is over.

        Raises:
            StackError: it is not.
        """
        what = f"run {run_id} is not over"
        wait_until(lambda: self.api.state(DAG_ID, run_id) in FINISHED, what=what, timeout_s=timeout_s)
        return self.api.state(DAG_ID, run_id)

    def failed(self, run_id: str) -> list[TaskInstance]:
        """What is red in a run, except the orders that need a person."""
        instances = self.api.task_instances(DAG_ID, run_id)
        return [task for task in instances if task.state in _FAILED and task.task_id != "attention"]


@contextlib.contextmanager
def running(folder: pathlib.Path, **overrides: str) -> Iterator[Ground]:
    """With one order of the past half year, which is nobody's business here.

    Args:
        folder: where all of it lies.
        overrides: environment variables that are to be other than usual here.
    """
    stack = Stack(Layout(folder / "stack"), OVERRIDES | overrides)
    try:
        stack.prepare()
        migration = stack.start_migration()
        stack.start_shop(orders=1)
        stack.start_kontur()
        # The ledger's tables are made by the first run; here they are asked before it came so far.
        migrate = [sys.executable, "-m", "include.ledger.migrate"]
        subprocess.run(migrate, cwd=ROOT, env=stack.environment, check=True, capture_output=True)
        api = stack.start_airflow(migration)
        api.unpause(DAG_ID)
        # It takes up all days since go_live: what is tried here would be posted by it, too.
        wait_until(lambda: _is_night_over(api), what="the first night is not over", timeout_s=180)
        yield Ground(stack, api)
    finally:
        stack.stop()


def _is_night_over(api: AirflowApi) -> bool:
    return bool(api.runs(DAG_ID)) and not api.unfinished(DAG_ID)
