"""One document that was posted, asked for by itself: a list of some days says nothing of the other days."""

from __future__ import annotations

from kontur_hook.answers import valid_id
from kontur_hook.contract import DocumentKind
from kontur_hook.records import DocumentSummary

from include.books.accounts import Account
from include.books.as_shown import planned_number
from include.books.standing import Read, Standing
from include.ledger.operation import OperationRow


def look_up(account: Account, kind: DocumentKind, doc_id: str, *, number: str | None) -> Read:
    """A document by its id; where documents cannot be read by their ids, among those of its number.

    Neither standing nor gone: it cannot be asked for.

    Raises:
        KonturError: Kontur cannot be asked now.
    """
    can_read = account.contract.read_documents
    if valid_id(doc_id) is None or (number is None and not can_read):
        return Read(kind=kind, id=doc_id)
    shown: DocumentSummary | None
    if can_read:
        shown = account.hook.get_document(kind, doc_id)
    else:
        alike = account.hook.list_documents(kind, number=number)
        shown = next((document for document in alike if document.id == doc_id), None)
    if shown is None:
        return Read(kind=kind, id=doc_id, is_gone=True)
    return Read(kind=kind, id=doc_id, standing=Standing.of(kind, shown))


def look_up_own(account: Account, row: OperationRow) -> Read:
    """The document that the ledger has as posted.

    Raises:
        KonturError: Kontur cannot be asked now.
    """
    return look_up(account, DocumentKind(row.kind), row.doc_id or "", number=planned_number(row))
