"""Rows that the shop, a module or plain SQL deleted and wrote anew with another id: the same fact is in the books."""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal

from kontur_hook.contract import PaymentMethod, VatRate

from include.accounting.in_ledger import Known
from include.accounting.money.rounding import is_rounded
from include.accounting.operations import SaleDocument

Fact = tuple[dt.date, PaymentMethod, Decimal]
"""Day, method and roubles of a payment."""


def made_anew(new: Mapping[int, Fact], *, gone: AbstractSet[int], known: Known, in_parts: bool) -> dict[int, int]:
    """Payments that equal one in the books whose own row is gone: their id -> the one that was posted.

    Each posted one stands for one row only.

    Args:
        new: payments of which nothing was posted, by id.
        gone: posted payments that the shop has no longer, or has no longer as paid.
        known: what the ledger has.
        in_parts: whether a part of a payment may wait, so that less than its sum is in the books.
    """
    found: dict[int, int] = {}
    for id_, fact in sorted(new.items()):
        left = sorted(gone - set(found.values()))
        twin = next((other for other in left if _equal(fact, other, known, in_parts=in_parts)), None)
        if twin is not None:
            found[id_] = twin
    return found


def _equal(fact: Fact, posted_id: int, known: Known, *, in_parts: bool) -> bool:
    day, method, amount = fact
    for payment_id, generation in known.money:
        if payment_id != posted_id:
            continue
        first, posted = known.payments(payment_id, generation)[0], known.posted_sum(payment_id, generation)
        same_sum = is_rounded(posted, amount) or (in_parts and posted < amount)
        if (first.received_on, first.method) == (day, method) and same_sum:
            return True
    return False


def shipments_made_anew(new: Iterable[SaleDocument], gone: Mapping[str, SaleDocument]) -> dict[str, str]:
    """Documents of shipments that equal one in the books whose shipment is gone: their key -> the one posted.

    The same goods on the same day; prices may differ by what the split of a line rounds.
    """
    found: dict[str, str] = {}
    for document in sorted(new, key=lambda d: d.key):
        left = [key for key in sorted(gone) if key not in found.values()]
        twin = next((key for key in left if _same_shipment(document, gone[key])), None)
        if twin is not None:
            found[document.key] = twin
    return found


def _same_shipment(one: SaleDocument, other: SaleDocument) -> bool:
    return one.date == other.date and _goods(one) == _goods(other)


def _goods(document: SaleDocument) -> dict[tuple[str, VatRate], Decimal]:
    found: collections.defaultdict[tuple[str, VatRate], Decimal] = collections.defaultdict(Decimal)
    for item in document.items:
        found[item.name, item.vat_rate] += item.quantity
    return dict(found)
