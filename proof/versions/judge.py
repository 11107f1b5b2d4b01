"""A demo shop of each version of Bitrix, posted and checked.

Each goes through preflight, extract, transform, load and record on a real MariaDB and over real HTTP; then the
independent checker reads the shop and the server's ledger, and a second pass must post nothing.
"""

from __future__ import annotations

import dataclasses
import pathlib
import time

from include import settings
from proof.versions.ground import WINDOW, ground, post
from sandbox import books
from sandbox.kontur.books import Books


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """What the checker found, and what a second pass added: documents, payments, refunds."""

    result: books.Result
    added: tuple[int, int, int]
    seconds: float


def judge(port: int, folder: pathlib.Path, version: str, charset: str, orders: int, seed: int) -> Verdict:
    """Fill a shop, post it twice, and have the books checked; arguments as of :func:`proof.versions.ground.ground`."""
    with ground(port, folder, (version, charset), orders, seed) as here:
        began = time.monotonic()
        post("first")
        seconds = time.monotonic() - began
        before = _counts(here.kontur.books)
        post("second")
        after = _counts(here.kontur.books)
        result = books.check(here.shop, here.ledger, WINDOW.date_from, WINDOW.date_to, terms=_terms())
    return Verdict(result, (after[0] - before[0], after[1] - before[1], after[2] - before[2]), seconds)


def _terms() -> books.Terms:
    """What the settings in force make of VAT; delivery as on Bitrix's receipt has none in the demo's shop."""
    accounting = settings.load().accounting
    delivery = "none" if accounting.delivery_vat is settings.DeliveryVat.BITRIX else accounting.delivery_vat.value
    return books.Terms(guard=accounting.vat_guard.value, delivery=delivery)


def _counts(kontur: Books) -> tuple[int, int, int]:
    return len(kontur.documents()), len(kontur.payments()), len(kontur.refunds())
