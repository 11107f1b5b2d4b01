"""Operations and findings as text: for the ledger, and as the bodies that Kontur gets.

Decoders and encoders are built when this is imported: msgspec inspects a type when it first builds one for it, which
several threads must not do at once.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

import msgspec
from kontur_hook.bodies import CounterpartyBody, DocumentBody, LineBody, MoneyBody, encode

from include.accounting.operations import (
    Counterparty,
    Operation,
    Payment,
    Refund,
    SaleDocument,
)
from include.errors import HouseError
from include.facts import Said, said

VERSION = 1
"""Of what is stored. A change after which an older text would be read wrongly, or not at all, raises it, and
:func:`from_json` goes on to read the older one; a text without a version is of 1."""

_Name = Literal["sale", "payment", "refund"]
_ledger = msgspec.json.Encoder(decimal_format="string", order="deterministic")


class StoredError(HouseError):
    """A stored text cannot be read; it says why, and what to do."""

    said: Said

    def __init__(self, why: Said) -> None:
        super().__init__(why)


class _Stored(msgspec.Struct):
    type: _Name
    operation: msgspec.Raw
    version: int = 1


_stored = msgspec.json.Decoder(_Stored)
_operations: dict[_Name, msgspec.json.Decoder[Any]] = {
    "sale": msgspec.json.Decoder(SaleDocument),
    "payment": msgspec.json.Decoder(Payment),
    "refund": msgspec.json.Decoder(Refund),
}


def to_json(operation: Operation) -> str:
    """An operation for the ledger; equal operations give equal text."""
    return _ledger.encode(_Stored(_name(operation), msgspec.Raw(_ledger.encode(operation)), VERSION)).decode()


def _name(operation: Operation) -> _Name:
    match operation:
        case SaleDocument():
            return "sale"
        case Payment():
            return "payment"
        case Refund():
            return "refund"


def from_json(text: str) -> Operation:
    """What :func:`to_json` of this version or an older one wrote.

    Raises:
        StoredError: a newer version wrote it, or it is damaged.
    """
    try:
        stored = _stored.decode(text)
        _check(stored.version)
        return _operations[stored.type].decode(stored.operation)  # type: ignore[no-any-return]
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StoredError(said("stored_damaged")) from error


def same_operation(one: str | None, other: str | None) -> bool:
    """Whether two stored texts hold the same operation, whichever versions wrote them; what cannot be read does not.

    A document's comment is no part of it: its words follow the language that is spoken, which is no news of the order.
    """
    if one is None or other is None or one == other:
        return one == other
    try:
        return _without_comment(from_json(one)) == _without_comment(from_json(other))
    except StoredError:
        return False


def _without_comment(operation: Operation) -> Operation:
    return dataclasses.replace(operation, comment="") if isinstance(operation, SaleDocument) else operation


def _check(version: int) -> None:
    if version > VERSION:
        raise StoredError(said("stored_by_newer", version=version, reads=VERSION))


def body(operation: Operation, *, counterparty_id: str | None) -> str:
    """The body of the request that posts an operation.

    Args:
        operation: what is to be posted.
        counterparty_id: the buyer's id in Kontur; a document needs one.

    Raises:
        ValueError: a document without a buyer.
    """
    if not isinstance(operation, SaleDocument):
        money = MoneyBody(date=operation.date, amount=operation.amount, payment_method=operation.method)
        return encode(money)
    if counterparty_id is None:
        raise ValueError(f"{operation.key}: a document needs its buyer's id")
    document = DocumentBody(
        date=operation.date,
        number=operation.number,
        counterparty_id=counterparty_id,
        items=tuple(
            LineBody(name=item.name, quantity=item.quantity, price=item.price, vat_rate=item.vat_rate, unit=item.unit)
            for item in operation.items
        ),
        total_amount=operation.total_amount,
        comment=operation.comment,
    )
    return encode(document)


def counterparty_body(counterparty: Counterparty) -> str:
    """The body of the request that creates a counterparty."""
    created = CounterpartyBody(
        name=counterparty.name, inn=counterparty.inn, kpp=counterparty.kpp, type=counterparty.type
    )
    return encode(created)
