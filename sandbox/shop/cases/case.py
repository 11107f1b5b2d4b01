"""What a case is: an order made at a given day, and, in data, what must be in the books because of it.

Outcomes hold under the default settings of the package, or those that the case names, and are worked out by hand, never
by its code.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from sandbox.shop import reference
from sandbox.shop.order import Buyer, Draft, standard_rate
from sandbox.shop.writer import Ids, Row

CASH, BANK = "Cash", "BankTransfer"

RETAIL = Buyer(reference.PERSON, {"FIO": "Иванова Мария Петровна", "EMAIL": "demo@example.com"})


class Verdict(enum.StrEnum):
    """What becomes of an order in the end; the worst that is said of it or of one of its payments."""

    POSTED = "posted"
    HELD = "held"
    """Paid, waiting for the shipment."""
    REJECTED = "rejected"
    REVIEW = "review"
    SKIPPED = "skipped"
    NOTHING = "nothing"
    """Nothing is due, nothing is said."""


@dataclasses.dataclass(frozen=True, slots=True)
class Item:
    name: str
    quantity: Decimal
    price: Decimal
    vat: str
    unit: str = "шт"


@dataclasses.dataclass(frozen=True, slots=True)
class Document:
    date: dt.date
    number: str
    total: Decimal
    inn: str | None = None
    """``None``: the retail counterparty."""
    kpp: str | None = None
    items: tuple[Item, ...] | None = None
    """``None``: the case is not about its lines."""


@dataclasses.dataclass(frozen=True, slots=True)
class Money:
    """A payment or a refund."""

    date: dt.date | None
    """``None``: the day it was noticed."""
    amount: Decimal
    method: str = BANK


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What must become of an order. Documents and money are in the books also where the verdict is a complaint."""

    verdict: Verdict
    documents: tuple[Document, ...] = ()
    payments: tuple[Money, ...] = ()
    refunds: tuple[Money, ...] = ()
    held: tuple[Money, ...] = ()


class CaseDraft(Draft):
    """An order of a case: ``at`` is its day, usually the shipment's; it was placed three days before."""

    def __init__(self, ids: Ids, version: str, at: dt.date, order_id: int | None) -> None:
        self.at = at
        self.standard = standard_rate(at)
        self.word = "vat22" if at.year >= 2026 else "vat20"
        """The API's word for the standard rate of the day."""
        super().__init__(ids, version, created=self.on(-3, "10:00:00"), buyer=RETAIL, order_id=order_id)

    def day(self, days: int) -> dt.date:
        return self.at + dt.timedelta(days=days)

    def on(self, days: int, time: str = "12:00:00") -> dt.datetime:
        """A moment so many days after ``at``."""
        return dt.datetime.combine(self.day(days), dt.time.fromisoformat(time))

    def goods(self, price: str, quantity: str | int = 1, name: str = "Чайник электрический") -> Row:
        """A line with the standard VAT of the day."""
        return self.line(price, quantity, name=name, vat=self.standard)

    def leave(self, delivery: str = "0") -> Row:
        """Ship everything on ``at``, at three in the afternoon."""
        return self.ship(self.on(0, "15:00:00"), delivery=delivery)

    def sold(self, price: str = "1000.00") -> None:
        """One line, shipped on ``at``, delivery free."""
        self.goods(price)
        self.leave()

    def company(self, inn: str | None, kpp: str | None = None, name: str | None = "ООО «Пример»") -> None:
        """The buyer is a legal entity with these properties; ``None``: not filled in."""
        values = {"COMPANY": name, "INN": inn, "KPP": kpp, "CONTACT_PERSON": "Петров Пётр"}
        self.buyer = Buyer(reference.COMPANY, {code: value for code, value in values.items() if value is not None})

    def document(
        self, total: str, *items: Item, day: int = 0, inn: str | None = None, kpp: str | None = None
    ) -> Document:
        return Document(self.day(day), self.number, Decimal(total), inn, kpp, items or None)

    def money(self, day: int, amount: str, method: str = BANK) -> Money:
        return Money(self.day(day), Decimal(amount), method)

    def item(self, price: str, quantity: str | int = 1, *, name: str = "Чайник электрический", vat: str = "") -> Item:
        return Item(name, Decimal(quantity), Decimal(price), vat or self.word)


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    name: str
    about: str
    make: Callable[[CaseDraft], Outcome]
    since: str
    """The first version of the sale module whose tables can hold it."""
    before: str | None
    """The first version that no longer leaves such rows."""
    days_after: int
    """How many days after ``at`` its last event is."""
    day: dt.date | None
    """The only day it makes sense on."""
    sprinkled: bool
    """Whether the demo shop holds such orders."""
    complaint: bool
    """Whether a person is asked for it: rejected, or under review."""
    settings: Mapping[str, Any]
    """Of the section ``accounting``: those under which its outcome holds, where the default ones are not enough."""


@dataclasses.dataclass(frozen=True, slots=True)
class Made:
    """A case in the shop."""

    order_id: int
    number: str
    outcome: Outcome


class Collection(dict[str, Case]):
    """Cases by name; a module of cases adds its functions by the decorator :meth:`add`."""

    def add(
        self,
        *,
        since: str = "16.5",
        before: str | None = None,
        days_after: int = 0,
        day: dt.date | None = None,
        sprinkled: bool = True,
        complaint: bool = False,
        settings: Mapping[str, Any] | None = None,
    ) -> Callable[[Callable[[CaseDraft], Outcome]], Callable[[CaseDraft], Outcome]]:
        def register(make: Callable[[CaseDraft], Outcome]) -> Callable[[CaseDraft], Outcome]:
            name = make.__name__
            self[name] = Case(
                name, make.__doc__ or "", make, since, before, days_after, day, sprinkled, complaint, settings or {}
            )
            return make

        return register
