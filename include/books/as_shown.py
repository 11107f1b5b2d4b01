"""By what a person finds a document in Kontur."""

from __future__ import annotations

from kontur_hook.records import DocumentSummary

from include.accounting.operations import SaleDocument
from include.accounting.payload import StoredError, from_json
from include.facts import Said, said
from include.ledger.operation import OperationRow


def document_in_kontur(row: OperationRow, doc_id: str) -> Said:
    """Number, day and id of a document, as far as they are known.

    Args:
        row: of a document.
        doc_id: Kontur's id of it.
    """
    number = planned_number(row)
    if row.document_date is None:
        return said("document_by_id", id=doc_id)
    if number is None:
        return said("document_by_day", day=row.document_date, id=doc_id)
    return said("document_by_number", number=number, day=row.document_date, id=doc_id)


def listed_document(document: DocumentSummary) -> Said:
    """Number, day and id of a document as Kontur shows it."""
    return said("document_by_number", number=document.number, day=document.date, id=document.id)


def planned_number(row: OperationRow) -> str | None:
    """The number that a document was posted with.

    ``None``: its plan is unknown (another program posted it), or cannot be read.
    """
    try:
        plan = from_json(row.plan or "")
    except StoredError:
        return None
    return plan.number if isinstance(plan, SaleDocument) else None
