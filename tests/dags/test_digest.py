"""The notice's DAG: what a run knows of those before it, and of its own tries."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.utils.db import initdb

from include.steps import digest


def test_a_run_knows_when_the_last_one_that_succeeded_began_and_which_try_is_its_last(
    dag_bag: DagBag, monkeypatch: pytest.MonkeyPatch
) -> None:
    initdb()
    given: list[dict[str, Any]] = []
    fails = iter((False, True, True, False))

    def send(*_: object, **about: Any) -> bool:
        given.append(about)
        if next(fails):
            raise AssertionError
        return False

    monkeypatch.setattr(digest, "digest", send)
    dag = dag_bag.dags["kontur_digest"]
    dag.task_dict["digest"].retries = 1
    days = [dt.datetime(2026, 10, day, 8, tzinfo=dt.UTC) for day in (1, 2, 3)]
    first, failed, _ = [dag.test(logical_date=day) for day in days]
    assert [str(run.state) for run in (first, failed)] == ["success", "failed"]
    assert [one["before"] for one in given] == [None, *[first.start_date] * 3]
    assert [one["last_try"] for one in given] == [False, False, True, False]
