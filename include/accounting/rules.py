"""What the settings say about the accounting, checked once and passed to every room."""

from __future__ import annotations

import dataclasses

from include.accounting.customize import Adjust, load
from include.accounting.operations import Counterparty
from include.accounting.templates import check
from include.settings import Accounting, Settings


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules in force."""

    accounting: Accounting
    shipped_statuses: frozenset[str]
    shop_code: str
    timezone: str
    """The zone that the settings give to the shop's dates, for messages; dates are local already."""
    adjust: Adjust | None
    """The shop's own rule (``accounting.customize``)."""

    @property
    def retail(self) -> Counterparty:
        """The counterparty that stands for all retail buyers."""
        return Counterparty(inn=None, kpp=None, name=self.accounting.retail_name, type=self.accounting.retail_type)

    @classmethod
    def of(cls, settings: Settings) -> Rules:
        """The rules that the settings mean.

        Raises:
            SettingsError: a template cannot be rendered, or the shop's own rule cannot be imported.
        """
        accounting = settings.accounting
        check("accounting.number", accounting.number)
        check("accounting.comment", accounting.comment)
        return cls(
            accounting=accounting,
            shipped_statuses=settings.shop.shipped_statuses,
            shop_code=settings.shop.code,
            timezone=settings.shop.timezone,
            adjust=load(accounting.customize) if accounting.customize else None,
        )
