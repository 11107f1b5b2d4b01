"""Refuses to post while Kontur holds documents of ours that the ledger does not know (DESIGN §7).

That is what a lost, emptied or restored ledger looks like, or a second one beside it: posting on would double.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from kontur_hook.contract import DocumentKind

from include.accounting.marker import find_marker, marker
from include.ledger.connection import Session
from include.ledger.operations import Operations
from include.posting.sender import Account
from include.settings import Settings
from include.window import Window

_SHOWN = 5


class LedgerBehindError(Exception):
    """Kontur knows more of our documents than the ledger; ``str()`` says how many and what to do."""


def check_ledger(session: Session, accounts: Mapping[str, Account], settings: Settings, window: Window) -> None:
    """Compare the markers of the window's days; of all days since ``go_live`` while the ledger is empty.

    Raises:
        LedgerBehindError: the ledger must be rebuilt first.
        KonturError: the list cannot be read; without it nothing is posted.
    """
    operations = Operations(session)
    date_from = window.date_from
    if settings.accounting.go_live is not None and operations.is_empty():
        date_from = min(date_from, settings.accounting.go_live)
    for account in accounts.values():
        ours = {
            found
            for kind in kinds_in_use(settings)
            for found in _markers(account, kind, settings.shop.code, date_from, window.date_to)
        }
        unknown = sorted(ours - operations.known_markers(sorted(ours)))
        if unknown:
            raise LedgerBehindError(
                f"Kontur ({account.connection}) holds {len(unknown)} documents of ours that the ledger does not know"
                f" ({', '.join(unknown[:_SHOWN])}{', …' if len(unknown) > _SHOWN else ''}): the ledger was lost or"
                " restored, or another one posts to the same account. Nothing was posted."
                " Run «make rebuild-ledger», then this run again."
            )


def kinds_in_use(settings: Settings) -> tuple[DocumentKind, ...]:
    """Kinds of documents that these settings can post and search for."""
    if not settings.contract.search_documents:
        return ()
    return tuple(kind for kind in DocumentKind if kind is DocumentKind.SALE_INVOICE or settings.contract.acts)


def _markers(account: Account, kind: DocumentKind, shop_code: str, date_from: dt.date, date_to: dt.date) -> set[str]:
    found = set()
    for document in account.hook.list_documents(kind, date_from=date_from, date_to=date_to):
        ids = find_marker(document.comment, shop_code)
        if ids is not None:
            found.add(marker(shop_code, *ids))
    return found
