"""Whether what a shop's own rule gives back holds what our types say: nothing else checks it."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from decimal import Decimal

from kontur_hook.contract import CounterpartyType, DocumentKind, PaymentMethod

from include.accounting.operations import Counterparty, Item, Operation, SaleDocument


def wrong_fields(operation: Operation) -> Iterator[str]:
    """Names of the fields that hold something of another type; a rate may be any text here."""
    if not isinstance(operation, SaleDocument):
        yield from _not_words(PaymentMethod, method=operation.method)
        return
    yield from _not_words(DocumentKind, kind=operation.kind)
    yield from _not(str, number=operation.number, comment=operation.comment)
    buyer = operation.counterparty
    if isinstance(buyer, Counterparty):
        given = {"inn": buyer.inn, "kpp": buyer.kpp, "id": buyer.id}
        yield from _not(str, name=buyer.name, **{name: value for name, value in given.items() if value is not None})
        yield from _not_words(CounterpartyType, type=buyer.type)
    else:
        yield "counterparty"
    if not isinstance(operation.items, tuple):
        yield "items"
        return
    for item in operation.items:
        if isinstance(item, Item):
            yield from _not(str, name=item.name, unit=item.unit, vat_rate=item.vat_rate)
            yield from _not(Decimal, quantity=item.quantity, price=item.price)
            if item.exact_price is not None:
                yield from _not(Decimal, exact_price=item.exact_price)
        else:
            yield "items"


def _not(type_: type, **fields: object) -> Iterator[str]:
    return (name for name, value in fields.items() if not isinstance(value, type_))


def _not_words(words: type[enum.StrEnum], **fields: object) -> Iterator[str]:
    return (name for name, value in fields.items() if not isinstance(value, str) or value not in set(words))
