"""What a plan is made from, as the rooms share it."""

from __future__ import annotations

import dataclasses
import datetime as dt

from include.accounting.clock import Clock
from include.accounting.in_ledger import Known
from include.accounting.rules import Rules
from include.bitrix.rows import Order, Shop
from include.settings import DocumentPer


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """An order, the rules for it, and what the ledger has of it."""

    order: Order
    shop: Shop
    rules: Rules
    known: Known
    clock: Clock
    """The shop's."""

    @property
    def today(self) -> dt.date:
        """The shop's local day."""
        return self.clock.today

    @property
    def came_back(self) -> bool:
        """Whether the order's status says that its goods are here again; a cancelled order is cancelled first."""
        return not self.order.canceled and self.order.status_id in self.rules.shop.returned_statuses

    @property
    def per(self) -> DocumentPer:
        """What this order's documents are for; a setting changed later must not post the same goods again."""
        return self.known.document_per or self.rules.accounting.document_per
