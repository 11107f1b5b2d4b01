"""`make up`: everything running, with the UI, until `make down`. What was posted before is still there."""

from __future__ import annotations

import sys

from include.facts import Count, said
from include.words import speak, text
from include.words.terminal import language
from sandbox.mariadb import MariaDBError
from sandbox.stack import environment
from sandbox.stack.errors import StackError
from sandbox.stack.layout import UP
from sandbox.stack.stack import DAG_ID, Stack
from sandbox.stack.steps import complain, console, step

ORDERS = 5000


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


if __name__ == "__main__":
    sys.exit(main())
