"""The preflight's questions to the shop: is it such that its orders can be posted as the settings say?"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from include.bitrix.access import check_rights, check_tables
from include.bitrix.mojibake import reads_as_russian
from include.bitrix.naming import speaks_of_inn
from include.bitrix.problems import ShopProblem, error, warning
from include.bitrix.rows import Shop
from include.bitrix.shop import read_shop
from include.bitrix.snapshot import ShopDatabase
from include.settings import Properties, Retail, Settings
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
            *_payment_methods(shop_db, settings),
            *check_rights(shop_db),
        ]
    return sorted(problems, key=lambda problem: problem.severity)


def _orders(shop_db: ShopDatabase) -> Iterator[ShopProblem]:
    if not shop_db.rows("any_order"):
        yield warning("no_orders", "The shop has no orders; check that connection and schema name the live shop.")


def _sites(shop_db: ShopDatabase, settings: Settings) -> Iterator[ShopProblem]:
    if settings.shop.sites is None:
        return
    if shop_db.columns.has("b_lang"):
        known = {row["LID"] for row in shop_db.rows("sites")}
        for site in sorted(settings.shop.sites.keys() - known):
            message = f"shop.sites names «{site}», but the shop's sites are {_listed(known)}. Correct the setting."
            yield error("site_unknown", message)
    for row in shop_db.rows("orders_per_site"):
        if settings.shop.connection_of(row["LID"]) is None:
            message = f"{row['ORDERS']} orders of site «{row['LID']}» are not posted: shop.sites does not name it."
            yield warning("site_unmapped", message)


def _statuses(shop_db: ShopDatabase, settings: Settings) -> Iterator[ShopProblem]:
    known = {row["STATUS_ID"] for row in shop_db.rows("statuses_in_use")}
    if shop_db.columns.has("b_sale_status"):
        known |= {row["ID"] for row in shop_db.rows("statuses")}
    for status in sorted(settings.shop.shipped_statuses - known):
        message = (
            f"shop.shipped_statuses names «{status}», but the shop has no such order status{_instead(status, known)}"
        )
        # Which statuses a shop has is its own affair, so one of the defaults that it lacks is no slip.
        yield (warning if status in _USUAL_STATUSES else error)("status_unknown", message)


def _property_codes(shop_db: ShopDatabase, settings: Settings) -> Iterator[ShopProblem]:
    """Codes that settings name and the shop does not have; a default is no slip, and what is ignored need not exist."""
    known = {row["CODE"] for row in (*shop_db.rows("property_codes"), *_filled(shop_db)) if row["CODE"]}
    named, usual = settings.accounting.properties, _USUAL_CODES
    for field, severity in (("inn", error), ("kpp", error), ("company", error), ("person", error), ("ignore", warning)):
        for code in sorted({*getattr(named, field)} - {*getattr(usual, field)} - known):
            message = (
                f"accounting.properties.{field} names «{code}», but no order property has this code"
                f"{_instead(code, known)} Correct the setting."
            )
            yield severity("property_unknown", message)


def _instead(name: str, known: set[str]) -> str:
    """The end of a sentence about a name that the shop does not have."""
    alike = sorted(other for other in known if other.casefold() == name.casefold())
    return f"; did you mean «{alike[0]}»?" if alike else f"; there are {_listed(known)}."


def _inn_properties(shop_db: ShopDatabase, settings: Settings, shop: Shop) -> Iterator[ShopProblem]:
    codes = settings.accounting.properties.inn
    rows = shop_db.rows("properties_by_code", codes=codes) if codes else []
    with_inn = {row["PERSON_TYPE_ID"] for row in rows if row["CODE"] in codes}
    with_inn |= {m.person_type_id for m in shop.property_mappings if m.code_key == "BUYER_COMPANY_INN"}
    what_to_do = "Name its code in accounting.properties.inn, or map it in Bitrix's 1C exchange (business values)."
    if not with_inn:
        if codes and shop_db.rows("any_order"):
            yield _no_inn_at_all(settings, what_to_do)
        return
    names = _person_type_names(shop_db)
    for person_type in sorted(shop.entity_person_types - with_inn) if 0 not in with_inn else []:
        name = names.get(person_type, str(person_type))
        yield warning("inn_property_missing", f"Companies of person type «{name}» have no property INN. {what_to_do}")


def _no_inn_at_all(settings: Settings, what_to_do: str) -> ShopProblem:
    """Posting every buyer to retail must be somebody's decision, never what is left over."""
    said = f"No order property holds the buyer's INN: every buyer would count as a private person. {what_to_do}"
    if settings.accounting.retail is not Retail.ONE_COUNTERPARTY:
        return warning("inn_property_missing", said)
    return error(
        "inn_property_missing",
        f"{said} If the shop sells to private persons only, say so: accounting.properties.inn: [] (an empty list).",
    )


