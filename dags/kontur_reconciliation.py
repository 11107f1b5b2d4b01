"""Shop against books, every night and at a month's end. Wiring only; the work is in include/steps/reconciliation."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pendulum
from airflow.sdk import DAG, CronTriggerTimetable, Param, TriggerRule, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from include import cuts, dag_ids, settings
from include.dag_defaults import default_args
from include.dag_texts import line, name, page
from include.squares import label, red

SETTINGS = settings.load()
ZONE = SETTINGS.shop.timezone
SPOKEN = SETTINGS.words.language


def _speak() -> None:
    """From here on the task speaks the language that the run's first task found."""
    from include.words import Language, speak

    speak(Language(get_current_context()["ti"].xcom_pull(task_ids="preflight") or Language.RU))


@task(task_display_name=name("task_preflight", SPOKEN))
def preflight() -> str:
    """What cannot be read or written is said in words; the language that the run speaks."""
    from include.steps.language import language
    from include.steps.reconciliation.preflight import preflight as check
    from include.words import speak

    in_force = settings.load()
    spoken = language(in_force)
    speak(spoken)
    check(in_force)
    return spoken.value


@task(task_display_name=name("task_days", SPOKEN))
def days() -> list[dict[str, Any]]:
    """Which days of which accounts to compare, cut into ranges."""
    from include.steps.reconciliation.days import asked_for
    from include.steps.reconciliation.days import days as choose

    _speak()
    context = get_current_context()
    return cuts.cut(choose(asked_for(context["params"]), settings.load()), context["ti"].try_number)


# A month of 3,000 documents, a second each, four at once, takes 13 minutes.
@task(
    task_display_name=name("task_compare", SPOKEN),
    map_index_template="{{ label }}",
    execution_timeout=dt.timedelta(minutes=90),
)
def compare(days: dict[str, Any]) -> dict[str, Any]:
    """Some days of an account from all three sides; what was found goes into the ledger."""
    from include.steps.reconciliation import telling
    from include.steps.reconciliation.compare import Range
    from include.steps.reconciliation.compare import compare as look

    _speak()
    label(telling.at_work(days))
    found = look(Range.of(days), settings.load(), get_current_context()["run_id"])
    label(telling.compared(found))
    return cuts.of_part(found, days)


@task(task_display_name=name("task_conclude", SPOKEN), trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)
def conclude(ranges: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is gone and what is new; the squares. The XCom ``summary`` has the run in figures and in words."""
    from include.facts import said
    from include.steps.reconciliation.conclude import conclude as sum_up
    from include.words import text

    _speak()
    context = get_current_context()
    finished = cuts.of_all(context["ti"].xcom_pull(task_ids=["compare"]), ranges)
    missing = len(ranges) - len(finished)
    summary, squares = sum_up(finished, settings.load(), context["run_id"], complete=not missing)
    context["ti"].xcom_push(key="summary", value=summary)
    if missing:
        raise AirflowFailException(text(said("compared_not_finished", count=missing, all=len(ranges))))
    return squares


@task(
    task_display_name=name("task_differences", SPOKEN),
    retries=0,
    map_index_template="{{ label }}",
    execution_timeout=dt.timedelta(minutes=90),
)
def attention(square: dict[str, Any]) -> None:
    """A new difference; when cleared, its days are compared again."""
    from include.steps.reconciliation import telling
    from include.steps.reconciliation.attention import again, unsettled

    _speak()
    context = get_current_context()
    label(telling.square_at_work(square))
    ids, first_look = square["ids"], context["ti"].try_number == 1
    left = unsettled(ids) if first_look else again(ids, settings.load(), context["run_id"])
    label(telling.square(square, left))
    if left:
        red(telling.lines(left))


def _day(code: str, hint: str) -> Param:
    return Param(None, type=["null", "string"], format="date", title=line(code, SPOKEN), description=line(hint, SPOKEN))


with DAG(
    dag_id=dag_ids.RECONCILIATION,
    dag_display_name=name("reconcile_name", SPOKEN),
    description=line("reconcile_description", SPOKEN),
    doc_md=page("reconcile_doc", SPOKEN),
    # A night that was missed needs no run of its own: the next one looks at its days, and at a month that was missed.
    schedule=CronTriggerTimetable(SETTINGS.reconciliation.cron, timezone=ZONE),
    start_date=pendulum.datetime(2016, 1, 1, tz=ZONE),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=dt.timedelta(hours=12),
    tags=["bitrix", "kontur", "accounting"],
    params={
        "month": Param(
            None,
            type=["null", "string"],
            pattern=r"^\d{4}-\d{2}$",
            title=line("form_month", SPOKEN),
            description=line("form_month_hint", SPOKEN),
        ),
        "date_from": _day("form_date_from", "form_compare_from_hint"),
        "date_to": _day("form_date_to", "form_compare_to_hint"),
        "depth": Param(
            None,
            type=["null", "string"],
            enum=[None, "headers", "full"],
            values_display={
                "headers": line("form_depth_headers", SPOKEN),
                "full": line("form_depth_full", SPOKEN),
            },
            title=line("form_depth", SPOKEN),
            description=line("form_depth_hint", SPOKEN),
        ),
    },
    default_args=default_args(SETTINGS.run),
) as dag:
    ranges = days()
    preflight() >> ranges
    concluded = conclude(ranges)
    compare.expand(days=ranges) >> concluded
    attention.expand(square=concluded)
