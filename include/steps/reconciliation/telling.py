"""A reconciliation in words: its paragraph, its labels, its squares."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from include.facts import Count, Said, said, several
from include.ledger.differences import DifferenceRow
from include.reconciliation.difference import KIND_NAMES, Measure
from include.reconciliation.sides import Depth
from include.steps.shown import label
from include.words import text

_DEPTHS: Mapping[Depth, Said] = {
    Depth.LEDGER: said("depth_ledger"),
    Depth.HEADERS: said("depth_headers"),
    Depth.FULL: said("depth_full"),
}
_MEASURES: Mapping[Measure, Said] = {
    Measure.DOCUMENTS: said("measure_documents"),
    Measure.PAYMENTS: said("measure_payments"),
    Measure.REFUNDS: said("measure_refunds"),
}


def kind(code: str) -> Said:
    """What a kind of difference is called."""
    return KIND_NAMES[code]


def measure(of: Measure) -> Said:
    """What a measure is called."""
    return _MEASURES[of]


def paragraph(summary: Mapping[str, Any]) -> str:
    """What a run came to, in sentences that may be forwarded as they are."""
    ranges = summary["ranges"]
    days = [dt.date.fromisoformat(one[end]) for one in ranges for end in ("date_from", "date_to")]
    depths = several(*(_DEPTHS[Depth(depth)] for depth in summary["depths"]))
    told = [said("reconcile_run", first=min(days), last=max(days), depths=depths)]
    for connection, account in summary["accounts"].items():
        if len(summary["accounts"]) > 1:
            told.append(said("reconcile_account", connection=connection))
        told += _sums(account)
    told.append(_found(summary))
    if not summary["holds"]:
        told.append(said("reconcile_unexplained"))
    return " ".join(map(text, told))


def _sums(account: Mapping[str, Any]) -> Iterable[Said]:
    yield said("reconcile_orders", orders=Count(account["orders"], "order"))
    for of, name in _MEASURES.items():
        shop, books, difference = (Decimal(account[of][side]) for side in ("shop", "books", "difference"))
        if shop or books:
            yield said("reconcile_sums", measure=name, shop=shop, books=books, difference=difference)


def _found(summary: Mapping[str, Any]) -> Said:
    counts = summary["differences"]
    if not counts:
        return said("reconcile_agrees", decided=summary["decided"], noted=summary["noted"])
    return said(
        "reconcile_found",
        differences=Count(sum(counts.values()), "difference"),
        kinds=several(*(said("reconcile_kind", kind=kind(code), count=count) for code, count in counts.items())),
        new=summary["new"],
        decided=summary["decided"],
        noted=summary["noted"],
    )


def at_work(asked: Mapping[str, str]) -> str:
    """The label of a range that is being compared."""
    return label(*_range(asked))


def compared(found: Mapping[str, Any]) -> str:
    """The label of a range that was compared."""
    counts = found["differences"]
    differences = said("label_differences", differences=Count(sum(counts.values()), "difference"))
    return label(
        *_range(found),
        text(said("label_orders_compared", orders=Count(found["orders"], "order"))),
        text(differences if counts else said("label_agrees")),
    )


def square(asked: Mapping[str, Any], left: Sequence[DifferenceRow]) -> str:
    """The label of a square: what of it a person still has to settle."""
    if not left:
        return label(text(_named(asked)), text(said("square_settled")))
    if len(asked["ids"]) > 1:
        return text(_named(asked))
    return label(text(_named(asked)), text(left[0].said))


def square_at_work(asked: Mapping[str, Any]) -> str:
    """The label of a square that is not looked at yet."""
    return text(_named(asked))


def lines(left: Iterable[DifferenceRow]) -> list[str]:
    """What is still to be settled, each with its order's number."""
    return [text(difference(row)) for row in left]


def difference(row: DifferenceRow) -> Said:
    """A difference with its number in our table, and its order's."""
    if row.number is None:
        return said("reconcile_difference", id=row.id or 0, what=row.said)
    return said("reconcile_difference_of", id=row.id or 0, number=row.number, what=row.said)


def _named(asked: Mapping[str, Any]) -> Said:
    if len(asked["ids"]) > 1:
        return said("square_differences", differences=Count(len(asked["ids"]), "difference"))
    if asked["number"] is None:
        return said("square_difference", id=asked["ids"][0])
    return said("square_order", number=asked["number"])


def _range(asked: Mapping[str, Any]) -> tuple[str, str]:
    first, last = (dt.date.fromisoformat(asked[end]) for end in ("date_from", "date_to"))
    days = said("label_day", day=first) if first == last else said("label_days", first=first, last=last)
    return asked["connection"], text(days)
