"""A run is done again whole, and is cut otherwise than before: what its parts returned then counts no more."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.models.taskinstance import TaskInstance
from airflow.sdk import DAG
from airflow.sdk.definitions.dag import _run_task
from airflow.utils.db import initdb
from airflow.utils.session import create_session
from MySQLdb.connections import Connection

from include import settings
from include.errors import ForAPerson, HouseError
from include.ledger.connection import LedgerDatabase
from include.ledger.migrate import migrate
from include.reconciliation.sides import Depth
from include.steps import transform as planning
from include.steps.extract import extract
from include.steps.reconciliation import compare as comparing
from include.steps.run_request import RunRequest
from include.window import Window
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import make_case
from tests.dags.clearing import cleared, instances
from tests.dags.test_clearing import DAY, MARCH, failed, posted, states
from tests.dags.test_runs import xcom
from tests.steps.nights import Nights


class BrokenError(ForAPerson, HouseError):
    """What a test breaks."""


@pytest.fixture(scope="session", autouse=True)
def _airflow_database() -> None:
    initdb()


@pytest.fixture(autouse=True)
def _no_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONTUR__RUN__RETRIES", "0")


pytestmark = pytest.mark.usefixtures("shop", "ledger_database", "kontur")


def _covered(ledger: LedgerDatabase) -> int:
    with ledger.open() as session:
        ((days,),) = session.rows("SELECT COUNT(*) FROM local_kontur_bukh_day")
    return int(days)


def _of_next_night() -> list[int]:
    day = dt.date(2026, 4, 20)
    night = extract(settings.load(), Window(day, day), RunRequest("next", scheduled=True))
    return [order_id for batch in night.batches for order_id in batch["order_ids"]]


def test_with_fewer_batches_only_those_count_that_were_finished(
    dag: DAG, shop: Connection, ledger_database: LedgerDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KONTUR__RUN__BATCH_SIZE", "1")
    *_, lost = (make_case(shop, "shipped_unpaid", at=DAY).order_id for _ in range(3))
    plan = planning.transform

    def broken(order_ids: Any, *more: Any, **words: Any) -> Any:
        if lost in order_ids:
            raise BrokenError("broken for a test")
        return plan(order_ids, *more, **words)

    monkeypatch.setattr(planning, "transform", broken)
    first = dag.test(run_conf=MARCH)
    assert (str(first.state), _covered(ledger_database)) == ("failed", 0)
    again = cleared(dag, first.run_id, list(instances(first.run_id)))
    assert len([key for key, state in states(first.run_id).items() if state == "removed"]) == 4, "of two batches"
    assert (str(again.state), _covered(ledger_database)) == ("failed", 0)
    monkeypatch.setattr(planning, "transform", plan)
    assert _of_next_night() == [lost]
    whole = cleared(dag, first.run_id, [key for key, state in states(first.run_id).items() if state != "removed"])
    assert (str(whole.state), _covered(ledger_database)) == ("success", 31)


def test_what_failed_before_it_began_has_nothing_to_hand_on(
    dag: DAG, shop: Connection, kontur: Sandbox, ledger_database: LedgerDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As what is lost in an executor's queue, or marked as failed there."""
    monkeypatch.setenv("KONTUR__RUN__BATCH_SIZE", "1")
    for _ in range(2):
        make_case(shop, "shipped_unpaid", at=DAY)
    first = dag.test(run_conf=MARCH)
    with ledger_database.open() as session:
        session.execute("DELETE FROM local_kontur_bukh_day")  # as another go_live does
    posted_then, unposted = (make_case(shop, "shipped_unpaid", at=DAY) for _ in range(2))

    def lost(*, ti: Any, task: Any) -> None:
        if (ti.task_id, ti.map_index) != ("transform", 1):
            _run_task(ti=ti, task=task)
            return
        with create_session() as session:
            found = session.get(TaskInstance, ti.id)
            assert found is not None
            found.state = "failed"

    monkeypatch.setattr("tests.dags.clearing._run_task", lost)
    again = cleared(dag, first.run_id, list(instances(first.run_id)))
    assert posted_then.number in posted(kontur)
    assert (str(again.state), _covered(ledger_database)) == ("failed", 0)
    assert states(first.run_id)["load", 1] == "failed"
    assert unposted.order_id in _of_next_night()


def test_a_flood_is_over_once_its_cause_is_corrected(
    dag: DAG, shop: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KONTUR__RUN__BATCH_SIZE", "4")
    for _ in range(16):
        make_case(shop, "company", at=DAY)
    assert str(dag.test(run_conf=MARCH).state) == "success"
    monkeypatch.setenv("KONTUR__ACCOUNTING__NUMBER", "Z{{ order_id }}")
    stopped = dag.test(run_conf=MARCH)
    assert {state for key, state in states(stopped.run_id).items() if key[0] == "load"} == {"failed"}
    monkeypatch.delenv("KONTUR__ACCOUNTING__NUMBER")
    assert str(cleared(dag, stopped.run_id, list(instances(stopped.run_id))).state) == "success"


def test_squares_of_a_run_that_a_flood_stopped_post_nothing(
    dag: DAG, shop: Connection, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(12):
        make_case(shop, "company", at=DAY)
    assert str(dag.test(run_conf=MARCH).state) == "success"
    before = posted(kontur)
    new = [make_case(shop, "company", at=DAY) for _ in range(2)]
    monkeypatch.setenv("KONTUR__ACCOUNTING__NUMBER", "Z{{ order_id }}")
    stopped = dag.test(run_conf=MARCH)
    cleared(dag, stopped.run_id, failed(stopped.run_id))
    assert posted(kontur) == before
    monkeypatch.delenv("KONTUR__ACCOUNTING__NUMBER")
    assert str(cleared(dag, stopped.run_id, list(instances(stopped.run_id))).state) == "success"
    assert posted(kontur) == sorted([*before, *(order.number for order in new)])


def test_days_that_were_not_compared_are_said_though_the_run_has_fewer_by_now(
    dag_bag: DagBag,
    shop: Connection,
    ledger_database: LedgerDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    migrate(ledger_database)
    dag = dag_bag.dags["kontur_reconciliation"]
    day = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=5)
    make_case(shop, "shipped_unpaid", at=day)
    Nights(ledger_database).run(day)
    compare = comparing.compare

    def broken(asked: Any, *more: Any) -> Any:
        if asked.depth is Depth.HEADERS:
            raise BrokenError("broken for a test")
        return compare(asked, *more)

    monkeypatch.setattr(comparing, "compare", broken)
    run = dag.test(run_conf={})
    assert sorted(state for key, state in states(run.run_id).items() if key[0] == "compare") == ["failed", "success"]
    again = cleared(dag, run.run_id, list(instances(run.run_id)))
    assert (states(run.run_id)["compare", 0], str(again.state)) == ("failed", "failed")


def test_blank_names_name_nobody_and_are_not_all_days(dag: DAG, shop: Connection, kontur: Sandbox) -> None:
    make_case(shop, "shipped_unpaid", at=DAY)
    run = dag.test(run_conf={**MARCH, "order_numbers": [" ", ""]})
    assert (str(run.state), posted(kontur)) == ("failed", [])


def test_a_run_without_an_interval_keeps_its_day(dag: DAG) -> None:
    """It is of the day before it was started, however much later it is done, or done again."""
    run = dag.test(logical_date=None, run_after=dt.datetime(2026, 3, 17, 22, tzinfo=dt.UTC), run_conf={})
    assert xcom(run, "preflight")["window"] == ["2026-03-17", "2026-03-17"], "in Moscow it was the 18th"
