"""Bodies of the requests that write, typed: what is posted is built as one of these, and read back as one.

Each field goes by its name in :class:`kontur_hook.contract.Field`, in the order in which it stands here. Encoder and
decoders are built when this is imported: msgspec inspects a type when it first builds one for it, which several threads
must not do at once.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from kontur_hook.contract import CounterpartyType, Field, PaymentMethod, VatRate


class _Wire(msgspec.Struct, frozen=True, kw_only=True, rename=lambda attribute: Field[attribute.upper()].value):
    """A JSON object; an attribute without a member of ``Field`` fails on import."""


class CounterpartyBody(_Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Creates a counterparty; what it does not have is left out."""

    name: str
    inn: str | None = None
    kpp: str | None = None
    type: CounterpartyType


class LineBody(_Wire, frozen=True, kw_only=True):
    """A line of a sale document."""

    name: str
    quantity: Decimal
    price: Decimal
    """Roubles for one unit, VAT included."""
    vat_rate: VatRate
    unit: str


class DocumentBody(_Wire, frozen=True, kw_only=True):
    """Creates a sale document. Roubles; local date."""

    date: dt.date
    number: str
    counterparty_id: str
    items: tuple[LineBody, ...]
    total_amount: Decimal
    comment: str


class MoneyBody(_Wire, frozen=True, kw_only=True):
    """Creates a payment or a refund of a document. Roubles, above zero for both; local date."""

    date: dt.date
    amount: Decimal
    payment_method: PaymentMethod


Body = CounterpartyBody | DocumentBody | MoneyBody
BodyT = TypeVar("BodyT", bound=Body)

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoders: dict[type[msgspec.Struct], msgspec.json.Decoder[Any]] = {
    CounterpartyBody: msgspec.json.Decoder(CounterpartyBody),
    DocumentBody: msgspec.json.Decoder(DocumentBody),
    MoneyBody: msgspec.json.Decoder(MoneyBody),
}


def encode(body: Body) -> str:
    """As JSON text; amounts are exact numbers, with the decimals that they have."""
    return _encoder.encode(body).decode()


def decode(text: str, kind: type[BodyT]) -> BodyT:
    """What :func:`encode` gave.

    Raises:
        msgspec.MsgspecError: the text is no such body.
    """
    return _decoders[kind].decode(text)  # type: ignore[no-any-return]
