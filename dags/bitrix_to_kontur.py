"""The shop's orders into Kontur.Accounting: every night, and by hand. Wiring only; the work is in include/steps."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pendulum
from airflow.sdk import DAG, Param, TriggerRule, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException
from kontur_hook.timetable import ShopDayTimetable

from include import settings
from include.steps.retrying import KonturRetryPolicy
from include.window import Window, window_of

if TYPE_CHECKING:
    from include.steps.tasks import Asked

SETTINGS = settings.load()
ZONE = SETTINGS.shop.timezone
REFUSALS = "refusals"
"""The XCom by which each ``load`` knows what all of ``transform`` refused."""

DOC = """
### Bitrix orders into Kontur.Accounting

Every night: the orders of the day before that were shipped and paid, each document and payment once; and what nights
that failed have left, and what was corrected since.

| task | what it does |
|---|---|
| preflight | checks shop, ledger, Kontur and settings, and says in words what is wrong |
| extract | which orders to look at |
| transform, load | plan and post, one instance for each batch of orders |
| record | writes the outcomes to `local_kontur_bukh_sync` |
| report | the run in figures (XCom) |
| attention | **one red square for each order that needs a person** |

**A red square**: its label is the order's number and the reason. Correct the cause in the shop, then *clear that
one instance*: the order is planned and posted again, the square turns green, and with the last one the run.

**Past days**: `airflow backfill create --dag-id bitrix_to_kontur --from-date 2026-09-01 --to-date 2026-09-30`, or
`make backfill`; days are the shop's. Running any day twice changes nothing in the books.
"""

BY_HAND_DOC = """
### The same by hand: look before you post, and post single orders

**Dry run** (on unless you switch it off): with «From» and «To», or «Orders». The report says what would be posted, and
what would not, and why. Nothing is posted, nothing is written, and nothing has to be switched on for it.

**Single orders**: fill in «Orders» and switch «Dry run» off. Whole days are never posted from here; that is the daily
DAG's work (`bitrix_to_kontur`).
"""


def _label(text: str) -> None:
    """What this mapped instance is called in the UI; shown also when it fails."""
    get_current_context()["label"] = text  # type: ignore[typeddict-unknown-key]


def _window(days: list[str]) -> Window:
    """From XCom."""
    return Window(*map(dt.date.fromisoformat, days))


def _asked() -> Asked:
    """What the run at work is asked for."""
    from include.steps.tasks import Asked

    context = get_current_context()
    params = context["params"]
    return Asked(
        run_id=context["run_id"],
        scheduled=context["dag_run"].run_type == "scheduled",
        order_numbers=params["order_numbers"] or (),
        order_ids=params["order_ids"] or (),
        dry_run=params["dry_run"],
    )


@task
def preflight(*, by_hand: bool) -> dict[str, Any]:
    """What is wrong is said in words before anything is posted; the run's window."""
    from include.steps import tasks
    from include.steps.by_hand import check_by_hand

    context, asked = get_current_context(), _asked()
    params = context["params"]
    if by_hand:
        check_by_hand(named=asked.names_orders, dry_run=asked.dry_run)
    start, end = context.get("data_interval_start"), context.get("data_interval_end")
    window = window_of(
        date_from=params["date_from"],
        date_to=params["date_to"],
        interval=(start, end) if start is not None and end is not None else None,
        now=dt.datetime.now(dt.UTC),
        zone=settings.load().shop.zone,
    )
    checked = tasks.preflight(asked, window)
    return {
        "window": [window.date_from.isoformat(), window.date_to.isoformat()],
        "warnings": checked.warnings,
        "look_again": checked.look_again,
    }


@task
def extract(checked: dict[str, Any]) -> list[dict[str, Any]]:
    """Which orders to look at, cut into batches."""
    from include.steps import tasks

    context = get_current_context()
    found = tasks.extract(_asked(), _window(checked["window"]), also=checked["look_again"])
    context["ti"].xcom_push(key="unmapped", value=found.unmapped)
    context["ti"].xcom_push(key="covering", value=found.covering)
    return found.batches


@task(map_index_template="{{ label }}")
def transform(batch: dict[str, Any]) -> dict[str, Any]:
    """Plan a batch of orders; what is due goes into the ledger."""
    from include.steps import tasks
    from include.steps.flood import refusals

    context = get_current_context()
    _label(batch["label"])
    planned = tasks.transform(_asked(), batch)
    context["ti"].xcom_push(key=REFUSALS, value=refusals(planned))
    _label(f"{batch['label']} · {planned['planned']} to post")
    return planned


