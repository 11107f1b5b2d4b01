"""A run's report in words: a paragraph that may be forwarded as it is, and the lines of the log."""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from include.facts import Count, Said, said
from include.steps import noted
from include.steps.figures import Posted
from include.words import text

_INDENT = "  "


def paragraph(summary: Mapping[str, Any]) -> str:
    """What the run did and how its orders stand; every order is counted in one place."""
    dry_run = summary.get("dry_run", False)
    window = _days(summary["window"]["date_from"], summary["window"]["date_to"])
    heading = said("report_dry_run", days=window) if dry_run else said("report_run", days=window)
    told = (heading, _posted(summary, dry_run=dry_run), _orders(summary), *_left_out(summary))
    return " ".join(text(part) for part in told)


def lines(summary: Mapping[str, Any], posted: Sequence[Posted]) -> list[str]:
    """The paragraph, and what it sums up.

    Args:
        summary: of the report.
        posted: what the run brought into the books.
    """
    return [
        summary["text"],
        *(text(account) for account in _accounts(summary)),
        *_by_day(posted),
        *_failed(summary),
        *noted.lines(summary["noted"]),
        *(text(rest) for rest in _rest(summary)),
    ]


def _posted(account: Mapping[str, Any], *, dry_run: bool) -> Said:
    documents, payments, refunds = _counts(account["documents"], account["payments"], account["refunds"])
    amount, dated = Decimal(account["amount"]), _dated(account)
    if dry_run:
        return said(
            "report_would_post", documents=documents, amount=amount, dated=dated, payments=payments, refunds=refunds
        )
    return said("report_posted", documents=documents, amount=amount, dated=dated, payments=payments, refunds=refunds)


def _orders(account: Mapping[str, Any]) -> Said:
    synced, pending, errors = account["synced"], account["pending"], account["errors"]
    skipped, nothing = account["skipped"], account["nothing"]
    return said(
        "report_orders",
        orders=Count(synced + pending + errors + skipped + nothing, "order"),
        synced=synced,
        pending=pending,
        errors=errors,
        skipped=skipped,
        nothing=nothing,
    )


def _left_out(summary: Mapping[str, Any]) -> Iterator[Said]:
    if not summary["unchanged"]:
        return
    yield said("report_unchanged", orders=Count(summary["unchanged"], "order"))
    if waiting := summary["unchanged_waiting"]:
        yield said("report_unchanged_waiting", count=waiting)


def _accounts(summary: Mapping[str, Any]) -> Iterator[Said]:
    if len(summary["accounts"]) < 2:
        return
    dry_run = summary.get("dry_run", False)
    for name, account in summary["accounts"].items():
        yield said("report_account", connection=name, posted=_posted(account, dry_run=dry_run), orders=_orders(account))


def _by_day(posted: Sequence[Posted]) -> list[str]:
    """Nothing where the paragraph says it all."""
    by_day: dict[dt.date, list[Posted]] = collections.defaultdict(list)
    for one in posted:
        if one.day is not None:
            by_day[one.day].append(one)
    if len(by_day) < 2:
        return []
    found = [text(said("report_by_day"))]
    for day, of_day in sorted(by_day.items()):
        of_documents = [one for one in of_day if one.is_document]
        documents, payments, refunds = _counts(
            sum(one.count for one in of_documents),
            sum(one.count for one in of_day if one.kind == "payment"),
            sum(one.count for one in of_day if one.kind == "refund"),
        )
        amount = sum((one.amount or Decimal(0) for one in of_documents), start=Decimal(0))
        told = said("report_day", day=day, documents=documents, amount=amount, payments=payments, refunds=refunds)
        found.append(_INDENT + text(told))
    return found


def _failed(summary: Mapping[str, Any]) -> list[str]:
    failed = summary["failed_orders"]
    if not failed:
        return []
    told = [said("report_order", number=order["number"], problem=order["message"]) for order in failed]
    if (more := summary["errors"] - len(failed)) > 0:
        told.append(said("report_failed_more", count=more))
    if waiting := summary["waiting_before"] - summary["unchanged_waiting"]:
        told.append(said("report_asked_before", count=waiting))
    return [text(said("report_needs_person")), *(_INDENT + text(one) for one in told)]


def _rest(summary: Mapping[str, Any]) -> Iterator[Said]:
    if covered := summary["days_covered"]:
        yield said("report_covered", days=Count(covered, "day"))
    if left := summary["days_uncovered"]:
        days = Count(left, "day")
        yield said("report_uncovered", days=days) if summary["full_scan"] else said("report_by_index", days=days)
    for site, count in summary["unmapped_sites"].items():
        yield said("report_site_left_out", site=site, orders=Count(count, "order"))


def _counts(documents: int, payments: int, refunds: int) -> tuple[Count, Count, Count]:
    return Count(documents, "document"), Count(payments, "payment"), Count(refunds, "refund")


def _dated(account: Mapping[str, Any]) -> Said | str:
    if account["first_day"] is None:
        return ""
    first, last = (dt.date.fromisoformat(account[end]) for end in ("first_day", "last_day"))
    if first == last:
        return said("report_dated_one", day=first)
    return said("report_dated_from_to", first=first, last=last)


def _days(first: str, last: str) -> Said:
    """From texts as XCom has them."""
    if first == last:
        return said("report_one_day", day=dt.date.fromisoformat(first))
    return said("report_from_to", first=dt.date.fromisoformat(first), last=dt.date.fromisoformat(last))
