"""What was typed where an INN or a KPP belongs, told by its shape."""

from __future__ import annotations

import pytest

from include.accounting.buyer.inn import check_inn, check_kpp
from include.accounting.findings import NotPostableError
from tests.accounting.orders import company, finding, order, plan

INN, KPP = "7707083893", "773601001"


def said_of_inn(text: str) -> str:
    with pytest.raises(NotPostableError) as caught:
        check_inn(text)
    (found,) = caught.value.findings
    assert found.code == "inn_format"
    return found.message


def said_of_kpp(text: str) -> str:
    with pytest.raises(NotPostableError) as caught:
        check_kpp(text)
    (found,) = caught.value.findings
    assert found.code == "kpp_format"
    return found.message


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("\u200b7707083893", ["10 digits", "a zero-width space before the number"]),
        ("7707083893\u200b", ["10 digits", "a zero-width space behind the number"]),
        ("77070\u200b83893", ["10 digits", "a zero-width space inside the number"]),
        ("\ufeff7707083893", ["10 digits", "a byte-order mark before the number"]),
        ("7707\u00ad083893", ["10 digits", "a soft hyphen inside the number"]),
        ("\u200e7707083893", ["10 digits", "a left-to-right mark before the number"]),
        ("77070\u00a083893", ["10 digits", "a no-break space inside the number"]),
        ("7707 083893", ["10 digits", "a space inside the number"]),
        ("7707\t083893", ["10 digits", "a tab inside the number"]),
        ("7707083893\n", ["10 digits", "a line break behind the number"]),
        ("7707\u2009083893", ["10 digits", "a space (U+2009) inside the number"]),
        ("7707\u0007083893", ["10 digits", "an invisible character (U+0007) inside the number"]),
        ("ИНН 7707083893", ["10 digits", "a word before the number"]),
        ("ИНН:7707083893", ["10 digits", "a word before the number", "a colon before the number"]),
        ("7707083893 (действующий)", ["10 digits", "a word behind the number"]),
        ("7707-083893", ["10 digits", "a dash inside the number"]),
        ("7707\u2013083893", ["10 digits", "a dash inside the number"]),
        ("77О7083893", ["9 digits", "the Cyrillic letter О inside the number"]),
        ("770708З893", ["9 digits", "the Cyrillic letter З inside the number"]),
        ("77О7О8З893", ["7 digits", "the Cyrillic letters О, З inside the number"]),
        ("77O7083893", ["9 digits", "the Latin letter O inside the number"]),
        ("l707083893", ["9 digits", "the small Latin letter l before the number"]),
        ("№7707083893", ["10 digits", "the character «№» before the number"]),
        ("100000004", ["9 digits"]),
        ("12345678901", ["11 digits"]),
        ("7700000016,1234567894", ["20 digits", "a comma inside the number"]),
        ("٧٧٠٧٠٨٣٨٩٣", ["digits of another script"]),
        ("уточняется", ["no digits", "a word"]),
        ("-", ["no digits", "a dash"]),
        ("\u200b", ["no digits", "a zero-width space"]),
    ],
)
def test_an_inn_is_told_by_its_shape(typed: str, said: list[str]) -> None:
    message = said_of_inn(typed)
    for part in said:
        assert part in message
    assert "as typed in" not in message
    assert message.startswith("INN is not 10 or 12 digits")
    assert message.endswith("correct the INN in the order's properties")
    assert INN not in message


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
    assert "INN and KPP in one field: put the KPP into its own" in said_of_inn(typed)
    assert "INN and KPP in one field: leave the KPP, and put the INN into its own" in said_of_kpp(typed)
    assert INN not in said_of_inn(typed)
    assert KPP not in said_of_inn(typed)


def test_an_entrepreneurs_inn_with_a_zero_for_a_kpp_is_told_by_its_shape() -> None:
    assert "13 digits, a slash inside the number" in said_of_inn("500100732259/0")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("77360100", ["8 digits"]),
        ("773601001\u200b", ["9 digits", "a zero-width space behind the number"]),
        ("КПП 773601001", ["9 digits", "a word before the number"]),
        ("7736 01001", ["9 digits", "a space inside the number"]),
        ("7736-01-001", ["9 digits", "a dash inside the number"]),
        ("7704АВ001", ["7 digits", "the Cyrillic letters А, В inside the number"]),
        ("7704ab001", ["7 digits", "the small Latin letters a, b inside the number"]),
        ("77040100A", ["8 digits", "the Latin letter A behind the number"]),
        ("773601OO1", ["7 digits", "the Latin letter O inside the number"]),
        ("нет", ["no digits", "a word"]),
    ],
)
def test_a_kpp_is_told_by_its_shape(typed: str, said: list[str]) -> None:
    message = said_of_kpp(typed)
    for part in said:
        assert part in message
    assert message.startswith("KPP is not four digits, two digits or capital letters, three digits")
    assert message.endswith("correct the KPP in the order's properties")


@pytest.mark.parametrize("typed", ["Иванов +79161234567", "ivanov@example.com", "a" * 300, "7" * 300 + "," * 300])
def test_what_may_be_a_name_or_a_phone_is_not_repeated_and_the_message_stays_short(typed: str) -> None:
    message = said_of_inn(typed)
    for private in ("Иванов", "ivanov", "example", "7916", "aaa"):
        assert private not in message
    assert len(message) < 250


@pytest.mark.parametrize("blank", [" ", "\t", "\n", "\u00a0", "\u2009", "\u3000"])
def test_outer_spaces_of_every_kind_are_trimmed(blank: str) -> None:
    assert plan(order(**company(f"{blank}{INN}{blank}", f"{blank}{KPP}{blank}"))).findings == ()


def test_an_invisible_character_is_no_space() -> None:
    assert finding(plan(order(**company(f"{INN}\u200b")))).code == "inn_format"
