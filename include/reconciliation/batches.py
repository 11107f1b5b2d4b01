"""A whole range, batch by batch: what is kept between two batches is :class:`Carried`, and nothing else."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Self

from kontur_hook.contract import DocumentKind
from kontur_hook.records import DocumentDetails

from include.books.standing import Standing
from include.facts import said
from include.reconciliation.comparing import compare, turnover
from include.reconciliation.difference import Difference, Measure
from include.reconciliation.figures import Figures
from include.reconciliation.sides import Depth, InBooks, Scope, Sides
from include.reconciliation.strays import NEAR, Strays, Suspicion, likelier
from include.reconciliation.units import Absence, Unit, units_of


@dataclasses.dataclass(slots=True)
class Carried:
    """What batches leave behind: sums by day, and ids of documents."""

    figures: Figures
    seen: set[str] = dataclasses.field(default_factory=set)
    """Documents of Kontur that an order was compared with, or that were found to be gone."""
    claimed: dict[str, int] = dataclasses.field(default_factory=dict)
    """Documents without our marker that are ours by the ledger's id: id -> order."""
    suspected: dict[str, Suspicion] = dataclasses.field(default_factory=dict)
    """Documents without our marker -> the order that each is most like so far."""
    contested: set[str] = dataclasses.field(default_factory=set)
    """Documents that the ledger has as those of several orders."""
    elsewhere: dict[dt.date, list[frozenset[dt.date]]] = dataclasses.field(default_factory=dict)
    """Days outside of the range on which money was found that only its document tells of -> of each such document,
    the days for which it is compared anyway."""

    @classmethod
    def of(cls, scope: Scope) -> Self:
        """Before the first batch."""
        return cls(Figures(scope.window, scope.depth))

    def merge(self, other: Carried) -> None:
        """Take in what other batches of the same range left behind; the order of batches does not matter."""
        self.figures.merge(other.figures)
        self.seen |= other.seen
        self.contested |= other.contested
        self.contested |= {id_ for id_, order in other.claimed.items() if self.claimed.get(id_, order) != order}
        self.claimed |= other.claimed
        for day, documents in other.elsewhere.items():
            self.elsewhere.setdefault(day, []).extend(documents)
        for id_, suspicion in other.suspected.items():
            self.suspected[id_] = likelier(self.suspected.get(id_), suspicion)


def to_read(order: Sides, scope: Scope) -> list[tuple[DocumentKind, str]]:
    """The documents that Kontur has to be asked for one by one, given what its lists have shown of the order.

    Those that the ledger has and no list has shown; with ``full`` all the others as well.
    """
    found: dict[str, DocumentKind] = {}
    for unit in units_of(order, scope):
        if not unit.in_scope:
            continue
        if unit.absence is Absence.NOT_ASKED and unit.kept is not None and unit.kept.doc_id is not None:
            found[unit.kept.doc_id] = DocumentKind(unit.kept.kind)
        if scope.depth is Depth.FULL:
            standing = [one for one in (unit.stands, *unit.copies) if one is not None]
            found |= {one.id: one.kind for one in standing if not isinstance(one.header, DocumentDetails)}
    return [(kind, id_) for id_, kind in sorted(found.items())]


def reconcile(
    batches: Iterable[Iterable[Sides]], strays: Strays, scope: Scope, carried: Carried
) -> Iterator[Difference]:
    """The differences of orders; each batch is let go before the next one is asked for.

    Args:
        batches: orders, each in one batch only.
        strays: what Kontur's lists of the range have shown, without what carries our marker.
        scope: what is compared.
        carried: of the batches before; it is added to.
    """
    near = scope.widened(NEAR)
    for batch in batches:
        for one in batch:
            order = claim(one, strays, carried)
            compared = compare(order, scope)
            carried.seen |= {one.id for one in order.books.documents} | order.books.gone
            carried.figures.add(compared)
            _note_elsewhere(compared.units, scope, carried)
            yield from compared.rows
            # What looks typed on a day of the range may be like an order of a day before or after it.
            for unit in units_of(order, near) if len(strays) else ():
                for suspicion in strays.like(unit):
                    before = carried.suspected.get(suspicion.document_id)
                    carried.suspected[suspicion.document_id] = likelier(before, suspicion)


def _note_elsewhere(units: Iterable[Unit], scope: Scope, carried: Carried) -> None:
    for unit in units:
        for entry in unit.entries:
            day = entry.sum.day
            if day is not None and day not in unit.known_days and not scope.covers([day]):
                carried.elsewhere.setdefault(day, []).append(unit.known_days)


def claim(order: Sides, strays: Strays, carried: Carried) -> Sides:
    """The order with those of its documents that have lost their marker; each is one order's only."""
    books = order.books
    there = {standing.id for standing in books.documents}
    found: list[Standing] = []
    gone: set[str] = set()
    for kept in order.ledger.operations:
        stray = strays.get(kept.doc_id) if kept.doc_id and kept.parent_key is None else None
        if stray is None:
            continue
        if carried.claimed.setdefault(stray.id, order.order_id) != order.order_id:
            carried.contested.add(stray.id)
            gone.add(stray.id)
        elif stray.id not in there:
            found.append(stray)
    if not found and not gone:
        return order
    documents = tuple(one for one in (*books.documents, *found) if one.id not in gone)
    return dataclasses.replace(order, books=InBooks(documents=documents, gone=books.gone | gone, unread=books.unread))


def conclude(strays: Strays, carried: Carried) -> Iterator[Difference]:
    """What can be said once all batches are through: documents that are not ours; ``carried`` has all figures then."""
    left_out = list(_left_out(strays, carried))
    rows = [*strays.rows(carried.claimed, carried.suspected), *_contested(carried), *left_out]
    carried.figures.books.update(turnover((row.measure, row.books) for row in left_out if row.books is not None))
    for stray in strays.all():
        if stray.id not in carried.claimed:
            carried.figures.add_other(stray)
    carried.figures.add_rows(rows)
    yield from rows


def _contested(carried: Carried) -> Iterator[Difference]:
    for id_ in sorted(carried.contested):
        why = said("unexplained_contested", id=id_)
        yield Difference(said=said("difference_unexplained", why=why), measure=Measure.DOCUMENTS, document_id=id_)


def _left_out(strays: Strays, carried: Carried) -> Iterator[Difference]:
    """Documents that lists have shown as ours, and that no order was compared with."""
    for id_ in sorted(strays.ours.keys() - carried.seen):
        order_id, total = strays.ours[id_]
        why = said("unexplained_left_out", id=id_, order=order_id)
        yield Difference(
            said=said("difference_unexplained", why=why),
            measure=Measure.DOCUMENTS,
            order_id=order_id,
            document_id=id_,
            books=total,
        )
