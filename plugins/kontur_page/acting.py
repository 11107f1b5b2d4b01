"""What the page does in Airflow itself: starting runs, and its audit log."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence

from airflow.api.common.trigger_dag import trigger_dag
from airflow.models.dag import DagModel
from airflow.models.log import Log
from airflow.utils.session import create_session
from airflow.utils.types import DagRunTriggeredByType

from include.dag_ids import BY_HAND, RECONCILIATION
from include.errors import ForAPerson, HouseError
from include.facts import said
from include.words import speaking
from kontur_page import threads
from kontur_page.page import Page


class NotStartedError(ForAPerson, HouseError):
    """Airflow does not know the DAG, or does not start it."""


def starter(who: str) -> Callable[[Sequence[int]], str]:
    """What starts a run that posts orders for a person."""
    return functools.partial(_start, who=who)


def _start(order_ids: Sequence[int], who: str) -> str:
    """Start a run that posts these orders; its id.

    Raises:
        NotStartedError: the DAG is paused or is not there.
    """
    # Its form's default is a dry run.
    return _trigger(BY_HAND, who, {"order_ids": list(order_ids), "dry_run": False})


def compare(month: str, who: str) -> str:
    """Start a run that compares a month (``2026-09``) with Kontur, of each account; its id.

    Raises:
        NotStartedError: the DAG is paused or is not there.
    """
    return _trigger(RECONCILIATION, who, {"month": month})


def _trigger(dag_id: str, who: str, conf: dict[str, object]) -> str:
    dag = DagModel.get_current(dag_id)
    if dag is None or dag.is_paused:
        raise NotStartedError(said("page_dag_paused" if dag is not None else "page_dag_missing", dag=dag_id))
    run = trigger_dag(dag_id, triggered_by=DagRunTriggeredByType.UI, triggering_user_name=who, conf=conf)
    if run is None:
        raise NotStartedError(said("page_dag_missing", dag=dag_id))
    return run.run_id


def note(event: str, who: str, dag_id: str = BY_HAND, **extra: object) -> None:
    """A line of Airflow's audit log."""
    with create_session() as session:
        session.add(Log(event=f"kontur.{event}", owner=who, dag_id=dag_id, extra=json.dumps(extra)))


async def do(page: Page, work: Callable[[], str]) -> str:
    """Do something for the reader, in his language.

    Raises:
        HouseError, KonturError: it was not done; why.
    """

    def spoken() -> str:
        with speaking(page.language):
            return work()

    return await threads.act(spoken)
