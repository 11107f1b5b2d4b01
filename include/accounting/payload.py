"""Operations as text: for the ledger, and as the bodies that Kontur gets (DESIGN §6)."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from include.accounting.operations import Counterparty, Operation, Payment, Refund, SaleDocument

_Name = Literal["sale", "payment", "refund"]
_TYPES: dict[_Name, type[Operation]] = {"sale": SaleDocument, "payment": Payment, "refund": Refund}
_ledger = msgspec.json.Encoder(decimal_format="string", order="deterministic")
_wire = msgspec.json.Encoder(decimal_format="number")


class _Stored(msgspec.Struct):
    type: _Name
    operation: msgspec.Raw


def to_json(operation: Operation) -> str:
    """An operation for the ledger; equal operations give equal text."""
    return _ledger.encode(_Stored(_name(operation), msgspec.Raw(_ledger.encode(operation)))).decode()


def _name(operation: Operation) -> _Name:
    match operation:
        case SaleDocument():
            return "sale"
        case Payment():
            return "payment"
        case Refund():
            return "refund"


def from_json(text: str) -> Operation:
    """What :func:`to_json` wrote.

    Raises:
        msgspec.ValidationError: it did not write this.
    """
    stored = msgspec.json.decode(text, type=_Stored)
    return msgspec.json.decode(stored.operation, type=_TYPES[stored.type])


def body(operation: Operation, *, counterparty_id: str | None) -> str:
    """The body of the request that posts an operation; amounts are exact JSON numbers.

    Args:
        operation: what is to be posted.
        counterparty_id: the buyer's id in Kontur; a document needs one.

    Raises:
        ValueError: a document without a buyer.
    """
    if not isinstance(operation, SaleDocument):
        money = {"date": operation.date, "amount": operation.amount, "paymentMethod": operation.method}
        return _wire.encode(money).decode()
    if counterparty_id is None:
        raise ValueError(f"{operation.key}: a document needs its buyer's id")
    document = {
        "date": operation.date,
        "number": operation.number,
        "counterpartyId": counterparty_id,
        "items": [
            {
                "name": item.name,
                "quantity": item.quantity,
                "price": item.price,
                "vatRate": item.vat_rate,
                "unit": item.unit,
            }
            for item in operation.items
        ],
        "totalAmount": operation.total_amount,
        "comment": operation.comment,
    }
    return _wire.encode(document).decode()


def counterparty_body(counterparty: Counterparty) -> str:
    """The body of the request that creates a counterparty; what it does not have is left out."""
    fields: dict[str, Any] = {
        "name": counterparty.name,
        "inn": counterparty.inn,
        "kpp": counterparty.kpp,
        "type": counterparty.type,
    }
    return _wire.encode({key: value for key, value in fields.items() if value is not None}).decode()
