"""The morning's notice: one message where somebody is waited for, none where all is well. Wiring only."""

from __future__ import annotations

import datetime as dt

import pendulum
from airflow.sdk import DAG, CronTriggerTimetable, get_current_context, task

from include import dag_ids, settings
from include.dag_defaults import default_args
from include.dag_texts import line, name, page

SETTINGS = settings.load()
ZONE = SETTINGS.shop.timezone
SPOKEN = SETTINGS.words.language


@task(task_display_name=name("task_digest", SPOKEN))
def digest() -> bool:
    """Look how things stand, and send what there is to be said; whether there was anything."""
    from airflow.sdk.configuration import conf

    from include.steps.digest import digest as send

    context = get_current_context()
    by_hand, before = context["dag_run"].run_type == "manual", context["prev_start_date_success"]
    # Not «is None»: Airflow hands over a proxy, of nothing where no run has succeeded before.
    last = dt.datetime.fromtimestamp(before.timestamp(), dt.UTC) if before else None
    last_try = context["ti"].try_number > context["ti"].max_tries
    airflow = conf.get("api", "base_url", fallback="")
    return send(settings.load(), airflow, by_hand=by_hand, before=last, last_try=last_try)


with DAG(
    dag_id=dag_ids.DIGEST,
    dag_display_name=name("digest_name", SPOKEN),
    description=line("digest_description", SPOKEN),
    doc_md=page("digest_doc", SPOKEN),
    # A morning that was missed needs no message: the next one says how things stand then, and has the month's workbook.
    schedule=CronTriggerTimetable(SETTINGS.notify.cron, timezone=ZONE),
    start_date=pendulum.datetime(2016, 1, 1, tz=ZONE),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=dt.timedelta(hours=2),
    tags=["bitrix", "kontur", "accounting"],
    default_args=default_args(SETTINGS.run),
) as dag:
    digest()
