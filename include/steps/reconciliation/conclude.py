"""conclude: what is gone, what is new, and the run in figures and in words."""

from __future__ import annotations

import collections
import datetime as dt
import logging
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from include.ledger.compared import ComparedDays, DayRow
from include.ledger.connection import LedgerDatabase, Session
from include.ledger.differences import Comparison, DifferenceRow, Differences
from include.reconciliation.sides import Depth
from include.settings import Settings
from include.steps.reconciliation import telling
from include.steps.reconciliation.compare import Range, compare
from include.steps.reconciliation.days import windows
from include.window import Window

log = logging.getLogger(__name__)

MOST_SQUARES = 50
ASKED_ELSEWHERE = frozenset({"not_posted"})
"""What the daily run shows to a person by itself."""


def conclude(
    compared: Sequence[Mapping[str, Any]], settings: Settings, run_id: str, *, complete: bool = True
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Look again at days of which the look knew too little, close what is gone, ask about what is new.

    Args:
        compared: what ``compare`` returned; ranges that were not finished are not among them.
        settings: the settings in force.
        run_id: the DAG run.
        complete: whether no range is missing. Else the task fails and nobody sees its squares, so they count as asked
            by nobody, and a later run asks.

    Returns:
        The summary for XCom: ``accounts`` (connection -> ``orders``, ``listed``, ``read``, ``gone``, and by measure
        ``shop``, ``books``, ``difference`` as texts), ``ranges``, ``depths``, ``differences`` (code -> how many are
        open on the days that were compared), ``new``, ``decided``, ``noted``, ``holds`` (whether the differences
        explain all that parts shop and books), ``text``. And the squares: at most 51 of
        ``{"ids": [...], "number": "1045"}``; the last one stands for all others.

    Raises:
        BitrixError, LedgerError, KonturError: one of the three does not work.
    """
    compared = [*compared, *(compare(one, settings, run_id) for one in (*half_known(compared), *moved(compared)))]
    by_account: dict[str, list[Mapping[str, Any]]] = collections.defaultdict(list)
    for one in compared:
        by_account[one["connection"]].append(one)
    accounts: dict[str, Any] = {}
    rows: list[DifferenceRow] = []
    with LedgerDatabase().open() as session:
        for connection, ranges in sorted(by_account.items()):
            gone = close(session, connection, ranges)
            figures = _figures(session, connection, ranges)
            counted = {name: sum(one[name] for one in ranges) for name in ("orders", "listed", "read")}
            accounts[connection] = {**counted, "gone": gone, **figures}
            rows += _of_run(session, connection, ranges, run_id)
        new = [row for row in rows if row.is_open and _is_new(row, run_id)]
        asked = [row for row in new if row.code not in ASKED_ELSEWHERE]
        if complete:
            Differences(session).mark_asked(asked, run_id)
    summary = {
        "accounts": accounts,
        "ranges": [{name: one[name] for name in ("connection", "date_from", "date_to", "depth")} for one in compared],
        "depths": sorted({one["depth"] for one in compared}),
        "differences": dict(sorted(collections.Counter(row.code for row in rows if row.is_open).items())),
        "new": len(new),
        "decided": sum(row.gone_at is None and row.is_decided for row in rows),
        "noted": sum(row.gone_at is None and row.noted for row in rows),
        "holds": all(account["holds"] for account in accounts.values()),
    }
    summary["text"] = telling.paragraph(summary)
    log.info("%s", "\n".join([telling.paragraph(summary), *telling.lines(asked[:MOST_SQUARES])]))
    return summary, _squares(asked)


def half_known(compared: Sequence[Mapping[str, Any]]) -> list[Range]:
    """Days that were read in full, now or before, without a document at which money with such a day was found.

    Only that document tells of such money (somebody typed it in, or gave it another day), and it was read for other
    days. Its difference stands by now, so its day knows of it.
    """
    full = [one for one in map(Range.of, compared) if one.depth is Depth.FULL]
    days: dict[str, set[dt.date]] = collections.defaultdict(set)
    for found in compared:
        own = [one.window for one in full if one.connection == found["connection"]]
        for name, documents in found["elsewhere"].items():
            day = dt.date.fromisoformat(name)
            looks = [window for window in own if window.date_from <= day <= window.date_to]
            if not all(_is_looked_at(known, looks) for known in documents):
                days[found["connection"]].add(day)
    if not days:
        return []
    with LedgerDatabase().open() as session:
        table = ComparedDays(session)
        read = {one: table.full_since(one, sorted(of), None) for one, of in days.items()}
    return [Range(one, window, Depth.FULL) for one, of in sorted(read.items()) for window in windows(of)]


def moved(compared: Sequence[Mapping[str, Any]]) -> list[Range]:
    """Days of no range on which orders lie by now, of which a difference stands: it has moved with them."""
    ranges = [Range.of(one) for one in compared]
    days: dict[tuple[str, Depth], set[dt.date]] = collections.defaultdict(set)
    for found, one in zip(compared, ranges, strict=True):
        own = [other.window for other in ranges if other.connection == one.connection]
        for day in map(dt.date.fromisoformat, found.get("moved", ())):
            if not any(window.date_from <= day <= window.date_to for window in own):
                days[one.connection, one.depth].add(day)
    return [Range(one, window, depth) for (one, depth), of in sorted(days.items()) for window in windows(of)]


def _is_looked_at(known: Iterable[str], looks: Iterable[Window]) -> bool:
    """Whether a document was read for one of these ranges, as it has a day there."""
    days = [dt.date.fromisoformat(one) for one in known]
    return any(window.date_from <= day <= window.date_to for window in looks for day in days)


def close(session: Session, connection: str, ranges: Iterable[Mapping[str, Any]]) -> int:
    """Note as gone what these comparisons of an account would have seen, and did not; how many."""
    looks = [
        Comparison(
            one.window,
            dt.datetime.fromisoformat(found["since"]),
            is_full=one.depth is not Depth.HEADERS,
            blind=frozenset(found.get("blind", ())),  # XCom of an older version has none
        )
        for found, one in ((found, Range.of(found)) for found in ranges)
    ]
    return Differences(session).close(connection, looks)


def _of_run(session: Session, connection: str, ranges: Iterable[Mapping[str, Any]], run_id: str) -> list[DifferenceRow]:
    """Of the days that were compared, and what was seen beside: money of another day at one of their documents."""
    table = Differences(session)
    found = {row.id: row for row in table.standing(connection) if row.run_id == run_id}
    for one in ranges:
        found.update((row.id, row) for row in table.of_window(connection, Range.of(one).window))
    return [found[id_] for id_ in sorted(found, key=lambda id_: id_ or 0)]


def _is_new(row: DifferenceRow, run_id: str) -> bool:
    """A person is asked once about each kind; by this run again when it concludes again."""
    return row.asked_code != row.code or row.asked_run == run_id


def _figures(session: Session, connection: str, ranges: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Shop, books and their difference by measure; and whether the rows explain it."""
    days: dict[tuple[dt.date, str], DayRow] = {}
    for one in ranges:
        for day in ComparedDays(session).of_window(connection, Range.of(one).window):
            days[day.day, day.measure] = day
    by_measure: dict[str, Any] = {}
    for measure in ("documents", "payments", "refunds"):
        rows = [row for (_, of), row in days.items() if of == measure]
        shop, books = (_total(row.shop for row in rows), _total(row.books for row in rows))
        by_measure[measure] = {"shop": str(shop), "books": str(books), "difference": str(shop - books)}
    holds = all("unexplained" not in row.differences for row in days.values())
    return {**by_measure, "holds": holds}


def _total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, start=Decimal("0.00"))


def _squares(asked: Sequence[DifferenceRow]) -> list[dict[str, Any]]:
    squares: list[dict[str, Any]] = [{"ids": [row.id], "number": row.number} for row in asked[:MOST_SQUARES]]
    if rest := asked[MOST_SQUARES:]:
        squares.append({"ids": [row.id for row in rest], "number": None})
    return squares
