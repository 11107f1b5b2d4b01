"""What is asked for before a batch is posted: which lists, how often, and what comes of one that fails."""

from __future__ import annotations

import datetime as dt

import pytest
from kontur_hook.errors import KonturAccessError
from msgspec import structs

from include.books.posted_before import PostedBefore
from include.ledger.operation import DocumentDay, Kind, State
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
        before = PostedBefore(run.ports, run.account, "1")
        await before.look([on(DAY), on(NEXT_DAY)])
        asked.append(lists(kontur))
        for rows in ([today], [next_month], []):
            before.expect(rows)
            assert await before.keys() == set()
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
        before = PostedBefore(run.ports, run.account, "1")
        await before.look([on(NEXT_DAY)])
        before.expect([forgotten, structs.replace(forgotten, key="sale:9", marker=None)])
        return await before.keys()

    assert poster.drive(look) == {"sale:1"}
    assert document["number"] == "1"


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
