"""`make backfill FROM=… TO=…`: posts past days on the stack that `make up` keeps running, and says what was posted."""

from __future__ import annotations

import argparse
import datetime as dt
import sys

from include.facts import said
from include.words import speak, text
from include.words.terminal import language
from sandbox.stack import environment, runs, up
from sandbox.stack.airflow_api import Run
from sandbox.stack.days import local_day
from sandbox.stack.errors import StackError
from sandbox.stack.stack import DAG_ID, Stack
from sandbox.stack.steps import complain, console, step

LONGEST_S = 86_400


def main() -> int:
    speak(language())
    arguments = _arguments()
    stack = up.stack()
    if not stack.supervisor.is_running():
        complain(text(said("stack_not_running")))
        return 1
    try:
        with step(text(said("stack_backfill", first=arguments.date_from, last=arguments.date_to))):
            stack.backfill(arguments.date_from, arguments.date_to)
        url = f"{environment.base_url(stack.chosen)}/dags/{DAG_ID}/backfills"
        console.print(text(said("stack_backfill_runs", url=url)), soft_wrap=True)
        return 0 if _wait(stack, arguments.date_from, arguments.date_to) else 1
    except StackError as error:
        complain(error)
        return 1


def _wait(stack: Stack, first: dt.date, last: dt.date) -> bool:
    """Until the runs are over, which go on if this is ended; whether nothing failed but what needs a person."""
    api = stack.api
    api.log_in()

    def of_these_days() -> list[Run]:
        return [run for run in api.backfilled(DAG_ID) if first <= local_day(run.interval_start) <= last]

    # They are all there by now; a day that ran just then keeps the run that it has.
    return runs.tell(api, runs.wait_for(of_these_days, expected=len(of_these_days()), timeout_s=LONGEST_S))


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
