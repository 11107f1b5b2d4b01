"""report: a run in figures, for XCom, the log and whoever reads them."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from include.facts import said
from include.ledger.connection import LedgerDatabase
from include.ledger.days import Days
from include.ledger.operations import Operations
from include.ledger.orders import Orders
from include.steps import figures, noted, shown, telling
from include.steps.figures import Posted
from include.window import Window
from include.words import text

log = logging.getLogger(__name__)

_MOST_FAILED = 50


def report(
    window: Window,
    order_ids: Sequence[int],
    run_id: str,
    *,
    unmapped: Mapping[str, int],
    warnings: Sequence[str],
    planned: Sequence[Mapping[str, Any]],
    dry_run: bool,
    covering: Mapping[str, Any] | None,
    unfinished: int = 0,
) -> dict[str, Any]:
    """The summary of a run (README, «Operation»); and the days that it covers, into the ledger.

    ``orders`` is what the run looked at, and the sum of ``synced``, ``pending``, ``errors``, ``skipped`` and
    ``nothing``; ``documents``, ``payments``, ``refunds`` and ``amount`` (roubles, the documents' totals; the same for
    people: ``amount_text``) is what it brought into the books itself, ``first_day`` and ``last_day`` the days of those
    documents; ``accounts`` has the same for each connection. ``noted`` is for information. ``text`` says it in a
    paragraph.

    Args:
        window: the run's local days.
        order_ids: the orders it looked at.
        run_id: the DAG run.
        unmapped: site -> orders left alone because the settings do not name it.
        warnings: codes of the preflight.
        planned: what each ``transform`` returned.
        dry_run: nothing was posted or written; the figures are what would have been.
        covering: from ``extract``: which days the run covers if it finishes; ``None`` where an older version of this
            package extracted.
        unfinished: how many of its batches it did not finish.
    """
    summary: dict[str, Any] = {
        "window": {"date_from": window.date_from.isoformat(), "date_to": window.date_to.isoformat()},
        "orders": len(order_ids),
        "unmapped_sites": dict(unmapped),
        "warnings": list(warnings),
    }
    found, posted = (_would_be(planned), []) if dry_run else _is(order_ids, run_id)
    summary |= figures.total(found["accounts"].values(), orders=len(order_ids)) | found
    summary["amount_text"] = text(said("report_amount", amount=Decimal(summary["amount"])))
    summary |= _covered(covering, run_id, finished=not dry_run and not unfinished)
    summary["text"] = telling.paragraph(summary)
    log.info("%s", "\n".join(telling.lines(summary, posted)))
    return summary


def _is(order_ids: Sequence[int], run_id: str) -> tuple[dict[str, Any], list[Posted]]:
    with LedgerDatabase().open() as session:
        orders = Orders(session).read(order_ids)
        posted = [Posted(*row) for row in Operations(session).posted_by_run(run_id)]
        notes = noted.of_orders(orders, Operations(session))
    failed = [order for order in orders if order.problems]
    found = {
        "accounts": figures.accounts(orders, posted),
        "noted": notes,
        "failed_orders": [shown.failed(order) for order in failed[:_MOST_FAILED]],
        "waiting_before": sum(order.asked_run != run_id for order in failed),
    }
    return found, posted


def _covered(covering: Mapping[str, Any] | None, run_id: str, *, finished: bool) -> dict[str, Any]:
    """Squares do not matter: what waits for a person is looked at each night, whatever day it is of."""
    if covering is None:
        return {"days_covered": 0, "days_uncovered": 0}
    days = [dt.date.fromisoformat(day) for day in covering["days"]] if finished else []
    if days:
        with LedgerDatabase().open() as session:
            Days(session).cover(days, covering["selects"], dt.datetime.fromisoformat(covering["read_at"]), run_id)
    return {
        "days_covered": len(days),
        "days_uncovered": covering["uncovered" if finished else "uncovered_before"],
    }


def _would_be(planned: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    dry = [result["dry_run"] for result in planned]
    problems = [problem for result in dry for problem in result["problems"]]
    return {
        "dry_run": True,
        "accounts": figures.added([result["accounts"] for result in dry]),
        "noted": noted.added(result["noted"] for result in dry),
        "failed_orders": problems[:_MOST_FAILED],
    }
