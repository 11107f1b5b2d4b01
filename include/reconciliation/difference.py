"""What shop, ledger and books do not agree on: one row a document, payment or refund."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Iterator, Mapping
from decimal import Decimal

from include.facts import Facts, Said, said


class Code(enum.StrEnum):
    """Kinds of differences; of those that apply to a row, the first that stands here is its code."""

    LEFT_THE_SHOP = "left_the_shop"
    VANISHED = "vanished"
    DOUBLED = "doubled"
    MOVED = "moved"
    EDITED = "edited"
    TYPED_BY_HAND = "typed_by_hand"
    PAYMENT_MISSING = "payment_missing"
    PAYMENT_EXTRA = "payment_extra"
    PAYMENT_DIFFERS = "payment_differs"
    REFUND_MISSING = "refund_missing"
    REFUND_EXTRA = "refund_extra"
    REFUND_DIFFERS = "refund_differs"
    FOREIGN_MARKER = "foreign_marker"
    CHANGED_IN_SHOP = "changed_in_shop"
    NOT_POSTED = "not_posted"
    UNSEEN = "unseen"
    UNEXPLAINED = "unexplained"
    """An alarm: Kontur could not tell, or sums differ and no row says why."""


KIND_NAMES: Mapping[str, Said] = {
    Code.LEFT_THE_SHOP: said("kind_left_the_shop"),
    Code.VANISHED: said("kind_vanished"),
    Code.DOUBLED: said("kind_doubled"),
    Code.MOVED: said("kind_moved"),
    Code.EDITED: said("kind_edited"),
    Code.TYPED_BY_HAND: said("kind_typed_by_hand"),
    Code.PAYMENT_MISSING: said("kind_payment_missing"),
    Code.PAYMENT_EXTRA: said("kind_payment_extra"),
    Code.PAYMENT_DIFFERS: said("kind_payment_differs"),
    Code.REFUND_MISSING: said("kind_refund_missing"),
    Code.REFUND_EXTRA: said("kind_refund_extra"),
    Code.REFUND_DIFFERS: said("kind_refund_differs"),
    Code.FOREIGN_MARKER: said("kind_foreign_marker"),
    Code.CHANGED_IN_SHOP: said("kind_changed_in_shop"),
    Code.NOT_POSTED: said("kind_not_posted"),
    Code.UNSEEN: said("kind_unseen"),
    Code.UNEXPLAINED: said("kind_unexplained"),
}
"""Code -> what the kind is called."""

POINTERS = frozenset({Code.TYPED_BY_HAND, Code.FOREIGN_MARKER})
"""Codes of rows that point at what is not ours: they count nothing."""


_PREFIX = "difference_"
"""Of the texts' codes: some of these words are findings' codes as well."""


class Measure(enum.StrEnum):
    """What is summed up."""

    DOCUMENTS = "documents"
    PAYMENTS = "payments"
    REFUNDS = "refunds"


@dataclasses.dataclass(frozen=True, slots=True)
class Sum:
    """Roubles at a local day of the shop."""

    day: dt.date | None
    """``None``: nothing tells the day, so it counts in none."""
    amount: Decimal


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One row. It counts at both days: what the shop says is added, what the books say is taken off."""

    said: Said
    measure: Measure
    order_id: int | None = None
    """``None``: of a document that is no order's."""
    number: str | None = None
    """The order's, as people see it in the shop."""
    key: str | None = None
    """Of the document, payment or refund; ``None``: what stands in Kontur beside ours."""
    document_id: str | None = None
    """In Kontur."""
    entry_id: str | None = None
    """The payment's or refund's in Kontur."""
    shop: Sum | None = None
    books: Sum | None = None
    beside: bool = False
    """Whether it is of a document that stands beside the one of its key."""
    noted: bool = False
    """Whether it is for information only: nobody has to do anything."""

    @property
    def code(self) -> Code:
        """What kind of difference it is."""
        return Code(self.said.code.removeprefix(_PREFIX))

    @property
    def facts(self) -> Facts:
        """What the text is made of."""
        return self.said.facts

    @property
    def name(self) -> tuple[str, ...]:
        """Tells it from all others of a comparison, and knows it again in the next one."""
        if self.key is not None and not self.beside:
            return str(self.order_id), self.measure, self.key
        return str(self.order_id), self.measure, self.key or "", self.document_id or "", self.entry_id or ""

    def effects(self) -> Iterator[tuple[dt.date, Decimal]]:
        """What it adds to «shop − books», day by day."""
        if self.code in POINTERS:
            return
        if self.shop is not None and self.shop.day is not None:
            yield self.shop.day, self.shop.amount
        if self.books is not None and self.books.day is not None:
            yield self.books.day, -self.books.amount
