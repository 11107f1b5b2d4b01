"""Documents that are known as posted and that Kontur does not hold any more."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator, Mapping, Sequence, Set

from kontur_hook.contract import DocumentKind
from msgspec import structs

from include.books.accounts import Account
from include.books.as_shown import document_in_kontur
from include.books.looked_up import look_up_own
from include.errors import ForAPerson, HouseError
from include.facts import Count, Said, said, several, to_json
from include.ledger.connection import Session
from include.ledger.operation import VANISHED, OperationRow
from include.ledger.operations import Operations
from include.ledger.posted_documents import PostedDocuments
from include.settings import Settings
from include.window import Window
from include.words import text

log = logging.getLogger(__name__)

DAYS_AT_ONCE, _MOST_PARTS = 31, 24
_FEW = 3
"""Fewer known documents than this say nothing about a whole account: somebody has removed what was tried out."""
_SAMPLE = 5
_MOST_LOOKED_UP = 100
_SHOWN = 5


class BooksGoneError(ForAPerson, HouseError):
    """Nothing of ours stands in an account any more: it was emptied, or the connection leads to another one."""


@dataclasses.dataclass(frozen=True, slots=True)
class Listing:
    """What an account listed."""

    days: Window
    shown: Mapping[DocumentKind, Set[str]]
    """Ids of all documents of these days, whoever wrote them."""


def at_once(days: Window) -> Iterator[Window]:
    """What is listed, and known, of a long window is not held all at a time.

    A month, or a twenty-fourth of what is longer than two years: with a slip in its year ``go_live`` is long ago.
    """
    count = (days.date_to - days.date_from).days + 1
    return days.parts(max(DAYS_AT_ONCE, -(-count // _MOST_PARTS)))


def check_vanished(
    session: Session, account: Account, listing: Listing, settings: Settings, also: Sequence[OperationRow] = ()
) -> list[int]:
    """Mark what is gone, and what stands again.

    A document that is only not listed on these days is looked up by itself: its date may have been changed. What was
    posted less than the settle time ago is left out: a list may lag.

    Args:
        session: of the ledger.
        account: whose documents they are.
        listing: what it listed.
        settings: the settings.
        also: documents to be looked up whatever their day.

    Returns:
        The orders of both.

    Raises:
        BooksGoneError: not one of ours is there any more.
        KonturError: a document cannot be looked up.
    """
    if not listing.shown:
        return []
    kinds, quiet_s = tuple(listing.shown), settings.posting.settle_s
    operations, documents = Operations(session), PostedDocuments(session)
    count, missing = 0, []
    for days in at_once(listing.days):
        known = documents.documents_of(account.connection, kinds, days, quiet_s=quiet_s)
        count += len(known)
        missing += [key for key, kind, doc_id in known if doc_id not in listing.shown[DocumentKind(kind)]]
    if len(missing) == count:
        newest = documents.newest_documents(account.connection, kinds, quiet_s=quiet_s)
        _check_all(operations, account, missing, newest)
    before = documents.vanished(account.connection, kinds)
    rows = [row for key in missing[:_MOST_LOOKED_UP] if (row := operations.get(key)) is not None]
    rows += [row for row in (*before, *also) if row.key not in missing]
    gone = [row for row in rows if not _stands(account, row)]
    if gone:
        log.warning("%s", text(_all_gone(account.connection, gone)))
    changed = [_marked(row, is_gone=row in gone) for row in rows]
    for row, marked in zip(rows, changed, strict=True):
        if marked != row:
            operations.save(marked)
    back = [row for row in before if row not in gone]
    return [row.order_id for row in (*gone, *back) if row.order_id is not None]


def _all_gone(connection: str, gone: Sequence[OperationRow]) -> Said:
    more = ["…"] if len(gone) > _SHOWN else []
    return said(
        "vanished_some",
        connection=connection,
        documents=Count(len(gone), "document"),
        markers=several(*(row.marker or row.doc_id or "" for row in gone[:_SHOWN]), *more),
    )


def _check_all(
    operations: Operations, account: Account, missing: Sequence[str], newest: Sequence[OperationRow]
) -> None:
    """None of what is known of these days is listed: whether anything of ours stands at all, on whatever day."""
    count = len({*missing, *(row.key for row in newest)})
    sample = [row for key in missing[:_SAMPLE] if (row := operations.get(key)) is not None]
    sample += [row for row in newest if row.key not in missing]
    if count < _FEW or any(_stands(account, row) for row in sample):
        return
    raise BooksGoneError(said("books_gone", connection=account.connection, documents=Count(count, "document")))


def _stands(account: Account, row: OperationRow) -> bool:
    """Whether Kontur has it; what cannot be asked for is taken as standing."""
    return not look_up_own(account, row).is_gone


def _marked(row: OperationRow, *, is_gone: bool) -> OperationRow:
    if is_gone:
        gone = said("vanished", document=document_in_kontur(row, row.doc_id or ""))
        return structs.replace(row, code=VANISHED, message=to_json([gone]))
    return structs.replace(row, code=None, message=None) if row.code == VANISHED else row
