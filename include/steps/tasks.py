"""What each task of a run does, from what the run is asked for and what the tasks before it found.

Shared by the DAGs and by ``python -m include.steps.night``: retries, waits, labels and XCom are theirs. Under Airflow
each task is a process of its own: it imports its step when it runs, and none of the others'.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from include import settings
from include.steps.collector import few_collections
from include.steps.run_request import RunRequest
from include.window import Window

if TYPE_CHECKING:
    from include.facts import Said
    from include.steps.attention import Left
    from include.steps.extract import Extracted
    from include.steps.preflight import Checked
    from include.words import Language

Batch = Mapping[str, Any]
"""``order_ids``, as ``extract`` cut them."""
Planned = Mapping[str, Any]
"""What ``transform`` found of a batch."""


def language() -> Language:
    """What the run speaks, found out once; the caller hands it on to the run's other tasks."""
    from include.steps.language import language as spoken

    return spoken(settings.load())


@few_collections()
def preflight(asked: RunRequest, window: Window) -> Checked:
    """What is wrong is said in words before anything is posted."""
    from include.steps.preflight import preflight as check

    return check(settings.load(), window, dry_run=asked.dry_run)


@few_collections()
def extract(asked: RunRequest, window: Window, *, also: Sequence[int]) -> Extracted:
    """Which orders to look at, cut into batches; ``also``: what ``preflight`` wants looked at again."""
    from include.steps.extract import extract as choose

    return choose(settings.load(), window, asked, also=also)


@few_collections()
def transform(asked: RunRequest, batch: Batch) -> dict[str, Any]:
    """Plan a batch; what is due goes into the ledger."""
    from include.steps.transform import transform as plan

    return plan(
        batch["order_ids"],
        settings.load(),
        asked.run_id,
        dry_run=asked.dry_run,
        retry_rejected=asked.names_orders,
        hold_back=not asked.names_orders,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class LoadedBatch:
    """What ``load`` did with a batch."""

    handed_on: dict[str, Any]
    """What ``transform`` found of it, and ``results``: the counts of :class:`include.steps.load.Loaded`."""
    again_at: dt.datetime | None = None
    """When it is to be done again, because something is not confirmed; UTC, naive."""


@few_collections()
def load(asked: RunRequest, planned: Planned, refused: Sequence[Mapping[str, Any]]) -> LoadedBatch:
    """Post what the ledger has planned for a batch, unless the run as a whole is stopped.

    Args:
        asked: what the run is asked for.
        planned: of this batch.
        refused: of the whole run, what was held back (:func:`include.steps.flood.check_flood`).
    """
    if asked.dry_run:
        return LoadedBatch(dict(planned))
    from include.ledger.operation import DocumentDay
    from include.steps import flood
    from include.steps.load import load as post

    in_force = settings.load()
    flood.check_flood(in_force, refused)
    days = [DocumentDay.of_plain(day) for day in planned.get("days", [])]  # older runs, which may be cleared: none
    loaded = post(planned["order_ids"], in_force, asked.run_id, flood.held_back(planned), days)
    return LoadedBatch({**planned, "results": loaded.counts}, loaded.again_at)


@few_collections()
def record(asked: RunRequest, batches: Sequence[Batch]) -> list[dict[str, Any]]:
    """Outcomes into the order table, and into the shop's comments if that is switched on; the run's squares."""
    if asked.dry_run:
        return []
    from include.steps.record import record as write_down
    from include.steps.write_back import write_back

    ids, in_force = order_ids(batches), settings.load()
    squares = write_down(ids, in_force, asked.run_id, named=asked.names_orders)
    write_back(ids, in_force)
    return squares


@few_collections()
def attention(
    asked: RunRequest, square: Mapping[str, Any], refused: Sequence[Mapping[str, Any]], *, cleared: bool
) -> Left:
    """What a square has to show.

    Args:
        asked: what the run is asked for.
        square: of :func:`record`.
        refused: as for :func:`load`: what stops that stops a square as well.
        cleared: by a person, who wants its orders planned and posted again.
    """
    from include.steps.attention import again, show
    from include.steps.flood import check_flood

    in_force = settings.load()
    if not cleared:
        return show(square["order_ids"], in_force, asked.run_id)
    check_flood(in_force, refused)
    return again(square["order_ids"], in_force, asked.run_id)


@few_collections()
def report(
    asked: RunRequest, window: Window, checked: Mapping[str, Any], found: Mapping[str, Any], finished: Sequence[Planned]
) -> dict[str, Any]:
    """The run in figures.

    Args:
        asked: what the run is asked for.
        window: its local days.
        checked: of ``preflight``: ``warnings``.
        found: of ``extract``: ``batches``, ``unmapped``, ``covering``, ``unchanged``.
        finished: what ``load`` handed on; batches that it did not finish are not among them.
    """
    from include.steps.report import Looked
    from include.steps.report import report as sum_up

    looked = Looked(
        window=window,
        order_ids=order_ids(found["batches"]),
        unmapped=found["unmapped"],
        warnings=checked["warnings"],
        covering=found["covering"],
        unchanged=found["unchanged"],
        unfinished=len(found["batches"]) - len(finished),
        named=asked.names_orders,
    )
    return sum_up(looked, settings.load(), asked.run_id, dry_run=finished if asked.dry_run else None)


@few_collections()
def gaps(asked: RunRequest, found: Mapping[str, Any], finished: Sequence[Planned]) -> list[Said]:
    """Why the run cannot be green, whatever its squares say.

    Args:
        asked: what the run is asked for.
        found: ``batches`` of ``extract``, ``squares`` of ``record``.
        finished: as for :func:`report`.
    """
    from include.facts import Count, said
    from include.steps.record import without_square

    batches, told = found["batches"], []
    if len(finished) < len(batches):
        told.append(said("batches_not_finished", count=len(batches) - len(finished), all=len(batches)))
    if not asked.dry_run and (
        count := without_square(
            order_ids(batches), found["squares"], settings.load(), asked.run_id, named=asked.names_orders
        )
    ):
        told.append(said("orders_without_square", orders=Count(count, "order")))
    return told


def order_ids(batches: Sequence[Batch]) -> list[int]:
    """Of all batches."""
    return [id_ for batch in batches for id_ in batch["order_ids"]]
