"""Runs of the daily DAG on a stack: waited for with progress, and what they posted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from include.facts import said, several
from include.words import text
from sandbox.stack import summary
from sandbox.stack.airflow_api import AirflowApi, Run
from sandbox.stack.days import local_day
from sandbox.stack.stack import DAG_ID
from sandbox.stack.steps import complain, console
from sandbox.stack.waiting import wait_until


def wait_for(read: Callable[[], Sequence[Run]], *, expected: int, timeout_s: float) -> Sequence[Run]:
    """The runs, when they are finished and no fewer than expected; progress is shown while they are not."""
    columns = (
        TextColumn(f"  {text(said('demo_runs'))}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[at]}"),
    )
    found: list[Run] = []
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("runs", total=expected, at="")

        def all_finished() -> bool:
            found[:] = read()
            finished = sum(run.is_finished for run in found)
            at = ", ".join(str(local_day(run.interval_start)) for run in found if run.state == "running")
            progress.update(task, completed=finished, at=at)
            return len(found) >= expected and finished == len(found)

        wait_until(all_finished, what=text(said("demo_runs_unfinished")), timeout_s=timeout_s, every_s=0.5)
    return found


def tell(api: AirflowApi, runs: Sequence[Run]) -> bool:
    """What they posted, and which orders need a person; whether nothing but these made a run red."""
    broken = {run.run_id: failed for run in runs if run.state != "success" and (failed := _failed(api, run))}
    reports = [api.result(DAG_ID, run.run_id, "report") for run in runs if run.run_id not in broken]
    console.print(summary.posted(reports), summary.not_posted(reports))
    for run_id, failed in broken.items():
        complain(text(said("demo_run_failed", run=run_id, tasks=several(*sorted(failed)))))
    return not broken


def _failed(api: AirflowApi, run: Run) -> set[str]:
    """Tasks that failed technically: nothing where only orders need a person."""
    states = {"failed", "upstream_failed"}
    failed = {task.task_id for task in api.task_instances(DAG_ID, run.run_id) if task.state in states}
    return set() if failed == {"attention"} else failed or {run.state}
