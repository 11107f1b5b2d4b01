"""The preflight's questions about what orders a shop has: returned ones, other sellers', other systems', gift cards."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal

from include.bitrix.naming import is_own_site, speaks_of_gift_card, speaks_of_return
from include.bitrix.problems import ShopProblem, error, warning
from include.bitrix.snapshot import ShopDatabase
from include.facts import Count, said, several
from include.settings import Accounting, Foreign, Settings, ShippedBy

RECENT_ORDERS = 50_000
"""How many of the newest orders are looked at."""
RECENT_NAMES = 2_000
_SHOWN = 5


def check_orders(shop_db: ShopDatabase, settings: Settings) -> Iterator[ShopProblem]:
    """What the settings should say of the shop's orders, and do not.

    Raises:
        BitrixError: the database refused a query.
    """
    yield from _returned(shop_db, settings)
    yield from _permission(shop_db, settings)
    yield from _platforms(shop_db, settings)
    yield from _companies(shop_db, settings)
    yield from _external(shop_db, settings)
    yield from _advances(shop_db, settings)


def _returned(shop_db: ShopDatabase, settings: Settings) -> Iterator[ShopProblem]:
    """Statuses in use whose name speaks of a return; one that ships and returns at once cannot be meant."""
    shop = settings.shop
    for status in sorted(shop.shipped_statuses & shop.returned_statuses):
        yield error(said("status_named_twice", status=status))
    if not shop_db.columns.has("b_sale_status_lang"):
        return
    named = shop.shipped_statuses | shop.returned_statuses
    used = {row["STATUS_ID"] for row in shop_db.rows("statuses_in_use")} - named
    speaking = {r["STATUS_ID"]: r["NAME"] for r in shop_db.rows("status_names") if speaks_of_return(r["NAME"])}
    for status in sorted(used & speaking.keys()):
        yield warning(said("status_speaks_of_return", status=status, name=speaking[status]))


def _permission(shop_db: ShopDatabase, settings: Settings) -> Iterator[ShopProblem]:
    if settings.shop.shipped_by is ShippedBy.STATUS or not shop_db.columns.has("b_option"):
        return
    if any(row["VALUE"] == "Y" for row in shop_db.rows("deduction_on_delivery")):
        yield warning(said("ships_by_permission"))


def _platforms(shop_db: ShopDatabase, settings: Settings) -> Iterator[ShopProblem]:
    platforms = settings.shop.platforms
    columns = shop_db.columns
    if not (columns.has("b_sale_tp") and columns.has("b_sale_tp_order")):
        if platforms:
            yield error(said("platforms_unreadable"))
        return
    known = {row["CODE"] for row in shop_db.rows("platform_codes")}
    for code in sorted(platforms.keys() - known):
        yield warning(said("platform_unknown", platform=code))
    for row in shop_db.rows("platforms_in_use", recent=RECENT_ORDERS):
        if row["CODE"] not in platforms and not is_own_site(row["CODE"]):
            yield warning(said("platform_in_use", platform=row["CODE"], orders=Count(int(row["ORDERS"]), "order")))


def _companies(shop_db: ShopDatabase, settings: Settings) -> Iterator[ShopProblem]:
    """Several sellers in one shop: whose books an order belongs into must be somebody's decision."""
    companies = settings.shop.companies
    if not shop_db.columns.has("b_sale_order", "COMPANY_ID"):
        if companies is not None:
            yield error(said("companies_unreadable"))
        return
    used = {
        int(row["COMPANY_ID"]): int(row["ORDERS"]) for row in shop_db.rows("companies_in_use", recent=RECENT_ORDERS)
    }
    if companies is None:
        if len(used) > 1:
            yield error(said("companies_unmapped", companies=several(*sorted(used))))
        return
    for company in sorted(used.keys() - companies.keys()):
        yield warning(said("company_unmapped", company=company, orders=Count(used[company], "order")))


def _external(shop_db: ShopDatabase, settings: Settings) -> Iterator[ShopProblem]:
    if not shop_db.columns.has("b_sale_order", "EXTERNAL_ORDER"):
        if settings.shop.external_orders is Foreign.SKIP:
            yield error(said("external_unreadable"))
        return
    count = sum(int(row["ORDERS"]) for row in shop_db.rows("external_orders", recent=RECENT_ORDERS))
    if count and settings.shop.external_orders is Foreign.POST:
        yield warning(said("external_in_use", orders=Count(count, "order")))


def _advances(shop_db: ShopDatabase, settings: Settings) -> Iterator[ShopProblem]:
    """Gift cards that are sold as if they were goods: those that the settings do not name, or not as the shop does."""
    named = settings.accounting.advance_products
    if named and not shop_db.columns.has("b_sale_basket", "PRODUCT_XML_ID"):
        yield error(said("advance_products_unreadable"))
        return
    for row in shop_db.rows("recent_names", recent=RECENT_NAMES):
        if row["KIND"] == "goods" and row["XML_ID"] not in named and speaks_of_gift_card(row["NAME"]):
            yield warning(said("gift_cards_sold", name=row["NAME"][:40]))
            return


def colliding_numbers(
    shop_db: ShopDatabase, foreign: Mapping[str, Collection[Decimal]], settings: Settings
) -> Iterator[ShopProblem]:
    """Orders whose number another document of Kontur has already; one with the order's total is the order, by hand.

    Args:
        shop_db: a snapshot of the shop.
        foreign: number -> totals (roubles) of documents that others made.
        settings: in force; a number that the shop gives another form is no order's.
    """
    if not foreign or settings.accounting.number != Accounting().number:
        return
    rows = shop_db.rows("orders_numbered", numbers=tuple(foreign))
    stands = {(number.rstrip(" "), total) for number, totals in foreign.items() for total in totals}
    taken = [row for row in rows if (str(row["NUMBER"]).rstrip(" "), row["PRICE"]) not in stands]  # as the server does
    if taken:
        numbers = several(*(str(row["NUMBER"]) for row in taken[:_SHOWN]))
        yield warning(said("numbers_collide", orders=Count(len(taken), "order"), numbers=numbers))
