"""Who the counterparty is: a company, an entrepreneur, or the one that stands for all retail buyers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kontur_hook.contract import CounterpartyType

from include.accounting.buyer.inn import check_inn, check_kpp
from include.accounting.drafts import NOBODY, Doubts
from include.accounting.findings import NotPostableError, rejection, skip
from include.accounting.names import unescaped
from include.accounting.operations import Counterparty, Verdict
from include.accounting.rules import Rules
from include.bitrix.naming import speaks_of_inn
from include.bitrix.rows import Order, Property, Shop
from include.facts import Inn, Said, said, several
from include.settings import Retail

_SERIALISED = re.compile(r"[aOs]:\d+:[{\"]")
_LIST = re.compile(r'a:\d+:\{(?:i:\d+;(?:s:\d+:"[^"]*";|N;))*\}')
_IN_LIST = re.compile(r'i:\d+;s:\d+:"([^"]*)";')
_NOTHING = re.compile(r'(?:a:\d+:\{(?:i:\d+;(?:s:0:"";|N;))*\})?')
"""What an empty multiple property is stored as."""
_TICKS = frozenset({"Y", "N"})
_CONSUMERS = ("1C", "COMMON")
_ANY_PERSON_TYPE = 0


def buyer_of(order: Order, shop: Shop, rules: Rules, doubts: Doubts) -> Counterparty:
    """The counterparty of an order's documents; with doubts where its requisites are broken or missing: as typed.

    Raises:
        NotPostableError: the rules leave such buyers out.
    """
    try:
        return _checked(order, shop, rules)
    except NotPostableError as error:
        if any(finding.verdict is Verdict.SKIPPED for finding in error.findings):
            raise
        with doubts.buyer.collecting():
            raise
    return _as_typed(order, shop, rules)


def _as_typed(order: Order, shop: Shop, rules: Rules) -> Counterparty:
    codes = rules.accounting.properties
    inn = next(_values(order, shop, codes.inn, "BUYER_COMPANY_INN"), None)
    kpp = next(_values(order, shop, codes.kpp, "BUYER_COMPANY_KPP"), None)
    company = next(_values(order, shop, codes.company, "BUYER_COMPANY_NAME"), None)
    if inn is None and company is None:
        return NOBODY
    person = next(_values(order, shop, codes.person, "BUYER_PERSON_NAME"), None)
    name = _in_one_line(company or person or NOBODY.name)
    return Counterparty(inn=inn, kpp=kpp, name=name, type=CounterpartyType.LEGAL_ENTITY)


def _in_one_line(name: str) -> str:
    return " ".join(unescaped(name).split())


def _checked(order: Order, shop: Shop, rules: Rules) -> Counterparty:
    codes = rules.accounting.properties
    inn = _single(said("what_inn"), _values(order, shop, codes.inn, "BUYER_COMPANY_INN"))
    company = _single(said("what_company"), _values(order, shop, codes.company, "BUYER_COMPANY_NAME"))
    if inn is None:
        return _without_inn(order, shop, rules, company)
    check_inn(inn)
    person = next((v for v in _values(order, shop, codes.person, "BUYER_PERSON_NAME") if not _is_list(v)), None)
    name = _in_one_line(company or person or f"ИНН {inn}")
    if len(inn) == 12:
        return Counterparty(inn=inn, kpp=None, name=name, type=CounterpartyType.INDIVIDUAL_ENTREPRENEUR)
    kpp = _single(said("what_kpp"), _values(order, shop, codes.kpp, "BUYER_COMPANY_KPP"))
    if kpp is not None:
        check_kpp(kpp)
    elif rules.accounting.require_kpp:
        raise rejection("kpp_missing", inn=Inn(inn))
    return Counterparty(inn=inn, kpp=kpp, name=name, type=CounterpartyType.LEGAL_ENTITY)


def _without_inn(order: Order, shop: Shop, rules: Rules, company: str | None) -> Counterparty:
    elsewhere = several(*_inn_elsewhere(order, rules))
    if company is not None or order.person_type_id in shop.entity_person_types:
        hint = said("hint_inn_elsewhere", properties=elsewhere) if elsewhere.items else said("hint_fill_inn")
        raise rejection("inn_missing", hint=hint)
    if elsewhere.items:
        raise rejection("inn_elsewhere", properties=elsewhere)
    match rules.accounting.retail:
        case Retail.SKIP:
            raise skip("retail_skipped")
        case Retail.REJECT:
            raise rejection("retail_rejected")
        case Retail.ONE_COUNTERPARTY:
            return rules.retail


def _inn_elsewhere(order: Order, rules: Rules) -> Iterator[str | Said]:
    """What the properties are called that speak of INN, are filled, and that nobody named."""
    for prop in order.properties:
        if prop.code in rules.accounting.properties.ignore or not speaks_of_inn(prop.code, prop.name):
            continue
        if any(value not in _TICKS for value in _filled([prop.value])):
            yield _called(prop)


def _called(prop: Property) -> str | Said:
    return prop.code or said("property_without_code", name=prop.name or "", id=prop.props_id or "?")


def _values(order: Order, shop: Shop, codes: Iterable[str], code_key: str) -> Iterator[str]:
    """What stands in a buyer's field, without outer spaces, best source first: codes, then the shop's own mapping."""
    for code in codes:
        yield from _filled(p.value for p in order.properties if p.code == code)
    for consumer in _CONSUMERS:
        for person_type in (order.person_type_id, _ANY_PERSON_TYPE):
            mapped = {
                mapping.props_id
                for mapping in shop.property_mappings
                if (mapping.code_key, mapping.consumer_key, mapping.person_type_id) == (code_key, consumer, person_type)
            }
            yield from _filled(p.value for p in order.properties if p.props_id in mapped)


def _filled(values: Iterable[str | None]) -> Iterator[str]:
    return (told for value in values if not _NOTHING.fullmatch(told := _unwrapped((value or "").strip())))


def _unwrapped(value: str) -> str:
    """The only value of a property that may have several; any other text as it is."""
    filled = [told for one in _IN_LIST.findall(value) if (told := one.strip())] if _LIST.fullmatch(value) else []
    return filled[0] if len(filled) == 1 else value


def _single(what: Said, values: Iterator[str]) -> str | None:
    """The first value.

    Raises:
        NotPostableError: the property holds a list; which one is meant is not guessed at.
    """
    value = next(values, None)
    if value is not None and _is_list(value):
        raise rejection("property_list", what=what)
    return value


def _is_list(value: str) -> bool:
    """Whether PHP serialised it, as Bitrix does with properties that may have several values."""
    return _SERIALISED.match(value) is not None
