"""The rows of a month, one a document, payment, refund or order: what the sheets are made of."""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal
from typing import NamedTuple

from kontur_hook.contract import CounterpartyType, DocumentKind, PaymentMethod

from include.accounting.drafts import NOBODY
from include.accounting.money.received import Nature
from include.accounting.operations import Counterparty, Verdict
from include.facts import Said
from include.report.dealings import Turnover
from include.report.vat import Part


class Decision(NamedTuple):
    """What a person has settled."""

    who: str
    at: dt.datetime
    """The shop's time."""
    why: str


class BuyerKind(enum.StrEnum):
    """Whose settlements are told apart."""

    RETAIL = "retail"
    COMPANY = "company"
    ENTREPRENEUR = "entrepreneur"
    UNKNOWN = "unknown"


class Buyer(NamedTuple):
    """As a document names it."""

    kind: BuyerKind
    name: str = ""
    inn: str = ""
    kpp: str = ""

    @classmethod
    def of(cls, counterparty: Counterparty | None, retail_name: str) -> Buyer:
        """``None``: nobody can say who it is."""
        if counterparty is None or counterparty == NOBODY:
            return cls(BuyerKind.UNKNOWN)
        is_retail = counterparty.inn is None and counterparty.name == retail_name
        kind = BuyerKind.RETAIL if is_retail else _KINDS[counterparty.type]
        return cls(kind, counterparty.name, counterparty.inn or "", counterparty.kpp or "")


_KINDS = {
    CounterpartyType.LEGAL_ENTITY: BuyerKind.COMPANY,
    CounterpartyType.INDIVIDUAL_ENTREPRENEUR: BuyerKind.ENTREPRENEUR,
    CounterpartyType.INDIVIDUAL: BuyerKind.RETAIL,
}


class Standing(enum.StrEnum):
    """How far an operation has come into the books, by the ledger."""

    POSTED = "posted"
    TAKEN_OVER = "taken_over"
    """By another program, before us: its content is the shop's word."""
    UNCONFIRMED = "unconfirmed"
    """Sent, and not confirmed."""
    WAITING = "waiting"
    """The next run posts it."""
    REFUSED = "refused"
    """Due, and a person is needed first."""
    SETTLED = "settled"
    """It was refused, and a person has closed what is said of it: nothing is posted."""

    @property
    def is_posted(self) -> bool:
        """Whether it stands in the books."""
        return self in {Standing.POSTED, Standing.TAKEN_OVER}


class InMonth(NamedTuple):
    """What one side has of a document, payment or refund in the month."""

    day: dt.date | None
    """``None``: it has none in this month."""
    amount: Decimal
    """Roubles; 0 where it has none."""


class Books(enum.StrEnum):
    """In which of the accountant's months something stands."""

    THIS_MONTH = "yes"
    OTHER_MONTH = "other_month"
    NOWHERE = "no"


class Document(NamedTuple):
    """A sale document that the ledger or the shop has in the month."""

    order: str
    """The order's number, as people see it."""
    number: str
    kind: DocumentKind
    buyer: Buyer
    standing: Standing
    posted: InMonth
    """By the ledger."""
    shop: InMonth
    parts: tuple[Part, ...]
    """By rate, of what is posted, else of what is due."""
    delivery: Part | None
    """The part of it that is the delivery's."""
    came_back: bool
    """It stands in the books, and the shop calls for it no longer: cancelled or returned."""
    id: str
    """In Kontur; empty where it is not there."""

    @property
    def day(self) -> dt.date:
        """The ledger's, else the shop's."""
        return self.posted.day or self.shop.day or dt.date.min

    @property
    def books(self) -> Books:
        """Where it stands, by the ledger."""
        if self.posted.day is not None:
            return Books.THIS_MONTH
        return Books.OTHER_MONTH if self.standing.is_posted else Books.NOWHERE


class Money(NamedTuple):
    """A payment or refund that the ledger or the shop has in the month."""

    order: str
    buyer: Buyer
    method: PaymentMethod | None
    """``None``: nobody says."""
    pay_system: str
    standing: Standing
    posted: InMonth
    shop: InMonth
    id: str

    @property
    def day(self) -> dt.date:
        """The ledger's, else the shop's."""
        return self.posted.day or self.shop.day or dt.date.min


class Settlement(NamedTuple):
    """An order that somebody owed something of in the month, or that something happened to."""

    order: str
    buyer: Buyer
    turnover: Turnover


class Advance(NamedTuple):
    """Money that waits for goods at the month's end."""

    order: str
    buyer: Buyer
    paid: dt.date
    amount: Decimal
    parts: tuple[Part, ...]
    """By calculated rates."""
    shipped: dt.date | None
    """When goods left after the month's end."""
    returned: dt.date | None
    """When the money went back after the month's end."""


class Debt(NamedTuple):
    """What is shipped and not paid at the month's end."""

    order: str
    buyer: Buyer
    shipped: dt.date
    amount: Decimal
    other: Decimal
    """Of all the order, paid by store credit, certificates and the like: to be offset by hand."""


class Fate(enum.StrEnum):
    """What became of money that came in."""

    POSTED = "posted"
    DUE = "due"
    """Its document is there, and it is not posted."""
    HELD = "held"
    """An advance."""
    RETURNED = "returned"
    """It went back before anything was shipped."""
    STORE_CREDIT = Nature.STORE_CREDIT.value
    NOT_MONEY = Nature.NOT_MONEY.value
    FROM_BANK = Nature.FROM_BANK.value
    NOT_OURS = "not_ours"
    """Of an order that is left out by rule."""


class Income(NamedTuple):
    """What came in on a day by a pay system, and became the same."""

    day: dt.date
    pay_system: str
    fate: Fate
    payments: int
    amount: Decimal


ASKS_A_PERSON = frozenset({Verdict.REJECTED, Verdict.REVIEW})


class Unposted(NamedTuple):
    """Something due in the month that is not in the books, and why."""

    order: str
    day: dt.date | None
    what: Said
    amount: Decimal
    reasons: tuple[Said, ...]
    decided: Decision | None
    """That a person has closed all of them; the last closing, where there are several."""


class Remark(NamedTuple):
    """What is said of an order that has something in the month."""

    order: str
    verdict: Verdict
    said: Said
    decided: Decision | None = None
    """That a person has closed it."""

    @property
    def asks(self) -> bool:
        """Whether a person has yet to do something."""
        return self.verdict in ASKS_A_PERSON and self.decided is None
