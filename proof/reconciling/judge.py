"""Whether the reconciliation found what people did, as what it is, and nothing else; sums by Kontur's own ledger."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import pathlib
import time
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from include import settings
from include.ledger.compared import ComparedDays, DayRow
from include.ledger.connection import LedgerDatabase
from include.ledger.differences import DifferenceRow, Differences
from include.reconciliation.sides import Depth
from include.steps.reconciliation.compare import Range, compare
from include.steps.reconciliation.conclude import conclude
from include.steps.reconciliation.days import ComparisonRequest, days
from include.window import Window
from proof.versions.ground import LAST, WINDOW, Ground, ground, post
from sandbox.people import Deed, Place, damage, documents

_ACCOUNT = "kontur_default"
_DAYS = Window(WINDOW.date_from, WINDOW.date_to + dt.timedelta(days=60))
"""Refunds come later than the shop's last order."""
_DATED_BACK = Window(LAST - dt.timedelta(days=100), LAST)

EXPECTED: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    name: (frozenset(must.split()), frozenset(may.split()))
    for name, must, may in (
        ("document_deleted", "vanished", "payment_missing refund_missing"),
        ("document_copied", "doubled", ""),
        ("document_to_another_month", "moved", ""),
        ("document_to_another_day", "edited", ""),
        ("document_a_kopeck_more", "edited", ""),
        ("document_another_number", "edited", ""),
        ("document_another_buyer", "edited", ""),
        ("document_another_comment", "edited", ""),
        ("document_other_lines", "edited", ""),
        ("document_twice_damaged", "edited", ""),
        ("document_moved_and_damaged", "moved", ""),
        ("typed_again", "typed_by_hand", ""),
        ("payment_deleted", "payment_missing", ""),
        ("payment_typed", "payment_extra", ""),
        ("payment_a_kopeck_more", "payment_differs", ""),
        ("payment_another_day", "payment_differs", ""),
        ("payment_at_another_document", "", "payment_missing payment_extra"),
        ("refund_typed", "refund_extra", ""),
        ("refund_doubled", "refund_extra", ""),
        ("refund_deleted", "refund_missing", ""),
        ("refund_a_kopeck_less", "refund_differs", ""),
        ("shop_cancels", "changed_in_shop", ""),
        ("shop_deletes", "left_the_shop", ""),
        ("shop_dates_back", "unseen", ""),
        ("another_shops_document", "foreign_marker", ""),
    )
}
"""What was done -> kinds of differences that must be told of its order, and those that may be beside them."""


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it."""

    deeds: int
    documents: int
    before: int
    """Differences that stood before anything was damaged."""
    problems: tuple[str, ...]
    lists: int
    """Requests of the judged pass for lists, and …"""
    reads: int
    """… for single documents."""
    seconds: float


@dataclasses.dataclass(frozen=True, slots=True)
class Size:
    """How much of it."""

    orders: int
    deeds: int
    seed: int
    latency_ms: int = 0
    """Of Kontur, while it is reconciled."""


def judge(port: int, folder: pathlib.Path, shop: tuple[str, str], size: Size) -> Verdict:
    """Post a demo shop, damage it and its books, reconcile all its days in full, twice.

    Args:
        port: of a MariaDB on this machine; two databases are made there and dropped.
        folder: for Kontur's ledger.
        shop: version of the sale module, charset of its tables.
        size: how much.
    """
    with ground(port, folder, shop, size.orders, size.seed) as here:
        post("posted")
        with LedgerDatabase().open() as session:
            session.execute("UPDATE local_kontur_bukh_operation SET done_at = done_at - INTERVAL 1 HOUR")
        _reconcile("before")
        before = _standing()
        spare = {row.order_id for row in before if row.order_id is not None}
        victims = [one for one in documents(here.kontur) if one.order_id not in spare]
        deeds = damage(Place(here.shop, here.version, here.kontur, _DATED_BACK), victims, size.deeds, size.seed)
        asked = len(here.kontur.books.requests())
        here.kontur.set_options(latency_ms=size.latency_ms)
        began = time.monotonic()
        _reconcile("after")
        seconds = time.monotonic() - began
        requests = here.kontur.books.requests()[asked:]
        after = _standing()
        problems = [*_found(before, after, deeds), *_identity(after), *_against_kontur(here)]
        squares = _reconcile("again")
        if squares or _told(_standing()) != _told(after):
            problems.append("a second pass changes something")
        singles = sum(request["template"].endswith("{id}") for request in requests)
        listed = len(here.kontur.books.documents())
    return Verdict(len(deeds), listed, len(before), tuple(problems), len(requests) - singles, singles, seconds)


def _reconcile(run_id: str) -> list[dict[str, Any]]:
    rules = settings.load()
    ranges = [Range.of(one) for one in days(ComparisonRequest(_DAYS, Depth.FULL), rules)]
    return conclude([compare(one, rules, run_id) for one in ranges], rules, run_id)[1]


def _standing() -> list[DifferenceRow]:
    with LedgerDatabase().open() as session:
        return Differences(session).standing(_ACCOUNT)


def _told(rows: Iterable[DifferenceRow]) -> dict[str, str]:
    return {row.name: row.telling for row in rows}


def _found(before: Iterable[DifferenceRow], after: Iterable[DifferenceRow], deeds: Iterable[Deed]) -> Iterable[str]:
    """Orders whose new rows are not what was done to them."""
    known = _told(before)
    new: dict[int | None, list[str]] = collections.defaultdict(list)
    for row in after:
        if known.get(row.name) != row.telling:
            new[row.order_id].append(row.code)
    foreign = sum(deed.order_id is None for deed in deeds)
    if new.get(None, []) != ["foreign_marker"] * foreign:
        yield f"documents of another shop: {foreign} typed, told {new.get(None)}"
    done = {deed.order_id: deed.what for deed in deeds if deed.order_id is not None}
    for order_id, what in done.items():
        must, may = EXPECTED[what]
        told = frozenset(new.get(order_id, ()))
        if not told or not must <= told <= must | may:
            yield f"order {order_id}: {what}, told {sorted(told)}"
    for stranger in new.keys() - done.keys() - {None}:
        yield f"order {stranger}: nothing was done, told {new[stranger]}"
    gone = known.keys() - _told(after).keys()
    if gone:
        yield f"{len(gone)} differences that stood before are gone"


def _days() -> list[DayRow]:
    with LedgerDatabase().open() as session:
        return ComparedDays(session).of_window(_ACCOUNT, _DAYS)


def _identity(rows: Iterable[DifferenceRow]) -> Iterable[str]:
    """Shop − books is what the table's rows come to, day by day."""
    told: collections.Counter[tuple[dt.date, str]] = collections.Counter()
    for row in rows:
        if row.code in {"typed_by_hand", "foreign_marker"}:
            continue
        for on, amount, sign in ((row.shop_day, row.shop_amount, 1), (row.books_day, row.books_amount, -1)):
            if on is not None and amount is not None:
                told[on, row.measure] += sign * int(amount * 100)
    for day in _days():
        difference = int((day.shop - day.books) * 100)
        if difference != told[day.day, day.measure] or "unexplained" in day.differences:
            yield f"{day.day} {day.measure}: {difference} kopecks apart, rows tell {told[day.day, day.measure]}"


def _against_kontur(here: Ground) -> Iterable[str]:
    """Each day's documents come to what Kontur's own ledger has; its payments and refunds too."""
    books: collections.Counter[tuple[str, str]] = collections.Counter()
    theirs = {"documents": here.kontur.books.documents()}
    theirs |= {"payments": here.kontur.books.payments(), "refunds": here.kontur.books.refunds()}
    for measure, rows in theirs.items():
        for row in rows:
            books[row["date"], measure] += int(row["total" if measure == "documents" else "amount"] * 100)
    for day in _days():
        ours = int((day.books + (day.others_amount if day.measure == "documents" else Decimal(0))) * 100)
        if ours != books[day.day.isoformat(), day.measure]:
            yield f"{day.day} {day.measure}: {ours} kopecks told, Kontur has {books[day.day.isoformat(), day.measure]}"
