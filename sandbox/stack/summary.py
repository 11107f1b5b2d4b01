"""What the runs did, as tables for a person: read from what their `report` tasks returned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from rich.table import Table
from rich.text import Text

Report = Mapping[str, Any]
_COUNTS = ("orders", "synced", "pending", "errors", "documents", "payments", "refunds")


def roubles(amount: Decimal) -> str:
    """With the kopecks, thousands apart by narrow spaces."""
    return f"{amount:,.2f}".replace(",", "\u202f")


def posted(reports: Sequence[Report]) -> Table:
    """Per run: the orders it looked at, how they stand, and what it brought into the books."""
    table = Table(title="Posted into Kontur", show_footer=True)
    table.add_column("day", footer="all", no_wrap=True)
    for name in _COUNTS:
        is_sum = name in {"documents", "payments", "refunds"}  # runs look at the same order more than once
        table.add_column(name, justify="right", footer=str(sum(r[name] for r in reports)) if is_sum else "")
    total = sum((Decimal(report["amount"]) for report in reports), Decimal(0))
    table.add_column("documents, ₽", justify="right", footer=roubles(total), no_wrap=True)
    for report in reports:
        counts = [str(report[name]) for name in _COUNTS]
        table.add_row(_day(report), *counts, roubles(Decimal(report["amount"])))
    return table


def not_posted(reports: Sequence[Report]) -> Table:
    """The orders that need a person, each once, with the reason that the last run gave."""
    table = Table(title="Needs a person")
    table.add_column("seen", no_wrap=True)
    table.add_column("order", justify="right")
    table.add_column("why", overflow="fold")
    last = {order["order_id"]: (report, order) for report in reports for order in report["failed_orders"]}
    for report, order in last.values():
        table.add_row(_day(report), Text(order["number"]), Text(order["message"]))
    return table


def _day(report: Report) -> str:
    return str(report["window"]["date_from"])
