"""What was typed where an INN or a KPP belongs, told by its shape."""

from __future__ import annotations

from typing import Any

import pytest

from include.accounting.buyer.inn import check_inn, check_kpp
from include.accounting.findings import NotPostableError
from include.accounting.stored_findings import findings_from_json, findings_to_json
from include.facts import Count
from include.words import Language, text
from tests.accounting.orders import company, finding, order, plan
from tests.accounting.plain import facts

INN, KPP = "7707083893", "773601001"


def said_of_inn(text: str) -> dict[str, Any]:
    with pytest.raises(NotPostableError) as caught:
        check_inn(text)
    (found,) = caught.value.findings
    assert found.code == "inn_format"
    return facts(found)


def said_of_kpp(text: str) -> dict[str, Any]:
    with pytest.raises(NotPostableError) as caught:
        check_kpp(text)
    (found,) = caught.value.findings
    assert found.code == "kpp_format"
    return facts(found)


def before(what: Any) -> Any:
    return "typed_before", {"what": what}


def inside(what: Any) -> Any:
    return "typed_inside", {"what": what}


def behind(what: Any) -> Any:
    return "typed_behind", {"what": what}


def letters(shown: str, alphabet: str) -> Any:
    code = "typed_letters" if "," in shown else "typed_letter"
    return code, {"letters": shown, "alphabet": alphabet}


def sign(character: str) -> Any:
    return "sign_character", {"character": character}


def digits(count: int) -> Count:
    return Count(count, "digit")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("\u200b7707083893", [digits(10), before("sign_zero_width_space")]),
        ("7707083893\u200b", [digits(10), behind("sign_zero_width_space")]),
        ("77070\u200b83893", [digits(10), inside("sign_zero_width_space")]),
        ("\ufeff7707083893", [digits(10), before("sign_byte_order")]),
        ("7707\u00ad083893", [digits(10), inside("sign_soft_hyphen")]),
        ("\u200e7707083893", [digits(10), before("sign_left_to_right")]),
        ("77070\u00a083893", [digits(10), inside("sign_no_break_space")]),
        ("7707 083893", [digits(10), inside("sign_space")]),
        ("7707\t083893", [digits(10), inside("sign_tab")]),
        ("7707083893\n", [digits(10), behind("sign_line_break")]),
        ("7707\u2009083893", [digits(10), inside(("sign_other_space", {"unicode": "U+2009"}))]),
        ("7707\u0007083893", [digits(10), inside(("sign_invisible", {"unicode": "U+0007"}))]),
        ("ИНН 7707083893", [digits(10), before("typed_word"), before("sign_space")]),
        ("ИНН:7707083893", [digits(10), before("typed_word"), before("sign_colon")]),
        (
            "7707083893 (действующий)",
            [digits(10), *map(behind, ["sign_space", sign("("), "typed_word"]), "typed_more"],
        ),
        ("7707-083893", [digits(10), inside("sign_dash")]),
        ("7707\u2013083893", [digits(10), inside("sign_dash")]),
        ("77О7083893", [digits(9), inside(letters("О", "alphabet_cyrillic"))]),
        ("770708З893", [digits(9), inside(letters("З", "alphabet_cyrillic"))]),
        ("77О7О8З893", [digits(7), inside(letters("О, З", "alphabet_cyrillic"))]),
        ("77O7083893", [digits(9), inside(letters("O", "alphabet_latin"))]),
        ("l707083893", [digits(9), before(letters("l", "alphabet_latin_small"))]),
        ("№7707083893", [digits(10), before(sign("№"))]),
        ("100000004", [digits(9)]),
        ("12345678901", [digits(11)]),
        ("7700000016,1234567894", [digits(20), inside("sign_comma")]),
        ("٧٧٠٧٠٨٣٨٩٣", [("typed_other_digits", {"digits": digits(10)})]),
        ("уточняется", ["typed_no_digits", "typed_word"]),
        ("-", ["typed_no_digits", "sign_dash"]),
        ("\u200b", ["typed_no_digits", "sign_zero_width_space"]),
    ],
)
def test_an_inn_is_told_by_its_shape(typed: str, said: list[Any]) -> None:
    assert said_of_inn(typed) == {"typed": said, "hint": "hint_correct_inn"}


