"""Payments and refunds of a document from all sides."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from include.accounting.keys import document_key, money_of
from include.accounting.operations import Payment, Refund, Wanted
from include.facts import Said, said, several
from include.reconciliation.difference import Difference, Measure, Sum
from include.reconciliation.documents import changed_sums, why_not
from include.reconciliation.saying import document, is_closed, is_closed_by_hand, refused, what
from include.reconciliation.sides import InShop, Kept, Sides, sum_of
from include.reconciliation.units import Absence, Entry, Unit, measure_of


@dataclasses.dataclass(frozen=True, slots=True)
class _Money:
    """One payment or refund of ours."""

    key: str
    wanted: Wanted | None
    kept: Kept | None
    entry: Entry | None

    @property
    def measure(self) -> Measure:
        return measure_of(self.key)

    @property
    def shop(self) -> Sum | None:
        return Sum(self.wanted.date, self.wanted.amount) if self.wanted else None

    @property
    def posted(self) -> Payment | Refund | None:
        operation = self.kept.operation if self.kept and self.kept.begun else None
        return operation if isinstance(operation, Payment | Refund) else None


def money_rows(unit: Unit) -> Iterator[Difference]:
    """A row for each payment or refund on which the sides do not agree."""
    ours, beyond = _matched(unit)
    for one in ours:
        judged = _unread(unit, one) if unit.unread else _judged(unit, one)
        if judged is not None:
            yield _row(unit, one, judged)
    for entry in beyond:
        yield _extra(unit, entry)


def _matched(unit: Unit) -> tuple[list[_Money], list[Entry]]:
    """Each of ours with its entry in Kontur, and the entries beyond them."""
    wanted = {one.key: one for one in unit.money_wanted}
    kept = {one.key: one for one in unit.money_kept}
    left = list(unit.entries)
    found: dict[str, Entry] = {}
    sent = [one for one in unit.money_kept if one.begun]
    for one in sent:
        entry = next((e for e in left if _is_its(e, one)), None)
        if entry is not None:
            found[one.key] = entry
            left.remove(entry)
    # What a person typed again has another id; what was sent and not confirmed has none yet.
    fits = [(one.key, one.operation) for one in sent if one.key not in found]
    fits += [(key, one.operation) for key, one in wanted.items() if key not in found and key not in dict(fits)]
    for key, operation in fits:
        entry = next((e for e in left if _is_like(e, key, operation)), None)
        if entry is not None:
            found[key] = entry
            left.remove(entry)
    keys = sorted({*wanted, *kept})
    return [_Money(key, wanted.get(key), kept.get(key), found.get(key)) for key in keys], left


def _is_its(entry: Entry, kept: Kept) -> bool:
    return entry.id == (kept.doc_id or kept.key) and entry.measure is measure_of(kept.key) and not entry.in_copy


def _is_like(entry: Entry, key: str, operation: object) -> bool:
    if not isinstance(operation, Payment | Refund) or entry.measure is not measure_of(key) or entry.in_copy:
        return False
    return entry.sum == sum_of(operation) and entry.method == operation.method.value


def _judged(unit: Unit, one: _Money) -> Said | None:
    kept, entry = one.kept, one.entry
    if kept is not None and kept.posted and entry is None:
        return _missing(unit, one, kept)
    if entry is None:
        return _not_posted(unit, one)
    if kept is None or not kept.begun:
        return _extra_said(unit, entry, remedy=said("extra_as_in_shop"))
    changes = _edits(one, entry)
    if changes:
        subject, changed = document(unit.stands, unit.kept, unit.key), several(*changes)
        if one.measure is Measure.PAYMENTS:
            return said("difference_payment_differs", what=_what(one), document=subject, changes=changed)
        return said("difference_refund_differs", what=_what(one), document=subject, changes=changed)
    changed_in_shop = _changes(one, entry)
    if changed_in_shop:
        return said("difference_changed_in_shop", what=_what(one), changes=several(*changed_in_shop))
    return None


def _missing(unit: Unit, one: _Money, kept: Kept) -> Said:
    why = said("gone_by_itself") if unit.stands is not None else said("gone_with_document")
    subject, id_ = document(unit.stands, unit.kept, unit.key), kept.doc_id or "?"
    if one.measure is Measure.PAYMENTS:
        return said("difference_payment_missing", what=_what(one), document=subject, id=id_, why=why)
    return said("difference_refund_missing", what=_what(one), document=subject, id=id_, why=why)


def _not_posted(unit: Unit, one: _Money) -> Said | None:
    if one.wanted is None:
        return None
    if unit.stays_gone:
        return said("difference_not_posted", what=_what(one), why=said("document_stays_gone"), found="")
    name = money_of(one.key)
    is_fit = one.wanted.operation is not None
    why = why_not(unit, one.kept, is_fit=is_fit, payment_id=name.payment_id if name else None)
    if why is None:
        return said("difference_unseen", what=_what(one), why=said("unseen_comes"), found="")
    if one.kept is None and not (unit.order.ledger.refused or is_closed(why)):
        return said("difference_unseen", what=_what(one), why=said("unseen_refused", why=why), found="")
    return said("difference_not_posted", what=_what(one), why=why, found="")


def _edits(one: _Money, entry: Entry) -> list[Said]:
    """What of the entry is not as it was posted."""
    posted = one.posted
    if posted is None:
        return []
    found = changed_sums(sum_of(posted), entry.sum)
    if posted.method.value != entry.method:
        found.append(said("change_money_method", before=posted.method.value, now=entry.method))
    return found


def _changes(one: _Money, entry: Entry) -> list[Said]:
    if one.wanted is None:
        return [said("no_longer_in_shop")]
    return changed_sums(sum_of(one.posted) if one.posted else entry.sum, one.shop)


def _unread(unit: Unit, one: _Money) -> Said | None:
    if one.entry is not None:
        return _judged(unit, one)
    id_ = (unit.stands.id if unit.stands else unit.kept and unit.kept.doc_id) or "?"
    if one.wanted is None and not (one.kept and one.kept.posted):
        return None
    why = (
        said("unexplained_not_asked", id=id_)
        if unit.absence is Absence.NOT_ASKED
        else said("unexplained_unread", id=id_)
    )
    return said("difference_unexplained", why=why)


def _extra(unit: Unit, entry: Entry) -> Difference:
    remedy = said("extra_in_copy") if entry.in_copy else said("extra_remove")
    return Difference(
        said=_extra_said(unit, entry, remedy=remedy),
        measure=entry.measure,
        order_id=unit.order.order_id,
        number=unit.number,
        document_id=entry.document_id,
        entry_id=entry.id,
        books=entry.sum,
    )


def _extra_said(unit: Unit, entry: Entry, *, remedy: Said) -> Said:
    subject, of = document(unit.stands, unit.kept, unit.key), what(entry.measure, entry.sum)
    if entry.measure is Measure.PAYMENTS:
        return said("difference_payment_extra", what=of, document=subject, id=entry.id, remedy=remedy)
    return said("difference_refund_extra", what=of, document=subject, id=entry.id, remedy=remedy)


def unplanned_rows(order: Sides, rows: Sequence[Difference]) -> Iterator[Difference]:
    """What a person has to look at first, so that no sum stands for it: money, or an order that cannot be planned.

    Args:
        order: the order.
        rows: its others; what has one of them needs none of these.
    """
    shop = order.shop
    if not isinstance(shop, InShop):
        return
    known = {row.key for row in rows}
    document = document_key(order.order_id)
    against = [finding.said for finding in shop.findings if finding.payment_id is None]
    if shop.wanted is None and against and document not in known:
        yield _without_sums(order, document, Measure.DOCUMENTS, against)
    payments = {name.payment_id for key in known if key and (name := money_of(key)) is not None}
    told = {finding.payment_id: finding.said for finding in shop.findings if finding.payment_id is not None}
    for payment_id in sorted(told.keys() - payments):
        yield _without_sums(order, f"payment:{payment_id}", Measure.PAYMENTS, [told[payment_id]])


def _without_sums(order: Sides, key: str, measure: Measure, against: Sequence[Said]) -> Difference:
    told = said("difference_not_posted", what=what(measure, None), why=refused(order, against), found="")
    return Difference(
        said=told,
        measure=measure,
        order_id=order.order_id,
        number=order.shop.number,
        key=key,
        noted=is_closed_by_hand(told),
    )


def _what(one: _Money) -> Said:
    of = one.shop or (sum_of(one.posted) if one.posted else one.entry.sum if one.entry else None)
    return what(one.measure, of)


def _row(unit: Unit, one: _Money, judged: Said) -> Difference:
    return Difference(
        said=judged,
        measure=one.measure,
        order_id=unit.order.order_id,
        number=unit.number,
        key=one.key,
        document_id=unit.stands.id if unit.stands else None,
        entry_id=one.entry.id if one.entry else None,
        shop=one.shop,
        books=one.entry.sum if one.entry else None,
        noted=(unit.stays_gone and one.kept is not None and one.kept.posted) or is_closed_by_hand(judged),
    )
