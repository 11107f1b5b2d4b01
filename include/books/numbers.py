"""Numbers of documents that others made: whether those of the shop's orders would stand in the books twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from include.accounting.marker import find_marker
from include.books.accounts import Account
from include.books.ours import kinds_in_use
from include.ledger.connection import Session
from include.ledger.operation_queries import OperationQueries
from include.settings import Settings
from include.window import Window

MOST_NUMBERS = 500
"""So many are enough to see whether two rows of numbers meet."""


def foreign_totals(
    session: Session, accounts: Mapping[str, Account], settings: Settings, window: Window
) -> dict[str, set[Decimal]]:
    """Number -> totals (roubles) of this year's documents without our marker, before anything was ever posted.

    Numbers begin anew each year. Once we post, our own numbers are among them, and a prefix would part them from what
    stands there: so this is asked before the first document only.

    Raises:
        KonturError: the list cannot be read.
    """
    if not OperationQueries(session).is_empty() or not settings.contract.search_documents:
        return {}
    found: dict[str, set[Decimal]] = {}
    first = dt.date(window.date_to.year, 1, 1)
    for account in accounts.values():
        for kind in kinds_in_use(settings):
            for document in account.hook.list_documents(kind, date_from=first, date_to=window.date_to):
                if len(found) < MOST_NUMBERS and find_marker(document.comment, settings.shop.code) is None:
                    found.setdefault(document.number, set()).add(document.total_amount)
    return found
