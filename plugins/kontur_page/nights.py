"""The daily DAG, as Airflow's own database has it."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState
from sqlalchemy import select

from include.dag_ids import BY_HAND, DAILY

_OVER = frozenset({DagRunState.SUCCESS, DagRunState.FAILED})


class Night(NamedTuple):
    """A run of the daily DAG."""

    run_id: str
    began: dt.datetime | None
    """With its zone; ``None``: it waits for its turn."""
    state: str
    is_over: bool


def last() -> Night | None:
    """The newest one, scheduled or not; ``None``: there is none yet."""
    with create_session() as session:
        run = session.scalar(
            select(DagRun).where(DagRun.dag_id == DAILY).order_by(DagRun.run_after.desc(), DagRun.id.desc()).limit(1)
        )
        if run is None:
            return None
        over = run.state in _OVER
        return Night(run.run_id, run.start_date, str(run.state), over)


def is_over(dag_id: str, run_id: str) -> bool:
    """Whether a run has ended, well or not."""
    with create_session() as session:
        run = session.scalar(select(DagRun).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id))
        return run is not None and run.state in _OVER


def orders_of_run(run_id: str) -> list[int]:
    """The orders that a run by hand was started for."""
    with create_session() as session:
        conf = session.scalar(select(DagRun.conf).where(DagRun.dag_id == BY_HAND, DagRun.run_id == run_id))
    return [int(id_) for id_ in (conf or {}).get("order_ids") or ()]


def is_paused() -> bool:
    """Whether no night is posted until somebody switches the DAG on."""
    dag = DagModel.get_current(DAILY)
    return dag is None or bool(dag.is_paused)


def orders_of(dag_id: str, run_id: str, task_id: str, map_index: int) -> list[int]:
    """The orders of a mapped instance, as it was given them; none of another task."""
    source = _SOURCES.get(task_id)
    if source is None or map_index < 0:
        return []
    with create_session() as session:
        given = session.scalars(
            XComModel.get_many(run_id=run_id, key="return_value", task_ids=source, dag_ids=dag_id)
        ).first()
        value = XComModel.deserialize_value(given) if given is not None else []
    return [int(id_) for id_ in value[map_index]["order_ids"]] if map_index < len(value or ()) else []


_SOURCES = {"transform": "extract", "load": "extract", "attention": "record"}
"""Mapped task -> the one that returned the list it is mapped over."""