# 500 orders of three requests, 5 s each, four at once, take 31 minutes; the next try goes on where this one ended.
# It waits for all batches to be planned, but not for all of them to succeed: what a batch lacks is its own affair.
@task(
    map_index_template="{{ label }}",
    execution_timeout=dt.timedelta(minutes=50),
    trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS,
)
def load(batch: dict[str, Any]) -> dict[str, Any]:
    """Post what the ledger has planned for the batch; hands on what ``transform`` found."""
    from include.steps import tasks

    context, asked = get_current_context(), _asked()
    ti = context["ti"]
    _label(batch["label"])
    planned = ti.xcom_pull(task_ids="transform", map_indexes=ti.map_index)
    if planned is None:
        raise AirflowFailException(
            "This batch was not planned: its square in transform says why. When that is corrected, clear the square in"
            " transform with «Downstream»; nothing is posted twice."
        )
    refused = [found for found in ti.xcom_pull(task_ids=["transform"], key=REFUSALS) if found]
    loaded = tasks.load(asked, planned, refused, last_try=ti.try_number > ti.max_tries)
    words = ", ".join(f"{count} {result}" for result, count in loaded.get("results", {}).items()) or "nothing to post"
    _label(f"{planned['label']} · {'dry run' if asked.dry_run else words}")
    return loaded


@task(trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)
def record(batches: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Outcomes into the order table; the orders that need a person."""
    from include.steps import tasks

    return tasks.record(_asked(), batches)


@task(trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)
def report(checked: dict[str, Any], batches: list[dict[str, Any]]) -> dict[str, Any]:
    """The run in figures; red if a batch was not finished."""
    from include.steps import tasks

    ti = get_current_context()["ti"]
    # A list of task ids gives a list also for one instance; what failed is not in it.
    finished = [loaded for loaded in ti.xcom_pull(task_ids=["load"]) if loaded is not None]
    found = {
        "batches": batches,
        "unmapped": ti.xcom_pull(task_ids="extract", key="unmapped") or {},
        "covering": ti.xcom_pull(task_ids="extract", key="covering"),
    }
    summary = tasks.report(_asked(), _window(checked["window"]), checked, found, finished)
    if len(finished) < len(batches):
        ti.xcom_push(key="return_value", value=summary)
        raise AirflowFailException(
            f"{len(batches) - len(finished)} of {len(batches)} batches were not finished: their red squares in"
            " transform or load say why; one that was marked as success by hand has posted nothing. Clear them when"
            " that is corrected; nothing is posted twice."
        )
    return summary


# As long as ``load``, which it does again.
@task(retries=0, map_index_template="{{ label }}", execution_timeout=dt.timedelta(minutes=50))
def attention(square: dict[str, Any]) -> None:
    """An order that needs a person; when cleared, planned and posted again."""
    from include.steps.attention import again, problems

    context = get_current_context()
    _label(square["label"])
    first_look = context["ti"].try_number == 1
    left = (
        problems(square["order_ids"]) if first_look else again(square["order_ids"], settings.load(), context["run_id"])
    )
    if left:
        _label(left[0] if len(square["order_ids"]) == 1 else square["label"])
        raise AirflowFailException("\n".join(left))
    _label(f"{square['label'].partition(' · ')[0]} · settled")


def _params(*, dry_run: bool) -> dict[str, Param]:
    """The form of a run; each DAG has its own."""
    return {
        "date_from": Param(
            None,
            type=["null", "string"],
            format="date",
            title="From",
            description="First local day of the shop; empty: the run's own day",
        ),
        "date_to": Param(
            None, type=["null", "string"], format="date", title="To", description="Last local day, inclusive"
        ),
        "order_numbers": Param(
            None,
            type=["null", "array"],
            items={"type": "string", "minLength": 1},
            title="Orders",
            description="Numbers as the shop shows them: look at these and no others, and try again what was refused",
        ),
        "order_ids": Param(
            None,
            type=["null", "array"],
            items={"type": ["integer", "string"], "minimum": 1, "pattern": "^ *[0-9]+ *$"},
            title="Orders by ID",
            description="The same by the IDs of b_sale_order",
        ),
        "dry_run": Param(
            dry_run, type="boolean", title="Dry run", description="Plan and report; post and write nothing"
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
        default_args={
            "owner": "accounting",
            "retries": SETTINGS.run.retries,
            "retry_delay": dt.timedelta(seconds=SETTINGS.run.retry_delay_s),
            "retry_exponential_backoff": 2.0,
            "max_retry_delay": dt.timedelta(seconds=SETTINGS.run.max_retry_delay_s),
            "retry_policy": KonturRetryPolicy(),
            # Ends what hangs. The longest that is no fault: a whole history listed by the first preflight.
            "execution_timeout": dt.timedelta(minutes=30),
        },
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
    "bitrix_to_kontur",
    by_hand=False,
    description="Shipped and paid Bitrix orders into Kontur.Accounting, each once",
    doc_md=DOC,
    schedule=ShopDayTimetable(ZONE),
    tags=["bitrix", "kontur", "accounting"],
)
by_hand = _dag(
    "kontur_by_hand",
    by_hand=True,
    description="Dry runs, and single orders by hand",
    doc_md=BY_HAND_DOC,
    schedule=None,
    is_paused_upon_creation=False,
    tags=["bitrix", "kontur", "accounting"],
)
