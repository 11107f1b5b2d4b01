"""The shop's orders into Kontur.Accounting: every night, and by hand. Wiring only; the work is in include/steps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

import pendulum
from airflow.sdk import DAG, Param, TriggerRule, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException, AirflowRescheduleException
from kontur_hook.timetable import ShopDayTimetable

from include import cuts, dag_ids, settings
from include.dag_defaults import default_args
from include.dag_texts import line, name, page
from include.squares import label, red
from include.window import Window, window_of

if TYPE_CHECKING:
    from include.steps.run_request import RunRequest

SETTINGS = settings.load()
ZONE = SETTINGS.shop.timezone
SPOKEN = SETTINGS.words.language
REFUSALS = "refusals"
"""The XCom by which each ``load`` knows what all of ``transform`` refused, and of how many orders of the run."""
_ENDED = frozenset({"success", "failed"})


def _wait_end() -> dt.datetime:
    """Until when the run at work waits for what is not confirmed, UTC, naive."""
    run = get_current_context()["dag_run"]
    # ``airflow dags test`` begins a run of an older date on that date.
    began: dt.datetime = max(run.start_date, run.run_after)
    return (began + dt.timedelta(seconds=settings.load().posting.wait_s)).astimezone(dt.UTC).replace(tzinfo=None)


def _shop_time(at: dt.datetime) -> dt.datetime:
    """Of UTC; both are naive."""
    return at.replace(tzinfo=dt.UTC).astimezone(settings.load().shop.zone).replace(tzinfo=None)


def _leave_until(at: dt.datetime) -> NoReturn:
    """Give up the worker, and be started again then (UTC, naive): no failure, so it uses up no try."""
    raise AirflowRescheduleException(at.replace(tzinfo=dt.UTC))


def _check_is_followed(*, planning: bool) -> None:
    """A task that was cleared without those that have to follow it does nothing.

    Else something would be left undone, or unsaid, in a run that looks finished.

    Args:
        planning: ``load`` has to follow as well, not only ``report``.

    Raises:
        AirflowFailException: they have ended, and were not cleared with it.
    """
    context = get_current_context()
    ti, run_id = context["ti"], context["run_id"]
    if ti.try_number == 1:
        return
    found = ti.get_task_states(context["dag"].dag_id, task_ids=["load", "report"], run_ids=[run_id])[run_id]
    # A mapped task's are called load_0, load_1 …
    own = "load" if ti.map_index is None or ti.map_index < 0 else f"load_{ti.map_index}"
    loads = [state for name, state in found.items() if name != "report" and (own == "load" or name in {"load", own})]
    if found.get("report") == "success" or (planning and any(state in _ENDED for state in loads)):
        from include.facts import said
        from include.words import text

        raise AirflowFailException(text(said("cleared_alone")))


def _window(days: list[str]) -> Window:
    """From XCom."""
    return Window(*map(dt.date.fromisoformat, days))


def _asked() -> RunRequest:
    """What the run at work is asked for; from here on the task speaks the language that the run's first task found."""
    from include.steps.run_request import RunRequest
    from include.words import Language, speak

    context = get_current_context()
    speak(Language((context["ti"].xcom_pull(task_ids="preflight") or {}).get("language", Language.RU)))
    params = context["params"]
    return RunRequest(
        run_id=context["run_id"],
        scheduled=context["dag_run"].run_type == "scheduled",
        order_numbers=params["order_numbers"] or [],
        order_ids=params["order_ids"] or [],
        dry_run=params["dry_run"] is not False,
    )


def _refused() -> list[Mapping[str, Any]]:
    """What the whole run refused, and of how many orders: of what ``extract`` left out, and of each batch."""
    of_extract, *of_batches = get_current_context()["ti"].xcom_pull(task_ids=["extract", "transform"], key=REFUSALS)
    return [of_extract, *cuts.of_all(of_batches, [of_extract])]


