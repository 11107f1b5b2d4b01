"""What of a posted document the shop now tells otherwise, field by field."""

from __future__ import annotations

import collections
import dataclasses
import enum

from include.accounting.names import unescaped
from include.accounting.operations import Counterparty, Item, SaleDocument
from include.accounting.sale.vat import told
from include.facts import Inn, Number, Said, said

_NAME_LENGTH = 40


class Field(enum.StrEnum):
    """What an accountant would have to correct."""

    DATE = "date"
    NUMBER = "number"
    BUYER = "buyer"
    TOTAL = "total"
    LINE = "line"


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """One field, or one line."""

    field: Field
    said: Said
    """What was posted, and what the shop tells now."""


def differences(posted: SaleDocument, present: SaleDocument) -> tuple[Difference, ...]:
    """What an accountant would have to correct: date, number, buyer, total, lines; their order does not matter."""
    found: list[Difference] = []
    if posted.date != present.date:
        found.append(Difference(Field.DATE, said("change_date", before=posted.date, now=present.date)))
    if posted.number != present.number:
        found.append(Difference(Field.NUMBER, said("change_number", before=posted.number, now=present.number)))
    before, now = _buyer(posted.counterparty), _buyer(present.counterparty)
    if before != now:
        found.append(Difference(Field.BUYER, said("change_buyer", before=before, now=now)))
    if posted.total_amount != present.total_amount:
        change = said("change_sum", before=posted.total_amount, now=present.total_amount)
        found.append(Difference(Field.TOTAL, change))
    return (*found, *(Difference(Field.LINE, line) for line in _lines(posted.items, present.items)))


def _lines(posted: tuple[Item, ...], present: tuple[Item, ...]) -> list[Said]:
    names = {item.name for item in present}
    before = collections.Counter(item if item.name in names else _read(item) for item in posted)
    after = collections.Counter(present)
    gone, new = list((before - after).elements()), list((after - before).elements())
    return [
        *(said("change_line", before=_item(old), now=_item(item)) for old, item in zip(gone, new, strict=False)),
        *(said("change_line_gone", line=_item(item)) for item in gone[len(new) :]),
        *(said("change_line_new", line=_item(item)) for item in new[len(gone) :]),
    ]


def _read(item: Item) -> Item:
    """What was posted with the shop's HTML entities says the same as what is posted with characters."""
    return dataclasses.replace(item, name=unescaped(item.name))


def _item(item: Item) -> Said:
    return said(
        "document_line",
        name=item.name[:_NAME_LENGTH],
        quantity=Number(item.quantity),
        unit=item.unit,
        price=item.price,
        vat=told(item.vat_rate),
    )


def _buyer(counterparty: Counterparty) -> Said:
    """By identity, never by name: a company that writes its name otherwise is the same one."""
    if counterparty.inn is None:
        return said("buyer_by_id", id=counterparty.id) if counterparty.id else said("buyer_retail")
    if counterparty.kpp:
        return said("buyer_inn_kpp", inn=Inn(counterparty.inn), kpp=counterparty.kpp)
    return said("buyer_inn", inn=Inn(counterparty.inn))
