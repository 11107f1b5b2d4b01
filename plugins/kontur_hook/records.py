"""What Kontur's reads give, as typed records; what is not as the contract says is an error, never guessed."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from kontur_hook.answers import valid_id
from kontur_hook.contract import Contract, Field
from kontur_hook.errors import KonturProtocolError

_TOO_MUCH = 10**15
"""Of whatever is counted here; what such a number would cost to compute with is nobody's business."""
_KOPECK = Decimal("0.01")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class KnownCounterparty:
    """A counterparty of the account; an empty INN or KPP is ``None``."""

    id: str
    inn: str | None
    kpp: str | None
    name: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSummary:
    """A sale document as a list shows it. Roubles; local date."""

    id: str
    number: str
    date: dt.date
    counterparty_id: str
    total_amount: Decimal
    comment: str | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MoneyEntry:
    """A payment or a refund of a document. Roubles, above zero for both; local date."""

    id: str
    date: dt.date
    amount: Decimal
    method: str
    """The API's word, perhaps one that we never send."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """A line of a sale document. Roubles for one unit, VAT included."""

    name: str
    quantity: Decimal
    price: Decimal
    vat_rate: str
    """The API's word, perhaps one that we never send."""
    unit: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DocumentDetails(DocumentSummary):
    """A sale document with all that was paid for it."""

    payments: tuple[MoneyEntry, ...]
    refunds: tuple[MoneyEntry, ...]
    lines: tuple[DocumentLine, ...] | None = None
    """``None``: the answer does not show them."""


class Reader:
    """Reads records out of JSON objects.

    Every method raises ``KonturProtocolError`` naming the field; never its value, which may be a buyer's.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def items(self, data: object) -> list[Any]:
        """The list in its envelope."""
        rows = data.get(self._contract.items_key) if isinstance(data, dict) else None
        if not isinstance(rows, list):
            raise KonturProtocolError(f"The answer holds no list «{self._contract.items_key}».")
        return rows

    def counterparty(self, row: object) -> KnownCounterparty:
        row = _object(row, "a counterparty")
        return KnownCounterparty(
            id=self._id(row),
            inn=_optional_text(row, Field.INN),
            kpp=_optional_text(row, Field.KPP),
            name=_text(row, Field.NAME),
        )

    def document(self, row: object) -> DocumentSummary:
        return DocumentSummary(**self._document(_object(row, "a document")))

    def details(self, row: object) -> DocumentDetails:
        row = _object(row, "a document")
        return DocumentDetails(
            **self._document(row),
            payments=self._entries(row, Field.PAYMENTS),
            refunds=self._entries(row, Field.REFUNDS) if self._contract.refunds else (),
            lines=_lines(row),
        )

    def _document(self, row: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": self._id(row),
            "number": _text(row, Field.NUMBER),
            "date": _date(row),
            "counterparty_id": _id_of(row, Field.COUNTERPARTY_ID),
            "total_amount": _roubles(row, Field.TOTAL_AMOUNT),
            "comment": _optional_text(row, Field.COMMENT),
        }

    def _entries(self, row: dict[str, Any], field: Field) -> tuple[MoneyEntry, ...]:
        """A missing list is an error: read as «none», it would have payments posted twice."""
        entries = row.get(field)
        if not isinstance(entries, list):
            raise KonturProtocolError(f"The document holds no list «{field}».")
        return tuple(self._entry(_object(entry, f"an entry of «{field}»")) for entry in entries)

    def _entry(self, row: dict[str, Any]) -> MoneyEntry:
        return MoneyEntry(
            id=self._id(row),
            date=_date(row),
            amount=_roubles(row, Field.AMOUNT),
            method=_text(row, Field.PAYMENT_METHOD),
        )

    def _id(self, row: dict[str, Any]) -> str:
        return _id_of(row, self._contract.id_key)


def _object(row: object, what: str) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise KonturProtocolError(f"The answer's {what} is no JSON object.")
    return row


def _lines(row: dict[str, Any]) -> tuple[DocumentLine, ...] | None:
    """Nothing is posted by them, so that an API which does not show them is no error."""
    lines = row.get(Field.ITEMS)
    if not isinstance(lines, list):
        return None
    return tuple(_line(_object(line, f"an entry of «{Field.ITEMS}»")) for line in lines)


def _line(row: dict[str, Any]) -> DocumentLine:
    return DocumentLine(
        name=_text(row, Field.NAME),
        quantity=_number(row, Field.QUANTITY),
        price=_number(row, Field.PRICE),
        vat_rate=_text(row, Field.VAT_RATE),
        unit=_text(row, Field.UNIT),
    )


def _bad(field: str, expected: str) -> KonturProtocolError:
    return KonturProtocolError(f"The answer's «{field}» is not {expected}.")


def _id_of(row: dict[str, Any], field: str) -> str:
    value = valid_id(row.get(field))
    if value is None:
        raise _bad(field, "a valid id")
    return value


def _text(row: dict[str, Any], field: str) -> str:
    value = row.get(field)
    if not isinstance(value, str):
        raise _bad(field, "a text")
    return value


def _optional_text(row: dict[str, Any], field: str) -> str | None:
    return None if row.get(field) is None else _text(row, field) or None


def _date(row: dict[str, Any]) -> dt.date:
    try:
        return dt.date.fromisoformat(_text(row, Field.DATE))
    except ValueError:
        raise _bad(Field.DATE, "a date like 2026-01-31") from None


def _number(row: dict[str, Any], field: str) -> Decimal:
    value = row.get(field)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _bad(field, "a number")
    if abs(Decimal(value)) >= _TOO_MUCH:
        raise _bad(field, "a number that can be meant")
    return Decimal(value)


def _roubles(row: dict[str, Any], field: str) -> Decimal:
    """Whole kopecks: a server may show what it computed, with a float's dust or a part of a kopeck."""
    return _number(row, field).quantize(_KOPECK, ROUND_HALF_UP)
