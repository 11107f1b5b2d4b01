"""What each task of a run does, from what the run is asked for and what the tasks before it found.

Shared by the DAGs and by ``python -m include.steps.night``: retries, waits, labels and XCom are theirs. Under Airflow
each task is a process of its own: it imports its step when it runs, and none of the others'.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from include import settings
from include.window import Window

if TYPE_CHECKING:
    from include.steps.extract import Extracted
    from include.steps.preflight import Checked

Batch = Mapping[str, Any]
"""``order_ids`` and ``label``, as ``extract`` cut it."""
Planned = Mapping[str, Any]
"""What ``transform`` found of a batch."""


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """What a run is asked for."""

    run_id: str
    scheduled: bool = False
    order_numbers: Sequence[str] = ()
    """By these the shop's people know the orders; with ``order_ids``: these orders and no others."""
    order_ids: Sequence[int | str] = ()
    dry_run: bool = False

    @property
    def names_orders(self) -> bool:
        """Whether a person says which orders the run looks at."""
        return bool(self.order_numbers or self.order_ids)


def preflight(asked: Asked, window: Window) -> Checked:
    """What is wrong is said in words before anything is posted."""
    from include.steps.preflight import preflight as check

    return check(settings.load(), window, dry_run=asked.dry_run)


def extract(asked: Asked, window: Window, *, also: Sequence[int]) -> Extracted:
    """Which orders to look at, cut into batches; ``also``: what ``preflight`` wants looked at again."""
    from include.steps.extract import extract as choose

    return choose(
        settings.load(),
        window,
        order_ids=asked.order_ids,
        order_numbers=asked.order_numbers,
        also=also,
        scheduled=asked.scheduled,
    )


def transform(asked: Asked, batch: Batch) -> dict[str, Any]:
    """Plan a batch; what is due goes into the ledger."""
    from include.steps.transform import transform as plan

    planned = plan(
        batch["order_ids"],
        settings.load(),
        asked.run_id,
        dry_run=asked.dry_run,
        retry_rejected=asked.names_orders,
        hold_back=not asked.names_orders,
    )
    return {"label": batch["label"], **planned}


def load(asked: Asked, planned: Planned, refused: Sequence[Mapping[str, Any]], *, last_try: bool) -> dict[str, Any]:
    """Post what the ledger has planned for a batch, unless the run as a whole is stopped; hands on ``planned``.

    Args:
        asked: what the run is asked for.
        planned: of this batch.
        refused: of all batches of the run, what was held back (:func:`include.steps.flood.refusals`).
        last_try: no retry will follow.
    """
    if asked.dry_run:
        return dict(planned)
    from include.steps import flood
    from include.steps.load import load as post

    in_force = settings.load()
    flood.check_flood(in_force, refused)
    flood.record_refusals(planned, in_force, asked.run_id)
    return {**planned, "results": post(planned["order_ids"], in_force, asked.run_id, last_try=last_try)}


def record(asked: Asked, batches: Sequence[Batch]) -> list[dict[str, Any]]:
    """Outcomes into the order table, and into the shop's comments if that is switched on; the run's squares."""
    if asked.dry_run:
        return []
    from include.steps.record import record as write_down
    from include.steps.write_back import write_back

    ids = order_ids(batches)
    squares = write_down(ids, asked.run_id, named=asked.names_orders)
    write_back(ids, settings.load())
    return squares


def report(
    asked: Asked, window: Window, checked: Mapping[str, Any], found: Mapping[str, Any], finished: Sequence[Planned]
) -> dict[str, Any]:
    """The run in figures.

    Args:
        asked: what the run is asked for.
        window: its local days.
        checked: of ``preflight``: ``warnings``.
        found: of ``extract``: ``batches``, ``unmapped``, ``covering``.
        finished: what ``load`` handed on; batches that it did not finish are not among them.
    """
    from include.steps.report import report as sum_up

    return sum_up(
        window,
        order_ids(found["batches"]),
        asked.run_id,
        unmapped=found["unmapped"],
        warnings=checked["warnings"],
        planned=finished,
        dry_run=asked.dry_run,
        covering=found["covering"],
        unfinished=len(found["batches"]) - len(finished),
    )


def order_ids(batches: Sequence[Batch]) -> list[int]:
    """Of all batches."""
    return [id_ for batch in batches for id_ in batch["order_ids"]]
