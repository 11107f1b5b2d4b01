"""What Kontur's own list of our documents says about the ledger, before anything is posted.

Documents that the ledger does not know: it was lost, emptied or restored, or there is a second one; posting on would
double, so the run refuses. Documents that Kontur holds no longer: :mod:`include.books.vanished`. One that Kontur
holds twice, or under another id than it had answered: a broken condition of the promise (docs/reliability.md); a person
is shown that order.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence

from kontur_hook.contract import DocumentKind

from include.accounting.marker import find_marker, marker
from include.books.accounts import Account
from include.books.commands import rebuild_command
from include.books.ours import kinds_in_use
from include.books.vanished import Listing, check_vanished
from include.errors import ForAPerson, HouseError
from include.ledger.connection import Session
from include.ledger.operation import OperationRow, State
from include.ledger.operations import Operations
from include.settings import Settings
from include.window import Window

_SHOWN = 5
GO_LIVE_MISSING = (
    "accounting.go_live is not set, so nothing is posted or recorded (a dry run needs none). Set it to the first day"
    " whose sales this package posts, in the settings file (accounting: {go_live: 2026-10-01}) or by"
    " KONTUR__ACCOUNTING__GO_LIVE=2026-10-01; what was shipped or paid before that day counts as typed in by hand."
)


class LedgerBehindError(ForAPerson, HouseError):
    """Kontur knows more of our documents than the ledger; ``str()`` says how many and what to do."""


class GoLiveMissingError(ForAPerson, HouseError):
    """Nobody said from which day on orders are posted."""


def check_go_live(settings: Settings) -> None:
    """Asked by all that posts, or puts down what is to be posted.

    Raises:
        GoLiveMissingError: ``accounting.go_live`` is not set.
    """
    if settings.accounting.go_live is None:
        raise GoLiveMissingError(f"{GO_LIVE_MISSING} (go_live_missing)")


def check_ledger(
    session: Session, accounts: Mapping[str, Account], settings: Settings, window: Window
) -> Sequence[int]:
    """Compare the documents of the window's days and of the overlap before it; all since ``go_live`` if it is empty.

    Returns:
        Orders that a person must look at, or need no longer: the run should look at them.

    Raises:
        LedgerBehindError: the ledger must be rebuilt first.
        BooksGoneError: nothing that was posted into an account stands there any more.
        KonturError: the list cannot be read; without it nothing is posted.
    """
    operations = Operations(session)
    date_from = _first_day(settings, window, lost=operations.is_empty())
    look_again: list[int] = []
    for account in accounts.values():
        listed: dict[str, set[str]] = collections.defaultdict(set)
        days: dict[str, dt.date] = {}
        shown: dict[DocumentKind, set[str]] = {}
        for kind in kinds_in_use(settings):
            shown[kind] = set()
            for document in account.hook.list_documents(kind, date_from=date_from, date_to=window.date_to):
                shown[kind].add(document.id)
                ids = find_marker(document.comment, settings.shop.code)
                if ids is not None:
                    text = marker(settings.shop.code, *ids)
                    listed[text].add(document.id)
                    days[text] = document.date
        known = operations.sent_by_marker(sorted(listed))
        if unknown := sorted(listed.keys() - known.keys()):
            dates = [days[text] for text in unknown]
            raise LedgerBehindError(
                f"Kontur ({account.connection}) holds {len(unknown)} documents of ours that the ledger does not know"
                f" ({', '.join(unknown[:_SHOWN])}{', …' if len(unknown) > _SHOWN else ''}): the ledger was lost or"
                " restored, or another one posts to the same account. Nothing was posted."
                f" Run {rebuild_command(min(dates), max(dates))}, then this run again."
            )
        for text, row in known.items():
            compared = _compared(row, sorted(listed[text]))
            if compared != row and not session.read_only:
                operations.save(compared)
            if (compared.needs_a_person or row.needs_a_person) and row.order_id is not None:
                look_again.append(row.order_id)
        listing = Listing(Window(date_from, window.date_to), shown)
        look_again += check_vanished(operations, account, listing, settings)
    return sorted(set(look_again))


def _first_day(settings: Settings, window: Window, *, lost: bool) -> dt.date:
    """The overlap's first; ``go_live`` for a ledger that is empty: its first run, or it was lost."""
    date_from = window.date_from - dt.timedelta(days=settings.run.overlap_days)
    go_live = settings.accounting.go_live
    if not lost or go_live is None or go_live >= date_from:
        return date_from
    if not settings.contract.search_documents:
        raise LedgerBehindError(
            f"The ledger is empty, though documents are posted since {go_live:%d.%m.%Y} (accounting.go_live), and"
            " Kontur cannot be searched for them. Nothing was posted. If the ledger was lost, restore its backup;"
            " if nothing was ever posted, let the first run begin with that day («From»)."
        )
    return go_live


def _compared(row: OperationRow, listed: Sequence[str]) -> OperationRow:
    """The row of a document, with what is wrong with the ids under which Kontur lists it."""
    if row.state is not State.DONE or row.doc_id is None:
        return row  # the protocol is not through with it
    if len(listed) > 1:
        others = ", ".join(id_ for id_ in listed if id_ != row.doc_id)
        message = f"Kontur has it {len(listed)} times: keep {row.doc_id}, remove {others}"
        return dataclasses.replace(row, code="doubled", message=message)
    if row.code == "doubled":
        return dataclasses.replace(row, code=None, message=None, doc_id=listed[0])
    if listed[0] != row.doc_id:
        message = (
            f"Kontur had answered with the id of another document, {row.doc_id}; its own is {listed[0]}:"
            " look which of the two this order's payments stand at"
        )
        return dataclasses.replace(row, code="wrong_id", message=message, doc_id=listed[0])
    return row