@pytest.mark.parametrize(
    "typed",
    [
        f"{INN}/{KPP}",
        f"{INN} / {KPP}",
        f"{INN} {KPP}",
        f"{INN}\\{KPP}",
        f"{INN}{KPP}",
        f"ИНН {INN} КПП {KPP}",
        f"ИНН/КПП: {INN}/{KPP}",
        f"{INN}, КПП 7704AB001",
    ],
)
def test_inn_and_kpp_in_one_field(typed: str) -> None:
    assert said_of_inn(typed) == {"typed": "typed_inn_and_kpp", "hint": "hint_move_kpp"}
    assert said_of_kpp(typed) == {"typed": "typed_inn_and_kpp", "hint": "hint_move_inn"}


def test_an_entrepreneurs_inn_with_a_zero_for_a_kpp_is_told_by_its_shape() -> None:
    assert said_of_inn("500100732259/0")["typed"] == [digits(13), inside("sign_slash")]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("77360100", [digits(8)]),
        ("773601001\u200b", [digits(9), behind("sign_zero_width_space")]),
        ("КПП 773601001", [digits(9), before("typed_word"), before("sign_space")]),
        ("7736 01001", [digits(9), inside("sign_space")]),
        ("7736-01-001", [digits(9), inside("sign_dash")]),
        ("7704АВ001", [digits(7), inside(letters("А, В", "alphabet_cyrillic"))]),
        ("7704ab001", [digits(7), inside(letters("a, b", "alphabet_latin_small"))]),
        ("77040100A", [digits(8), behind(letters("A", "alphabet_latin"))]),
        ("773601OO1", [digits(7), inside(letters("O", "alphabet_latin"))]),
        ("77Ω601001", [digits(8), inside(letters("Ω", "alphabet_greek"))]),
        ("77ა601001", [digits(8), inside(letters("ა", "alphabet_other"))]),
        ("нет", ["typed_no_digits", "typed_word"]),
    ],
)
def test_a_kpp_is_told_by_its_shape(typed: str, said: list[Any]) -> None:
    assert said_of_kpp(typed) == {"typed": said, "hint": "hint_correct_kpp"}


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            Language.RU,
            (
                "ИНН — это 10 или 12 цифр, а указано: 9 цифр, буква О (кириллица) внутри номера."
                " Исправьте ИНН в свойствах заказа."
            ),
        ),
        (
            Language.EN,
            (
                "An INN has 10 or 12 digits, and this is typed: 9 digits, the letter О (Cyrillic) inside the number."
                " Correct the INN in the order's properties."
            ),
        ),
    ],
)
def test_the_shape_in_words(language: Language, expected: str) -> None:
    with pytest.raises(NotPostableError) as caught:
        check_inn("77О7083893")
    assert text(caught.value.findings[0].said, language) == expected


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("typed", ["Иванов +79161234567", "ivanov@example.com", "a" * 300, "7" * 300 + "," * 300])
def test_what_may_be_a_name_or_a_phone_is_not_repeated_and_the_text_stays_short(typed: str, language: Language) -> None:
    with pytest.raises(NotPostableError) as caught:
        check_inn(typed)
    said = text(caught.value.findings[0].said, language)
    for private in ("Иванов", "ivanov", "example", "7916", "aaa"):
        assert private not in said
    assert len(said) < 250


@pytest.mark.parametrize("blank", [" ", "\t", "\n", "\u00a0", "\u2009", "\u3000"])
def test_outer_spaces_of_every_kind_are_trimmed(blank: str) -> None:
    assert plan(order(**company(f"{blank}{INN}{blank}", f"{blank}{KPP}{blank}"))).findings == ()


def test_an_invisible_character_is_no_space() -> None:
    assert finding(plan(order(**company(f"{INN}\u200b")))).code == "inn_format"


@pytest.mark.parametrize("typed", ["77О7О8З893", "7707\u2009083893", "٧٧٠٧٠٨٣٨٩٣", "№ 7707083893 (действующий)"])
def test_the_ledger_keeps_the_shape(typed: str) -> None:
    found = plan(order(**company(typed))).findings
    assert found
    assert findings_from_json(findings_to_json(found)) == found
