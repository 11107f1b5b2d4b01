"""Counterparties that somebody merged into another one in Kontur: documents show the one that is left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kontur_hook.errors import KonturConfigurationError

from include.accounting.operations import Counterparty, SaleDocument
from include.books.accounts import Account
from include.books.matching import AmbiguousError, choose
from include.reconciliation.sides import Sides


class Merged:
    """What is known of an account's merged counterparties; each pair is asked for once."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._asked: dict[tuple[str, str], bool] = {}

    def among(self, orders: Iterable[Sides]) -> dict[str, str]:
        """The old id -> the one that stands, of the buyers of these orders' documents.

        Raises:
            KonturError: Kontur cannot be asked.
        """
        found: dict[str, str] = {}
        for order in orders:
            for sent_to, stands, buyer in _pairs(order):
                if (sent_to, stands) not in self._asked:
                    self._asked[sent_to, stands] = self._is_merged(sent_to, stands, buyer)
                if self._asked[sent_to, stands]:
                    found[sent_to] = stands
        return found

    def _is_merged(self, sent_to: str, stands: str, buyer: Counterparty) -> bool:
        try:
            if buyer.inn is not None:
                records = self._account.hook.find_counterparties(inn=buyer.inn)
            else:
                records = self._account.hook.find_counterparties(name=buyer.name)
            choice = choose(buyer, records)
        except (AmbiguousError, KonturConfigurationError):  # which record it is, or how to search, is not known
            return False
        is_gone = all(record.id != sent_to for record in records)
        return is_gone and choice is not None and choice.id == stands


def _pairs(order: Sides) -> Iterator[tuple[str, str, Counterparty]]:
    """Documents with another buyer than they were sent with: both ids, and who it was."""
    standing = {one.id: one.header.counterparty_id for one in order.books.documents}
    for kept in order.ledger.operations:
        stands = standing.get(kept.doc_id or "")
        sent_to, operation = kept.counterparty_id, kept.operation
        if stands and sent_to and sent_to != stands and isinstance(operation, SaleDocument):
            yield sent_to, stands, operation.counterparty
