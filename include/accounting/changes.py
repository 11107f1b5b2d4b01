"""What of a posted document the shop now tells otherwise, field by field, in words."""

from __future__ import annotations

import collections
import dataclasses
import itertools

from include.accounting.names import unescaped
from include.accounting.operations import Counterparty, Item, SaleDocument

_NOTHING = "—"
_NAME_LENGTH = 40


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """One field."""

    field: str
    posted: str
    present: str

    def __str__(self) -> str:
        return f"{self.field} {self.posted} → {self.present}"


def differences(posted: SaleDocument, present: SaleDocument) -> tuple[Difference, ...]:
    """What an accountant would have to correct: date, number, buyer, total, lines; their order does not matter."""
    fields = [
        Difference("date", str(posted.date), str(present.date)),
        Difference("number", posted.number, present.number),
        Difference("buyer", _buyer(posted.counterparty), _buyer(present.counterparty)),
        Difference("total", f"{posted.total_amount:.2f}", f"{present.total_amount:.2f}"),
    ]
    return (*(field for field in fields if field.posted != field.present), *_lines(posted.items, present.items))


def _lines(posted: tuple[Item, ...], present: tuple[Item, ...]) -> list[Difference]:
    names = {item.name for item in present}
    before = collections.Counter(item if item.name in names else _read(item) for item in posted)
    after = collections.Counter(present)
    gone, new = (before - after).elements(), (after - before).elements()
    return [
        Difference("line", _item(old) if old else _NOTHING, _item(item) if item else _NOTHING)
        for old, item in itertools.zip_longest(gone, new)
    ]


def _read(item: Item) -> Item:
    """What was posted with the shop's HTML entities says the same as what is posted with characters."""
    return dataclasses.replace(item, name=unescaped(item.name))


def _item(item: Item) -> str:
    return f"«{item.name[:_NAME_LENGTH]}» {item.quantity:f} {item.unit} × {item.price:.2f}, {item.vat_rate}"


def _buyer(counterparty: Counterparty) -> str:
    """By identity, never by name: a company that writes its name otherwise is the same one."""
    if counterparty.inn is None:
        return f"id {counterparty.id}" if counterparty.id else "retail"
    return f"INN {counterparty.inn}" + (f" KPP {counterparty.kpp}" if counterparty.kpp else "")
