"""Documents that stand in Kontur though the ledger has only planned them: posted before it was lost or restored.

The check before a run (:mod:`include.books.ledger_check`) refuses it whole when it sees such, but looks at the run's
days only, and a run also posts what is due of older orders.
"""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from kontur_hook.contract import DocumentKind
from kontur_hook.errors import KonturError
from kontur_hook.paging import Page, all_pages, offsets_of

from include.accounting.marker import find_marker
from include.books.accounts import Account
from include.books.ours import marked
from include.books.requests import PageOfDocuments
from include.ledger.operation import DocumentDay, Kind, OperationRow, Span, State
from include.ledger.statements import CountPosted
from include.ports import Ports, ask, tell

_GAP = dt.timedelta(days=4)
"""Days that lie no further apart are asked for in one request."""


class PostedBefore:
    """What Kontur shows of ours on the days of the documents that a task posts, 500 documents a request.

    Batches that a task posts one beside the other share it: a day that was asked for is not asked for again.
    """

    def __init__(self, account: Account, shop_code: str) -> None:
        self._account = account
        self._shop_code = shop_code
        self._seen: dict[Kind, set[dt.date]] = collections.defaultdict(set)
        """Days that were asked for."""
        self._shown: dict[Kind, set[tuple[int, int | None]]] = collections.defaultdict(set)
        """Order and shipment of the documents."""
        self._error: KonturError | None = None
        self._expected: dict[str, tuple[Kind, dt.date | None, tuple[int, int | None]]] = {}
        """Key of a planned document -> kind, day, order and shipment."""

    async def look(self, ports: Ports, days: Iterable[DocumentDay]) -> None:
        """Ask for these days ahead, all at once; if that fails, :meth:`keys` says so.

        Raises:
            LedgerError: the ledger is away.
        """
        try:
            await self._look(ports, ((day.kind, day.date) for day in days))
        except KonturError as error:
            self._error = error

    def expect(self, rows: Iterable[OperationRow]) -> None:
        """These are to be posted."""
        for row in rows:
            if row.state is State.PLANNED and (ids := find_marker(row.marker, self._shop_code)) is not None:
                self._expected[row.key] = row.kind, row.document_date, ids

    async def _look(self, ports: Ports, days: Iterable[tuple[Kind, dt.date]]) -> None:
        if not self._account.contract.search_documents:
            return
        wanted: dict[Kind, set[dt.date]] = collections.defaultdict(set)
        for kind, day in days:
            if day not in self._seen[kind]:
                wanted[kind].add(day)
        spans = [Span(kind, *ends) for kind, of_kind in wanted.items() for ends in _ends(of_kind)]
        await ports.together(*(self._ask(ports, span) for span in spans))
        for span in spans:
            self._seen[span.kind].update(span.days)

    async def _ask(self, ports: Ports, span: Span) -> None:
        """The first page at once, and the others that have to be there as soon as the ledger has told of them."""
        connection, limit = self._account.connection, self._account.contract.page_limit

        async def page(offset: int) -> Page:
            asked = PageOfDocuments(connection, DocumentKind(span.kind), span.first, span.last, offset)
            return await ask(ports, asked)

        async def pages(offsets: Sequence[int]) -> dict[int, Page]:
            return dict(zip(offsets, await ports.together(*map(page, offsets)), strict=True))

        async def others() -> dict[int, Page]:
            _, *behind = offsets_of(await tell(ports, CountPosted(connection, span)), limit)
            return await pages(behind)

        first, more = await ports.together(pages([0]), others())
        listed = await all_pages(page, limit, first | more)
        self._shown[span.kind].update(ids for ids, _ in marked(listed, self._shop_code))

    async def keys(self, ports: Ports) -> set[str]:
        """Of the planned documents that are expected, those whose marker Kontur shows on their days.

        Days that were not asked for yet are now.

        Raises:
            KonturError: a list cannot be read; without it nothing is posted.
            LedgerError: the ledger is away.
        """
        if self._error is not None:
            raise self._error
        await self._look(ports, ((kind, day) for kind, day, _ in self._expected.values() if day))
        return {key for key, (kind, _, ids) in self._expected.items() if ids in self._shown[kind]}


def _ends(days: Iterable[dt.date]) -> Iterator[tuple[dt.date, dt.date]]:
    """First and last days that cover all of ``days``."""
    first = last = None
    for day in sorted(set(days)):
        if last is not None and first is not None and day - last > _GAP:
            yield first, last
            first = None
        first, last = first or day, day
    if first is not None and last is not None:
        yield first, last
