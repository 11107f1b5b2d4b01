"""`make backfill FROM=… TO=…`: posts past days on the stack that `make up` keeps running."""

from __future__ import annotations

import argparse
import datetime as dt
import sys

from sandbox.stack import environment
from sandbox.stack.errors import StackError
from sandbox.stack.layout import UP
from sandbox.stack.stack import DAG_ID, Stack
from sandbox.stack.steps import complain, console, step


def main() -> int:
    arguments = _arguments()
    stack = Stack(UP)
    if not stack.supervisor.is_running():
        complain("Airflow is not running here: make up, then again")
        return 1
    try:
        with step(f"A backfill of {arguments.date_from} … {arguments.date_to}"):
            stack.backfill(arguments.date_from, arguments.date_to)
    except StackError as error:
        complain(error)
        return 1
    console.print(f"Its runs: {environment.base_url(stack.chosen)}/dags/{DAG_ID}/backfills", soft_wrap=True)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make backfill", description=__doc__)
    parser.add_argument("date_from", metavar="FROM", type=dt.date.fromisoformat, help="first local day, 2026-09-01")
    parser.add_argument("date_to", metavar="TO", type=dt.date.fromisoformat, help="last local day, inclusive")
    arguments = parser.parse_args()
    if arguments.date_from > arguments.date_to:
        parser.error("FROM is after TO")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
