"""A worker as Airflow would run one: a run's steps in a process of its own, tried again after what is transient.

The processes are forked from one server that has imported everything, so that a new one is there in an instant.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import multiprocessing
import os
import pathlib
import random
import sys
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from typing import Any

from airflow.sdk.execution_time.timeout import timeout
from kontur_hook.errors import KonturError

from include import settings as settings_module
from include.bitrix.errors import BitrixError
from include.books.ledger_check import LedgerBehindError
from include.ledger.connection import LedgerDatabase
from include.ledger.errors import LedgerError
from include.ledger.migrate import migrate
from include.ledger.operation import DocumentDay
from include.posting import breaker as breaker_module
from include.posting import sender as sender_module
from include.settings import Settings
from include.steps.extract import extract
from include.steps.load import load
from include.steps.preflight import preflight
from include.steps.rebuild import rebuild as rebuild_ledger
from include.steps.record import record
from include.steps.run_request import RunRequest
from include.steps.transform import transform
from include.window import Window
from proof.faults import machine, verdict
from proof.faults.crashing import Blow, arm

log = logging.getLogger(__name__)

REFUSED = 3
"""Exit code of a preflight that found that Kontur knows more than the ledger."""
INTENT_IS_YOUNG_S = 60.0
"""Longer than any COMMIT stalls, so that one pass of a calm sender is enough."""
_HELD_BACK = 0.2
"""How many of a batch's orders ``transform`` leaves to ``load`` to plan."""
_EXECUTION_TIMEOUT_S = 3600
"""Of a worker that only loads, as Airflow's tasks have one: SIGALRM brings it on at once."""
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(
    [
        # Imported by the command's main module; each new process would do it again.
        "rich.console",
        __name__,
        "proof.faults.storm",
        "proof.faults.product",
        # Imported by Airflow and the driver when the first connection is looked up and opened.
        "airflow.sdk.execution_time.supervisor",
        "MySQLdb.converters",
    ]
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What one worker does."""

    environment: dict[str, str]
    log: pathlib.Path
    run_id: str
    window: Window
    order_ids: tuple[int, ...] = ()
    """Look at these and no others."""
    retry_rejected: bool = False
    tries: int = 3
    shuffle: int = 0
    """Seed of the order in which the batches are taken, as an executor would."""
    full_disk: bool = False
    """Nothing can be written: no file, no log, no output."""
    clock_off: dt.timedelta = dt.timedelta()
    """How far the machine's clock is ahead."""
    books: pathlib.Path | None = None
    """Of the server, where a run that would be green is held against them at once."""
    real_intents: bool = False
    """An intent may be as old as in production, and no older."""


def start(job: Job) -> ForkServerProcess:
    """A worker at work; a ``kill()`` of it is SIGKILL."""
    process = _context.Process(target=_work, args=(job,), daemon=True)
    process.start()
    return process


def plan(job: Job) -> None:
    """The ledger's tables and the plans of the job's orders; nothing is posted."""
    _ended(_plan, job)


def rebuild(job: Job) -> int | None:
    """``make rebuild-ledger`` over the job's window; its exit code."""
    return _ended(_rebuild, job)


def check(job: Job) -> int | None:
    """A run's preflight; its exit code."""
    return _ended(_preflight, job)


def _ended(work: Callable[[Job], None], job: Job) -> int | None:
    process = _context.Process(target=work, args=(job,), daemon=True)
    process.start()
    process.join()
    return process.exitcode


def start_loading(job: Job, blow: Blow | None = None) -> ForkServerProcess:
    """A worker that only loads, once; ``blow`` meets it on its way."""
    process = _context.Process(target=_load, args=(job, blow), daemon=True)
    process.start()
    return process


def _work(job: Job) -> None:
    _prepare(job)
    run(job)


def _plan(job: Job) -> None:
    _prepare(job)
    settings = settings_module.load()
    migrate(LedgerDatabase())
    for batch in extract(settings, job.window, RunRequest(job.run_id, order_ids=job.order_ids or ())).batches:
        transform(batch["order_ids"], settings, job.run_id)


def _rebuild(job: Job) -> None:
    _prepare(job)
    rebuild_ledger(settings_module.load(), job.window.date_from, job.window.date_to)


def _preflight(job: Job) -> None:
    _prepare(job)
    try:
        preflight(settings_module.load(), job.window)
    except LedgerBehindError:
        sys.exit(REFUSED)


def _load(job: Job, blow: Blow | None) -> None:
    _prepare(job)
    if blow is not None:
        arm(blow)
    with timeout(_EXECUTION_TIMEOUT_S):  # type: ignore[no-untyped-call]
        _tried(lambda: load(job.order_ids, settings_module.load(), job.run_id), tries=1)


def _prepare(job: Job) -> None:
    os.environ.update(job.environment)
    if job.clock_off:
        machine.set_clock(job.clock_off)
    log_path = machine.fill_disk() if job.full_disk else _into(job.log)
    breaker_module._LONGEST_PAUSE_S = 1.0  # a Retry-After of the stand-in may be a billion seconds
    if not job.real_intents:
        sender_module._INTENT_IS_YOUNG_S = INTENT_IS_YOUNG_S
    for handler in logging.root.handlers[:]:
        logging.root.removeHandler(handler)
    logging.basicConfig(filename=log_path, level=logging.WARNING, format="%(process)d %(asctime)s %(message)s")


def _into(log_path: pathlib.Path) -> pathlib.Path:
    """What is printed goes to the log as well, as Airflow's own messages do here."""
    with log_path.open("ab") as file:
        os.dup2(file.fileno(), 1)
    return log_path


def run(job: Job) -> None:
    """The steps of a run in this process; needs the job's environment."""
    settings = settings_module.load()
    batches: list[list[int]] = []
    squares: list[dict[str, Any]] = []

    def look() -> None:
        extracted = extract(settings, job.window, RunRequest(job.run_id, order_ids=job.order_ids or ()))
        batches[:] = [batch["order_ids"] for batch in extracted.batches]

    well = _tried(look, job.tries)
    random.Random(job.shuffle).shuffle(batches)
    for batch in batches:
        well &= _post(batch, settings, job)
    ids = [order_id for batch in batches for order_id in batch]
    well &= _tried(lambda: squares.extend(record(ids, settings, job.run_id)), job.tries)
    if well and not squares and (books := job.books) is not None:
        _tried(lambda: _look_at(job, ids, books), job.tries)


def _look_at(job: Job, order_ids: list[int], books: pathlib.Path) -> None:
    """Nothing failed and nobody is shown anything: under Airflow this run would be green, and has to be right."""
    with LedgerDatabase().open() as session:
        lies = ", ".join(verdict.left_out(session.rows, books, order_ids))
    with green_runs(job.log).open("a") as file:
        print(f"{job.run_id}\t{lies}", file=file)


def green_runs(log_path: pathlib.Path) -> pathlib.Path:
    """A line for each run that would be green: its name, and what it left out."""
    return log_path.with_name("green-runs.tsv")


def _post(order_ids: list[int], settings: Settings, job: Job) -> bool:
    """Some orders are left to ``load`` to plan, as those that ``transform`` holds back."""
    by_chance, planned = random.Random(f"{job.shuffle} {order_ids}"), dict[str, Any]()
    late = [] if job.retry_rejected else [id_ for id_ in order_ids if by_chance.random() < _HELD_BACK]
    others = [order_id for order_id in order_ids if order_id not in late]

    def plan() -> None:
        planned.update(transform(others, settings, job.run_id, retry_rejected=job.retry_rejected))

    def post() -> None:
        load(order_ids, settings, job.run_id, late, [DocumentDay.of_plain(day) for day in planned.get("days", [])])

    well = _tried(plan, job.tries)
    return _tried(post, job.tries) and well


def _tried(work: Callable[[], object], tries: int) -> bool:
    """As Airflow's retries: what is left after the last one is for a later run; whether one went well."""
    for attempt in range(tries):
        try:
            work()
        except (BitrixError, LedgerError, KonturError) as error:
            log.warning("%s: %s", type(error).__name__, error)
            time.sleep(0.1 * (attempt + 1))
        else:
            return True
    return False
