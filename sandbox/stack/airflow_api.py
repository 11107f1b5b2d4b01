"""What the commands of the stack ask of Airflow's REST API; a call takes milliseconds where the CLI takes seconds."""

from __future__ import annotations

import dataclasses
import datetime as dt
import http
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import requests
import tenacity

TIMEOUT_S = 30
PAGE = 100
FINISHED = frozenset({"success", "failed"})


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """A run of a DAG for a data interval."""

    run_id: str
    run_type: str
    state: str
    interval_start: dt.datetime

    @property
    def is_finished(self) -> bool:
        return self.state in FINISHED


@dataclasses.dataclass(frozen=True, slots=True)
class TaskInstance:
    """One square of a run."""

    id: str
    run_id: str
    task_id: str
    map_index: int
    state: str
    label: str | None
    """What a mapped one is called in the UI."""


_is_locked = tenacity.retry_if_result(lambda answer: answer.status_code == http.HTTPStatus.SERVICE_UNAVAILABLE)


def _tries(again: tenacity.retry_base, most: int) -> tenacity.Retrying:
    """The last answer, or the last error, once there were enough of them."""
    return tenacity.Retrying(
        retry=again,
        wait=tenacity.wait_fixed(1),
        stop=tenacity.stop_after_attempt(most),
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
    )


_LOCKED = _tries(_is_locked, 20)
_READ = _tries(_is_locked | tenacity.retry_if_exception_type(requests.Timeout), 5)
"""A machine that is busy enough makes Airflow answer after minutes; to read again changes nothing."""


def _with_interval(found: Iterable[Any]) -> list[Run]:
    """Of Airflow's answer; the earliest first."""
    runs = [
        Run(
            run_id=run["dag_run_id"],
            run_type=run["run_type"],
            state=run["state"],
            interval_start=dt.datetime.fromisoformat(run["data_interval_start"]),
        )
        for run in found
        if run["data_interval_start"]
    ]
    return sorted(runs, key=lambda run: run.interval_start)


