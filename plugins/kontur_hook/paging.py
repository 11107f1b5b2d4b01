"""All rows of a list that comes in pages, or an error: never a part."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Awaitable, Callable, Iterable, Mapping

from kontur_hook.errors import KonturProtocolError
from kontur_hook.records import DocumentSummary

READINGS = 3
"""Documents are written while we read, by other workers of ours too; a list that will not stand still is an error."""

Page = list[DocumentSummary]
Fetch = Callable[[int], Awaitable[Page]]


class PagesContradictError(KonturProtocolError):
    """Two pages cannot be of one list."""


def offsets_of(known: int, limit: int) -> list[int]:
    """Of the pages that show as many rows and what is behind them, each from the last row of the one before.

    They may be asked for at once, and be given to :func:`all_pages`.
    """
    return sorted({0, *range(0, known - 1, limit - 1), known - 1}) if known > 1 and limit > 1 else [0]


async def all_pages(fetch: Fetch, limit: int, ahead: Mapping[int, Page] | None = None) -> Page:
    """Every row of ``fetch(offset)``; read from the start again, a few times, if the list contradicts itself meanwhile.

    What came in while it was read may be among them or not, and stand anywhere.

    Args:
        fetch: asks for the page at an offset.
        limit: how many rows it may have.
        ahead: offset -> page, of pages that were asked for already; the first one is among them.

    Raises:
        PagesContradictError: the pages contradict each other every time.
        KonturError: as ``fetch``.
    """
    for reading in range(READINGS - 1):
        with contextlib.suppress(PagesContradictError):
            return await _read_once(fetch, limit, None if reading else ahead)
    return await _read_once(fetch, limit)


async def _read_once(fetch: Fetch, limit: int, ahead: Mapping[int, Page] | None = None) -> Page:
    """Ask for each page from the last row of the one before, which has to be on it.

    If others stand before it there, rows came in meanwhile and moved it on; none is lost by that, but for one that was
    moved to the beginning, so that is looked at again. If it is not there, the list shifted otherwise. The end is a
    page with nothing behind that row that had room for more, as another one had more; not a short one: a server may
    give fewer rows than asked.
    """
    found = _Found()
    pages = ahead or {0: await fetch(0)}
    page, at_end = _joined(pages, limit)
    found.add(page)
    offset, widest, moved, behind = 0, max(map(len, pages.values())), False, page
    while behind and not at_end:
        offset += len(page) - (1 if len(page) > 1 else 0)
        last = page[-1].id if len(page) > 1 else None  # pages of one row would never get on
        begins = page[0].id
        page = await _page(fetch, offset, limit)
        ids = [row.id for row in page]
        if last is not None and (last not in ids or begins in ids):
            raise PagesContradictError("The list of documents changed while it was read, or the API ignores «offset».")
        place = -1 if last is None else ids.index(last)
        moved |= place > 0
        behind = page[place + 1 :]
        if not found.rows.keys().isdisjoint(ids[place + 1 :]):
            raise PagesContradictError("A document stands twice in the list, or the API ignores «offset».")
        found.add(page)
        widest = max(widest, len(page))
        if not behind and len(page) == widest:
            raise PagesContradictError("The list of documents changed while it was read.")
    if moved:
        await _look_at_beginning(fetch, limit, found)
    return [*found.rows.values()]


def _joined(ahead: Mapping[int, Page], limit: int) -> tuple[Page, bool]:
    """Rows from the first on, as far as pages agree in all that both show; whether nothing stands behind them.

    Whichever was read before the other: what stood in the list all the while is on one of them. A page that shows the
    end has to have had room for more: at most half of it are rows that were known.
    """
    rows: Page = []
    for offset, page in sorted(ahead.items()):
        _check(page, limit)
        ids, both = [row.id for row in page], [row.id for row in rows[offset:]]
        if offset and (not both or ids[: len(both)] != both):
            break
        if offset and len(ids) == len(both):
            return rows, 2 * len(both) <= len(rows)
        rows += page[len(both) :]
    return rows, False


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


async def _page(fetch: Fetch, offset: int, limit: int) -> Page:
    page = await fetch(offset)
    _check(page, limit)
    return page


def _check(page: Page, limit: int) -> None:
    if len(page) > limit:
        raise PagesContradictError(f"A page holds {len(page)} documents, {limit} were asked for.")
    if len({row.id for row in page}) != len(page):
        raise PagesContradictError("A document stands twice in the list, or the API ignores «offset».")
