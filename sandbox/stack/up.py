"""`make up`: everything running, with the UI, until `make down`. What was posted before is still there."""

from __future__ import annotations

import sys

from sandbox.mariadb import MariaDBError
from sandbox.stack import environment
from sandbox.stack.errors import StackError
from sandbox.stack.layout import UP
from sandbox.stack.stack import DAG_ID, Stack
from sandbox.stack.steps import complain, console, step

ORDERS = 5000


def main() -> int:
    stack = Stack(UP)
    if not stack.supervisor.is_running():
        try:
            _start(stack)
        except (StackError, MariaDBError) as error:
            complain(error)
            stack.stop()
            return 1
    chosen = stack.chosen
    console.print(
        f"""
  Airflow    {environment.base_url(chosen)}/dags/{DAG_ID}
  login      {environment.UI_USER}
  password   {chosen.ui_password}
  shop       mariadb -h 127.0.0.1 -P {chosen.ports.mariadb} -u root {environment.SHOP_DATABASE}
  Kontur     http://127.0.0.1:{chosen.ports.kontur}/docs  [dim](the sandbox; its books: {stack.layout.books})[/dim]
  logs       {stack.layout.logs}

  make backfill FROM=… TO=…   posts past days        make down   stops everything
""",
        soft_wrap=True,
    )
    return 0


def _start(stack: Stack) -> None:
    with step("Own folder, free ports"):
        stack.prepare()
        migration = stack.start_migration()
    with step(f"MariaDB with a made-up shop: {ORDERS} orders of the past six months"):
        stack.start_shop(ORDERS)
    with step("Kontur's sandbox"):
        stack.start_kontur()
    with step("Airflow: API server, scheduler, DAG processor"):
        stack.start_airflow(migration).unpause(DAG_ID)


if __name__ == "__main__":
    sys.exit(main())
