"""One night without Airflow: ``python -m include.steps.night``.

A job a line on stdin, JSON: ``from`` and ``to`` (the shop's local days, inclusive; neither: yesterday), ``scheduled``,
``run_id``, ``order_numbers``, ``order_ids``, ``dry_run``; all of them optional. One line of JSON on stdout for each:
the report's summary, and ``squares`` (the orders that need a person), ``error`` (what failed, in words, or null) and
``wait_until`` (UTC; when the same job should be given again to settle what was sent without a trustworthy answer, or
null). Retries and waits are the caller's. Logs go to stderr. It ends when stdin does.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import os
import sys
from collections.abc import Sequence
from typing import Any, TextIO

import msgspec

from include import settings as settings_module
from include.settings import Settings
from include.steps.extract import extract
from include.steps.flood import FloodError, check_flood, record_refusals, refusals
from include.steps.load import UnsettledError, load
from include.steps.preflight import preflight
from include.steps.record import record
from include.steps.report import report
from include.steps.transform import transform
from include.steps.write_back import write_back
from include.window import window_of

log = logging.getLogger(__name__)


class Job(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one run is asked for."""

    date_from: str | None = msgspec.field(default=None, name="from")
    date_to: str | None = msgspec.field(default=None, name="to")
    scheduled: bool = False
    run_id: str | None = None
    order_numbers: tuple[str, ...] | None = None
    order_ids: tuple[int | str, ...] | None = None
    dry_run: bool = False

    @property
    def names_orders(self) -> bool:
        """Whether it looks at named orders only."""
        return bool(self.order_ids or self.order_numbers)


_decode = msgspec.json.Decoder(Job).decode
_encode = msgspec.json.Encoder().encode


@dataclasses.dataclass(slots=True)
class Answer:
    """What became of a job."""

    summary: dict[str, Any] = dataclasses.field(default_factory=dict)
    squares: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    errors: list[str] = dataclasses.field(default_factory=list)
    wait_until: dt.datetime | None = None

    def failed(self, error: Exception) -> None:
        """A step ended so."""
        log.error("%s", error, exc_info=error)
        self.errors.append(f"{type(error).__name__}: {error}")

    def line(self) -> bytes:
        """As it leaves, without the end of the line."""
        return _encode(
            {
                **self.summary,
                "squares": self.squares,
                "error": "\n".join(self.errors) or None,
                "wait_until": self.wait_until and self.wait_until.replace(tzinfo=dt.UTC).isoformat(),
            }
        )


def run(job: Job) -> Answer:
    """The daily DAG's tasks, in their order; what one batch raises does not stop the others."""
    answer = Answer()
    try:
        _run(job, answer)
    except Exception as error:
        answer.failed(error)
    return answer


def _run(job: Job, answer: Answer) -> None:
    settings = settings_module.load()
    now = dt.datetime.now(dt.UTC)
    run_id = job.run_id or f"night__{now.isoformat()}"
    window = window_of(date_from=job.date_from, date_to=job.date_to, interval=None, now=now, zone=settings.shop.zone)
    checked = preflight(settings, window, dry_run=job.dry_run)
    found = extract(
        settings,
        window,
        order_ids=job.order_ids,
        order_numbers=job.order_numbers,
        also=checked.look_again,
        scheduled=job.scheduled,
    )
    planned = [done for batch in found.batches if (done := _planned(batch, job, run_id, settings, answer)) is not None]
    finished = planned if job.dry_run else _posted(planned, run_id, settings, answer)
    order_ids = [id_ for batch in found.batches for id_ in batch["order_ids"]]
    if not job.dry_run:
        answer.squares = record(order_ids, run_id, named=job.names_orders)
        write_back(order_ids, settings)
    answer.summary = report(
        window,
        order_ids,
        run_id,
        unmapped=found.unmapped,
        warnings=checked.warnings,
        planned=finished,
        dry_run=job.dry_run,
        covering=found.covering,
        unfinished=len(found.batches) - len(finished),
    )


def _planned(batch: dict[str, Any], job: Job, run_id: str, settings: Settings, answer: Answer) -> dict[str, Any] | None:
    """``transform`` of a batch; ``None`` if it failed."""
    try:
        return transform(
            batch["order_ids"],
            settings,
            run_id,
            dry_run=job.dry_run,
            retry_rejected=job.names_orders,
            hold_back=not job.names_orders,
        )
    except Exception as error:
        answer.failed(error)
        return None


def _posted(planned: Sequence[dict[str, Any]], run_id: str, settings: Settings, answer: Answer) -> list[dict[str, Any]]:
    """``load`` of the batches that were planned; those that it finished."""
    finished = []
    for batch in planned:
        try:
            check_flood(settings, [refusals(each) for each in planned])
            record_refusals(batch, settings, run_id)
            load(batch["order_ids"], settings, run_id, last_try=False)
        except UnsettledError as error:
            log.info("%s", error)
            answer.wait_until = max(answer.wait_until or error.again_at, error.again_at)
        except FloodError as error:
            answer.failed(error)
            break  # every other batch would say the same
        except Exception as error:
            answer.failed(error)
        else:
            finished.append(batch)
    return finished


def main() -> None:
    """The command line."""
    # What libraries print must not stand between the answers.
    answers: TextIO = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr, force=True
    )
    for line in sys.stdin:
        if not line.strip():
            continue
        try:
            answer = run(_decode(line))
        except msgspec.MsgspecError as error:
            answer = Answer(errors=[f"the job cannot be read: {error}"])
        print(answer.line().decode(), file=answers, flush=True)


if __name__ == "__main__":
    main()
