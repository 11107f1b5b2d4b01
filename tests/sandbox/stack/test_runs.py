"""Waiting for runs, and what is said of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from include.words import Language, speak
from sandbox.stack import runs
from sandbox.stack.airflow_api import Run, TaskInstance

DAY = dt.datetime(2026, 9, 1, 21, tzinfo=dt.UTC)
"""The shop's 2 September begins."""
REPORT: dict[str, Any] = {
    **dict.fromkeys(("orders", "synced", "documents"), 3),
    **dict.fromkeys(("pending", "payments", "refunds"), 0),
    "errors": 1,
    "amount": "4500.00",
    "window": {"date_from": "2026-09-02", "date_to": "2026-09-02"},
    "failed_orders": [{"order_id": 7, "number": "1045", "code": "x", "message": "Look at it."}],
}


def run(name: str, state: str) -> Run:
    return Run(name, "backfill", state, DAY)


class Api:
    """What of Airflow's API is asked: one red square each, of this task."""

    def __init__(self, task_id: str) -> None:
        self._task_id = task_id

    def task_instances(self, _dag_id: str, run_id: str) -> list[TaskInstance]:
        return [TaskInstance("1", run_id, self._task_id, 0, "failed", None)]

    def result(self, *_: str) -> dict[str, Any]:
        return REPORT


def test_all_that_were_expected_are_waited_for() -> None:
    answers = iter(
        [
            [run("a", "running")],
            [run("a", "success")],
            [run("a", "success"), run("b", "queued")],
            [run("a", "success"), run("b", "failed")],
        ]
    )
    found = runs.wait_for(lambda: next(answers), expected=2, timeout_s=30)
    assert [one.state for one in found] == ["success", "failed"]


@pytest.mark.parametrize(("task_id", "fine"), [("attention", True), ("preflight", False)])
def test_what_needs_a_person_is_no_failure_of_the_run(
    task_id: str, *, fine: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    speak(Language.EN)
    api: Any = Api(task_id)
    assert runs.tell(api, [run("a", "success"), run("night", "failed")]) is fine
    told = capsys.readouterr().out
    assert "4,500.00" in told
    assert ("preflight" in told) is not fine
