"""All rows of a list that comes in pages, or an error: never a part."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable

from kontur_hook.errors import KonturProtocolError
from kontur_hook.records import DocumentSummary

READINGS = 3
"""Documents are written while we read, by other workers of ours too; a list that will not stand still is an error."""

Fetch = Callable[[int], Awaitable[list[DocumentSummary]]]


class PagesContradictError(KonturProtocolError):
    """Two pages cannot be of one list."""


async def all_pages(fetch: Fetch, limit: int) -> list[DocumentSummary]:
    """Every row of ``fetch(offset)``; read from the start again, a few times, if the list shifts meanwhile.

    Raises:
        PagesContradictError: the pages contradict each other every time.
        KonturError: as ``fetch``.
    """
    for _ in range(READINGS - 1):
        with contextlib.suppress(PagesContradictError):
            return await _read_once(fetch, limit)
    return await _read_once(fetch, limit)


async def _read_once(fetch: Fetch, limit: int) -> list[DocumentSummary]:
    """Ask for each page from the last row of the one before: if another row stands there now, the list shifted.

    The end is a page with nothing new, not a short one: a server may give fewer rows than asked.
    """
    rows: list[DocumentSummary] = []
    seen: set[str] = set()
    page: list[DocumentSummary] = []
    while True:
        overlap = 1 if len(page) > 1 else 0  # pages of one row would never get on
        page = await fetch(len(rows) - overlap)
        if len(page) > limit:
            raise PagesContradictError(f"A page holds {len(page)} documents, {limit} were asked for.")
        if overlap and (not page or page[0].id != rows[-1].id):
            raise PagesContradictError("The list of documents changed while it was read, or the API ignores «offset».")
        fresh = page[overlap:]
        ids = {row.id for row in fresh}
        if len(ids) != len(fresh) or ids & seen:
            raise PagesContradictError("A document stands twice in the list, or the API ignores «offset».")
        if not fresh:
            return rows
        rows += fresh
        seen |= ids
