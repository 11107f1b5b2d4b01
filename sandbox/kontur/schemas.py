"""Bodies and queries of the contract: exact words, no field more, no field less."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel

VatRate = Literal["none", "vat0", "vat5", "vat7", "vat10", "vat20", "vat22"]
CounterpartyType = Literal["LegalEntity", "IndividualEntrepreneur", "Individual"]
PaymentMethod = Literal["Cash", "BankTransfer"]

_MOST = Decimal("999999999999.99")
_MOST_QUANTITY = Decimal("999999999.9999")


def _number(**limits: float) -> WithJsonSchema:
    return WithJsonSchema({"type": "number", **limits})


Price = Annotated[
    Decimal, Field(ge=0, le=_MOST, decimal_places=2), _number(minimum=0, maximum=float(_MOST), multipleOf=0.01)
]
"""Roubles, at most two decimals; nothing is allowed."""
Amount = Annotated[
    Decimal,
    Field(gt=0, le=_MOST, decimal_places=2),
    _number(exclusiveMinimum=0, maximum=float(_MOST), multipleOf=0.01),
]
"""Roubles, at most two decimals, more than nothing."""
Quantity = Annotated[
    Decimal,
    Field(gt=0, le=_MOST_QUANTITY, decimal_places=4),
    _number(exclusiveMinimum=0, maximum=float(_MOST_QUANTITY), multipleOf=0.0001),
]


def _calendar_day(text: str) -> str:
    dt.date.fromisoformat(text)
    return text


Day = Annotated[
    str,
    Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
    AfterValidator(_calendar_day),
    WithJsonSchema({"type": "string", "format": "date"}),
]
Name = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"\S")]
Number = Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")]
Inn = Annotated[str, Field(pattern=r"^([0-9]{10}|[0-9]{12})$")]
Kpp = Annotated[str, Field(pattern=r"^[0-9]{4}[0-9A-Z]{2}[0-9]{3}$")]


class Wire(BaseModel):
    """Strict, in camelCase, with nothing that the contract does not name."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)


class CounterpartyIn(Wire):
    name: Name
    inn: Inn | None = None
    kpp: Kpp | None = None
    type: CounterpartyType


class ItemIn(Wire):
    name: Name
    quantity: Quantity
    price: Price
    vat_rate: VatRate
    unit: Annotated[str, Field(min_length=1, max_length=50, pattern=r"\S")]


class DocumentIn(Wire):
    date: Day
    number: Number
    counterparty_id: Annotated[str, Field(min_length=1, max_length=100)]
    items: Annotated[list[ItemIn], Field(min_length=1)]
    total_amount: Price
    comment: Annotated[str, Field(max_length=4000)]


class MoneyIn(Wire):
    """A payment or a refund."""

    date: Day
    amount: Amount
    payment_method: PaymentMethod


class Created(Wire):
    id: str


class CounterpartyOut(Wire):
    id: str
    inn: str | None
    kpp: str | None
    name: str


class DocumentSummary(Wire):
    id: str
    number: str
    date: Day
    counterparty_id: str
    total_amount: Price
    comment: str


class MoneyOut(MoneyIn):
    id: str


class DocumentOut(DocumentSummary):
    items: list[ItemIn]
    payments: list[MoneyOut]
    refunds: list[MoneyOut]


class CounterpartyList(Wire):
    items: list[CounterpartyOut]


class DocumentList(Wire):
    items: list[DocumentSummary]


class _Query(BaseModel):
    """A query's values are text, so they are converted; names are as strict as a body's."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)


class CounterpartyQuery(_Query):
    inn: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    name: Annotated[str, Field(min_length=1, max_length=1000)] | None = None


class DocumentQuery(_Query):
    number: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    date_from: Day | None = None
    date_to: Day | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    offset: Annotated[int, Field(ge=0, le=10**9)] = 0