@task(task_display_name=name("task_preflight", SPOKEN))
def preflight(*, by_hand: bool) -> dict[str, Any]:
    """What is wrong is said in words before anything is posted; the run's window."""
    from include.steps import tasks
    from include.steps.by_hand import check_by_hand
    from include.words import speak

    context, asked = get_current_context(), _asked()
    language = tasks.language()
    speak(language)
    params = context["params"]
    if by_hand:
        check_by_hand(named=asked.names_orders, dry_run=asked.dry_run)
    start, end = context.get("data_interval_start"), context.get("data_interval_end")
    window = window_of(
        date_from=params["date_from"],
        date_to=params["date_to"],
        interval=(start, end) if start is not None and end is not None else None,
        now=context["dag_run"].run_after,  # the same however often the task is done again
        zone=settings.load().shop.zone,
    )
    checked = tasks.preflight(asked, window)
    return {
        "language": language.value,
        "window": [window.date_from.isoformat(), window.date_to.isoformat()],
        "warnings": checked.warnings,
        "look_again": checked.look_again,
    }


@task(task_display_name=name("task_extract", SPOKEN))
def extract(checked: dict[str, Any]) -> list[dict[str, Any]]:
    """Which orders to look at, cut into batches."""
    from include.steps import tasks
    from include.steps.flood import nothing_refused

    context = get_current_context()
    asked = _asked()
    _check_is_followed(planning=True)
    found = tasks.extract(asked, _window(checked["window"]), also=checked["look_again"])
    context["ti"].xcom_push(key="unmapped", value=found.unmapped)
    context["ti"].xcom_push(key="covering", value=found.covering)
    context["ti"].xcom_push(key="unchanged", value=found.unchanged)
    batches = cuts.cut(found.batches, context["ti"].try_number)
    context["ti"].xcom_push(key=REFUSALS, value=cuts.of_part(nothing_refused(found.unchanged["fine"]), batches[0]))
    return batches


@task(task_display_name=name("task_transform", SPOKEN), map_index_template="{{ label }}")
def transform(batch: dict[str, Any]) -> dict[str, Any]:
    """Plan a batch of orders; what is due goes into the ledger."""
    from include.steps import shown, tasks
    from include.steps.flood import refusals

    context, asked = get_current_context(), _asked()
    label(shown.batch(batch["order_ids"]))
    _check_is_followed(planning=True)
    planned = tasks.transform(asked, batch)
    context["ti"].xcom_push(key=REFUSALS, value=cuts.of_part(refusals(planned), batch))
    label(shown.planned(batch["order_ids"], planned["planned"]))
    return cuts.of_part(planned, batch)


# 500 orders of three requests, 5 s each, four at once, take 31 minutes; the next try goes on where this one ended.
# It waits for all batches to be planned, but not for all of them to succeed: what a batch lacks is its own affair.
@task(
    task_display_name=name("task_load", SPOKEN),
    map_index_template="{{ label }}",
    execution_timeout=dt.timedelta(minutes=50),
    trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS,
)
def load(batch: dict[str, Any]) -> dict[str, Any]:
    """Post what the ledger has planned for the batch, and wait for what is not confirmed; hands on what was planned."""
    from include.facts import said
    from include.steps import shown, tasks
    from include.words import text

    context, asked = get_current_context(), _asked()
    ti = context["ti"]
    label(shown.batch(batch["order_ids"]))
    _check_is_followed(planning=False)
    planned = ti.xcom_pull(task_ids="transform", map_indexes=ti.map_index)
    if not cuts.is_of(planned, batch):
        raise AirflowFailException(text(said("batch_not_planned")))
    posted = tasks.load(asked, planned, _refused())
    again_at = posted.again_at if posted.again_at is not None and posted.again_at <= _wait_end() else None
    label(
        shown.loaded(
            batch["order_ids"], posted.handed_on.get("results"), None if again_at is None else _shop_time(again_at)
        )
    )
    if again_at is not None:
        _leave_until(again_at)
    return posted.handed_on


