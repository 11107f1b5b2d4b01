"""`make up`: everything running, with the UI, until `make down`. What was posted before is still there.

The first time, people then do to a month in Kontur and in the shop what people do, and the reconciliation finds it.
"""

from __future__ import annotations

import datetime as dt
import sys

from include.facts import Count, said
from include.window import Window
from include.words import speak, text
from include.words.terminal import language
from sandbox import people
from sandbox.mariadb import MariaDBError
from sandbox.stack import environment, month_end, summary
from sandbox.stack.days import yesterday
from sandbox.stack.errors import StackError
from sandbox.stack.layout import ROOT, UP
from sandbox.stack.provision import VERSION
from sandbox.stack.stack import DAG_ID, Stack
from sandbox.stack.steps import complain, console, step
from sandbox.stack.waiting import wait_until

ORDERS = 5000
FIRST_NIGHT_TIMEOUT_S = 1800


def main() -> int:
    speak(language())
    stack = Stack(UP)
    if not stack.supervisor.is_running():
        try:
            _start(stack)
        except (StackError, MariaDBError) as error:
            complain(error)
            stack.stop()
            return 1
    chosen = stack.chosen
    told = said(
        "stack_up",
        airflow=f"{environment.base_url(chosen)}/dags/{DAG_ID}",
        login=environment.UI_USER,
        password=chosen.ui_password,
        shop=f"mariadb -h 127.0.0.1 -P {chosen.ports.mariadb} -u root {environment.SHOP_DATABASE}",
        kontur=f"http://127.0.0.1:{chosen.ports.kontur}/docs",
        books=str(stack.layout.books),
        logs=str(stack.layout.logs),
    )
    console.print(text(told), soft_wrap=True)
    try:
        if not stack.layout.reports.exists():  # not even begun, or interrupted
            _meddle(stack)
    except (StackError, MariaDBError) as error:
        complain(error)
        return 1
    return 0


def _start(stack: Stack) -> None:
    with step(text(said("demo_step_clean"))):
        stack.prepare()
        migration = stack.start_migration()
    with step(text(said("demo_step_shop", orders=Count(ORDERS, "order")))):
        stack.start_shop(ORDERS)
    with step(text(said("demo_step_kontur"))):
        stack.start_kontur()
    with step(text(said("demo_step_airflow"))):
        stack.start_airflow(migration).unpause(DAG_ID)


def _meddle(stack: Stack) -> None:
    """Wait until half a year is posted, have people at the last whole month of it, and reconcile that month."""
    api, month = stack.api, month_before(yesterday())
    api.log_in()
    unfinished = text(said("demo_runs_unfinished"))
    with step(text(said("stack_first_night"))):
        wait_until(lambda: bool(api.runs(DAG_ID)), what=unfinished, timeout_s=FIRST_NIGHT_TIMEOUT_S)
        wait_until(lambda: not api.unfinished(DAG_ID), what=unfinished, timeout_s=FIRST_NIGHT_TIMEOUT_S)
    with step(text(said("stack_people", first=month.date_from, last=month.date_to))), stack.shop() as shop:
        place = people.Place(shop, VERSION, stack.kontur, month)
        victims = [one for one in people.documents(stack.kontur) if one.is_of(month)]
        people.damage(place, victims, count=1, seed=1)
    with step(text(said("demo_step_reconcile", first=month.date_from, last=month.date_to))):
        compared = month_end.reconcile(api, {"month": f"{month.date_from:%Y-%m}"})
    console.print(summary.compared(compared), summary.explained(compared))
    with step(text(said("demo_step_workbook"))):
        written = month_end.workbook(stack, month.date_from)
    url = f"{environment.base_url(stack.chosen)}/dags/{month_end.DAG_ID}"
    console.print(text(said("stack_differences", url=url, file=str(written.relative_to(ROOT)))), soft_wrap=True)


def month_before(day: dt.date) -> Window:
    """The last month that was over by the morning of ``day``."""
    last = day.replace(day=1) - dt.timedelta(days=1)
    return Window(last.replace(day=1), last)


if __name__ == "__main__":
    sys.exit(main())
