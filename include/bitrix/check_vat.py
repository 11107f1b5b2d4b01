"""The preflight's questions about VAT: what the newest orders are taxed with, and what is printed on their receipts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from kontur_hook.contract import VatRate

from include.bitrix.problems import ShopProblem, error, warning
from include.bitrix.rows import Shop
from include.bitrix.snapshot import ShopDatabase
from include.facts import Count, said
from include.settings import Accounting, DeliveryVat, Settings, VatGuard

_DAYS = 92
"""A quarter."""
_STANDARD = Decimal("0.22")
_KOPECK = Decimal("0.01")


def check_vat(shop_db: ShopDatabase, settings: Settings, shop: Shop, *, recent: int) -> Iterator[ShopProblem]:
    """What the last quarter's orders say against the settings of VAT.

    Args:
        shop_db: the shop.
        settings: in force.
        shop: the shop's own settings.
        recent: how many of the newest lines are looked at.

    Raises:
        BitrixError: the database refused a query.
    """
    rows = shop_db.rows("vat_of_orders", recent=recent, days=_DAYS)
    yield from _regimes(rows, settings.accounting)
    if receipts_leave_delivery_untaxed(shop_db, shop):
        yield from _delivery(rows, settings.accounting)


def receipts_leave_delivery_untaxed(shop_db: ShopDatabase, shop: Shop) -> bool:
    """Whether Bitrix prints delivery without VAT on its receipts; where that cannot be read, nobody says so."""
    return shop_db.columns.has("b_option") and not shop.count_delivery_tax


def _regimes(rows: Sequence[Mapping[str, Any]], accounting: Accounting) -> Iterator[ShopProblem]:
    """5 and 7 % in some orders, 10, 20 and 22 % in others; one that has both is rejected by itself."""
    if accounting.vat_guard is VatGuard.OFF or accounting.vat_regime:
        return
    general = sum(row["ORDERS"] for row in rows if row["IS_GENERAL"] and not row["IS_SIMPLIFIED"])
    simplified = sum(row["ORDERS"] for row in rows if row["IS_SIMPLIFIED"] and not row["IS_GENERAL"])
    if general and simplified:
        yield error(said("vat_regimes_in_use", simplified=Count(simplified, "order"), general=Count(general, "order")))


def _delivery(rows: Sequence[Mapping[str, Any]], accounting: Accounting) -> Iterator[ShopProblem]:
    """VAT of delivery that documents have, where the receipts that Bitrix prints have none."""
    taxed = [(Decimal(row["DELIVERY"]), rate) for row in rows if (rate := _rate(row, accounting.delivery_vat))]
    vat = sum((amount * rate / (1 + rate) for amount, rate in taxed), start=Decimal(0))
    if vat > 0:
        amount = sum((amount for amount, _ in taxed), start=Decimal(0))
        yield warning(
            said("delivery_vat_differs", days=Count(_DAYS, "day"), amount=_rounded(amount), vat=_rounded(vat))
        )


def _rate(row: Mapping[str, Any], rule: DeliveryVat | VatRate) -> Decimal:
    """Of the deliveries of these orders, as their documents have it."""
    match rule:
        case DeliveryVat.AUTO:
            return _STANDARD if row["IS_GENERAL"] else Decimal(row["HIGHEST"] or 0)
        case VatRate.NONE | DeliveryVat.BITRIX:
            return Decimal(0)
        case _:
            return Decimal(rule.removeprefix("vat")) / 100


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(_KOPECK, ROUND_HALF_UP)
