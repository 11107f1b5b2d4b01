"""report: a run in figures, for XCom, the log and whoever reads them."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from include.ledger.connection import LedgerDatabase
from include.ledger.days import Days
from include.ledger.operations import Operations
from include.ledger.orders import OrderRow, Orders
from include.steps import figures, noted
from include.window import Window

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
    ``nothing``; ``documents``, ``payments``, ``refunds`` and ``amount`` (roubles, the documents' totals) is what it
    brought into the books itself; ``accounts`` has the same for each connection. ``noted`` is for information.

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
    found = _would_be(planned) if dry_run else _is(order_ids, run_id)
    summary |= figures.total(found["accounts"].values(), orders=len(order_ids)) | found
    summary |= _covered(covering, run_id, finished=not dry_run and not unfinished)
    log.info("%s", _in_words(summary, dry_run=dry_run))
    return summary


def _is(order_ids: Sequence[int], run_id: str) -> dict[str, Any]:
    with LedgerDatabase().open() as session:
        orders = Orders(session).read(order_ids)
        posted = Operations(session).posted_by_run(run_id)
        notes = noted.of_orders(orders, Operations(session))
    failed = [order for order in orders if order.message is not None]
    if posted:
        table = pd.DataFrame(posted, columns=["connection", "kind", "date", "amount"], dtype=object)
        by_day = table.pivot_table(index="date", columns="kind", values="amount", aggfunc="count", fill_value=0)
        log.info("Posted by day:\n%s", by_day.to_string())
    return {
        "accounts": figures.accounts(orders, ((connection, kind, amount) for connection, kind, _, amount in posted)),
        "noted": notes,
        "failed_orders": [_failed(order) for order in failed[:_MOST_FAILED]],
        "waiting_before": sum(order.asked_run != run_id for order in failed),
    }


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


def _failed(order: OrderRow) -> dict[str, Any]:
    return {"order_id": order.order_id, "number": order.number, "code": order.code, "message": order.message}


def _account_in_words(name: str, account: Mapping[str, Any]) -> str:
    return (
        f"  {name}: {account['documents']} documents of {account['amount']} RUB, {account['payments']} payments,"
        f" {account['refunds']} refunds; orders: "
        + ", ".join(f"{account[standing]} {standing}" for standing in figures.STANDINGS)
    )


def _in_words(summary: Mapping[str, Any], *, dry_run: bool) -> str:
    days = f"{summary['window']['date_from']}…{summary['window']['date_to']}"
    posted = (
        f"{'Would post' if dry_run else 'Posted'} for {days}: {summary['documents']} documents of"
        f" {summary['amount']} RUB, {summary['payments']} payments, {summary['refunds']} refunds;"
    )
    stand = (
        f"of {summary['orders']} orders {summary['synced']} are synced, {summary['pending']} pending,"
        f" {summary['errors']} need a person, {summary['skipped']} are left out by rule, and of {summary['nothing']}"
        " nothing is due."
    )
    lines = [f"{posted} {stand}"]
    if len(summary["accounts"]) > 1:
        lines += [_account_in_words(name, account) for name, account in summary["accounts"].items()]
    lines += [f"  № {failed['number']}: {failed['message']}" for failed in summary["failed_orders"]]
    if waiting := summary.get("waiting_before"):
        where = "they are rows with STATUS 'error' in local_kontur_bukh_sync and get no new square"
        lines.append(f"{waiting} of them waited before this run: {where}.")
    lines += noted.in_words(summary["noted"])
    if covered := summary["days_covered"]:
        lines.append(f"{covered} days are covered: a finished run has looked at them.")
    if left := summary["days_uncovered"]:
        lines.append(
            f"{left} days since go_live were not looked at yet by a run that finished; the next nights make up."
        )
    lines += [
        f"Site {site}: {count} orders left alone, it is not in shop.sites."
        for site, count in summary["unmapped_sites"].items()
    ]
    return "\n".join(lines)
