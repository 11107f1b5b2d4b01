"""A document from all sides: which difference it is, if any."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from include.accounting.changes import Field, differences
from include.accounting.marker import find_marker
from include.accounting.operations import SaleDocument
from include.books.standing import Standing
from include.facts import Said, said, several
from include.ledger.operation import State
from include.reconciliation.difference import Code, Difference, Measure, Sum
from include.reconciliation.saying import (
    document,
    is_closed,
    is_closed_by_hand,
    posted_document,
    reason,
    refusal,
    standing_document,
    what,
)
from include.reconciliation.sides import InShop, Kept, Scope, total_of
from include.reconciliation.units import Absence, Unit

_UNPLANNED = frozenset({State.HELD, State.SKIPPED})
"""States of what the ledger holds back, or has withdrawn: what is due now was seen by no run yet."""

_MAY_BE_SETTLED = frozenset({Code.VANISHED, Code.MOVED, Code.EDITED})


def document_rows(unit: Unit, scope: Scope) -> Iterator[Difference]:
    """The document's row, and one for each that is one too many."""
    if not unit.in_scope:
        return
    judged = _judged(unit, scope)
    if judged is not None:
        row, is_settled = row_of(unit, judged), unit.stays_gone or _is_settled(unit, scope)
        noted = (row.code in _MAY_BE_SETTLED and is_settled) or is_closed_by_hand(judged)
        yield dataclasses.replace(row, noted=noted)
    for copy in unit.copies:
        original = document(unit.stands, unit.kept, unit.key)
        twice = said("difference_doubled", document=standing_document(copy), id=copy.id, original=original)
        yield Difference(
            said=twice,
            measure=Measure.DOCUMENTS,
            order_id=unit.order.order_id,
            number=unit.number,
            key=unit.key,
            document_id=copy.id,
            books=total_of(copy),
            beside=True,
        )


def row_of(unit: Unit, what_is_wrong: Said, *, noted: bool = False) -> Difference:
    """A row of the document that is ours, with what shop and books say of it."""
    return Difference(
        said=what_is_wrong,
        measure=Measure.DOCUMENTS,
        order_id=unit.order.order_id,
        number=unit.number,
        key=unit.key,
        document_id=unit.stands.id if unit.stands else (unit.kept and unit.kept.doc_id) or None,
        shop=unit.shop,
        books=total_of(unit.stands) if unit.stands else None,
        noted=noted,
    )


def _judged(unit: Unit, scope: Scope) -> Said | None:
    kept, stands = unit.kept, unit.stands
    if stands is None:
        if kept is not None and kept.posted:
            return _not_standing(unit, kept)
        return _not_posted(unit)
    if kept is None or not kept.begun:
        return _not_posted(unit) if unit.wanted else _uncalled_for(unit)
    edits = _edits(kept, stands, scope)
    if edits:
        return _edited(unit, kept, stands, edits, scope)
    changes = _changes(unit, kept, stands)
    if changes:
        return said("difference_changed_in_shop", what=document(stands, kept, unit.key), changes=several(*changes))
    if unit.unread:
        return said("difference_unexplained", why=said("unexplained_unread", id=stands.id))
    return None


def _not_standing(unit: Unit, kept: Kept) -> Said | None:
    match unit.absence:
        case Absence.GONE:
            return said(
                "difference_vanished", document=posted_document(kept), id=kept.doc_id or "?", remedy=_remedy(unit)
            )
        case Absence.UNREAD:
            return said("difference_unexplained", why=said("unexplained_unread", id=kept.doc_id or "?"))
        case Absence.NOT_ASKED:
            return said("difference_unexplained", why=said("unexplained_not_asked", id=kept.doc_id or "?"))
        case Absence.NONE if kept.doc_id is None:
            return said("difference_unexplained", why=said("unexplained_without_id", document=posted_document(kept)))
        case Absence.NONE:
            return None  # an account that cannot be searched, and a document of another program: nobody knows


def _remedy(unit: Unit) -> Said:
    if unit.stays_gone:
        return said("vanished_stays_gone")
    return said("vanished_restore") if unit.wanted else said("vanished_as_in_shop")


def _not_posted(unit: Unit) -> Said | None:
    """Due, and not posted as far as the ledger knows, though it may stand in Kontur already."""
    if unit.wanted is None:
        return None
    found = said("stands_already", id=unit.stands.id) if unit.stands else ""
    subject = what(Measure.DOCUMENTS, unit.shop)
    why = why_not(unit, unit.kept, is_fit=unit.wanted.operation is not None, payment_id=None)
    if why is None:
        return said("difference_unseen", what=subject, why=said("unseen_comes"), found=found)
    if unit.kept is None and not (unit.order.ledger.refused or is_closed(why)):
        return said("difference_unseen", what=subject, why=said("unseen_refused", why=why), found=found)
    return said("difference_not_posted", what=subject, why=why, found=found)


