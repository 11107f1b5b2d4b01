"""The documents of ours that Kontur lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from kontur_hook.contract import DocumentKind
from kontur_hook.records import DocumentSummary

from include.accounting.marker import find_marker
from include.books.accounts import Account
from include.settings import Settings


def ours(
    account: Account, kind: DocumentKind, shop_code: str, *, date_from: dt.date, date_to: dt.date
) -> Iterator[tuple[tuple[int, int | None], DocumentSummary]]:
    """Those of these days that carry this shop's marker: ids of the order and of its shipment, and the document.

    Raises:
        KonturError: the list did not come to its end.
    """
    return marked(account.hook.list_documents(kind, date_from=date_from, date_to=date_to), shop_code)


def marked(
    documents: Iterable[DocumentSummary], shop_code: str
) -> Iterator[tuple[tuple[int, int | None], DocumentSummary]]:
    """Those that carry this shop's marker: ids of the order and of its shipment, and the document."""
    for document in documents:
        ids = find_marker(document.comment, shop_code)
        if ids is not None:
            yield ids, document


def kinds_in_use(settings: Settings) -> tuple[DocumentKind, ...]:
    """Kinds of documents that these settings can post and search for."""
    if not settings.contract.search_documents:
        return ()
    return tuple(kind for kind in DocumentKind if kind is DocumentKind.SALE_INVOICE or settings.contract.acts)
