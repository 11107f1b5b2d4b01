"""Books at length: by ranges of days, many documents at once, while somebody works in them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from kontur_hook.contract import Contract, DocumentKind
from kontur_hook.errors import KonturProtocolError, KonturTransientError
from kontur_hook.hook import KonturHook
from kontur_hook.paging import PagesContradictError
from kontur_hook.records import DocumentDetails, DocumentSummary

from include.books.accounts import Account
from include.books.reading import listed, ranges, read_documents
from include.window import Window
from sandbox.kontur.serving import Sandbox
from tests.reconciliation import in_kontur
from tests.reconciliation.three_sides import MARCH, on, paid, sale

INVOICE = DocumentKind.SALE_INVOICE


def test_ranges() -> None:
    assert list(ranges(MARCH, 14)) == [
        Window(on("03-01"), on("03-14")),
        Window(on("03-15"), on("03-28")),
        Window(on("03-29"), on("03-31")),
    ]
    assert list(ranges(MARCH, 31)) == list(ranges(MARCH, 400)) == [MARCH]
    assert len(list(ranges(MARCH, 1))) == 31


def test_what_stands_in_kontur(kontur: Sandbox) -> None:
    """Pages of three; a list costs its pages and the empty end of it, a document one request."""
    hook = KonturHook(contract=Contract(page_limit=3))
    account = in_kontur.account(hook)
    due = [sale(f"03-{day:02}", order=1000 + day) for day in range(1, 8)]
    due[3:4] = [due[3], paid("03-05", "300.00", order=1004)]  # type: ignore[list-item]
    rows = in_kontur.post(hook, in_kontur.buyer(hook), due)
    before = len(kontur.books.requests())
    shown = list(listed(account, INVOICE, MARCH))
    # Each page begins with the last row of the one before: 3 + 2 + 2, and the last row once more.
    assert len(kontur.books.requests()) - before == 4
    assert [one.header.number for one in shown] == [str(1000 + day) for day in range(1, 8)]
    assert all(one.lines is None for one in shown)

    gone = shown[2].id
    kontur.control("DELETE", f"/documents/{gone}")
    before = len(kontur.books.requests())
    reads = list(read_documents(account, [(INVOICE, one.id) for one in shown]))
    assert len(kontur.books.requests()) - before == 7
    assert [read.id for read in reads] == [one.id for one in shown]
    assert [read.is_gone for read in reads] == [one.id == gone for one in shown]
    paid_one = reads[3].standing
    assert paid_one is not None
    assert paid_one.lines == due[3].items
    assert isinstance(paid_one.header, DocumentDetails)
    assert [(entry.id, entry.date) for entry in paid_one.header.payments] == [(rows[4].doc_id, on("03-05"))]


HEADER = DocumentSummary(
    id="1", number="1", date=on("03-01"), counterparty_id="b", total_amount=sale().total_amount, comment=None
)


class Restless:
    """A hook whose lists of several days never stand still."""

    def __init__(self, calm_days: int) -> None:
        self.asked: list[int] = []
        self._calm_days = calm_days

    def list_documents(self, kind: DocumentKind, *, date_from: dt.date, date_to: dt.date) -> Iterator[DocumentSummary]:
        days = (date_to - date_from).days + 1
        self.asked.append(days)
        if days > self._calm_days:
            raise PagesContradictError("The list changed.")
        each = (date_from + dt.timedelta(days=number) for number in range(days))
        return iter([dataclasses.replace(HEADER, id=str(day), date=day) for day in each])


def _account(hook: Any, **contract: Any) -> Account:
    return Account("kontur_default", hook, Contract(**contract))


def test_a_list_that_shifts_is_read_in_halves() -> None:
    hook = Restless(calm_days=8)
    shown = list(listed(_account(hook), INVOICE, MARCH))
    assert [one.header.date.day for one in shown] == list(range(1, 32))
    assert hook.asked == [31, 16, 8, 8, 15, 8, 7]


def test_a_day_that_does_not_stand_still_is_an_error() -> None:
    with pytest.raises(PagesContradictError):
        list(listed(_account(Restless(calm_days=0)), INVOICE, MARCH))


class Slow:
    """A hook that counts how many ask it at once; what it makes of a document is told by the id."""

    def __init__(self, concurrency: int) -> None:
        self.connection_settings = self
        self.concurrency = concurrency
        self.most = self.asked = 0
        self._now = 0
        self._lock = threading.Lock()
        self._all_there = threading.Barrier(concurrency)

    def get_document(self, kind: DocumentKind, id_: str) -> DocumentDetails | None:
        with self._lock:
            self.asked += 1
            self._now += 1
            self.most = max(self.most, self._now)
        if self.concurrency > 1 and self.asked <= self.concurrency:
            self._all_there.wait(timeout=10)
        with self._lock:
            self._now -= 1
        match id_[:1]:
            case "P":
                raise KonturProtocolError("No JSON.")
            case "T":
                raise KonturTransientError("503")
            case "G":
                return None
        summary = {field.name: getattr(HEADER, field.name) for field in dataclasses.fields(HEADER)} | {"id": id_}
        return DocumentDetails(**summary, payments=(), refunds=())


def test_as_many_at_once_as_the_connection_allows() -> None:
    hook = Slow(concurrency=4)
    drawn = 0

    def wanted() -> Iterator[tuple[DocumentKind, str]]:
        nonlocal drawn
        for number in range(100):
            drawn += 1
            yield INVOICE, f"d{number}"

    reads = read_documents(_account(hook), wanted())
    first = next(reads)
    assert drawn <= hook.concurrency + 1  # no more are under way, however many are wanted
    assert [first.id, *(read.id for read in reads)] == [f"d{number}" for number in range(100)]
    assert hook.most == hook.concurrency


def test_a_document_that_cannot_be_read_stops_no_other() -> None:
    ids = ["a", "P1", "b", "T1", "G1", "T2", "T3", "T4", "T5", "c"]
    reads = list(read_documents(_account(Slow(1)), [(INVOICE, id_) for id_ in ids]))
    assert [(r.id, r.standing is not None, r.is_gone) for r in reads if r.standing is None] == [
        ("P1", False, False),
        ("T1", False, False),
        ("G1", False, True),
        *((f"T{number}", False, False) for number in range(2, 6)),
    ]


def test_kontur_away_in_the_middle_is_no_unreadable_document() -> None:
    ids = ["a", "T1", "T2", "T3", "T4", "T5", "b"]
    with pytest.raises(KonturTransientError):
        list(read_documents(_account(Slow(1)), [(INVOICE, id_) for id_ in ids]))


def test_what_cannot_be_asked_for_is_unread() -> None:
    hook = Slow(1)
    assert [read.standing for read in read_documents(_account(hook), [(INVOICE, "")])] == [None]
    (read,) = read_documents(_account(hook, read_documents=False), [(INVOICE, "a")])
    assert (read.standing, read.is_gone, hook.asked) == (None, False, 0)
