"""What the runs did, as tables for a person: read from what their `report` tasks returned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from rich.table import Table
from rich.text import Text

from include.facts import said, several
from include.reconciliation.difference import Measure
from include.steps.reconciliation import telling
from include.words import text

Report = Mapping[str, Any]
_SUMS = ("documents", "payments", "refunds")
"""The others cannot be summed: runs look at the same order more than once."""
_SIDES = {
    "shop": said("demo_column_shop"),
    "books": said("demo_column_books"),
    "difference": said("demo_column_difference"),
}


def posted(reports: Sequence[Report]) -> Table:
    """Per run: the orders it looked at, how they stand, and what it brought into the books."""
    counts = {
        "orders": text(said("demo_column_orders")),
        "synced": text(said("demo_column_synced")),
        "pending": text(said("demo_column_pending")),
        "errors": text(said("demo_column_errors")),
        "documents": text(said("demo_column_documents")),
        "payments": text(said("demo_column_payments")),
        "refunds": text(said("demo_column_refunds")),
    }
    table = Table(title=text(said("demo_posted_title")), show_footer=True)
    table.add_column(text(said("demo_column_day")), footer=text(said("demo_column_all")), no_wrap=True)
    for name, title in counts.items():
        footer = str(sum(report[name] for report in reports)) if name in _SUMS else ""
        table.add_column(title, justify="right", footer=footer)
    total = sum((Decimal(report["amount"]) for report in reports), Decimal(0))
    table.add_column(text(said("demo_column_amount")), justify="right", footer=roubles(total), no_wrap=True)
    for report in reports:
        table.add_row(_day(report), *(str(report[name]) for name in counts), roubles(Decimal(report["amount"])))
    return table


def not_posted(reports: Sequence[Report]) -> Table:
    """The orders that need a person, each once, with the reason that the last run gave."""
    table = Table(title=text(said("demo_not_posted_title")))
    table.add_column(text(said("demo_column_seen")), no_wrap=True)
    table.add_column(text(said("demo_column_order")), justify="right")
    table.add_column(text(said("demo_column_why")), overflow="fold")
    last = {order["order_id"]: (report, order) for report in reports for order in report["failed_orders"]}
    for report, order in last.values():
        table.add_row(_day(report), Text(order["number"]), Text(order["message"]))
    return table


def compared(summary: Mapping[str, Any]) -> Table:
    """What shop and books come to in all, and what parts them, by a reconciliation of the stack's one account."""
    (account,) = summary["accounts"].values()
    ends = [dt.date.fromisoformat(one[end]) for one in summary["ranges"] for end in ("date_from", "date_to")]
    table = Table(title=text(said("demo_compared_title", first=min(ends), last=max(ends))))
    table.add_column("")
    for name in ("shop", "books", "difference"):
        table.add_column(text(_SIDES[name]), justify="right", no_wrap=True)
    for measure in Measure:
        sums = account[measure]
        table.add_row(text(telling.measure(measure)), *(roubles(Decimal(sums[name])) for name in _SIDES))
    return table


def explained(summary: Mapping[str, Any]) -> Text:
    """Whether shop and books agree, or why they do not, and whether that is all."""
    if not summary["holds"]:
        return Text(text(said("demo_unexplained")), "red")
    kinds = summary["differences"]
    if not kinds:
        return Text(text(said("demo_reconciled")), "green")
    counted = (said("reconcile_kind", kind=telling.kind(code), count=count) for code, count in kinds.items())
    return Text(text(said("demo_explained", kinds=several(*counted))), "green")


def roubles(amount: Decimal) -> str:
    """As the language at hand writes them."""
    return text(said("demo_money", amount=amount))


def _day(report: Report) -> str:
    return text(said("report_one_day", day=dt.date.fromisoformat(report["window"]["date_from"])))
