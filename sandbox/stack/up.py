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
from sandbox.stack import environment, month_end, summary, users
from sandbox.stack.days import yesterday
from sandbox.stack.errors import StackError
from sandbox.stack.layout import ROOT, UP
from sandbox.stack.provision import VERSION
from sandbox.stack.stack import DAG_ID, Stack
from sandbox.stack.steps import complain, console, step
from sandbox.stack.waiting import wait_until

ORDERS = 900
PERIOD = dt.timedelta(days=91)
"""However long the present month and the one before it are, that one is all in it."""
REFUNDED_ON = (4, 9, 14, 19)
"""Days of that month, from 0: a shop this small has few refunds, and people do three kinds of things to them."""
FIRST_NIGHT_TIMEOUT_S = 1800


def stack() -> Stack:
    """That of ``make up``, running or not."""
    return Stack(UP, for_people=True)


def main() -> int:
    speak(language())
    opened = stack()
    if not opened.supervisor.is_running():
        try:
            _start(opened)
        except (StackError, MariaDBError) as error:
            complain(error)
            opened.stop()
            return 1
    _tell(opened)
    try:
        if not opened.layout.reports.exists():  # not even begun, or interrupted
            _meddle(opened)
    except (StackError, MariaDBError) as error:
        complain(error)
        return 1
    return 0


def _tell(stack: Stack) -> None:
    """Where everything is, and who may log in."""
    chosen = stack.chosen
    told = said(
        "stack_up",
        airflow=environment.base_url(chosen),
        admin=chosen.passwords[users.ADMIN],
        accountant=chosen.passwords[users.ACCOUNTANT],
        auditor=chosen.passwords[users.AUDITOR],
        shop=f"mariadb -h 127.0.0.1 -P {chosen.ports.mariadb} -u root {environment.SHOP_DATABASE}",
        kontur=f"http://127.0.0.1:{chosen.ports.kontur}/docs",
        books=str(stack.layout.books),
        logs=str(stack.layout.logs),
    )
    console.print(text(told), soft_wrap=True)


def _start(stack: Stack) -> None:
    with step(text(said("demo_step_clean"))):
        stack.prepare()
        migration = stack.start_migration()
    with step(text(said("stack_shop", orders=Count(ORDERS, "order")))):
        first = month_before(yesterday()).date_from
        stack.start_shop(ORDERS, PERIOD, [("refunded_later", first + dt.timedelta(days)) for days in REFUNDED_ON])
    with step(text(said("demo_step_kontur"))):
        stack.start_kontur()
    with step(text(said("demo_step_airflow"))):
        stack.start_airflow(migration).unpause(DAG_ID)


def _meddle(stack: Stack) -> None:
    """Wait until all is posted, have people at the last whole month of it, and reconcile that month."""
    api, month = stack.api, month_before(yesterday())
    api.log_in()
    with step(text(said("stack_first_night"))) as tell:

        def is_over() -> bool:
            tell(text(said("stack_posted", posted=len(stack.kontur.books.documents()))))
            return bool(api.runs(DAG_ID)) and not api.unfinished(DAG_ID)

        unfinished = text(said("demo_runs_unfinished"))
        wait_until(is_over, what=unfinished, timeout_s=FIRST_NIGHT_TIMEOUT_S, every_s=2)
    if not stack.layout.people.exists():  # else it was interrupted afterwards
        with step(text(said("stack_people", first=month.date_from, last=month.date_to))):
            _let_people_in(stack, month)
    with step(text(said("demo_step_reconcile", first=month.date_from, last=month.date_to))):
        compared = month_end.reconcile(api, {"month": f"{month.date_from:%Y-%m}"})
    console.print(summary.compared(compared), summary.explained(compared))
    with step(text(said("demo_step_workbook"))):
        written = month_end.workbook(stack, month.date_from)
    url = f"{environment.page_url(stack.chosen)}/months/kontur_default/{month.date_from:%Y-%m}"
    console.print(text(said("stack_differences", url=url, file=str(written.relative_to(ROOT)))), soft_wrap=True)


def _let_people_in(stack: Stack, month: Window) -> None:
    """Once: what was deleted or cancelled cannot be so again."""
    stack.layout.people.touch()
    with stack.shop() as shop:
        place = people.Place(shop, VERSION, stack.kontur, month)
        victims = [one for one in people.documents(stack.kontur) if one.is_of(month)]
        people.damage(place, victims, count=1, seed=1)


def month_before(day: dt.date) -> Window:
    """The last month that was over by the morning of ``day``."""
    last = day.replace(day=1) - dt.timedelta(days=1)
    return Window(last.replace(day=1), last)


if __name__ == "__main__":
    sys.exit(main())
