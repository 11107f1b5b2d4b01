"""What every operator may expect of our DAGs."""

from __future__ import annotations

import datetime as dt

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG, TriggerRule
from airflow.sdk.definitions.mappedoperator import MappedOperator
from kontur_hook.timetable import ShopDayTimetable

from include.steps.retrying import KonturRetryPolicy

TASKS = ["attention", "extract", "load", "preflight", "record", "report", "transform"]


def test_the_dags_import_without_errors(dag_bag: DagBag) -> None:
    assert dag_bag.import_errors == {}
    assert sorted(dag_bag.dags) == [
        "bitrix_to_kontur",
        "kontur_by_hand",
        "kontur_digest",
        "kontur_reconciliation",
    ]


def test_the_tasks_have_their_promised_names(dag: DAG) -> None:
    assert sorted(dag.task_dict) == TASKS


def test_by_hand_is_the_same_but_never_by_itself(dag: DAG, by_hand: DAG) -> None:
    assert sorted(by_hand.task_dict) == TASKS
    for name in TASKS:
        assert by_hand.task_dict[name].upstream_task_ids == dag.task_dict[name].upstream_task_ids
    assert by_hand.schedule is None
    assert by_hand.is_paused_upon_creation is False
    assert by_hand.max_active_runs == 4
    assert dict(by_hand.params)["dry_run"] is True
    assert dict(dag.params)["dry_run"] is False
    assert set(by_hand.params) == set(dag.params)


def test_loading_waits_for_all_batches_to_be_planned_and_not_for_all_to_succeed(dag: DAG) -> None:
    load = dag.task_dict["load"]
    assert load.upstream_task_ids == {"extract", "transform"}
    assert load.trigger_rule == TriggerRule.ALL_DONE_MIN_ONE_SUCCESS


def test_it_says_what_it_is_and_whose(dag: DAG) -> None:
    assert dag.tags == {"bitrix", "kontur", "accounting"}
    assert dag.doc_md is not None
    assert "attention" in dag.doc_md
    assert {task.owner for task in dag.tasks} == {"accounting"}


def test_its_schedule_is_the_shops_days_and_being_switched_on_does_not_run_them_all(dag: DAG) -> None:
    assert isinstance(dag.timetable, ShopDayTimetable)
    assert dag.catchup is False, "of the first run only: the timetable leaves out no day after it"
    assert dag.dagrun_timeout is not None


@pytest.mark.parametrize("task_id", [name for name in TASKS if name != "attention"])
def test_each_task_retries_by_the_policy_and_ends_at_last(dag: DAG, task_id: str) -> None:
    task = dag.task_dict[task_id]
    arguments = getattr(task, "partial_kwargs", None) or vars(task)
    assert arguments["retries"] == 3
    assert isinstance(arguments["retry_policy"], KonturRetryPolicy)
    assert arguments["retry_exponential_backoff"] == 2.0
    assert arguments["execution_timeout"] == dt.timedelta(minutes=50 if task_id == "load" else 30)


def test_attention_never_retries_and_labels_its_squares(dag: DAG) -> None:
    attention = dag.task_dict["attention"]
    assert isinstance(attention, MappedOperator)
    assert attention.partial_kwargs["retries"] == 0
    assert attention.partial_kwargs["map_index_template"] == "{{ label }}"


def test_outcomes_are_recorded_though_a_batch_failed(dag: DAG) -> None:
    assert dag.task_dict["record"].trigger_rule == TriggerRule.ALL_DONE_MIN_ONE_SUCCESS
    assert dag.task_dict["record"].upstream_task_ids >= {"extract", "load"}


def test_the_form_in_the_ui_asks_for_days_orders_and_a_dry_run(dag: DAG) -> None:
    schema = {name: dag.params.get_param(name).schema for name in dag.params}
    assert sorted(schema) == ["date_from", "date_to", "dry_run", "order_ids", "order_numbers"]
    assert schema["date_from"]["format"] == "date"
    assert schema["order_numbers"]["items"] == {"type": "string"}
    assert "type" not in schema["order_ids"]["items"], "else the form asks for JSON"
    assert schema["dry_run"]["type"] == ["boolean", "null"]
