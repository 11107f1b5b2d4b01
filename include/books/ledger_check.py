"""What Kontur's own list of our documents says about the ledger, before anything is posted.

Documents that the ledger does not know: it was lost, emptied or restored, or there is a second one; posting on would
double, so the run refuses. Documents that Kontur holds no longer: :mod:`include.books.vanished`. One that Kontur
holds twice (:mod:`include.books.doubles`), or under another id than it had answered: a person is shown that order.
"""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Mapping, Sequence

from kontur_hook.contract import DocumentKind
from kontur_hook.records import DocumentSummary
from msgspec import structs

from include.accounting.marker import find_marker, marker
from include.books.accounts import Account
from include.books.commands import rebuilding
from include.books.doubles import Doubles, ids_told
from include.books.ours import kinds_in_use
from include.books.vanished import Listing, check_vanished
from include.errors import ForAPerson, HouseError
from include.facts import Count, Said, said, several, to_json
from include.ledger.connection import Session
from include.ledger.operation import DOUBLED, LISTED_AGAIN, STAYS_GONE, OperationRow, State
from include.ledger.operation_queries import OperationQueries
from include.ledger.operations import Operations
from include.ledger.posted_documents import PostedDocuments
from include.settings import Settings
from include.window import Window

_SHOWN = 5
GO_LIVE_MISSING = said("go_live_missing")


class LedgerBehindError(ForAPerson, HouseError):
    """Kontur knows more of our documents than the ledger; it says how many, and what to do."""


class GoLiveMissingError(ForAPerson, HouseError):
    """Nobody said from which day on orders are posted."""


def check_go_live(settings: Settings) -> None:
    """Asked by all that posts, or puts down what is to be posted.

    Raises:
        GoLiveMissingError: ``accounting.go_live`` is not set.
    """
    if settings.accounting.go_live is None:
        raise GoLiveMissingError(GO_LIVE_MISSING)


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
    operations, posted, doubles = Operations(session), PostedDocuments(session), Doubles(accounts, settings)
    date_from = _first_day(settings, window, lost=OperationQueries(session).is_empty())
    look_again: list[int] = []
    for account in accounts.values():
        listed: dict[str, dict[str, DocumentSummary]] = collections.defaultdict(dict)
        shown: dict[DocumentKind, set[str]] = {}
        for kind in kinds_in_use(settings):
            shown[kind] = set()
            for document in account.hook.list_documents(kind, date_from=date_from, date_to=window.date_to):
                shown[kind].add(document.id)
                ids = find_marker(document.comment, settings.shop.code)
                if ids is not None:
                    listed[marker(settings.shop.code, *ids)][document.id] = document
        known = posted.sent_by_marker(sorted(listed))
        if unknown := sorted(listed.keys() - known.keys()):
            days = [document.date for its in unknown for document in listed[its].values()]
            raise LedgerBehindError(_unknown(account.connection, unknown, days))
        # A double is over when one of the two is gone, on whatever days they are.
        doubled = posted.doubled(account.connection, tuple(shown)) if shown else ()
        known |= {row.marker: row for row in doubled if row.marker is not None}
        none_stands: list[OperationRow] = []
        for its, row in known.items():
            standing = doubles.standing(row, _its_own(operations, row, [*listed.get(its, {}).values()]))
            if not standing:
                none_stands.append(row)
            compared = _compared(row, standing)
            if compared != row and not session.read_only:
                operations.save(compared)
            stands_again = (compared.state, compared.code) != (row.state, row.code)
            if (compared.needs_a_person or row.needs_a_person or stands_again) and row.order_id is not None:
                look_again.append(row.order_id)
        listing = Listing(Window(date_from, window.date_to), shown)
        look_again += check_vanished(session, account, listing, settings, none_stands)
    return sorted(set(look_again))


def _its_own(operations: Operations, row: OperationRow, listed: Sequence[DocumentSummary]) -> list[DocumentSummary]:
    """Without those that the ledger has as another order's: in a comment a person may name an order beside its own."""
    strange = [document.id for document in listed if document.id != row.doc_id]
    taken = operations.have_other_documents([(row, id_) for id_ in strange]) if strange else []
    of_others = {id_ for id_, is_taken in zip(strange, taken, strict=True) if is_taken}
    return [document for document in listed if document.id not in of_others]


def _unknown(connection: str, markers: Sequence[str], days: Sequence[dt.date]) -> Said:
    more = ["…"] if len(markers) > _SHOWN else []
    return said(
        "ledger_behind",
        connection=connection,
        documents=Count(len(markers), "document"),
        markers=several(*markers[:_SHOWN], *more),
        command=rebuilding(min(days), max(days)),
    )


def _first_day(settings: Settings, window: Window, *, lost: bool) -> dt.date:
    """The overlap's first; ``go_live`` for a ledger that is empty: its first run, or it was lost."""
    date_from = window.date_from - dt.timedelta(days=settings.run.overlap_days)
    go_live = settings.accounting.go_live
    if not lost or go_live is None or go_live >= date_from:
        return date_from
    if not settings.contract.search_documents:
        raise LedgerBehindError(said("ledger_empty", go_live=go_live))
    return go_live


def _compared(row: OperationRow, standing: Mapping[str, Said]) -> OperationRow:
    """The row of a document, with what is wrong with the ids under which it stands in Kontur.

    One that was deleted there, as a review had asked for or a person wanted it, and restored since, is posted again.

    Args:
        row: of a document.
        standing: id -> how a person finds it, of all documents of its marker.
    """
    if not standing:
        return row
    first = next(iter(standing))
    if row.state is State.SKIPPED and row.restarts:
        row = structs.replace(row, state=State.DONE, doc_id=first, code="found", message=None)
    if row.state is not State.DONE or row.doc_id is None:
        return row  # the protocol is not through with it
    kept = row.doc_id if row.doc_id in standing else first
    if row.is_looked_back_at and ids_told(row) == standing.keys():
        return row  # a search has found them, and will see when one is gone
    if len(standing) > 1:
        surplus = several(*(document for id_, document in standing.items() if id_ != kept))
        doubled = said(LISTED_AGAIN, times=Count(len(standing), "time"), keep=standing[kept], surplus=surplus)
        return structs.replace(row, code=DOUBLED, message=to_json([doubled]), doc_id=kept)
    if row.code == DOUBLED:
        return structs.replace(row, code=None, message=None, doc_id=kept)
    if row.code == STAYS_GONE and kept == row.doc_id:
        return structs.replace(row, code=None, message=None)
    if kept != row.doc_id:
        wrong = said("wrong_id", answered=row.doc_id, document=standing[kept])
        return structs.replace(row, code="wrong_id", message=to_json([wrong]), doc_id=kept)
    return row
