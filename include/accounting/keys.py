"""Keys of operations: pure functions of the shop's ids, so that the same fact has the same key on every run."""

from __future__ import annotations

import dataclasses
import re

_MONEY = re.compile(r"(?P<kind>payment|refund):(?P<payment>\d+)(?:#(?P<generation>\d+))?(?:/(?P<shipment>\d+))?")
_DOCUMENT = re.compile(r"sale:\d+(?:/(?P<shipment>\d+))?")


def document_key(order_id: int, shipment_id: int | None = None) -> str:
    """The key of an order's sale document, or of one shipment's."""
    return f"sale:{order_id}" if shipment_id is None else f"sale:{order_id}/{shipment_id}"


def is_document(key: str) -> bool:
    """Whether it is the key of a sale document."""
    return _DOCUMENT.fullmatch(key) is not None


def shipment_of(document: str) -> int | None:
    """The shipment that a document's key names; ``None``: the document is the whole order's."""
    match = _DOCUMENT.fullmatch(document)
    return int(match["shipment"]) if match and match["shipment"] else None


@dataclasses.dataclass(frozen=True, slots=True)
class Money:
    """What the key of a payment or refund says."""

    payment_id: int
    generation: int = 1
    """Grows each time the same row of Bitrix is paid again after a refund."""
    shipment_id: int | None = None

    @property
    def payment_key(self) -> str:
        """The payment's key."""
        return f"payment:{self._rest}"

    @property
    def refund_key(self) -> str:
        """The key of the same money going back."""
        return f"refund:{self._rest}"

    @property
    def _rest(self) -> str:
        generation = f"#{self.generation}" if self.generation > 1 else ""
        shipment = f"/{self.shipment_id}" if self.shipment_id is not None else ""
        return f"{self.payment_id}{generation}{shipment}"


def money_of(key: str) -> Money | None:
    """The key of a payment or refund, taken apart; ``None`` for a document's."""
    match = _MONEY.fullmatch(key)
    if match is None:
        return None
    return Money(
        int(match["payment"]),
        int(match["generation"] or 1),
        int(match["shipment"]) if match["shipment"] else None,
    )
