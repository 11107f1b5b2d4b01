"""The preflight's questions to the shop: is it such that its orders can be posted as the settings say?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from include.bitrix.access import check_rights, check_tables
from include.bitrix.check_vat import check_vat
from include.bitrix.mojibake import reads_as_russian
from include.bitrix.naming import speaks_of_inn
from include.bitrix.order_checks import check_orders
from include.bitrix.problems import ShopProblem, error, warning
from include.bitrix.rows import Shop
from include.bitrix.shop import read_shop
from include.bitrix.snapshot import ShopDatabase
from include.facts import Count, Number, Said, said, several
from include.settings import DeliveryVat, Properties, Retail, Settings
from include.settings import Shop as ShopSettings

RECENT_ROWS = 50_000
"""How many of the newest rows of a large table are looked at."""
RECENT_NAMES = 2_000
_USUAL_STATUSES = ShopSettings().shipped_statuses
_USUAL_CODES = Properties()


def check_shop(shop_db: ShopDatabase, settings: Settings) -> list[ShopProblem]:
    """What is wrong, errors first.

    Raises:
        BitrixError: the database refused a query.
    """
    problems = check_tables(shop_db)
    if not any(problem.severity == "error" for problem in problems):
        shop = read_shop(shop_db)
        problems += [
            *_orders(shop_db),
            *_sites(shop_db, settings),
            *_statuses(shop_db, settings),
            *_property_codes(shop_db, settings),
            *_inn_properties(shop_db, settings, shop),
            *_inn_elsewhere(shop_db, settings, shop),
            *_garbled_names(shop_db),
            *_delivery_vat(shop_db, settings, shop),
            *_vat_rates(shop_db, settings),
            *check_vat(shop_db, settings, shop, recent=RECENT_ROWS),
            *_payment_methods(shop_db, settings),
            *check_orders(shop_db, settings),
            *check_rights(shop_db),
        ]
    return sorted(problems, key=lambda problem: problem.severity)


def _orders(shop_db: ShopDatabase) -> Iterator[ShopProblem]:
    if not shop_db.rows("any_order"):
        yield warning(said("no_orders"))


def _sites(shop_db: ShopDatabase, settings: Settings) -> Iterator[ShopProblem]:
    if settings.shop.sites is None:
        return
    if shop_db.columns.has("b_lang"):
        known = {row["LID"] for row in shop_db.rows("sites")}
        for site in sorted(settings.shop.sites.keys() - known):
            yield error(said("site_unknown", site=site, instead=_instead(site, known)))
    for row in shop_db.rows("orders_per_site"):
        if settings.shop.connection_of(row["LID"], None) is None:
            yield warning(said("site_unmapped", site=row["LID"], orders=Count(int(row["ORDERS"]), "order")))


def _statuses(shop_db: ShopDatabase, settings: Settings) -> Iterator[ShopProblem]:
    known = {row["STATUS_ID"] for row in shop_db.rows("statuses_in_use")}
    if shop_db.columns.has("b_sale_status"):
        known |= {row["ID"] for row in shop_db.rows("statuses")}
    shipped, returned = settings.shop.shipped_statuses, settings.shop.returned_statuses
    for setting, statuses in (("shop.shipped_statuses", shipped), ("shop.returned_statuses", returned)):
        for status in sorted(statuses - known):
            # Which statuses a shop has is its own affair, so one of the defaults that it lacks is no slip.
            severity = warning if status in _USUAL_STATUSES else error
            yield severity(said("status_unknown", setting=setting, status=status, instead=_instead(status, known)))


def _property_codes(shop_db: ShopDatabase, settings: Settings) -> Iterator[ShopProblem]:
    """Codes that settings name and the shop does not have; a default is no slip, and what is ignored need not exist."""
    known = {row["CODE"] for row in (*shop_db.rows("property_codes"), *_filled(shop_db)) if row["CODE"]}
    named, usual = settings.accounting.properties, _USUAL_CODES
    for field, severity in (("inn", error), ("kpp", error), ("company", error), ("person", error), ("ignore", warning)):
        for code in sorted({*getattr(named, field)} - {*getattr(usual, field)} - known):
            setting = f"accounting.properties.{field}"
            yield severity(said("property_unknown", setting=setting, property=code, instead=_instead(code, known)))


def _instead(name: str, known: set[str]) -> Said:
    """What a name that the shop does not have may have been meant for."""
    alike = sorted(other for other in known if other.casefold() == name.casefold())
    if alike:
        return said("meant_perhaps", name=alike[0])
    return said("there_are", names=several(*sorted(known))) if known else said("there_are_none")


def _inn_properties(shop_db: ShopDatabase, settings: Settings, shop: Shop) -> Iterator[ShopProblem]:
    codes = settings.accounting.properties.inn
    rows = shop_db.rows("properties_by_code", codes=codes) if codes else []
    with_inn = {row["PERSON_TYPE_ID"] for row in rows if row["CODE"] in codes}
    with_inn |= {m.person_type_id for m in shop.property_mappings if m.code_key == "BUYER_COMPANY_INN"}
    if not with_inn:
        if codes and shop_db.rows("any_order"):
            # Posting every buyer to retail must be somebody's decision, never what is left over.
            to_retail = settings.accounting.retail is Retail.ONE_COUNTERPARTY
            yield (error if to_retail else warning)(said("inn_property_nowhere"))
        return
    names = _person_type_names(shop_db)
    for person_type in sorted(shop.entity_person_types - with_inn) if 0 not in with_inn else []:
        yield warning(said("inn_property_missing", person_type=names.get(person_type, str(person_type))))


def _inn_elsewhere(shop_db: ShopDatabase, settings: Settings, shop: Shop) -> Iterator[ShopProblem]:
    """Properties in use that seem to hold an INN, but that nothing says to read (`include.bitrix.naming`)."""
    properties = settings.accounting.properties
    codes = {*properties.inn, *properties.ignore}
    mapped = {m.props_id for m in shop.property_mappings if m.code_key == "BUYER_COMPANY_INN"}
    for row in _filled(shop_db):
        code, name = row["CODE"], row["NAME"]
        if code in codes or row["ORDER_PROPS_ID"] in mapped or not speaks_of_inn(code, name):
            continue
        if code:
            yield warning(said("inn_property_unread", name=name, property=code))
        else:
            yield warning(said("inn_property_without_code", name=name))


def _filled(shop_db: ShopDatabase) -> list[dict[str, Any]]:
    """Properties that recent orders have a value of, with the code that the accounting compares."""
    return shop_db.rows("filled_properties", recent=RECENT_ROWS)


def _garbled_names(shop_db: ShopDatabase) -> Iterator[ShopProblem]:
    """Names of goods, and what buyers wrote, as this connection reads them; the latter is counted, not shown."""
    foreign = [row for row in shop_db.rows("recent_names", recent=RECENT_NAMES) if not row["NAME"].isascii()]
    garbled = [(row, read) for row in foreign if (read := reads_as_russian(row["NAME"])) is not None]
    if not garbled:
        return
    # One text that somebody imported wrongly is no reason to stop; a table that is wrong shows in all of them.
    severity = error if len(garbled) * 10 >= len(foreign) else warning
    yield severity(said("names_garbled", garbled=len(garbled), names=len(foreign), example=_example(garbled)))


def _example(garbled: Sequence[tuple[dict[str, Any], str]]) -> Said:
    """How a name of goods is garbled."""
    for row, read in garbled:
        if row["KIND"] == "goods":
            return said("garbled_example", name=row["NAME"][:40], read=read[:40])
    return said("garbled_by_buyers")


def _person_type_names(shop_db: ShopDatabase) -> dict[int, str]:
    if not shop_db.columns.has("b_sale_person_type"):
        return {}
    return {row["ID"]: row["NAME"] for row in shop_db.rows("person_types")}


def _delivery_vat(shop_db: ShopDatabase, settings: Settings, shop: Shop) -> Iterator[ShopProblem]:
    if settings.accounting.delivery_vat is not DeliveryVat.BITRIX:
        return
    if not shop_db.columns.has("b_option"):
        yield error(said("delivery_vat_unreadable", table="b_option"))
    elif shop.count_delivery_tax and not shop_db.columns.has("b_catalog_vat"):
        yield error(said("delivery_vat_unreadable", table="b_catalog_vat"))
    elif shop.count_delivery_tax:
        rates = {rate for rate in shop.delivery_vat_rates.values() if rate is not None}
        yield from _rates_without_a_word(rates, settings, said("rate_of_delivery"))


def _vat_rates(shop_db: ShopDatabase, settings: Settings) -> Iterator[ShopProblem]:
    rates = {row["VAT_RATE"] for row in shop_db.rows("vat_rates_in_use", recent=RECENT_ROWS)}
    yield from _rates_without_a_word(rates, settings, said("rate_of_lines"))


def _rates_without_a_word(rates: set[Decimal], settings: Settings, whose: Said) -> Iterator[ShopProblem]:
    for rate in sorted(rates):
        percent = (rate * 100).normalize()
        if percent not in settings.accounting.vat:
            yield warning(said("vat_unmapped", whose=whose, percent=Number(percent)))


def _payment_methods(shop_db: ShopDatabase, settings: Settings) -> Iterator[ShopProblem]:
    methods = settings.accounting.payment_methods
    names = [row[column] for row in shop_db.rows("pay_systems") for column in ("ID", "CODE", "ACTION_FILE")]
    known = {str(name) for name in names if name}
    for name in sorted(methods.keys() - known):
        yield warning(said("pay_system_unknown", name=name))
    for row in shop_db.rows("pay_systems_gone", recent=RECENT_ROWS):
        if str(row["PAY_SYSTEM_ID"]) not in methods:
            yield warning(said("pay_system_gone", id=row["PAY_SYSTEM_ID"]))
    unnamed = [
        said("pay_system_named", name=row["NAME"], id=row["PAY_SYSTEM_ID"])
        for row in shop_db.rows("pay_systems_in_use", recent=RECENT_ROWS)
        if not methods.keys() & {str(row["PAY_SYSTEM_ID"]), row["CODE"], row["ACTION_FILE"]}
    ]
    if unnamed:
        yield warning(said("pay_systems_unnamed", pay_systems=several(*unnamed)))
