"""The reconciliation's DAG: its shape, and one whole run."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.models.xcom import XComModel
from airflow.sdk import DAG, CronTriggerTimetable
from airflow.utils.db import initdb
from airflow.utils.session import create_session
from MySQLdb.connections import Connection

from include import settings
from include.ledger.connection import LedgerDatabase
from include.ledger.migrate import migrate
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import make_case
from tests.steps.nights import Nights

DAY = dt.date(2026, 3, 17)


@pytest.fixture
def reconciliation(dag_bag: DagBag) -> DAG:
    return dag_bag.dags["kontur_reconciliation"]


def test_names_schedule_and_form(reconciliation: DAG) -> None:
    assert sorted(reconciliation.task_dict) == ["attention", "compare", "conclude", "days", "preflight"]
    assert set(reconciliation.params) == {"month", "date_from", "date_to", "depth"}
    assert isinstance(reconciliation.timetable, CronTriggerTimetable)
    assert settings.load().reconciliation.cron == "0 5 * * *"
    assert (reconciliation.catchup, reconciliation.max_active_runs) == (False, 1)
    assert reconciliation.task_dict["compare"].partial_kwargs["retries"] == 3  # type: ignore[union-attr]
    assert reconciliation.task_dict["attention"].partial_kwargs["retries"] == 0  # type: ignore[union-attr]


def xcom(dag_run: Any, key: str) -> Any:
    with create_session() as session:
        query = XComModel.get_many(run_id=dag_run.run_id, dag_ids=dag_run.dag_id, task_ids="conclude", key=key)
        return XComModel.deserialize_value(session.scalar(query.limit(1)))


def test_a_month_by_hand(
    reconciliation: DAG, shop: Connection, ledger_database: LedgerDatabase, kontur: Sandbox
) -> None:
    initdb()
    migrate(ledger_database)
    gone, _ = (make_case(shop, "paid_and_shipped_in_a_day", at=DAY).order_id for _ in range(2))
    Nights(ledger_database).run(DAY)
    with ledger_database.open() as session:
        session.execute("UPDATE local_kontur_bukh_operation SET done_at = done_at - INTERVAL 1 HOUR")
    (document,) = [one["id"] for one in kontur.books.documents() if f"-S{gone}-" in one["comment"]]
    kontur.control("DELETE", f"/documents/{document}")

    run = reconciliation.test(run_conf={"month": "2026-03"})

    summary = xcom(run, "summary")
    assert summary["holds"]
    assert summary["differences"] == {"payment_missing": 1, "vanished": 1}
    assert summary["ranges"] == [
        {"connection": "kontur_default", "date_from": "2026-03-01", "date_to": "2026-03-31", "depth": "full"}
    ]
    labels = {
        (one.task_id, str(one.state)): one.rendered_map_index
        for one in run.get_task_instances()
        if one.task_id in {"compare", "attention"}
    }
    assert labels["compare", "success"] == "kontur_default · 01.03.2026–31.03.2026 · сверено: 2 заказа · 2 расхождения"
    assert labels["attention", "failed"].startswith(f"№ {gone} · ")
    assert str(run.state) == "failed"
