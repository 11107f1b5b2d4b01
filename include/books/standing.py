"""Documents that stand in Kontur, as far as they were read."""

from __future__ import annotations

import dataclasses
from typing import cast

from kontur_hook.contract import DocumentKind, VatRate
from kontur_hook.records import DocumentDetails, DocumentLine, DocumentSummary

from include.accounting.operations import Item


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A document of a list, or one that was read by its id."""

    kind: DocumentKind
    header: DocumentSummary | DocumentDetails
    """The details, where it was read."""
    lines: tuple[Item, ...] | None = None
    """``None``: not read, or the API does not show them."""

    @classmethod
    def of(cls, kind: DocumentKind, shown: DocumentSummary | DocumentDetails) -> Standing:
        """What the hook gives."""
        lines = shown.lines if isinstance(shown, DocumentDetails) else None
        return cls(kind=kind, header=shown, lines=None if lines is None else tuple(_item(line) for line in lines))

    @property
    def id(self) -> str:
        """Kontur's."""
        return self.header.id


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What came of reading one document."""

    kind: DocumentKind
    id: str
    standing: Standing | None = None
    is_gone: bool = False
    """Kontur itself says that it has none of this id; neither: it could not be read."""


def _item(line: DocumentLine) -> Item:
    """A rate that we never send is another one than ours, whatever it means."""
    return Item(
        name=line.name,
        quantity=line.quantity,
        price=line.price,
        vat_rate=cast("VatRate", line.vat_rate),
        unit=line.unit,
    )