def _inn_elsewhere(shop_db: ShopDatabase, settings: Settings, shop: Shop) -> Iterator[ShopProblem]:
    """Properties in use that seem to hold an INN, but that nothing says to read (`include.bitrix.naming`)."""
    properties = settings.accounting.properties
    codes = {*properties.inn, *properties.ignore}
    mapped = {m.props_id for m in shop.property_mappings if m.code_key == "BUYER_COMPANY_INN"}
    for row in _filled(shop_db):
        code, name = row["CODE"], row["NAME"]
        if code in codes or row["ORDER_PROPS_ID"] in mapped or not speaks_of_inn(code, name):
            continue
        what_to_do = f"Name «{code}»" if code else "Give it a code in the shop (Store, Order properties), and name that"
        message = (
            f"The order property «{name}» (code «{code}») seems to hold an INN and is filled in recent orders, but is"
            f" not read: such an order is rejected if it has no other INN. {what_to_do} in accounting.properties.inn,"
            " or in accounting.properties.ignore if it is not the buyer's INN."
        )
        yield warning("inn_elsewhere", message)


def _filled(shop_db: ShopDatabase) -> list[dict[str, Any]]:
    """Properties that recent orders have a value of, with the code that the accounting compares."""
    return shop_db.rows("filled_properties", recent=RECENT_ROWS)


def _garbled_names(shop_db: ShopDatabase) -> Iterator[ShopProblem]:
    """Names of goods, and what buyers wrote, as this connection reads them; the latter is counted, not shown."""
    foreign = [row for row in shop_db.rows("recent_names", recent=RECENT_NAMES) if not row["NAME"].isascii()]
    garbled = [(row, read) for row in foreign if (read := reads_as_russian(row["NAME"])) is not None]
    if not garbled:
        return
    shown = [f" («{row['NAME'][:40]}» is «{read[:40]}»)" for row, read in garbled if row["KIND"] == "goods"]
    example = shown[0] if shown else ""
    message = (
        f"{len(garbled)} of {len(foreign)} recent names of goods and entries of buyers are garbled{example}: their"
        " bytes were written in another charset than the table says. Have the shop's developer convert the"
        " tables' charset (a backup first; from the wrong charset to binary, then to the right one; look also at"
        " after_connect.php), so that SET NAMES utf8mb4 shows Russian."
    )
    # One text that somebody imported wrongly is no reason to stop; a table that is wrong shows in all of them.
    yield (error if len(garbled) * 10 >= len(foreign) else warning)("names_garbled", message)


def _person_type_names(shop_db: ShopDatabase) -> dict[int, str]:
    if not shop_db.columns.has("b_sale_person_type"):
        return {}
    return {row["ID"]: row["NAME"] for row in shop_db.rows("person_types")}


def _delivery_vat(shop_db: ShopDatabase, settings: Settings, shop: Shop) -> Iterator[ShopProblem]:
    if settings.accounting.delivery_vat is not None:
        return
    what_to_do = "Grant SELECT on it (include/bitrix/grants.sql), or fix the rate by accounting.delivery_vat."
    if not shop_db.columns.has("b_option"):
        message = f"Table b_option cannot be read, so it is not known whether delivery is taxed. {what_to_do}"
        yield error("delivery_vat_unknown", message)
    elif shop.count_delivery_tax and not shop_db.columns.has("b_catalog_vat"):
        message = f"Table b_catalog_vat cannot be read, so delivery's VAT is not known. {what_to_do}"
        yield error("delivery_vat_unknown", message)
    elif shop.count_delivery_tax:
        rates = {rate for rate in shop.delivery_vat_rates.values() if rate is not None}
        yield from _rates_without_a_word(rates, settings, "Delivery services")


def _vat_rates(shop_db: ShopDatabase, settings: Settings) -> Iterator[ShopProblem]:
    rates = {row["VAT_RATE"] for row in shop_db.rows("vat_rates_in_use", recent=RECENT_ROWS)}
    yield from _rates_without_a_word(rates, settings, "Lines of recent orders")


def _rates_without_a_word(rates: set[Decimal], settings: Settings, whose: str) -> Iterator[ShopProblem]:
    for rate in sorted(rates):
        percent = (rate * 100).normalize()
        if percent not in settings.accounting.vat:
            message = f"{whose} have VAT of {percent:f}%, which accounting.vat does not name: such orders are rejected."
            yield warning("vat_unmapped", message)


def _payment_methods(shop_db: ShopDatabase, settings: Settings) -> Iterator[ShopProblem]:
    methods = settings.accounting.payment_methods
    names = [row[column] for row in shop_db.rows("pay_systems") for column in ("ID", "CODE", "ACTION_FILE")]
    known = {str(name) for name in names if name}
    for name in sorted(methods.keys() - known):
        message = f"accounting.payment_methods names «{name}», but no pay system has this ID, CODE or ACTION_FILE."
        yield warning("pay_system_unknown", message)
    for row in shop_db.rows("pay_systems_gone", recent=RECENT_ROWS):
        if str(row["PAY_SYSTEM_ID"]) not in methods:
            message = (
                f"Pay system {row['PAY_SYSTEM_ID']} of recent payments is deleted: they count as BankTransfer. "
                "If that is wrong, name its ID in accounting.payment_methods."
            )
            yield warning("pay_system_gone", message)


def _listed(names: set[str]) -> str:
    return ", ".join(f"«{name}»" for name in sorted(names)) or "none"
