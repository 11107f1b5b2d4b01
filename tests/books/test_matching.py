"""Which record of Kontur a buyer is; the KPP's digits 5 and 6 are the reason of registration, 01 the head office."""

from __future__ import annotations

import re

import pytest
from kontur_hook.records import KnownCounterparty

from include.books.matching import KPP_CHANGED, KPP_MISSING, AmbiguousError, choose
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
        (KPP, (None,), ("0", KPP_MISSING)),
        (BRANCH, (None,), ("0", KPP_MISSING)),
        (KPP, (None, BRANCH), None),  # it does not stand there once
        (KPP, (MOVED_KPP,), ("0", KPP_CHANGED)),
        (KPP, (BRANCH, MOVED_KPP), ("1", KPP_CHANGED)),
        (KPP, (None, MOVED_KPP), ("1", KPP_CHANGED)),
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
    ("wanted", "kpps", "advice"),
    [
        (KPP, (KPP, KPP), "merge them there"),
        (None, (None, None), "merge them there"),
        (None, (KPP, BRANCH), "give the order the KPP of the right one"),
        (KPP, (MOVED_KPP, "780101001"), "merge them there"),
    ],
)
def test_of_several_none_is_chosen(wanted: str | None, kpps: tuple[str | None, ...], advice: str) -> None:
    with pytest.raises(AmbiguousError, match=re.escape("INN …3893")) as ambiguous:
        choose(company(wanted), records(*kpps))
    assert "ids 0, 1" in str(ambiguous.value)
    assert advice in str(ambiguous.value)
    assert INN not in str(ambiguous.value)


def test_what_is_noted_says_what_to_do_and_no_whole_inn() -> None:
    missing, changed = choose(company(KPP), records(None)), choose(company(KPP), records(MOVED_KPP))
    assert missing is not None
    assert missing.note is not None
    assert missing.note.message == "Kontur's record of INN …3893 (id 0) has no KPP: complete it there, it is 773601001"
    assert changed is not None
    assert changed.note is not None
    assert changed.note.message == (
        "INN …3893 has KPP 773601001 in the order and 540601001 in Kontur (id 0), both of a head office:"
        " if it moved, enter the new one there"
    )


@pytest.mark.parametrize("name", [RETAIL.name, "розничные покупатели", " Розничные  ПОКУПАТЕЛИ "])
def test_retail_is_known_by_its_name_whatever_its_case_and_spaces(name: str) -> None:
    others = [record("1", None, name=RETAIL.name), record("2", None, inn=None, name="Розничные покупатели (старые)")]
    choice = choose(RETAIL, [*others, record("3", None, inn=None, name=name)])
    assert choice is not None
    assert (choice.id, choice.note) == ("3", None)


def test_of_several_retail_records_the_settings_name_the_right_one() -> None:
    found = [record("1", None, inn=None, name=RETAIL.name), record("2", None, inn=None, name="РОЗНИЧНЫЕ ПОКУПАТЕЛИ ")]
    with pytest.raises(AmbiguousError, match=r"ids 1, 2.*accounting\.retail_counterparty_id") as ambiguous:
        choose(RETAIL, found)
    assert "KPP" not in str(ambiguous.value)
