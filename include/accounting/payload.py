"""Operations as text: for the ledger, and as the bodies that Kontur gets (DESIGN §6)."""

from __future__ import annotations

from typing import Any

import msgspec

from include.accounting.operations import Counterparty, Operation, Payment, Refund, SaleDocument

_TYPES: dict[str, type[Operation]] = {"sale": SaleDocument, "payment": Payment, "refund": Refund}
_ledger = msgspec.json.Encoder(decimal_format="string", order="deterministic")
_wire = msgspec.json.Encoder(decimal_format="number")


class _Stored(msgspec.Struct):
    type: str
    operation: msgspec.Raw


def to_json(operation: Operation) -> str:
    """An operation for the ledger; equal operations give equal text."""
    name = next(name for name, type_ in _TYPES.items() if isinstance(operation, type_))
    return _ledger.encode(_Stored(name, msgspec.Raw(_ledger.encode(operation)))).decode()


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
