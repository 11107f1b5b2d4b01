"""What stands in Kontur and is not ours: other sales, other shops' documents, what looks typed a second time."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from include.accounting.marker import find_marker, shop_of_marker
from include.accounting.operations import SaleDocument
from include.books.standing import Standing
from include.facts import Said, said, several
from include.reconciliation.difference import Difference, Measure, Sum
from include.reconciliation.saying import standing_document
from include.reconciliation.sides import InShop, Kept, Sides, total_of
from include.reconciliation.units import Unit

_NUMBER, _SUM, _BUYER, _DAY = 40, 25, 20, 15
"""What each likeness weighs, of 100."""
NEAR = dt.timedelta(days=31)
"""Further apart, what is alike is chance: numbers begin anew, a customer buys the same each month."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """A document in Kontur that looks like an order's."""

    document_id: str
    score: int
    """Of 100."""
    order_id: int
    number: str
    key: str
    alike: tuple[str, ...]
    """What is alike: number, sum, buyer, day."""
    has_ours: bool
    """Whether a document of ours stands for the order."""

    @property
    def rank(self) -> tuple[int, int, str]:
        """The higher, the more likely; never equal for two documents."""
        return self.score, -self.order_id, self.key


@dataclasses.dataclass(frozen=True, slots=True)
class _Face:
    """What of a document of ours another one may be like."""

    number: str
    day: dt.date
    amount: Decimal
    buyer_id: str | None
    """``None``: retail, or not known; that both are retail says nothing."""


class Strays:
    """What lists of a range have shown beside ours: all that carries no marker of this shop. It is never changed."""

    def __init__(self, documents: Iterable[Standing], shop_code: str) -> None:
        """``documents``: all that lists have shown; of ours only ids and totals are kept."""
        self._shop_code = shop_code
        self.ours: dict[str, tuple[int, Sum]] = {}
        """Documents that carry our marker: id -> the order that it names, and the total at its day."""
        self._by_id: dict[str, Standing] = {}
        self._by_number: collections.defaultdict[str, list[Standing]] = collections.defaultdict(list)
        self._by_total: collections.defaultdict[Decimal, list[Standing]] = collections.defaultdict(list)
        for one in documents:
            marked = find_marker(one.header.comment, shop_code)
            if marked is None:
                self._by_id[one.id] = one  # moved while lists were read, it may stand in two of them
            else:
                self.ours[one.id] = (marked[0], total_of(one))
        for one in self._by_id.values():
            self._by_number[plain_number(one.header.number)].append(one)
            self._by_total[one.header.total_amount].append(one)

    def get(self, document_id: str) -> Standing | None:
        """By Kontur's id: one of ours whose marker was taken out is found by the id that the ledger has."""
        return self._by_id.get(document_id)

    def __len__(self) -> int:
        return len(self._by_id)

    def all(self) -> Iterator[Standing]:
        """First day first."""
        yield from sorted(self._by_id.values(), key=lambda one: (one.header.date, one.id))

    def like(self, unit: Unit) -> Iterator[Suspicion]:
        """Those that look like a document that is due, or posted."""
        face = _face(unit)
        if face is None or not unit.in_scope:
            return
        kept_id = unit.kept.doc_id if unit.kept else None
        alike = (*self._by_number.get(face.number, ()), *self._by_total.get(face.amount, ()))
        for one in {one.id: one for one in alike}.values():
            score, by = _likeness(face, one)
            if score and one.id != kept_id and shop_of_marker(one.header.comment) is None:
                yield Suspicion(
                    document_id=one.id,
                    score=score,
                    order_id=unit.order.order_id,
                    number=unit.number or face.number,
                    key=unit.key,
                    alike=by,
                    has_ours=unit.stands is not None,
                )

    def rows(self, claimed: Mapping[str, int], suspected: Mapping[str, Suspicion]) -> Iterator[Difference]:
        """What is to be said of them, once all orders were looked at.

        Args:
            claimed: those that turned out to be ours: id -> order.
            suspected: the most likely order of each.
        """
        for one in self.all():
            if one.id in claimed:
                continue
            other = shop_of_marker(one.header.comment)
            if other is not None:
                what = said("difference_foreign_marker", document=standing_document(one), id=one.id, code=other)
                yield Difference(said=what, measure=Measure.DOCUMENTS, document_id=one.id, books=total_of(one))
            elif one.id in suspected:
                yield _typed(one, suspected[one.id])


def _typed(one: Standing, suspicion: Suspicion) -> Difference:
    what = said(
        "difference_typed_by_hand",
        document=standing_document(one),
        id=one.id,
        order=suspicion.number,
        alike=several(*(_ALIKE[name] for name in suspicion.alike)),
        score=suspicion.score,
        remedy=said("typed_twice") if suspicion.has_ours else said("typed_instead"),
    )
    return Difference(
        said=what,
        measure=Measure.DOCUMENTS,
        order_id=suspicion.order_id,
        number=suspicion.number,
        document_id=one.id,
        books=total_of(one),
    )


_ALIKE: Mapping[str, Said] = {
    "number": said("alike_number"),
    "sum": said("alike_sum"),
    "buyer": said("alike_buyer"),
    "day": said("alike_day"),
}


def likelier(one: Suspicion | None, other: Suspicion) -> Suspicion:
    """Of two suspicions about one document."""
    return other if one is None or other.rank > one.rank else one


def _likeness(face: _Face, one: Standing) -> tuple[int, tuple[str, ...]]:
    """How much they are alike: by number, by buyer and sum, or by day and sum; else not at all."""
    header = one.header
    if abs(header.date - face.day) > NEAR:
        return 0, ()
    is_alike = {
        "number": plain_number(header.number) == face.number,
        "sum": header.total_amount == face.amount,
        "buyer": face.buyer_id is not None and header.counterparty_id == face.buyer_id,
        "day": header.date == face.day,
    }
    counts = is_alike["number"] or (is_alike["sum"] and (is_alike["buyer"] or is_alike["day"]))
    if not counts:
        return 0, ()
    weights = {"number": _NUMBER, "sum": _SUM, "buyer": _BUYER, "day": _DAY}
    alike = tuple(name for name, is_so in is_alike.items() if is_so)
    return sum(weights[name] for name in alike), alike


def _face(unit: Unit) -> _Face | None:
    kept, wanted, order = unit.kept, unit.wanted, unit.order
    planned = wanted.operation if wanted else None
    document = planned or (kept.operation if kept and kept.begun else None)
    now = unit.shop or (total_of(unit.stands) if unit.stands else None)
    if now is None or now.day is None or now.amount == 0:
        return None
    number = document.number if isinstance(document, SaleDocument) else unit.number or ""
    return _Face(plain_number(number), now.day, now.amount, _buyer(order, kept, document))


def _buyer(order: Sides, kept: Kept | None, document: object) -> str | None:
    if isinstance(document, SaleDocument) and document.counterparty.inn is None:
        return document.counterparty.id
    known = order.shop.buyer_id if isinstance(order.shop, InShop) else None
    return (kept.counterparty_id if kept else None) or known


def plain_number(number: str) -> str:
    """A document's number, however it was typed."""
    return number.replace("№", "").strip().casefold()
