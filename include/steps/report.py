"""report: a run in figures, for XCom, the log and whoever reads them."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from include.ledger.connection import LedgerDatabase
from include.ledger.days import Days
from include.ledger.operations import Operations
from include.ledger.orders import OrderRow, Orders
from include.posting.order_state import OrderState
from include.window import Window

log = logging.getLogger(__name__)

_MOST_FAILED = 50
_DOCUMENTS = ("saleinvoice", "act")


def report(
    window: Window,
    order_ids: Sequence[int],
    run_id: str,
    *,
    unmapped: Mapping[str, int],
    warnings: Sequence[str],
    planned: Sequence[Mapping[str, Any]],
    dry_run: bool,
    covering: Mapping[str, Any],
    unfinished: int = 0,
) -> dict[str, Any]:
    """The summary of a run (DESIGN §3); and the days that it covers, into the ledger.

    ``synced``, ``pending`` and ``errors`` count the orders that the run looked at; ``documents``, ``payments``,
    ``refunds`` and ``amount`` (roubles, the documents' totals) what it brought into the books itself.

    Args:
        window: the run's local days.
        order_ids: the orders it looked at.
        run_id: the DAG run.
        unmapped: site -> orders left alone because the settings do not name it.
        warnings: codes of the preflight.
        planned: what each ``transform`` returned.
        dry_run: nothing was posted or written; the figures are what would have been.
        covering: from ``extract``: which days the run covers if it finishes.
        unfinished: how many of its batches it did not finish.
    """
    summary: dict[str, Any] = {
        "window": {"date_from": window.date_from.isoformat(), "date_to": window.date_to.isoformat()},
        "orders": len(order_ids),
        "unmapped_sites": dict(unmapped),
        "warnings": list(warnings),
    }
    summary |= _would_be(planned) if dry_run else _is(order_ids, run_id)
    summary |= _covered(covering, run_id, finished=not dry_run and not unfinished)
    log.info("%s", _in_words(summary, dry_run=dry_run))
    return summary


def _is(order_ids: Sequence[int], run_id: str) -> dict[str, Any]:
    with LedgerDatabase().open() as session:
        orders = Orders(session).read(order_ids)
        posted = pd.DataFrame(
            Operations(session).posted_by_run(run_id), columns=["kind", "date", "amount"], dtype=object
        )
    statuses = pd.Series([OrderState(o.state, o.code, o.message).sync_status for o in orders], dtype=object)
    failed = [order for order in orders if order.message is not None]
    documents = posted[posted["kind"].isin(_DOCUMENTS)]
    if not posted.empty:
        by_day = posted.pivot_table(index="date", columns="kind", values="amount", aggfunc="count", fill_value=0)
        log.info("Posted by day:\n%s", by_day.to_string())
    return {
        "synced": int((statuses == "synced").sum()),
        "pending": int((statuses == "pending").sum()),
        "errors": int((statuses == "error").sum()),
        "documents": len(documents),
        "payments": int((posted["kind"] == "payment").sum()),
        "refunds": int((posted["kind"] == "refund").sum()),
        "amount": str(sum(documents["amount"], start=Decimal("0.00"))),
        "failed_orders": [_failed(order) for order in failed[:_MOST_FAILED]],
        "waiting_before": sum(order.asked_run != run_id for order in failed),
    }


def _covered(covering: Mapping[str, Any], run_id: str, *, finished: bool) -> dict[str, Any]:
    """Squares do not matter: who waits for a person is looked at each night, whatever day it is of."""
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
    states = pd.DataFrame([result["states"] for result in planned]).fillna(0).sum()
    return {
        "dry_run": True,
        "synced": 0,
        "pending": int(states.reindex(["planned", "held", "sending", "unknown"], fill_value=0).sum()),
        "errors": int(states.reindex(["rejected", "review"], fill_value=0).sum()),
        "documents": sum(result["documents"] for result in dry),
        "payments": sum(result["payments"] for result in dry),
        "refunds": sum(result["refunds"] for result in dry),
        "amount": str(sum((Decimal(result["amount"]) for result in dry), start=Decimal("0.00"))),
        "failed_orders": problems[:_MOST_FAILED],
    }


def _failed(order: OrderRow) -> dict[str, Any]:
    return {"order_id": order.order_id, "number": order.number, "code": order.code, "message": order.message}


def _in_words(summary: Mapping[str, Any], *, dry_run: bool) -> str:
    days = f"{summary['window']['date_from']}…{summary['window']['date_to']}"
    posted = (
        f"{'Would post' if dry_run else 'Posted'} for {days}: {summary['documents']} documents of"
        f" {summary['amount']} RUB, {summary['payments']} payments, {summary['refunds']} refunds;"
    )
    stand = (
        f"of {summary['orders']} orders {summary['synced']} are synced, {summary['pending']} pending,"
        f" {summary['errors']} need a person."
    )
    lines = [f"{posted} {stand}"]
    lines += [f"  № {failed['number']}: {failed['message']}" for failed in summary["failed_orders"]]
    if waiting := summary.get("waiting_before"):
        where = "they are rows with STATUS 'error' in local_kontur_bukh_sync and get no new square"
        lines.append(f"{waiting} of them waited before this run: {where}.")
    if left := summary["days_uncovered"]:
        lines.append(
            f"{left} days since go_live were not looked at yet by a run that finished; the next nights make up."
        )
    lines += [
        f"Site {site}: {count} orders left alone, it is not in shop.sites."
        for site, count in summary["unmapped_sites"].items()
    ]
    return "\n".join(lines)
