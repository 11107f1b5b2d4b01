"""Documents as the shop's data make them, before the shop's own rule saw them and the guards judged them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Final, cast

from kontur_hook.contract import CounterpartyType, VatRate

from include.accounting.findings import Collector
from include.accounting.operations import Counterparty, Item, SaleDocument

NO_DAY: Final = dt.date.min
"""The date of a draft whose day of shipment nothing tells."""
UNKNOWN_RATE: Final = cast("VatRate", "unknown")
"""The VAT of a draft's line whose rate in the shop is not mapped."""
RETAIL: Final = Counterparty(inn=None, kpp=None, name="", type=CounterpartyType.INDIVIDUAL)
"""Given as a document's buyer, it stands for the retail counterparty of the settings."""
NOBODY: Final = Counterparty(inn=None, kpp=None, name="?", type=CounterpartyType.INDIVIDUAL)
"""The buyer of a draft whose buyer is not known, and has no name either."""


@dataclasses.dataclass(frozen=True, slots=True)
class Doubts:
    """What the guards refuse of a draft, unless the shop's own rule changes that part of it."""

    buyer: Collector = dataclasses.field(default_factory=Collector)
    rates: Collector = dataclasses.field(default_factory=Collector)
    sums: Collector = dataclasses.field(default_factory=Collector)
    texts: Collector = dataclasses.field(default_factory=Collector)
    """Number and comment."""


@dataclasses.dataclass(frozen=True, slots=True)
class Draft:
    """A document that may not be fit to be posted, and why."""

    document: SaleDocument
    delivery: Item | None
    """Its line of delivery, whose VAT the settings decide."""
    doubts: Doubts
    beside: frozenset[VatRate] = frozenset()
    """Rates of the goods in the order's other documents."""

    @property
    def rates(self) -> frozenset[VatRate]:
        """Of its goods."""
        return frozenset(item.vat_rate for item in self.document.items if item != self.delivery)
