"""Documents that stand in Kontur though the ledger has only planned them: posted before it was lost or restored.

The check before a run (:mod:`include.books.ledger_check`) refuses it whole when it sees such, but looks at the run's
days only, and a run also posts what is due of older orders.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from kontur_hook.contract import DocumentKind

from include.accounting.marker import find_marker
from include.books.accounts import Account
from include.books.ours import marked
from include.books.requests import Documents
from include.ledger.operation import OperationRow, State
from include.ports import Ports, ask

_GAP = dt.timedelta(days=4)
"""Days that lie no further apart are asked for in one request."""


async def posted_before(ports: Ports, account: Account, shop_code: str, rows: Iterable[OperationRow]) -> set[str]:
    """Keys of the planned documents among ``rows`` whose marker Kontur shows on their days.

    One look-up for all of a batch, 500 documents a request, instead of one for each document.

    Raises:
        KonturError: the list cannot be read; without it nothing is posted.
    """
    if not account.contract.search_documents:
        return set()
    planned: dict[str, dict[tuple[int, int | None], OperationRow]] = {}
    for row in rows:
        ids = find_marker(row.marker, shop_code)
        if row.state is State.PLANNED and ids is not None:
            planned.setdefault(row.kind, {})[ids] = row
    wanted = [
        (kind, Documents(account.connection, DocumentKind(kind), None, first, last))
        for kind, by_ids in planned.items()
        for first, last in _spans(row.document_date for row in by_ids.values() if row.document_date is not None)
    ]
    lists = await ports.together(*(ask(ports, documents) for _, documents in wanted))
    return {
        planned[kind][ids].key
        for (kind, _), listed in zip(wanted, lists, strict=True)
        for ids, _ in marked(listed, shop_code)
        if ids in planned[kind]
    }


def _spans(days: Iterable[dt.date]) -> Iterator[tuple[dt.date, dt.date]]:
    """First and last days that cover all of ``days``."""
    first = last = None
    for day in sorted(set(days)):
        if last is not None and first is not None and day - last > _GAP:
            yield first, last
            first = None
        first, last = first or day, day
    if first is not None and last is not None:
        yield first, last
