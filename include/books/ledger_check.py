"""What Kontur's own list of our documents says about the ledger, before anything is posted.

Documents that the ledger does not know: it was lost, emptied or restored, or there is a second one; posting on would
double, so the run refuses. Documents that Kontur holds no longer: :mod:`include.books.vanished`. One that Kontur
holds twice (:mod:`include.books.doubles`), or under another id than it had answered: a person is shown that order.
"""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from kontur_hook.contract import DocumentKind
from kontur_hook.records import DocumentSummary
from msgspec import structs

from include.accounting.marker import find_marker, marker
from include.books.accounts import Account
from include.books.commands import rebuilding
from include.books.doubles import Doubles, ids_told
from include.books.ours import kinds_in_use
from include.books.vanished import Listing, at_once, check_vanished
from include.errors import ForAPerson, HouseError
from include.facts import Count, Said, said, several, to_json
from include.ledger.chunks import parts
from include.ledger.connection import Session
from include.ledger.operation import DOUBLED, LISTED_AGAIN, STAYS_GONE, OperationRow, State
from include.ledger.operation_queries import OperationQueries
from include.ledger.operations import Operations
from include.ledger.posted_documents import PostedDocuments
from include.settings import Settings
from include.window import Window

_SHOWN = 5
_Listed = dict[str, dict[str, DocumentSummary]]
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
    date_from = _first_day(settings, window, lost=OperationQueries(session).is_empty())
    days, doubles = Window(date_from, window.date_to), Doubles(accounts, settings)
    look_again: list[int] = []
    for account in accounts.values():
        check = _Check(session, account, settings, doubles)
        check.look(days)
        listing = Listing(days, check.shown)
        look_again += check.look_again
        look_again += check_vanished(session, account, listing, settings, check.none_stands)
    return sorted(set(look_again))


class _Check:
    """Of one account; of no more at a time than what is listed of a month."""

    def __init__(self, session: Session, account: Account, settings: Settings, doubles: Doubles) -> None:
        self._operations = Operations(session)
        self._posted = PostedDocuments(session)
        self._saves = not session.read_only
        self._account = account
        self._shop_code = settings.shop.code
        self._doubles = doubles
        self.shown: dict[DocumentKind, set[str]] = {kind: set() for kind in kinds_in_use(settings)}
        """Ids of all that is listed."""
        self.none_stands: list[OperationRow] = []
        """Documents none of which stands."""
        self.look_again: list[int] = []
        """Orders."""

    def look(self, days: Window) -> None:
        """Compare what is listed on these days with the ledger.

        Raises:
            LedgerBehindError: the ledger does not know all that is ours.
            KonturError: the lists cannot be read.
        """
        # A double is over when one of the two is gone, on whatever days they are.
        doubled = self._posted.doubled(self._account.connection, tuple(self.shown)) if self.shown else ()
        at_last = {row.marker: row for row in doubled if row.marker is not None}
        of_doubled: _Listed = collections.defaultdict(dict)
        unknown: dict[str, list[dt.date]] = {}
        for part in at_once(days):
            listed = self._listed(part)
            for markers in parts(sorted(listed)):
                known = self._posted.sent_by_marker(markers)
                for its in markers:
                    if its in at_last:
                        of_doubled[its] |= listed[its]
                    elif its not in known:
                        unknown[its] = [document.date for document in listed[its].values()]
                    elif not unknown:
                        self._weigh(known[its], listed[its].values())
        if unknown:
            on = [day for of_it in unknown.values() for day in of_it]
            raise LedgerBehindError(_unknown(self._account.connection, sorted(unknown), on))
        for its, row in at_last.items():
            self._weigh(row, of_doubled[its].values())

    def _listed(self, days: Window) -> _Listed:
        """Marker -> the documents that bear it, by id."""
        found: _Listed = collections.defaultdict(dict)
        for kind, shown in self.shown.items():
            for document in self._account.hook.list_documents(kind, date_from=days.date_from, date_to=days.date_to):
                shown.add(document.id)
                if (ids := find_marker(document.comment, self._shop_code)) is not None:
                    found[marker(self._shop_code, *ids)][document.id] = document
        return found

    def _weigh(self, row: OperationRow, listed: Iterable[DocumentSummary]) -> None:
        standing = self._doubles.standing(row, _its_own(self._operations, row, [*listed]))
        if not standing:
            self.none_stands.append(row)
        compared = _compared(row, standing)
        if compared != row and self._saves:
            self._operations.save(compared)
        stands_again = (compared.state, compared.code) != (row.state, row.code)
        if (compared.needs_a_person or row.needs_a_person or stands_again) and row.order_id is not None:
            self.look_again.append(row.order_id)


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
