"""Pages of a list that are asked for at once, and what is made of them."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from collections.abc import Callable
from decimal import Decimal

import pytest
from kontur_hook.paging import Page, PagesContradictError, all_pages, offsets_of
from kontur_hook.records import DocumentSummary

DAY = dt.date(2026, 3, 17)
LIMIT = 5


def row(name: str) -> DocumentSummary:
    return DocumentSummary(
        id=name, number=name, date=DAY, counterparty_id="c1", total_amount=Decimal(10), comment="BX1-S1045-9Y"
    )


class Books:
    """A list that anything may happen to between two pages."""

    def __init__(self, size: int, cap: int = 1000) -> None:
        self.rows = [f"d{number}" for number in range(size)]
        self.cap = cap
        self.asked: list[int] = []
        self.happens: Callable[[], None] = lambda: None

    async def page(self, offset: int) -> Page:
        self.asked.append(offset)
        shown = [row(name) for name in self.rows[offset : offset + min(LIMIT, self.cap)]]
        self.happens()
        return shown

    async def read(self, known: int, rng: random.Random | None = None) -> list[str]:
        """With the pages that so many rows have asked for before, in any order."""
        offsets = offsets_of(known, LIMIT)
        if rng is not None:
            rng.shuffle(offsets)
        ahead = {offset: await self.page(offset) for offset in offsets}
        return [document.id for document in await all_pages(self.page, LIMIT, ahead)]


@pytest.mark.parametrize(
    ("known", "offsets"),
    [
        (0, [0]),
        (1, [0]),
        (2, [0, 1]),
        (5, [0, 4]),
        (6, [0, 4, 5]),
        (9, [0, 4, 8]),
        (10, [0, 4, 8, 9]),
    ],
)
def test_pages_overlap_by_a_row_and_the_last_one_begins_with_the_last_row(known: int, offsets: list[int]) -> None:
    assert offsets_of(known, LIMIT) == offsets
    assert offsets_of(known, 1) == [0], "pages of one row cannot overlap"


@pytest.mark.parametrize("known", range(1, 13))
def test_what_the_ledger_knows_to_be_there_is_read_without_another_request(known: int) -> None:
    books = Books(known)
    assert asyncio.run(books.read(known)) == books.rows
    assert books.asked == (offsets_of(known, LIMIT) if known > 1 else [0, 1])


@pytest.mark.parametrize("cap", [1, 2, 3, 1000])
@pytest.mark.parametrize("size", range(12))
@pytest.mark.parametrize("known", range(15))
def test_the_list_is_whole_whatever_was_known_of_it(size: int, known: int, cap: int) -> None:
    books = Books(size, cap)
    assert asyncio.run(books.read(known)) == books.rows


def test_a_page_that_may_have_been_full_shows_no_end() -> None:
    """The server gives fewer rows than asked here, as many as fit, and the next one does not fit."""
    books = Books(6)
    pages = {0: ["d0", "d1", "d2", "d3"], 1: ["d1", "d2", "d3"]}
    ahead = {offset: [row(name) for name in names] for offset, names in pages.items()}
    assert [one.id for one in asyncio.run(all_pages(books.page, LIMIT, ahead))] == books.rows


@pytest.mark.parametrize("pages", [{0: ["d0", "d0"]}, {0: ["d0", "d1"], 1: ["d1", "d0"]}, {0: list("abcdef")}])
def test_pages_that_cannot_be_of_one_list_are_read_again(pages: dict[int, list[str]]) -> None:
    books = Books(3)
    ahead = {offset: [row(name) for name in names] for offset, names in pages.items()}
    assert [one.id for one in asyncio.run(all_pages(books.page, LIMIT, ahead))] == books.rows


def test_a_page_that_others_have_filled_meanwhile_is_no_end() -> None:
    """What came in moved the last known row to the end of a page, and the rows behind it to another one."""
    books = Books(7, cap=3)

    def happens() -> None:
        if len(books.asked) == 1:
            books.rows[2:2] = ["new1", "new2"]

    books.happens = happens
    assert set(asyncio.run(books.read(0))) == {"new1", "new2", *(f"d{number}" for number in range(7))}


@pytest.mark.parametrize("seed", range(300))
def test_what_stood_there_all_the_while_is_never_missed(seed: int) -> None:
    """While rows come and go before each page; at worst the list is said not to stand still."""
    rng = random.Random(seed)
    books = Books(rng.randrange(14), rng.choice([2, 3, 1000]))
    stood = set(books.rows)
    new = iter(range(100, 10_000))

    def happens() -> None:
        if rng.random() < 0.3:
            books.rows.insert(rng.choice([0, len(books.rows), rng.randint(0, len(books.rows))]), f"d{next(new)}")
        if rng.random() < 0.1 and books.rows:
            stood.discard(books.rows.pop(rng.randrange(len(books.rows))))

    books.happens = happens
    try:
        found = asyncio.run(books.read(rng.randrange(16), rng))
    except PagesContradictError:
        return
    assert stood <= set(found)
    assert len(found) == len(set(found))
