"""What is to be posted for an order: operations, and the plan that holds them.

Amounts are roubles as ``Decimal`` with two decimals; dates are the shop's local days.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from decimal import Decimal

from kontur_hook.contract import CounterpartyType, DocumentKind, PaymentMethod, VatRate

from include.accounting.arithmetic import kopecks
from include.facts import Facts, Said


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Counterparty:
    """A buyer as the books know one: identity is (INN, KPP); the retail counterparty has neither, its name decides."""

    inn: str | None
    kpp: str | None
    name: str
    type: CounterpartyType
    id: str | None = None
    """In Kontur, where the shop's own rule names it (foreign buyers): that record is used, none is looked for."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A line of a sale document."""

    name: str
    quantity: Decimal
    """At most four decimals."""
    price: Decimal
    """What the buyer pays for one unit, VAT included."""
    vat_rate: VatRate
    unit: str
    exact_price: Decimal | None = dataclasses.field(default=None, compare=False)
    """The shop's own, for one unit, VAT included, with fractions of a kopeck: ``price`` bears what was rounded, so it
    does not tell whether the shop changed its own. ``None``: delivery, a line that the shop's own rule wrote, or one
    that an older version posted."""

    @property
    def amount(self) -> Decimal:
        """Roubles: ``quantity × price``, rounded to the kopeck, half up."""
        return kopecks(self.quantity * self.price)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SaleDocument:
    """The sale document of an order, or of one shipment."""

    key: str
    """``sale:<order>`` or ``sale:<order>/<shipment>``."""
    order_id: int
    kind: DocumentKind
    date: dt.date
    number: str
    counterparty: Counterparty
    items: tuple[Item, ...]
    total_amount: Decimal
    comment: str
    """Ends with the marker."""
    marker: str
    told_on: dt.date | None = None
    """The day that the shop told, where the shop's own rule gave another one; so of all operations."""

    @property
    def shipped_on(self) -> dt.date:
        """The day on which the goods left, as the shop told it."""
        return self.told_on or self.date


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Money received for a document."""

    key: str
    """``payment:<payment>[#<n>][/<shipment>]``; ``#n`` from the second time the same Bitrix payment was paid."""
    order_id: int
    document_key: str
    date: dt.date
    amount: Decimal
    method: PaymentMethod
    closed_until: dt.date | None = None
    """Its day lies in the period that is closed until then, and another program may have posted it: Kontur is asked
    for it, and what is not there is not posted, unless it is an advance (``closed_advances: shipment_day``)."""
    came_on: dt.date | None = None
    """When the money came, where it is posted with its document's day instead (``closed_advances: shipment_day``)."""
    told_on: dt.date | None = None

    @property
    def received_on(self) -> dt.date:
        """The day on which the money came, as the shop told it."""
        return self.told_on or self.came_on or self.date


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money given back to the buyer for a document."""

    key: str
    """``refund:<payment>[#<n>][/<shipment>]``."""
    order_id: int
    document_key: str
    payment_key: str
    date: dt.date
    amount: Decimal
    method: PaymentMethod
    noticed: bool = False
    """Whether nothing dated it: its day is the one on which it was noticed."""
    closed_until: dt.date | None = None
    """As a payment's."""
    told_on: dt.date | None = None

    @property
    def returned_on(self) -> dt.date:
        """The day on which the money went back, as the shop told it, or on which it was noticed."""
        return self.told_on or self.date


Operation = SaleDocument | Payment | Refund


class Verdict(enum.StrEnum):
    """Why an order, or one of its payments, cannot simply be posted."""

    REJECTED = "rejected"
    """The shop's data is wrong; posted once it is corrected."""
    REVIEW = "review"
    """The books and the shop disagree; a person decides."""
    SKIPPED = "skipped"
    """Nothing to post by rule."""
    NOTED = "noted"
    """Not a problem: said in the report (store credit, refund before shipment, …)."""


BEING_SAVED = "being_saved"
"""Code of a finding: the shop is writing the order right now, so it must be looked at again."""


CLOSED_ADVANCE = "advance_of_closed_period"
"""Code of a finding, and of a payment that Kontur does not have: an advance of the closed period, offset by hand."""
ADVANCE_ON_SHIPMENT_DAY = "advance_on_shipment_day"
"""Code of a finding: such an advance has the day of its document."""


PARTLY_SHIPPED = "partly_shipped"
"""Code of a finding: a part has left; once its month is over somebody has to decide, so it must be looked at again."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to say of an order; its text stands in the catalogues of ``include/words``."""

    verdict: Verdict
    code: str
    """Stable, for machines: ``inn_checksum``, ``vat_unknown``, ``total_mismatch``, …"""
    facts: Facts = ()
    """What is wrong, both figures where there are two. No buyer's name, phone or e-mail."""
    payment_id: int | None = None
    """The Bitrix payment it concerns; ``None``: the whole order."""

    @property
    def said(self) -> Said:
        """The code with its facts."""
        return Said(self.code, self.facts)


class Progress(enum.StrEnum):
    """How far an operation of the ledger has come, as the plan needs to know it."""

    PLANNED = "planned"
    """Never sent: a new plan replaces it."""
    BEGUN = "begun"
    """Sent, not settled: frozen as it is."""
    DONE = "done"
    """In the books."""
    BY_HAND = "by_hand"
    """Kontur was asked for it and does not have it: an advance of the closed period, offset by hand."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class KnownOperation:
    """An operation that the ledger already has for an order."""

    key: str
    operation: Operation | None
    """As it was planned; ``None`` for a document that another program posted before us: its content is unknown."""
    progress: Progress
    order_number: str | None = None
    """Of the order that it was planned with, where that is another one."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the shop's present state calls for, whatever the books have of it, and whether or not it can be posted."""

    key: str
    """Of the document, payment or refund."""
    date: dt.date | None
    """``None``: nothing tells its day."""
    amount: Decimal
    operation: Operation | None = None
    """``None``: it is not fit to be posted, or another program posted it; the plan's findings say which."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an order calls for now: a pure function of the order, the shop's settings, ours, and the ledger."""

    order_id: int
    number: str
    site: str
    due: tuple[Operation, ...]
    """To be in the books now, documents before payments before refunds; already posted ones among them."""
    held: tuple[Payment, ...]
    """Paid, waiting for their document."""
    findings: tuple[Finding, ...]
    company_id: int | None = None
    """The seller, where the shop has several."""
    wanted: tuple[Wanted, ...] | None = dataclasses.field(default=None, compare=False)
    """What should be in the books: what is refused is among it, and what was posted stands as the shop has it now.
    ``None``: the shop cannot be asked now, it counts as it was posted."""
    by_the_clock: bool = dataclasses.field(default=False, compare=False)
    """Whether the same order may call for something else at another time."""
