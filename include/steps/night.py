"""One night without Airflow: ``python -m include.steps.night``.

A job a line on stdin, JSON: ``from`` and ``to`` (the shop's local days, inclusive; neither: yesterday), ``scheduled``,
``run_id``, ``order_numbers``, ``order_ids``, ``dry_run``; all of them optional. One line of JSON on stdout for each:
the report's summary, and ``squares`` (the orders that need a person or are not confirmed), ``error`` (what failed, in
words, or null) and ``wait_until`` (UTC; when the same job should be given again to settle what is not confirmed, as the
DAG would by itself, or null). Retries and waits are the caller's. Logs go to stderr. It ends when stdin does.
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

from include import settings
from include.facts import said
from include.steps import tasks
from include.steps.flood import FloodError, nothing_refused, refusals
from include.steps.run_request import RunRequest
from include.window import window_of
from include.words import speak, text

log = logging.getLogger(__name__)


class Job(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one run is asked for."""

    date_from: str | None = msgspec.field(default=None, name="from")
    date_to: str | None = msgspec.field(default=None, name="to")
    scheduled: bool = False
    run_id: str | None = None
    order_numbers: tuple[str, ...] = ()
    order_ids: tuple[int | str, ...] = ()
    dry_run: bool = False


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
    speak(tasks.language())
    now = dt.datetime.now(dt.UTC)
    window = window_of(
        date_from=job.date_from, date_to=job.date_to, interval=None, now=now, zone=settings.load().shop.zone
    )
    asked = RunRequest(
        run_id=job.run_id or f"night__{now.isoformat()}",
        scheduled=job.scheduled,
        order_numbers=job.order_numbers,
        order_ids=job.order_ids,
        dry_run=job.dry_run,
    )
    checked = tasks.preflight(asked, window)
    found = tasks.extract(asked, window, also=checked.look_again)
    planned = [done for batch in found.batches if (done := _planned(asked, batch, answer)) is not None]
    left_out = nothing_refused(found.unchanged["fine"])
    finished = _posted(asked, planned, [*map(refusals, planned), left_out], answer)
    answer.squares = tasks.record(asked, found.batches)
    for square in answer.squares:
        tasks.attention(asked, square, [], cleared=False)
    answer.summary = tasks.report(
        asked,
        window,
        {"warnings": checked.warnings},
        {
            "batches": found.batches,
            "unmapped": found.unmapped,
            "covering": found.covering,
            "unchanged": found.unchanged,
        },
        finished,
    )


def _planned(asked: RunRequest, batch: tasks.Batch, answer: Answer) -> dict[str, Any] | None:
    """``transform`` of a batch; ``None`` if it failed."""
    try:
        return tasks.transform(asked, batch)
    except Exception as error:
        answer.failed(error)
        return None


def _posted(
    asked: RunRequest, planned: Sequence[dict[str, Any]], refused: Sequence[dict[str, Any]], answer: Answer
) -> list[dict[str, Any]]:
    """``load`` of the batches that were planned; those that it finished."""
    finished = []
    for batch in planned:
        try:
            posted = tasks.load(asked, batch, refused)
        except FloodError as error:
            answer.failed(error)
            break  # every other batch would say the same
        except Exception as error:
            answer.failed(error)
        else:
            if posted.again_at is None:
                finished.append(posted.handed_on)
            else:
                answer.wait_until = max(answer.wait_until or posted.again_at, posted.again_at)
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
            answer = Answer(errors=[text(said("job_unreadable", reason=str(error)))])
        print(answer.line().decode(), file=answers, flush=True)


if __name__ == "__main__":
    main()
