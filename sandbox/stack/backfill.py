"""`make backfill FROM=… TO=…`: posts past days on the stack that `make up` keeps running."""

from __future__ import annotations

import argparse
import datetime as dt
import sys

from include.facts import said
from include.words import speak, text
from include.words.terminal import language
from sandbox.stack import environment
from sandbox.stack.errors import StackError
from sandbox.stack.layout import UP
from sandbox.stack.stack import DAG_ID, Stack
from sandbox.stack.steps import complain, console, step


def main() -> int:
    speak(language())
    arguments = _arguments()
    stack = Stack(UP)
    if not stack.supervisor.is_running():
        complain(text(said("stack_not_running")))
        return 1
    try:
        with step(text(said("stack_backfill", first=arguments.date_from, last=arguments.date_to))):
            stack.backfill(arguments.date_from, arguments.date_to)
    except StackError as error:
        complain(error)
        return 1
    url = f"{environment.base_url(stack.chosen)}/dags/{DAG_ID}/backfills"
    console.print(text(said("stack_backfill_runs", url=url)), soft_wrap=True)
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
