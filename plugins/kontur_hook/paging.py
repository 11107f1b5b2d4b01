"""All rows of a list that comes in pages, or an error: never a part."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Awaitable, Callable, Iterable

from kontur_hook.errors import KonturProtocolError
from kontur_hook.records import DocumentSummary

READINGS = 3
"""Documents are written while we read, by other workers of ours too; a list that will not stand still is an error."""

Fetch = Callable[[int], Awaitable[list[DocumentSummary]]]


class PagesContradictError(KonturProtocolError):
    """Two pages cannot be of one list."""


async def all_pages(fetch: Fetch, limit: int) -> list[DocumentSummary]:
    """Every row of ``fetch(offset)``; read from the start again, a few times, if the list contradicts itself meanwhile.

    What came in while it was read may be among them or not, and stand anywhere.

    Raises:
        PagesContradictError: the pages contradict each other every time.
        KonturError: as ``fetch``.
    """
    for _ in range(READINGS - 1):
        with contextlib.suppress(PagesContradictError):
            return await _read_once(fetch, limit)
    return await _read_once(fetch, limit)


async def _read_once(fetch: Fetch, limit: int) -> list[DocumentSummary]:
    """Ask for each page from the last row of the one before, which has to be on it.

    If others stand before it there, rows came in meanwhile and moved it on; none is lost by that, but for one that was
    moved to the beginning, so that is looked at again. If it is not there, the list shifted otherwise. The end is a
    page with nothing behind that row, not a short one: a server may give fewer rows than asked.
    """
    found = _Found()
    page: list[DocumentSummary] = []
    offset, moved = 0, False
    while True:
        last = page[-1].id if len(page) > 1 else None  # pages of one row would never get on
        begins = page[0].id if page else None
        page = await _page(fetch, offset, limit)
        ids = [row.id for row in page]
        if last is not None and (last not in ids or begins in ids):
            raise PagesContradictError("The list of documents changed while it was read, or the API ignores «offset».")
        place = -1 if last is None else ids.index(last)
        moved |= place > 0
        if not found.rows.keys().isdisjoint(ids[place + 1 :]):
            raise PagesContradictError("A document stands twice in the list, or the API ignores «offset».")
        found.add(page)
        if not ids[place + 1 :]:
            break
        offset += len(page) - (1 if len(page) > 1 else 0)
    if moved:
        await _look_at_beginning(fetch, limit, found)
    return [*found.rows.values()]


@dataclasses.dataclass(slots=True)
class _Found:
    rows: dict[str, DocumentSummary] = dataclasses.field(default_factory=dict)

    def add(self, page: Iterable[DocumentSummary]) -> int:
        """How many of them are new."""
        before = len(self.rows)
        for row in page:
            self.rows.setdefault(row.id, row)
        return len(self.rows) - before


async def _look_at_beginning(fetch: Fetch, limit: int, found: _Found) -> None:
    """Down to what stood first when the reading began."""
    first, offset = next(iter(found.rows)), 0
    while True:
        page = await _page(fetch, offset, limit)
        new = found.add(page)
        if first in {row.id for row in page}:
            return
        if not new:
            raise PagesContradictError("The list of documents changed while it was read.")
        offset += len(page)


async def _page(fetch: Fetch, offset: int, limit: int) -> list[DocumentSummary]:
    page = await fetch(offset)
    if len(page) > limit:
        raise PagesContradictError(f"A page holds {len(page)} documents, {limit} were asked for.")
    if len({row.id for row in page}) != len(page):
        raise PagesContradictError("A document stands twice in the list, or the API ignores «offset».")
    return page