class AirflowApi:
    """One user's session with one Airflow."""

    def __init__(self, base_url: str, user: str, password: str) -> None:
        self._base_url = base_url
        self._login = {"username": user, "password": password}
        self._session = requests.Session()
        self._session.trust_env = False

    def health(self) -> dict[str, str]:
        """Part → its state in Airflow's word ("healthy"); nothing while the API server does not answer."""
        try:
            answer = self._session.get(f"{self._base_url}/api/v2/monitor/health", timeout=TIMEOUT_S)
            answer.raise_for_status()
        except requests.RequestException:
            return {}
        return {name: part["status"] for name, part in answer.json().items() if part["status"]}

    def log_in(self) -> None:
        answer = self._session.post(f"{self._base_url}/auth/token", json=self._login, timeout=TIMEOUT_S)
        answer.raise_for_status()
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def has_dag(self, dag_id: str) -> bool:
        path = f"{self._base_url}/api/v2/dags/{dag_id}"
        return self._session.get(path, timeout=TIMEOUT_S).status_code == http.HTTPStatus.OK

    def import_errors(self) -> list[str]:
        """Why files in the DAG folder cannot be read."""
        return [error["stack_trace"] for error in self._get("importErrors")["import_errors"]]

    def pause(self, dag_id: str) -> None:
        self._set_paused(dag_id, paused=True)

    def unpause(self, dag_id: str) -> None:
        self._set_paused(dag_id, paused=False)

    def runs(self, dag_id: str) -> list[Run]:
        """Of the newest hundred those with a data interval, the earliest first."""
        return _with_interval(self._get(f"dags/{dag_id}/dagRuns", limit=PAGE, order_by="-run_after")["dag_runs"])

    def backfilled(self, dag_id: str) -> list[Run]:
        """All that a backfill made, or made run again, the earliest first."""
        found: list[Any] = []
        query = {"limit": PAGE, "order_by": "run_after", "run_type": "backfill"}
        while page := self._get(f"dags/{dag_id}/dagRuns", offset=len(found), **query)["dag_runs"]:
            found += page
        return _with_interval(found)

    def backfill(self, dag_id: str, date_from: dt.datetime, date_to: dt.datetime, most_at_once: int) -> None:
        """Have these days run, both inclusive; those that are over are run again, those that run are left alone."""
        body = {
            "dag_id": dag_id,
            "from_date": date_from.isoformat(),
            "to_date": date_to.isoformat(),
            "reprocess_behavior": "completed",
            "max_active_runs": most_at_once,
        }
        self._send("POST", "backfills", body)

    def cancel_backfills(self, dag_id: str) -> None:
        """End those that are not completed: their queued runs fail, their running ones go on."""
        for backfill in self._get("backfills", dag_id=dag_id)["backfills"]:
            if backfill["completed_at"] is None:
                self._send("PUT", f"backfills/{backfill['id']}/cancel")

    def trigger(self, dag_id: str, conf: Mapping[str, Any]) -> str:
        """Start a manual run with these parameters; its id."""
        body = {"logical_date": None, "conf": dict(conf)}
        return str(self._send("POST", f"dags/{dag_id}/dagRuns", body).json()["dag_run_id"])

    def state(self, dag_id: str, run_id: str) -> str:
        return str(self._get(f"dags/{dag_id}/dagRuns/{run_id}")["state"])

    def unfinished(self, dag_id: str) -> list[str]:
        """Ids of the runs that wait or run, at most a hundred."""
        found = self._get(f"dags/{dag_id}/dagRuns", limit=PAGE, state=["queued", "running"])["dag_runs"]
        return [run["dag_run_id"] for run in found]

    def succeeded(self, dag_id: str) -> list[str]:
        """Ids of the runs that are green, the newest hundred."""
        found = self._get(f"dags/{dag_id}/dagRuns", limit=PAGE, order_by="-run_after", state="success")["dag_runs"]
        return [run["dag_run_id"] for run in found]

    def task_instances(self, dag_id: str, run_id: str) -> list[TaskInstance]:
        """All of the run, mapped ones each by itself."""
        return self._instances(dag_id, run_id)

    def running_instances(self, dag_id: str) -> list[TaskInstance]:
        """Of all runs those that Airflow holds to be at work."""
        return self._instances(dag_id, "~", state="running")

    def _instances(self, dag_id: str, run_id: str, **query: str) -> list[TaskInstance]:
        found: list[TaskInstance] = []
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances"
        while page := self._get(path, limit=PAGE, offset=len(found), **query)["task_instances"]:
            found += [
                TaskInstance(
                    id=ti["id"],
                    run_id=ti["dag_run_id"],
                    task_id=ti["task_id"],
                    map_index=ti["map_index"],
                    state=ti["state"] or "none",
                    label=ti["rendered_map_index"],
                )
                for ti in page
            ]
        return found

    def clear(self, dag_id: str, instance: TaskInstance) -> None:
        """Have one instance run again, and its run with it."""
        body = {
            "dry_run": False,
            "dag_run_id": instance.run_id,
            "task_ids": [[instance.task_id, instance.map_index]],
            "only_failed": False,
            "reset_dag_runs": True,
        }
        self._send("POST", f"dags/{dag_id}/clearTaskInstances", body)

    def clear_tasks(self, dag_id: str, run_id: str, *task_ids: str, downstream: bool = False) -> None:
        """Have all instances of these tasks run again, and what follows them; without any: what failed."""
        body: dict[str, Any] = {
            "dry_run": False,
            "dag_run_id": run_id,
            "only_failed": not task_ids,
            "include_downstream": downstream,
            "reset_dag_runs": True,
        }
        self._send("POST", f"dags/{dag_id}/clearTaskInstances", body | ({"task_ids": task_ids} if task_ids else {}))

    def clear_run(self, dag_id: str, run_id: str) -> None:
        """Have the whole run run again."""
        self._send("POST", f"dags/{dag_id}/dagRuns/{run_id}/clear", {"dry_run": False})

    def mark(self, dag_id: str, instance: TaskInstance, state: Literal["success", "failed"]) -> None:
        """Have one instance count as done or failed, whatever it does or did."""
        index = "" if instance.map_index < 0 else f"/{instance.map_index}"
        path = f"dags/{dag_id}/dagRuns/{instance.run_id}/taskInstances/{instance.task_id}{index}"
        self._send("PATCH", path, {"new_state": state})

    def result(self, dag_id: str, run_id: str, task_id: str, key: str = "return_value") -> Any:
        """What the task returned, or left under another ``key``; ``None`` if it did not."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}"
        answer = self._read(path)
        if answer.status_code == http.HTTPStatus.NOT_FOUND:
            return None
        answer.raise_for_status()
        return answer.json()["value"]

    def _set_paused(self, dag_id: str, *, paused: bool) -> None:
        self._send("PATCH", f"dags/{dag_id}", {"is_paused": paused})

    def _send(self, method: str, path: str, body: Any = None) -> requests.Response:
        """Once more for a while where Airflow says 503: its SQLite was locked, and nothing was done."""
        url = f"{self._base_url}/api/v2/{path}"
        answer = _LOCKED(lambda: self._session.request(method, url, json=body, timeout=TIMEOUT_S))
        answer.raise_for_status()
        return answer

    def _get(self, path: str, **query: Any) -> Any:
        answer = self._read(path, **query)
        answer.raise_for_status()
        return answer.json()

    def _read(self, path: str, **query: Any) -> requests.Response:
        url = f"{self._base_url}/api/v2/{path}"
        answer: requests.Response = _READ(lambda: self._session.get(url, params=query, timeout=TIMEOUT_S))
        return answer
