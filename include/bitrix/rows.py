"""Typed rows of a Bitrix shop, as the readers give them and as the accounting takes them.

Money and quantities are ``Decimal``, as the driver delivers them. Every ``datetime`` is naive and in the shop's own
zone (``shop.timezone``): Bitrix stores PHP's local time without a zone (docs/bitrix.md). A zero date
(``0000-00-00``) reads as ``None``. Flags ``CHAR(1)`` keep Bitrix's letters where they have more than two values.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BasketItem:
    """A row of ``b_sale_basket``; children of sets and set parents both (``set_parent_id`` tells them apart)."""

    id: int
    name: str
    price: Decimal
    """What one unit costs, VAT included or not as ``vat_included`` says; discounts are already inside."""
    quantity: Decimal
    currency: str
    vat_rate: Decimal | None
    """A fraction (``0.2000`` is 20 %); ``None`` is «without VAT» (docs/bitrix.md, «VAT»)."""
    vat_included: bool
    measure_code: int | None
    """OKEI code; 0 and NULL are both ``None``."""
    measure_name: str | None
    type: int | None
    """1: a set's parent, 2: a service, ``None``: anything else."""
    set_parent_id: int | None
    product_type: int | None
    """``b_catalog_product.TYPE``; 7 is a service. ``None`` where the catalogue does not say."""
    sort: int
    product_xml_id: str | None = None
    """The catalogue's id of the product, or «product#offer»."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentItem:
    """A row of ``b_sale_order_dlv_basket``: how much of a basket row a shipment carries."""

    basket_id: int
    quantity: Decimal


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """A row of ``b_sale_order_delivery`` with ``SYSTEM='N'`` (the hidden remainder is never read)."""

    id: int
    account_number: str | None
    deducted: bool
    date_deducted: dt.datetime | None
    price_delivery: Decimal
    currency: str | None
    delivery_id: int
    delivery_name: str | None
    items: tuple[ShipmentItem, ...]
    company_id: int | None = None
    """As an order's."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReturnReceipt:
    """A printed (``STATUS='Y'``) receipt of a return type in ``b_sale_cashbox_check``."""

    at: dt.datetime
    """``DATE_PRINT_END``."""
    sum: Decimal | None
    """Roubles that were given back; ``None``: the receipt does not say."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A row of ``b_sale_order_payment``, with what its pay system, receipts and history say of it."""

    id: int
    account_number: str | None
    sum: Decimal
    currency: str
    paid: bool
    date_paid: dt.datetime | None
    """Stays when PAID falls back to N."""
    pay_system_id: int
    pay_system_name: str
    pay_system_code: str | None
    action_file: str | None
    """The pay system's handler; ``inner`` is store credit."""
    is_cash: str
    """Y cash, N bank transfer, A card."""
    is_return: str
    """N none, Y to store credit, P through the pay system."""
    pay_return_date: dt.date | None
    pay_voucher_date: dt.date | None
    """The bank's day of the payment, where 1C or a loader of statements wrote it."""
    return_receipts: tuple[ReturnReceipt, ...] = ()
    """All that were ever printed for this row, first printed first; also those of an earlier time it was paid."""
    unpaid_at: dt.datetime | None
    """Last ``PAYMENT_PAID`` with PAID N in ``b_sale_order_change``."""
    company_id: int | None = None
    """As an order's."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A row of ``b_sale_order_props_value`` of the order itself (``ENTITY_TYPE='ORDER'`` where that exists)."""

    props_id: int | None
    code: str | None
    name: str
    value: str | None
    """As stored: may be PHP-serialised for a multiple property."""
    is_payer: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """An ``ORDER_STATUS_CHANGED`` of ``b_sale_order_change``."""

    status_id: str
    at: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order with all that belongs to it, as one read-only snapshot of the shop saw it."""

    id: int
    lid: str
    account_number: str | None
    person_type_id: int
    canceled: bool
    date_canceled: dt.datetime | None
    payed: bool
    date_payed: dt.datetime | None = None
    """When PAYED was set last."""
    status_id: str
    date_status: dt.datetime | None
    price: Decimal
    price_delivery: Decimal
    currency: str
    deducted: bool
    date_deducted: dt.datetime | None
    date_insert: dt.datetime | None
    date_update: dt.datetime | None
    running: bool
    """Being saved right now; always ``False`` before sale 17.0, which lacks the column."""
    items: tuple[BasketItem, ...]
    shipments: tuple[Shipment, ...]
    payments: tuple[Payment, ...]
    properties: tuple[Property, ...]
    status_changes: tuple[StatusChange, ...]
    """In the order they happened."""
    company_id: int | None = None
    """The seller: a row of ``b_sale_company``; always ``None`` before sale 17.0, which lacks the column."""
    external: bool = False
    """EXTERNAL_ORDER: it came into the shop from 1C."""
    platforms: tuple[str, ...] = ()
    """Codes of the trading platforms that the order is bound to (``b_sale_tp.CODE``)."""

    @property
    def number(self) -> str:
        """What people call this order: ACCOUNT_NUMBER, else the ID."""
        return self.account_number or str(self.id)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PropertyMapping:
    """One row of ``b_sale_bizval`` with ``PROVIDER_KEY='PROPERTY'``: which property holds a buyer's field."""

    code_key: str
    """``BUYER_COMPANY_INN``, ``BUYER_COMPANY_KPP``, ``BUYER_COMPANY_NAME``, ``BUYER_PERSON_NAME``, …"""
    consumer_key: str
    """``1C`` or ``COMMON``; 1C wins."""
    person_type_id: int
    """0 means every person type."""
    props_id: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """The shop's own settings that the accounting needs: small tables, read once a batch."""

    entity_person_types: frozenset[int]
    """Person types of legal entities: ``b_sale_bizval_persondomain.DOMAIN='E'``."""
    property_mappings: tuple[PropertyMapping, ...]
    count_delivery_tax: bool
    """b_option ``sale``/``COUNT_DELIVERY_TAX`` = 'Y'."""
    delivery_vat_rates: dict[int, Decimal | None]
    """Delivery service -> its VAT as a fraction, ``None`` for «without VAT» or no VAT_ID. Live, not a snapshot."""
