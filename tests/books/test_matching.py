"""Which record of Kontur a buyer is; the KPP's digits 5 and 6 are the reason of registration, 01 the head office."""

from __future__ import annotations

import pytest
from kontur_hook.contract import CounterpartyType
from kontur_hook.records import KnownCounterparty

from include import facts, words
from include.accounting.operations import Counterparty
from include.books.matching import AmbiguousError, choose
from include.facts import Count, Inn, Said, said, several
from include.words import Language
from tests.posting.poster import INN, KPP, MOVED_KPP, OTHER_KPP, RETAIL, company

BRANCH = "784243001"


def record(id_: str, kpp: str | None, inn: str | None = INN, name: str = "ПАО Пример") -> KnownCounterparty:
    return KnownCounterparty(id=id_, inn=inn, kpp=kpp, name=name)


def records(*kpps: str | None) -> list[KnownCounterparty]:
    """Of one company, with the ids 0, 1, 2 and so on."""
    return [record(str(n), kpp) for n, kpp in enumerate(kpps)]


@pytest.mark.parametrize(
    ("wanted", "kpps", "expected"),
    [
        (KPP, (), None),
        (KPP, (OTHER_KPP, KPP), ("0+1", None)),
        (KPP, (None,), ("0", "kpp_missing_in_kontur")),
        (BRANCH, (None,), ("0", "kpp_missing_in_kontur")),
        (KPP, (None, BRANCH), None),  # it does not stand there once
        (KPP, (MOVED_KPP,), ("0", "kpp_changed")),
        (KPP, (BRANCH, MOVED_KPP), ("1", "kpp_changed")),
        (KPP, (None, MOVED_KPP), ("1", "kpp_changed")),
        (KPP, (BRANCH, OTHER_KPP), None),
        (BRANCH, (KPP,), None),
        (BRANCH, (OTHER_KPP, KPP), None),
        (None, (KPP,), ("0", None)),
        (None, (KPP, None), ("1", None)),
    ],
)
def test_a_company(wanted: str | None, kpps: tuple[str | None, ...], expected: tuple[str, str | None] | None) -> None:
    choice = choose(company(wanted), [record("9", wanted, inn="7702070139"), *records(*kpps)])
    if expected is None:
        assert choice is None
    else:
        assert choice is not None
        assert (choice.id, choice.note and choice.note.code) == (expected[0].rpartition("+")[2], expected[1])


@pytest.mark.parametrize(
    ("wanted", "kpps", "why"),
    [
        (KPP, (KPP, KPP), said("ambiguous_inn_kpp", inn=Inn(INN), kpp=KPP)),
        (None, (None, None), said("ambiguous_without_kpp", inn=Inn(INN))),
        (None, (KPP, BRANCH), said("ambiguous_inn", inn=Inn(INN))),
        (KPP, (MOVED_KPP, "780101001"), said("ambiguous_head_office", inn=Inn(INN))),
    ],
)
def test_of_several_none_is_chosen(wanted: str | None, kpps: tuple[str | None, ...], why: Said) -> None:
    with pytest.raises(AmbiguousError) as ambiguous:
        choose(company(wanted), records(*kpps))
    which = several(*(said("record_by_name", id=id_, name="ПАО Пример") for id_ in ("0", "1")))
    assert ambiguous.value.said == said("counterparty_ambiguous", records=Count(2, "record"), which=which, why=why)
    assert "2 контрагента (id 0 «ПАО Пример», id 1 «ПАО Пример») с ИНН …3893" in str(ambiguous.value)
    assert INN not in str(ambiguous.value)


def test_the_name_of_an_entrepreneur_is_not_told() -> None:
    wanted = Counterparty(inn="772345678950", kpp=None, name="ИП", type=CounterpartyType.INDIVIDUAL_ENTREPRENEUR)
    found = [record(id_, None, inn="772345678950", name="ИП Иванов Иван") for id_ in ("1", "2")]
    with pytest.raises(AmbiguousError) as ambiguous:
        choose(wanted, found)
    assert "(id 1, id 2)" in str(ambiguous.value)
    assert "Иванов" not in str(ambiguous.value)


def test_what_is_noted_says_what_to_do_and_no_whole_inn() -> None:
    missing, changed = choose(company(KPP), records(None)), choose(company(KPP), records(MOVED_KPP))
    assert missing is not None
    assert missing.note is not None
    assert words.text(missing.note.said, Language.RU) == (
        "У контрагента с ИНН …3893 в Контуре (id 0) не указан КПП. Укажите его там: 773601001."
    )
    assert changed is not None
    assert changed.note is not None
    assert words.text(changed.note.said, Language.RU) == (
        "У контрагента с ИНН …3893 в заказе КПП 773601001, в Контуре 540601001 (id 0), оба — головной организации."
        " Если она перешла в другую налоговую инспекцию, укажите в Контуре новый КПП."
    )
    assert facts.from_json(changed.note.message, code=changed.note.code) == (changed.note.said,)


@pytest.mark.parametrize("name", [RETAIL.name, "розничные покупатели", " Розничные  ПОКУПАТЕЛИ "])
def test_retail_is_known_by_its_name_whatever_its_case_and_spaces(name: str) -> None:
    others = [record("1", None, name=RETAIL.name), record("2", None, inn=None, name="Розничные покупатели (старые)")]
    choice = choose(RETAIL, [*others, record("3", None, inn=None, name=name)])
    assert choice is not None
    assert (choice.id, choice.note) == ("3", None)


def test_of_several_retail_records_the_settings_name_the_right_one() -> None:
    found = [record("1", None, inn=None, name=RETAIL.name), record("2", None, inn=None, name="РОЗНИЧНЫЕ ПОКУПАТЕЛИ ")]
    with pytest.raises(AmbiguousError) as ambiguous:
        choose(RETAIL, found)
    names = (("1", RETAIL.name), ("2", "РОЗНИЧНЫЕ ПОКУПАТЕЛИ "))
    which = several(*(said("record_by_name", id=id_, name=name) for id_, name in names))
    why = said("ambiguous_by_name")
    assert ambiguous.value.said == said("counterparty_ambiguous", records=Count(2, "record"), which=which, why=why)
    assert "accounting.retail_counterparty_id" in str(ambiguous.value)
