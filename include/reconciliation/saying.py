"""How the rows name what they are about."""

from __future__ import annotations

from collections.abc import Sequence

from include.accounting.operations import SaleDocument
from include.books.standing import Standing
from include.facts import Fact, Said, from_json, said, several
from include.ledger.operation import State
from include.reconciliation.difference import Measure, Sum
from include.reconciliation.sides import InShop, Kept, Sides

_CLOSED = "unposted_closed"


def standing_document(standing: Standing) -> Said:
    """A document that stands in Kontur."""
    header = standing.header
    return said("books_document", number=header.number, day=header.date, total=header.total_amount)


def posted_document(kept: Kept) -> Said:
    """A document that the ledger has as posted."""
    operation = kept.operation
    if isinstance(operation, SaleDocument):
        return said("books_document", number=operation.number, day=operation.date, total=operation.total_amount)
    return said("books_document_by_id", id=kept.doc_id or "?")


def document(standing: Standing | None, kept: Kept | None, key: str) -> Said:
    """A document, by whoever knows most of it."""
    if standing is not None:
        return standing_document(standing)
    return posted_document(kept) if kept is not None else said("books_document_by_key", key=key)


def what(measure: Measure, of: Sum | None) -> Said:
    """A row's subject: a document, payment or refund."""
    if of is None:
        match measure:
            case Measure.DOCUMENTS:
                return said("row_document")
            case Measure.PAYMENTS:
                return said("row_payment")
            case Measure.REFUNDS:
                return said("row_refund")
    day = of.day or said("day_untold")
    match measure:
        case Measure.DOCUMENTS:
            return said("row_document_of", day=day, amount=of.amount)
        case Measure.PAYMENTS:
            return said("row_payment_of", day=day, amount=of.amount)
        case Measure.REFUNDS:
            return said("row_refund_of", day=day, amount=of.amount)


def reason(kept: Kept) -> Said:
    """Why what the ledger has is not posted."""
    match kept.state:
        case State.REJECTED:
            return said("unposted_rejected", why=_stored(kept))
        case State.REVIEW:
            return said("unposted_review", why=_stored(kept))
        case State.SENDING | State.UNKNOWN:
            return said("unposted_unknown")
        case _:
            return said("unposted_waiting")


def refusal(order: Sides, payment_id: int | None) -> Said:
    """What the plan says against an operation: of its payment, and of the order as a whole."""
    findings = order.shop.findings if isinstance(order.shop, InShop) else ()
    against = [finding.said for finding in findings if finding.payment_id in {None, payment_id}]
    return refused(order, against) if against else said("unposted_waiting")


def refused(order: Sides, against: Sequence[Said]) -> Said:
    """Why something is not posted, by what the plan says against it; perhaps a person has settled all of that."""
    why, closed = several(*against), order.ledger.closed
    if all(one in closed for one in against):
        return said(_CLOSED, why=why, who=closed[against[-1]])
    return said("unposted_refused", why=why)


def is_closed_by_hand(told: Said) -> bool:
    """Whether a row tells of what is not posted since a person settled by hand all that stands against it."""
    why = dict(told.facts).get("why")
    return isinstance(why, Said) and is_closed(why)


def is_closed(why: Said) -> bool:
    """Whether a reason says so."""
    return why.code == _CLOSED


def _stored(kept: Kept) -> Fact:
    return several(*from_json(kept.message, code=kept.code or "")) if kept.message else said("unposted_unsaid")
