"""What the settings say about the accounting, checked once and passed to every room."""

from __future__ import annotations

import dataclasses

from include.accounting.customize import Adjust, load
from include.accounting.operations import Counterparty
from include.accounting.templates import check, check_number
from include.settings import Accounting, Settings, Shop


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules in force."""

    accounting: Accounting
    comment: str
    """Template of a document's comment."""
    shop: Shop
    adjust: Adjust | None
    """The shop's own rule (``accounting.customize``)."""

    @property
    def retail(self) -> Counterparty:
        """The counterparty that stands for all retail buyers."""
        return Counterparty(inn=None, kpp=None, name=self.accounting.retail_name, type=self.accounting.retail_type)

    @classmethod
    def of(cls, settings: Settings, *, comment: str) -> Rules:
        """The rules that the settings mean.

        Args:
            settings: in force.
            comment: template of a document's comment where the settings have none.

        Raises:
            SettingsError: a template cannot be rendered, or the shop's own rule cannot be imported.
        """
        accounting = settings.accounting
        check_number("accounting.number", accounting.number)
        if accounting.comment is not None:
            comment = accounting.comment
        check("accounting.comment", comment)
        return cls(
            accounting=accounting,
            comment=comment,
            shop=settings.shop,
            adjust=load(accounting.customize) if accounting.customize else None,
        )
