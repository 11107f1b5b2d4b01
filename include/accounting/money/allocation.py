"""Which document a payment pays: the first shipped first, split where it must be.

The days are gone through one by one, and what a day decides is never decided again: the same shares come out whether
the order is looked at every night or once at the end.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal

from kontur_hook.contract import PaymentMethod


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A document that takes money."""

    key: str
    day: dt.date
    total: Decimal | None
    """``None``: it takes whatever comes, as the only document of its order."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Money that came in once: a Bitrix payment, or one of several times that it was paid."""

    payment_id: int
    generation: int
    day: dt.date
    amount: Decimal
    """What is there to share out. No more than what was posted, where a person has to look at it first."""
    method: PaymentMethod
    returned_on: dt.date | None = None
    is_refund: bool = False
    """Whether it went back to the buyer; else it went to the store credit and stays in the books."""
    is_noticed: bool = False
    """Whether nothing dates its return, which has the day that it was noticed."""
    in_question: bool = False
    """Whether a person has to look at its refund first: nothing of the refund is posted."""
    posted: Mapping[str, Decimal] = dataclasses.field(default_factory=dict)
    """What of it is in the books already, by document."""


Shares = dict[str, Decimal]
"""Document key -> roubles."""


def shares(receipts: Sequence[Receipt], slots: Sequence[Slot], order_total: Decimal) -> list[Shares]:
    """What each receipt pays of each document, posted parts included; what is left over waits for a further document.

    Money pays documents of its own day or earlier, later ones as soon as they are there, unless it went back before.
    Once all of the order is shipped, what is paid beyond the total goes to the last document. What a refund frees is
    free for other money from its day on; what goes back on a day has paid the documents of that day first.

    Args:
        receipts: in the order in which they came in.
        slots: first shipped first.
        order_total: roubles; the documents' totals reach it when everything is shipped.
    """
    table = _Table(receipts, slots, order_total)
    days = {slot.day for slot in slots}
    for receipt in receipts:
        days |= {receipt.day, receipt.returned_on or receipt.day}
    for day in sorted(days):
        table.share_out(day)
        if back := table.going_back(day):
            table.undo_all_but(back)
            table.take_back(back)
            table.share_out(day)
    return table.found


class _Table:
    """What is covered by whom, as the days pass."""

    def __init__(self, receipts: Sequence[Receipt], slots: Sequence[Slot], order_total: Decimal) -> None:
        self.found: list[Shares] = [dict(receipt.posted) for receipt in receipts]
        self._receipts = receipts
        self._slots = slots
        self._order_total = order_total
        self._rest = [r.amount - sum(r.posted.values(), start=Decimal(0)) for r in receipts]
        self._given: list[tuple[int, str, Decimal]] = []
        """On the day that was shared out last: which receipt, to which document, roubles."""
        self._covered: collections.defaultdict[str, Decimal] = collections.defaultdict(Decimal)
        for posted in self.found:
            for key, amount in posted.items():
                self._covered[key] += amount

    def share_out(self, day: dt.date) -> None:
        self._given.clear()
        slots = [slot for slot in self._slots if slot.day <= day]
        totals = (self._order_total if slot.total is None else slot.total for slot in slots)
        complete = sum(totals, start=Decimal(0)) >= self._order_total
        for index, receipt in enumerate(self._receipts):
            # A share made on an earlier day is posted by now: it can no longer grow.
            open_slots = [slot for slot in slots if slot.key not in self.found[index]]
            if receipt.day > day or self._rest[index] <= 0 or not open_slots:
                continue
            for slot in open_slots:
                free = self._rest[index] if slot.total is None else slot.total - self._covered[slot.key]
                self._give(index, slot, min(free, self._rest[index]))
            if complete:
                self._give(index, open_slots[-1], self._rest[index])

    def going_back(self, day: dt.date) -> set[int]:
        """The receipts that go back on ``day``."""
        return {
            index
            for index, receipt in enumerate(self._receipts)
            if receipt.returned_on is not None and max(receipt.returned_on, receipt.day) == day
        }

    def undo_all_but(self, back: AbstractSet[int]) -> None:
        """Take from all receipts but ``back`` what they were given last: it is shared out anew."""
        for index, key, amount in self._given:
            if index not in back:
                self._move(index, key, -amount)
                if not self.found[index][key]:
                    del self.found[index][key]

    def take_back(self, back: AbstractSet[int]) -> None:
        for index in back:
            self._rest[index] = Decimal(0)
            if self._receipts[index].is_refund:
                for key, amount in self.found[index].items():
                    self._covered[key] -= amount

    def _give(self, index: int, slot: Slot, amount: Decimal) -> None:
        if amount > 0:
            self._given.append((index, slot.key, amount))
            self._move(index, slot.key, amount)

    def _move(self, index: int, key: str, amount: Decimal) -> None:
        self.found[index][key] = self.found[index].get(key, Decimal(0)) + amount
        self._rest[index] -= amount
        self._covered[key] += amount
