"""report: a run in figures, for XCom, the log and whoever reads them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from include.facts import said
from include.ledger.connection import LedgerDatabase
from include.ledger.days import Days
from include.ledger.operation_queries import OperationQueries
from include.settings import Settings
from include.steps import figures, noted, shown, telling
from include.steps.figures import Posted
from include.steps.outcomes import read_batches
from include.window import Window
from include.words import text

log = logging.getLogger(__name__)

_MOST_NAMED = 50


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a run looked at, and how far it came."""

    window: Window
    """The run's local days."""
    order_ids: Sequence[int]
    unmapped: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """Site -> orders left alone because the settings do not name it."""
    warnings: Sequence[str] = ()
    """Codes of the preflight."""
    covering: Mapping[str, Any] | None = None
    """From ``extract``: which days the run covers if it finishes; ``None`` where an older version extracted."""
    unchanged: Mapping[str, int] | None = None
    """From ``extract``: what it left out; ``None`` as of ``covering``."""
    unfinished: int = 0
    """How many of its batches it did not finish."""
    named: bool = False
    """Whether it names its orders: it shows all that need a person again, whoever was asked before."""


def report(
    looked: Looked, settings: Settings, run_id: str, *, dry_run: Sequence[Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """The summary of a run (README, «Operation»); and the days that it covers, into the ledger.

    ``orders`` is what the run looked at, and the sum of ``synced``, ``pending``, ``errors``, ``skipped`` and
    ``nothing``; ``documents``, ``payments``, ``refunds`` and ``amount`` (roubles, the documents' totals; the same for
    people: ``amount_text``) is what it brought into the books itself, ``first_day`` and ``last_day`` the days of those
    documents; ``accounts`` has the same for each connection. ``unconfirmed`` counts the orders of which something is
    due and not known to stand in the books, ``unconfirmed_orders`` names them. ``unchanged`` is what the run left out
    because nothing of it had changed, ``unchanged_waiting`` how many of these wait for a person; ``waiting_before``
    counts all that waited before this run. ``full_scan`` is whether the shop was read as a whole.
    ``noted`` is for information. ``text`` says it in a paragraph.

    Args:
        looked: what the run looked at.
        settings: the settings in force.
        run_id: the DAG run.
        dry_run: what each ``transform`` of a dry run returned: nothing was posted or written, the figures are what
            would have been.
    """
    window = looked.window
    summary: dict[str, Any] = {
        "window": {"date_from": window.date_from.isoformat(), "date_to": window.date_to.isoformat()},
        "orders": len(looked.order_ids),
        "unmapped_sites": dict(looked.unmapped),
        "warnings": list(looked.warnings),
    }
    found, posted = _is(looked, settings, run_id) if dry_run is None else (_would_be(dry_run), [])
    summary |= figures.total(found["accounts"].values(), orders=len(looked.order_ids)) | found
    left_out = looked.unchanged or {"orders": 0, "waiting": 0}
    summary |= {"unchanged": left_out["orders"], "unchanged_waiting": left_out["waiting"]}
    summary["waiting_before"] += left_out["waiting"]
    summary["amount_text"] = text(said("report_amount", amount=Decimal(summary["amount"])))
    summary |= _covered(looked.covering, run_id, finished=dry_run is None and not looked.unfinished)
    summary["text"] = telling.paragraph(summary)
    log.info("%s", "\n".join(telling.lines(summary, posted)))
    return summary


def _is(looked: Looked, settings: Settings, run_id: str) -> tuple[dict[str, Any], list[Posted]]:
    with LedgerDatabase().open() as session:
        operations = OperationQueries(session)
        posted = [Posted(*row) for row in operations.posted_by_run(run_id)]
        accounts, notes = [figures.accounts((), posted)], noted.Notes()
        failed: list[dict[str, Any]] = []
        waiting: list[dict[str, Any]] = []
        waiting_before = unconfirmed = 0
        for outcomes in read_batches(looked.order_ids, settings):
            orders = [outcome.order for outcome in outcomes]
            accounts.append(figures.accounts(orders, ()))
            notes.add(orders, operations)
            of_person = [outcome for outcome in outcomes if outcome.needs_person]
            waiting_before += sum(not outcome.is_news(run_id, named=looked.named) for outcome in of_person)
            failed += [shown.failed(outcome.order) for outcome in of_person[: _MOST_NAMED - len(failed)]]
            of_none = [outcome for outcome in outcomes if outcome.unconfirmed]
            unconfirmed += len(of_none)
            waiting += [shown.unconfirmed(outcome) for outcome in of_none[: _MOST_NAMED - len(waiting)]]
    found = {
        "accounts": figures.added(accounts),
        "noted": notes.told(),
        "failed_orders": failed,
        "waiting_before": waiting_before,
        "unconfirmed": unconfirmed,
        "unconfirmed_orders": waiting,
    }
    return found, posted


def _covered(covering: Mapping[str, Any] | None, run_id: str, *, finished: bool) -> dict[str, Any]:
    """Squares do not matter: what waits for a person is looked at each night, whatever day it is of."""
    if covering is None:
        return {"days_covered": 0, "days_uncovered": 0, "full_scan": True}
    days = [dt.date.fromisoformat(day) for day in covering["days"]] if finished else []
    read_at = dt.datetime.fromisoformat(covering["read_at"])
    full_scan = covering.get("full_scan", True)  # an older version extracted
    if days:
        with LedgerDatabase().open() as session:
            if full_scan:
                Days(session).cover(days, covering["selects"], read_at, run_id)
            else:
                Days(session).look_by_index(days, read_at, run_id)
    return {
        "days_covered": len(days) if full_scan else 0,
        "days_uncovered": covering["uncovered" if finished else "uncovered_before"],
        "full_scan": full_scan,
    }


def _would_be(planned: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    dry = [result["dry_run"] for result in planned]
    problems = [problem for result in dry for problem in result["problems"]]
    return {
        "dry_run": True,
        "unconfirmed": 0,
        "unconfirmed_orders": [],
        "accounts": figures.added([result["accounts"] for result in dry]),
        "noted": noted.added(result["noted"] for result in dry),
        "failed_orders": problems[:_MOST_NAMED],
        "waiting_before": 0,
    }