@task(task_display_name=name("task_record", SPOKEN), trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)
def record(batches: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Outcomes into the order table; the orders that need a person."""
    from include.steps import tasks

    return tasks.record(_asked(), batches)


@task(task_display_name=name("task_report", SPOKEN), trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)
def report(checked: dict[str, Any], batches: list[dict[str, Any]]) -> dict[str, Any]:
    """The run in figures and in words; red if a batch was not finished, or something of it is shown nowhere."""
    from include.steps import tasks
    from include.words import text

    ti, asked = get_current_context()["ti"], _asked()
    # A list of task ids gives a list also for one instance; what failed is not in it.
    finished = cuts.of_all(ti.xcom_pull(task_ids=["load"]), batches)
    found = {
        "batches": batches,
        "unmapped": ti.xcom_pull(task_ids="extract", key="unmapped") or {},
        "covering": ti.xcom_pull(task_ids="extract", key="covering"),
        "squares": ti.xcom_pull(task_ids="record") or [],
        "unchanged": ti.xcom_pull(task_ids="extract", key="unchanged"),
    }
    summary = tasks.report(asked, _window(checked["window"]), checked, found, finished)
    if gaps := tasks.gaps(asked, found, finished):
        ti.xcom_push(key="return_value", value=summary)
        raise AirflowFailException("\n".join(text(gap) for gap in gaps))
    return summary


# As long as ``load``, which it does again.
@task(
    task_display_name=name("task_attention", SPOKEN),
    retries=0,
    map_index_template="{{ label }}",
    execution_timeout=dt.timedelta(minutes=50),
)
def attention(square: dict[str, Any]) -> None:
    """An order that needs a person or is not confirmed; when cleared, planned, posted and waited for again."""
    from include.steps import shown, tasks

    context, asked = get_current_context(), _asked()
    label(shown.square_at_work(square))
    cleared = context["ti"].try_number > 1
    left = tasks.attention(asked, square, _refused() if cleared else [], cleared=cleared)
    label(shown.square(square, left.orders))
    if not left.orders:
        return
    waits = any(outcome.unconfirmed for outcome in left.orders)
    if waits and left.again_at is not None and left.again_at <= _wait_end():
        _leave_until(left.again_at)
    red(shown.lines(left.orders))


def _params(*, dry_run: bool) -> dict[str, Param]:
    """The form of a run; each DAG has its own."""
    return {
        "date_from": Param(
            None,
            type=["null", "string"],
            format="date",
            title=line("form_date_from", SPOKEN),
            description=line("form_date_from_hint", SPOKEN),
        ),
        "date_to": Param(
            None,
            type=["null", "string"],
            format="date",
            title=line("form_date_to", SPOKEN),
            description=line("form_date_to_hint", SPOKEN),
        ),
        "order_numbers": Param(
            None,
            type=["null", "array"],
            items={"type": "string"},
            title=line("form_order_numbers", SPOKEN),
            description=line("form_order_numbers_hint", SPOKEN),
        ),
        "order_ids": Param(
            None,
            type=["null", "array"],
            # Items without a type are asked for one a line, items of several types as JSON.
            items={"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": "^ *[0-9]* *$"}]},
            title=line("form_order_ids", SPOKEN),
            description=line("form_order_ids_hint", SPOKEN),
        ),
        "dry_run": Param(
            dry_run,
            type=["boolean", "null"],  # a plain boolean gets the star of a field that must be filled in
            title=line("form_dry_run", SPOKEN),
            description=line("form_dry_run_hint", SPOKEN),
        ),
    }


def _dag(dag_id: str, *, by_hand: bool, schedule: ShopDayTimetable | None, **more: Any) -> DAG:
    """The tasks and how they hang together; ``more`` is what is the DAG's own."""
    with DAG(
        dag_id=dag_id,
        schedule=schedule,
        start_date=pendulum.datetime(2016, 1, 1, tz=ZONE),
        catchup=False,  # when first switched on; after that the timetable leaves out no day
        max_active_runs=4,
        dagrun_timeout=dt.timedelta(hours=12),
        params=_params(dry_run=by_hand),
        default_args=default_args(SETTINGS.run),
        **more,
    ) as dag:
        checked = preflight(by_hand=by_hand)
        batches = extract(checked)
        loaded = load.expand(batch=batches)
        transform.expand(batch=batches) >> loaded
        recorded = record(batches)
        loaded >> recorded >> report(checked, batches)
        attention.expand(square=recorded)
    return dag


daily = _dag(
    dag_ids.DAILY,
    by_hand=False,
    dag_display_name=name("daily_name", SPOKEN),
    description=line("daily_description", SPOKEN),
    doc_md=page("daily_doc", SPOKEN),
    schedule=ShopDayTimetable(ZONE),
    tags=["bitrix", "kontur", "accounting"],
)
by_hand = _dag(
    dag_ids.BY_HAND,
    by_hand=True,
    dag_display_name=name("by_hand_name", SPOKEN),
    description=line("by_hand_description", SPOKEN),
    doc_md=page("by_hand_doc", SPOKEN),
    schedule=None,
    is_paused_upon_creation=False,
    tags=["bitrix", "kontur", "accounting"],
)
