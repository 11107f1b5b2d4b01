"""Kontur.Accounting's contract as data: paths, names of fields, words, headers, what each status means.

No public documentation confirms it (docs/kontur.md): these are the values of the article named there, in this one
module, and each can be changed by the settings' section ``contract``.
"""

from __future__ import annotations

import enum

import pydantic


class VatRate(enum.StrEnum):
    """The API's words for VAT rates."""

    NONE = "none"
    VAT0 = "vat0"
    VAT5 = "vat5"
    VAT7 = "vat7"
    VAT10 = "vat10"
    VAT20 = "vat20"
    VAT22 = "vat22"


class CounterpartyType(enum.StrEnum):
    """The API's words for what a counterparty is."""

    LEGAL_ENTITY = "LegalEntity"
    INDIVIDUAL_ENTREPRENEUR = "IndividualEntrepreneur"
    INDIVIDUAL = "Individual"


class PaymentMethod(enum.StrEnum):
    """The API's words for how money came or went."""

    CASH = "Cash"
    BANK_TRANSFER = "BankTransfer"


class DocumentKind(enum.StrEnum):
    """Kinds of sale documents; ``act`` is our extension of the article's contract."""

    SALE_INVOICE = "saleinvoice"
    ACT = "act"


class Field(enum.StrEnum):
    """Names of JSON fields in requests and answers; the id's and a list's envelope's are in :class:`Contract`."""

    NAME = "name"
    INN = "inn"
    KPP = "kpp"
    TYPE = "type"
    NUMBER = "number"
    DATE = "date"
    COUNTERPARTY_ID = "counterpartyId"
    TOTAL_AMOUNT = "totalAmount"
    COMMENT = "comment"
    ITEMS = "items"
    """The lines of a document."""
    QUANTITY = "quantity"
    PRICE = "price"
    VAT_RATE = "vatRate"
    UNIT = "unit"
    PAYMENTS = "payments"
    REFUNDS = "refunds"
    AMOUNT = "amount"
    PAYMENT_METHOD = "paymentMethod"


class Query(enum.StrEnum):
    """Names of query parameters."""

    INN = "inn"
    NAME = "name"
    NUMBER = "number"
    DATE_FROM = "dateFrom"
    DATE_TO = "dateTo"
    LIMIT = "limit"
    OFFSET = "offset"


class Contract(pydantic.BaseModel):
    """Everything of the wire that an operator may have to change; the settings' section ``contract``."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    default_base_url: str = "https://api.kontur.ru/budget/v1"
    account_path: str = "/accounts/{account}"
    counterparties_path: str = "/counterparties"
    document_paths: dict[DocumentKind, str] = {
        DocumentKind.SALE_INVOICE: "/documents/saleinvoices",
        DocumentKind.ACT: "/documents/acts",
    }
    payments_path: str = "/payments"
    """Below a document."""
    refunds_path: str = "/refunds"
    """Below a document."""

    items_key: str = "items"
    id_key: str = "id"
    api_key_header: str = "X-Api-Key"
    """Default of the connection's extra of the same name. Kontur's other products say ``X-Kontur-Apikey``."""
    trace_id_headers: tuple[str, ...] = ("X-Kontur-Trace-Id", "X-Request-Id")
    idempotency_header: str | None = "Idempotency-Key"
    """Sent with every POST; ``null`` switches it off."""

    not_applied_statuses: frozenset[int] = frozenset({400, 404, 413, 415, 422})
    """Answers to a POST by which the API itself says: this one is refused, nothing was written."""
    stop_statuses: frozenset[int] = frozenset({401, 402, 403})
    """Answers that concern every request, not this one: key, right, subscription."""
    busy_statuses: frozenset[int] = frozenset({429})
    """Refused before processing, to be sent again later."""
    conflict_statuses: frozenset[int] = frozenset({409})
    """There is one like it already, says the API: it is looked for at once, and never sent again by itself. Empty: an
    unknown outcome like any other."""
    counterparty_words: tuple[str, ...] = ("counterpart", "контрагент")
    """A document's refusal that says one of these anywhere (field, code, message; case does not matter) may be of its
    counterparty: then that is looked for again, in case Kontur has it no longer. Empty switches this off."""

    web_url: str | None = None
    """Where a person sees a document: ``https://…/{account}/{kind}/{id}``; without it nothing links there."""

    page_limit: int = pydantic.Field(default=500, ge=1)
    search_documents: bool = True
    """``GET {kind}?number=&dateFrom=&dateTo=&limit=&offset=``; without it an unknown outcome is parked for a person."""
    read_documents: bool = True
    """``GET {kind}/{id}`` with the document's payments and refunds."""
    search_counterparties_by_name: bool = True
    acts: bool = True
    refunds: bool = True


__all__ = ["Contract", "CounterpartyType", "DocumentKind", "Field", "PaymentMethod", "Query", "VatRate"]
