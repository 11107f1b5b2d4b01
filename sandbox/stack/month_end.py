"""What follows on posting: shop against books by the reconciliation's own DAG, and the month's workbook."""

from __future__ import annotations

import datetime as dt
import pathlib
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from include.facts import said
from include.words import text
from sandbox.stack.airflow_api import FINISHED, AirflowApi
from sandbox.stack.errors import StackError
from sandbox.stack.layout import ROOT
from sandbox.stack.stack import Stack, last_line
from sandbox.stack.waiting import wait_until

DAG_ID = "kontur_reconciliation"
TIMEOUT_S = 600


def reconcile(api: AirflowApi, asked: Mapping[str, str]) -> Mapping[str, Any]:
    """The summary of a run of its own, which is waited for; squares may have made it red.

    Args:
        api: of a user who is logged in.
        asked: the run's parameters.

    Raises:
        StackError: the run came to no end, or not so far as to sum up.
    """
    api.unpause(DAG_ID)
    run_id = api.trigger(DAG_ID, asked)
    unfinished = text(said("demo_reconciliation_unfinished"))
    wait_until(lambda: api.state(DAG_ID, run_id) in FINISHED, what=unfinished, timeout_s=TIMEOUT_S)
    summary: Mapping[str, Any] | None = api.result(DAG_ID, run_id, "conclude", key="summary")
    if summary is None:
        raise StackError(said("demo_not_reconciled", run=run_id))
    return summary


def workbook(stack: Stack, day: dt.date) -> pathlib.Path:
    """The workbook of the month of ``day``, written anew.

    Raises:
        StackError: it was not written; the message is what was said last.
    """
    log = stack.layout.logs / "month-report.log"
    month = f"{day:%Y-%m}"
    command = [sys.executable, "-m", "include.steps.month_report", month]
    environment = {**stack.environment, "KONTUR__REPORT__FOLDER": str(stack.layout.reports)}
    with log.open("wb") as output:
        if subprocess.call(command, cwd=ROOT, env=environment, stdout=output, stderr=output):
            raise StackError(said("demo_no_workbook", reason=last_line(log), log=str(log)))
    (written,) = stack.layout.reports.glob(f"{month}-*.xlsx")
    return written
