"""The daily DAG: the shop's orders of a day into Kontur.Accounting. Wiring only; the work is in include/steps."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pendulum
from airflow.sdk import DAG, Param, TriggerRule, get_current_context, task, task_group
from airflow.sdk.exceptions import AirflowFailException
from kontur_hook.timetable import ShopDayTimetable

from include import settings
from include.steps.retrying import KonturRetryPolicy
from include.window import Window, window_of

SETTINGS = settings.load()
ZONE = SETTINGS.shop.timezone

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

**A red square**: its label is the order's number and the reason. Mend the cause in the shop, then *clear that one
instance*: the order is planned and posted again, the square turns green, and with the last one the run.

**Past days**: `airflow backfill create --dag-id bitrix_to_kontur --from-date 2026-09-01 --to-date 2026-09-30`, or
`make backfill`; days are the shop's. Running any day twice changes nothing in the books.
"""


def _label(text: str) -> None:
    """What this mapped instance is called in the UI; shown also when it fails."""
    get_current_context()["label"] = text  # type: ignore[typeddict-unknown-key]


def _window(days: list[str]) -> Window:
    """From XCom."""
    return Window(*map(dt.date.fromisoformat, days))


def _names_orders(params: Any) -> bool:
    """Whether a person says which orders the run looks at."""
    return bool(params["order_numbers"] or params["order_ids"])


with DAG(
    dag_id="bitrix_to_kontur",
    description="Shipped and paid Bitrix orders into Kontur.Accounting, each once",
    doc_md=DOC,
    schedule=ShopDayTimetable(ZONE),
    start_date=pendulum.datetime(2016, 1, 1, tz=ZONE),
    catchup=False,  # when first switched on; after that the timetable leaves out no day
    max_active_runs=4,
    dagrun_timeout=dt.timedelta(hours=12),
    tags=["bitrix", "kontur", "accounting"],
    params={
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
        "dry_run": Param(False, type="boolean", title="Dry run", description="Plan and report; post and write nothing"),
    },
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
):

    @task
    def preflight() -> dict[str, Any]:
        """What is wrong is said in words before anything is posted; the run's window."""
        from include.steps.preflight import preflight as run_preflight

        context = get_current_context()
        start, end = context.get("data_interval_start"), context.get("data_interval_end")
        window = window_of(
            date_from=context["params"]["date_from"],
            date_to=context["params"]["date_to"],
            interval=(start, end) if start is not None and end is not None else None,
            now=dt.datetime.now(dt.UTC),
            zone=settings.load().shop.zone,
        )
        checked = run_preflight(settings.load(), window)
        return {
            "window": [window.date_from.isoformat(), window.date_to.isoformat()],
            "warnings": checked.warnings,
            "look_again": checked.look_again,
        }

    @task
    def extract(checked: dict[str, Any]) -> list[dict[str, Any]]:
        """Which orders to look at, cut into batches."""
        from include.steps.extract import extract as run_extract

        context = get_current_context()
        found = run_extract(
            settings.load(),
            _window(checked["window"]),
            order_ids=context["params"]["order_ids"],
            order_numbers=context["params"]["order_numbers"],
            also=checked["look_again"],
            scheduled=context["dag_run"].run_type == "scheduled",
        )
        context["ti"].xcom_push(key="unmapped", value=found.unmapped)
        context["ti"].xcom_push(key="covering", value=found.covering)
        return found.batches

    @task(map_index_template="{{ label }}")
    def transform(batch: dict[str, Any]) -> dict[str, Any]:
        """Plan a batch of orders; what is due goes into the ledger."""
        from include.steps.transform import transform as run_transform

        context = get_current_context()
        _label(batch["label"])
        params = context["params"]
        planned = run_transform(
            batch["order_ids"],
            settings.load(),
            context["run_id"],
            dry_run=params["dry_run"],
            retry_rejected=_names_orders(params),
        )
        _label(f"{batch['label']} · {planned['planned']} to post")
        return {"label": batch["label"], **planned}

    # 500 orders of three requests, 5 s each, four at once, take 31 minutes; the next try goes on where this one ended.
    @task(map_index_template="{{ label }}", execution_timeout=dt.timedelta(minutes=50))
    def load(planned: dict[str, Any]) -> dict[str, Any]:
        """Post what the ledger has planned for the batch; hands on what ``transform`` found."""
        from include.steps.load import load as run_load

        context = get_current_context()
        ti = context["ti"]
        _label(planned["label"])
        if context["params"]["dry_run"]:
            _label(f"{planned['label']} · dry run")
            return planned
        last_try = ti.try_number > ti.max_tries
        results = run_load(planned["order_ids"], settings.load(), context["run_id"], last_try=last_try)
        words = ", ".join(f"{count} {result}" for result, count in results.items()) or "nothing to post"
        _label(f"{planned['label']} · {words}")
        return {**planned, "results": results}

    @task_group(prefix_group_id=False)
    def post(batch: dict[str, Any]) -> Any:
        """One batch of orders."""
        return load(transform(batch))

    @task(trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)
    def record(batches: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Outcomes into the order table; the orders that need a person."""
        from include.steps.record import record as run_record
        from include.steps.write_back import write_back

        context = get_current_context()
        if context["params"]["dry_run"]:
            return []
        order_ids = [id_ for batch in batches for id_ in batch["order_ids"]]
        squares = run_record(order_ids, context["run_id"], named=_names_orders(context["params"]))
        write_back(order_ids, settings.load())
        return squares

    @task(trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)
    def report(checked: dict[str, Any], batches: list[dict[str, Any]]) -> dict[str, Any]:
        """The run in figures; red if a batch was not finished."""
        from include.steps.report import report as run_report

        context = get_current_context()
        # A list of task ids gives a list also for one instance; what failed is not in it.
        finished = [loaded for loaded in context["ti"].xcom_pull(task_ids=["load"]) if loaded is not None]
        summary = run_report(
            _window(checked["window"]),
            [id_ for batch in batches for id_ in batch["order_ids"]],
            context["run_id"],
            unmapped=context["ti"].xcom_pull(task_ids="extract", key="unmapped") or {},
            warnings=checked["warnings"],
            planned=finished,
            dry_run=context["params"]["dry_run"],
            covering=context["ti"].xcom_pull(task_ids="extract", key="covering"),
            unfinished=len(batches) - len(finished),
        )
        if len(finished) < len(batches):
            context["ti"].xcom_push(key="return_value", value=summary)
            raise AirflowFailException(
                f"{len(batches) - len(finished)} of {len(batches)} batches were not finished: their red squares in"
                " transform or load say why; one that was marked as success by hand has posted nothing. Clear them when"
                " it is mended; nothing is posted twice."
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
            problems(square["order_ids"])
            if first_look
            else again(square["order_ids"], settings.load(), context["run_id"])
        )
        if left:
            _label(left[0] if len(square["order_ids"]) == 1 else square["label"])
            raise AirflowFailException("\n".join(left))
        _label(f"{square['label'].partition(' · ')[0]} · settled")

    checked = preflight()
    batches = extract(checked)
    loaded = post.expand(batch=batches)
    recorded = record(batches)
    loaded >> recorded >> report(checked, batches)
    attention.expand(square=recorded)
