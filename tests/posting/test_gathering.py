"""What is asked for before a batch is posted: which lists, how often, and what comes of one that fails."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from kontur_hook.errors import KonturAccessError
from msgspec import structs

from include.books.posted_before import PostedBefore
from include.books.requests import PageOfDocuments
from include.ledger.operation import DocumentDay, Kind, Span, State
from include.ledger.statements import CountPosted
from include.ledger.tables import Tables
from include.ports import Ports, Wire
from include.posting.run import Run
from sandbox.kontur.serving import Sandbox
from tests.posting.poster import DAY, Poster, in_kontur, operations_of, row

NEXT_DAY, NEXT_MONTH = DAY + dt.timedelta(days=1), DAY + dt.timedelta(days=30)


def on(day: dt.date) -> DocumentDay:
    return DocumentDay("kontur_default", Kind.SALE_INVOICE, day)


def lists(kontur: Sandbox) -> int:
    """How often documents were listed."""
    return sum(r["method"] == "GET" and r["path"].endswith("/saleinvoices") for r in kontur.books.requests())


def test_each_day_is_asked_for_once_and_those_near_each_other_at_once(poster: Poster, kontur: Sandbox) -> None:
    today, next_month = row(operations_of(1)[0]), row(operations_of(2)[0])
    next_month = structs.replace(next_month, document_date=NEXT_MONTH)
    asked: list[int] = []

    async def look(run: Run) -> None:
        before = PostedBefore(run.account, "1")
        await before.look(run.ports, [on(DAY), on(NEXT_DAY)])
        asked.append(lists(kontur))
        for rows in ([today], [next_month], []):
            before.expect(rows)
            assert await before.keys(run.ports) == set()
            asked.append(lists(kontur))

    poster.drive(look)
    assert asked == [1, 1, 2, 2]


def test_what_stands_on_days_that_were_not_asked_for_ahead_is_found_too(poster: Poster, kontur: Sandbox) -> None:
    in_kontur(poster.account, None, None, "Розничные покупатели")
    poster.plan(*operations_of(1))
    poster.post(1)
    (document,) = kontur.books.documents()
    forgotten = row(operations_of(1)[0])

    async def look(run: Run) -> set[str]:
        before = PostedBefore(run.account, "1")
        await before.look(run.ports, [on(NEXT_DAY)])
        before.expect([forgotten, structs.replace(forgotten, key="sale:9", marker=None)])
        return await before.keys(run.ports)

    assert poster.drive(look) == {"sale:1"}
    assert document["number"] == "1"


class WhoComeTogether:
    """Ports, and wires, of which none sends a page before as many are asked for."""

    def __init__(self, ports: Ports, together: int, offsets: list[int]) -> None:
        self._ports = ports
        self._together = together
        self._offsets = offsets

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ports, name)

    @contextlib.asynccontextmanager
    async def turn(self, connection: str) -> AsyncIterator[WhoComeTogether]:
        async with self._ports.turn(connection) as wire:
            yield WhoComeTogether(cast("Ports", wire), self._together, self._offsets)

    async def send(self, request: PageOfDocuments) -> object:
        self._offsets.append(request.offset)
        for _ in range(3_000):
            if len(self._offsets) >= self._together:
                return await cast("Wire", self._ports).send(request)
            await self._ports.sleep(0.01)
        raise AssertionError


def test_pages_that_the_ledger_knows_of_are_asked_for_at_once_and_for_both_batches_of_a_task(
    poster: Poster, kontur: Sandbox
) -> None:
    """Three documents stand there: the first page, and what is behind the last of them."""
    in_kontur(poster.account, None, None, "Розничные покупатели")
    poster.plan(*operations_of(1), *operations_of(2), *operations_of(3))
    poster.post(1, 2, 3)
    before, offsets = PostedBefore(poster.account, "1"), list[int]()
    before.expect([row(operations_of(2)[0])])

    async def look(run: Run) -> set[str]:
        await before.look(cast("Ports", WhoComeTogether(run.ports, 2, offsets)), [on(DAY)])
        return await before.keys(run.ports)

    listed = lists(kontur)
    for _ in range(2):
        assert poster.drive(look) == {"sale:2"}
    assert sorted(offsets) == [0, 2]
    assert lists(kontur) - listed == 2


def test_what_is_done_of_a_span_is_counted_and_where_the_locks_are_lost_nothing_is(poster: Poster) -> None:
    in_kontur(poster.account, None, None, "Розничные покупатели")
    poster.plan(*operations_of(1), *operations_of(2), *operations_of(3))
    poster.post(1, 2)
    spans = [
        Span(Kind.SALE_INVOICE, DAY, DAY),
        Span(Kind.SALE_INVOICE, DAY - dt.timedelta(days=1), NEXT_DAY),
        Span(Kind.SALE_INVOICE, NEXT_DAY, NEXT_MONTH),
        Span(Kind.ACT, DAY, DAY),
    ]
    asked = [CountPosted(of, span) for of in ("kontur_default", "another") for span in spans]
    with Tables(poster.ledger) as tables, tables.locks:
        assert CountPosted.on_all(asked, tables) == [2, 2, 0, 0, 0, 0, 0, 0]
        assert tables.locks.connection is not None
        with poster.ledger.open() as session:
            (number,) = tables.locks.connection.session.row("SELECT CONNECTION_ID()") or (0,)
            session.execute(f"KILL {number}")
        assert CountPosted.on_all(asked, tables) == [0] * 8
        tables.locks.__exit__(None, None, None)
        assert CountPosted.on_all(asked, tables) == [0] * 8


@pytest.mark.parametrize("days", [[], [on(DAY)]], ids=["not ahead", "ahead"])
def test_without_its_lists_nothing_of_a_batch_is_posted(
    poster: Poster, kontur: Sandbox, days: list[DocumentDay]
) -> None:
    poster.plan(*operations_of(1), *operations_of(2))
    kontur.set_faults(next=[{"fault": "search_status_403", "path_ends_with": "/saleinvoices"}])
    with pytest.raises(KonturAccessError):
        poster.post(1, 2, days=days)
    assert lists(kontur) == 1, "the error is the answer, and is not asked for once more"
    assert kontur.books.documents() == []
    assert set(poster.states().values()) == {State.PLANNED}
