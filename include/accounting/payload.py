"""Operations and findings as text: for the ledger, and as the bodies that Kontur gets.

Decoders and encoders are built when this is imported: msgspec inspects a type when it first builds one for it, which
several threads must not do at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from kontur_hook.bodies import CounterpartyBody, DocumentBody, LineBody, MoneyBody, encode

from include.accounting.operations import (
    Counterparty,
    Finding,
    Operation,
    Payment,
    Refund,
    SaleDocument,
    Verdict,
)

VERSION = 1
"""Of what is stored. A change after which an older text would be read wrongly, or not at all, raises it, and
:func:`from_json` or :func:`findings_from_json` goes on to read the older one; a text without a version is of 1."""

_Name = Literal["sale", "payment", "refund"]
_ledger = msgspec.json.Encoder(decimal_format="string", order="deterministic")


class StoredError(Exception):
    """A stored text cannot be read; ``str()`` says why, for a person, to follow what it is about."""


class _Stored(msgspec.Struct):
    type: _Name
    operation: msgspec.Raw
    version: int = 1


class _StoredFindings(msgspec.Struct):
    findings: msgspec.Raw
    version: int = 1


_stored = msgspec.json.Decoder(_Stored)
_operations: dict[_Name, msgspec.json.Decoder[Any]] = {
    "sale": msgspec.json.Decoder(SaleDocument),
    "payment": msgspec.json.Decoder(Payment),
    "refund": msgspec.json.Decoder(Refund),
}
_stored_findings = msgspec.json.Decoder(_StoredFindings | tuple[msgspec.Raw, ...])
_findings = msgspec.json.Decoder(tuple[Finding, ...])


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
        raise StoredError(_DAMAGED) from error


def same_operation(one: str | None, other: str | None) -> bool:
    """Whether two stored texts hold the same operation, whichever versions wrote them; what cannot be read does not."""
    if one is None or other is None or one == other:
        return one == other
    try:
        return from_json(one) == from_json(other)
    except StoredError:
        return False


def findings_to_json(findings: Sequence[Finding]) -> str:
    """An order's findings for the ledger."""
    return _ledger.encode(_StoredFindings(msgspec.Raw(_ledger.encode(findings)), VERSION)).decode()


def findings_from_json(text: str) -> tuple[Finding, ...]:
    """What :func:`findings_to_json` of this version or an older one wrote; the first ones were a bare list.

    What cannot be read concerns its own order only: in its place stands one finding that says so.
    """
    try:
        stored = _stored_findings.decode(text)
        if isinstance(stored, _StoredFindings):
            _check(stored.version)
            return _findings.decode(stored.findings)
        return _findings.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        why = _DAMAGED
    except StoredError as error:
        why = str(error)
    message = f"what its last plan said {why}; the next run that looks at this order plans it anew"
    return (Finding(verdict=Verdict.REJECTED, code="findings_unreadable", message=message),)


_DAMAGED = "cannot be read in the ledger: it is damaged, or of another version of this package"


def _check(version: int) -> None:
    if version > VERSION:
        raise StoredError(
            f"was written by a newer version of this package (format {version}, this one reads up to {VERSION});"
            " install that one again"
        )


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
