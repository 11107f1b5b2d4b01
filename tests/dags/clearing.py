"""Clears a part of a finished run, and has it go on: the loop of ``dag.test()``, on a run that there is already."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from airflow._shared.timezones import timezone
from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import clear_task_instances
from airflow.sdk import DAG
from airflow.sdk.definitions.dag import _run_task
from airflow.serialization.serialized_objects import DagSerialization
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState, TaskInstanceState
from sqlalchemy import select

Instance = tuple[str, int]
"""Task and map index."""


def instances(run_id: str) -> dict[Instance, Any]:
    """All of a run that there are."""
    with create_session() as session:
        return {(ti.task_id, ti.map_index): ti for ti in _run(run_id, session).get_task_instances(session=session)}


def cleared(dag: DAG, run_id: str, wanted: Collection[Instance]) -> Any:
    """The run, when it has ended again."""
    scheduler_dag = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag))
    with create_session() as session:
        run = _run(run_id, session)
        found = [ti for ti in run.get_task_instances(session=session) if (ti.task_id, ti.map_index) in wanted]
        assert len(found) == len(wanted), "cleared is what there is"
        clear_task_instances(found, session)
    with create_session() as session:
        run = _run(run_id, session)
        run.state, run.start_date, run.dag = DagRunState.RUNNING, timezone.utcnow(), scheduler_dag
        while run.state == DagRunState.RUNNING:
            session.expire_all()
            run.dag = scheduler_dag
            ready, _ = run.update_state(session=session)
            for ti in ready:
                if ti.state != TaskInstanceState.UP_FOR_RESCHEDULE:
                    ti.try_number += 1
                ti.state = TaskInstanceState.SCHEDULED
            session.commit()
            for ti in run.get_task_instances(session=session):
                if ti.state == TaskInstanceState.SCHEDULED:
                    _run_task(ti=ti, task=dag.task_dict[ti.task_id])
        session.commit()
        return run


def _run(run_id: str, session: Any) -> Any:
    return session.scalar(select(DagRun).where(DagRun.run_id == run_id))