def why_not(unit: Unit, kept: Kept | None, *, is_fit: bool, payment_id: int | None) -> Said | None:
    """Why something that is due is not posted; ``None``: no run has looked at it, and nothing speaks against it."""
    if kept is not None and kept.state not in _UNPLANNED:
        return reason(kept)
    return refusal(unit.order, payment_id) if not is_fit and isinstance(unit.order.shop, InShop) else None


def _uncalled_for(unit: Unit) -> Said:
    subject = document(unit.stands, unit.kept, unit.key)
    return said("difference_changed_in_shop", what=subject, changes=said("no_longer_in_shop"))


def _edits(kept: Kept, stands: Standing, scope: Scope) -> list[Said]:
    """What of the document in Kontur is not as it was posted."""
    found: list[Said] = []
    posted, header = kept.operation, stands.header
    if isinstance(posted, SaleDocument):
        now = dataclasses.replace(
            posted,
            date=header.date,
            number=header.number,
            total_amount=header.total_amount,
            items=posted.items if stands.lines is None else stands.lines,
        )
        found += [difference.said for difference in differences(posted, now)]
    sent_to = kept.counterparty_id
    if sent_to is not None and not scope.same_buyer(sent_to, header.counterparty_id):
        before, after = said("buyer_by_id", id=sent_to), said("buyer_by_id", id=header.counterparty_id)
        found.append(said("change_buyer", before=before, now=after))
    if isinstance(posted, SaleDocument) and find_marker(header.comment, scope.shop_code) is None:
        found.append(said("change_marker_gone", marker=posted.marker))
    if kept.posted and kept.doc_id is not None and kept.doc_id != stands.id:
        found.append(said("change_document_id", before=kept.doc_id, now=stands.id))
    return found


def _edited(unit: Unit, kept: Kept, stands: Standing, edits: Sequence[Said], scope: Scope) -> Said:
    posted = kept.operation
    remedy = said("edited_as_in_shop") if _is_settled(unit, scope) else said("edited_restore")
    subject, changes = posted_document(kept), several(*edits)
    now = stands.header.date
    if isinstance(posted, SaleDocument) and (posted.date.year, posted.date.month) != (now.year, now.month):
        return said("difference_moved", document=subject, changes=changes, remedy=remedy)
    return said("difference_edited", document=subject, changes=changes, remedy=remedy)


def _changes(unit: Unit, kept: Kept, stands: Standing) -> list[Said]:
    """What the shop tells otherwise than it was posted; what another program posted is as it stands."""
    wanted = unit.wanted
    if wanted is None:
        return [said("no_longer_in_shop")]
    posted = kept.operation
    if isinstance(posted, SaleDocument) and isinstance(wanted.operation, SaleDocument):
        fields = [difference.said for difference in differences(posted, wanted.operation)]
        if fields:
            return fields
    before = Sum(posted.date, posted.total_amount) if isinstance(posted, SaleDocument) else total_of(stands)
    found = changed_sums(before, unit.shop)
    shop = unit.order.shop
    if wanted.operation is None and posted is not None and isinstance(shop, InShop):
        found += [finding.said for finding in shop.findings if finding.payment_id is None]
    return found


def changed_sums(before: Sum, now: Sum | None) -> list[Said]:
    """Day and amount, where they differ."""
    found = []
    if now is not None and before.day != now.day:
        found.append(said("change_date", before=before.day or said("day_untold"), now=now.day or said("day_untold")))
    if now is not None and before.amount != now.amount:
        found.append(said("change_sum", before=before.amount, now=now.amount))
    return found


def _is_settled(unit: Unit, scope: Scope) -> bool:
    """Whether shop and books agree all the same: what was posted is what neither holds to any longer."""
    wanted, stands = unit.wanted, unit.stands
    if stands is None:
        return wanted is None
    if wanted is None or unit.shop != total_of(stands):
        return False
    if unit.kept is not None and unit.kept.posted and unit.kept.doc_id != stands.id:
        return False
    document = wanted.operation
    return (
        isinstance(document, SaleDocument)
        and document.number == stands.header.number
        and _same_lines(document, stands)
        and (unit.kept is None or _has_its_buyer(document, unit.kept, stands, scope))
        # The shop knows nothing of it, and without it the document is found by its id only.
        and find_marker(stands.header.comment, scope.shop_code) is not None
    )


def _has_its_buyer(wanted: SaleDocument, kept: Kept, stands: Standing, scope: Scope) -> bool:
    """Whether it is the buyer of the shop; whose record another one in Kontur is, only a person can say."""
    sent_to, posted = kept.counterparty_id, kept.operation
    if sent_to is not None and not scope.same_buyer(sent_to, stands.header.counterparty_id):
        return False
    fields = differences(posted, wanted) if isinstance(posted, SaleDocument) else ()
    return all(difference.field is not Field.BUYER for difference in fields)


def _same_lines(wanted: SaleDocument, stands: Standing) -> bool:
    return stands.lines is None or not differences(wanted, dataclasses.replace(wanted, items=stands.lines))
