"""All rows of a list that comes in pages, or an error: never a part."""

from __future__ import annotations

from collections.abc import Callable

from kontur_hook.errors import KonturProtocolError
from kontur_hook.records import DocumentSummary


def all_pages(fetch: Callable[[int], list[DocumentSummary]], limit: int) -> list[DocumentSummary]:
    """Every row of ``fetch(offset)``.

    Each page is asked for from the last row of the one before: if another row stands there now, the list shifted
    while we read it. The end is a page with nothing new, not a short one: a server may give fewer rows than asked.

    Raises:
        KonturProtocolError: the pages contradict each other.
    """
    rows: list[DocumentSummary] = []
    seen: set[str] = set()
    page: list[DocumentSummary] = []
    while True:
        overlap = 1 if len(page) > 1 else 0  # pages of one row would never get on
        page = fetch(len(rows) - overlap)
        if len(page) > limit:
            raise KonturProtocolError(f"A page holds {len(page)} documents, {limit} were asked for.")
        if overlap and (not page or page[0].id != rows[-1].id):
            raise KonturProtocolError("The list of documents changed while it was read, or the API ignores «offset».")
        fresh = page[overlap:]
        ids = {row.id for row in fresh}
        if len(ids) != len(fresh) or ids & seen:
            raise KonturProtocolError("A document stands twice in the list, or the API ignores «offset».")
        if not fresh:
            return rows
        rows += fresh
        seen |= ids
