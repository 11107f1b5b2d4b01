"""INN and KPP; python-stdnum is the oracle for check digits."""

from __future__ import annotations

import pytest
import stdnum.ru.inn
from hypothesis import given
from hypothesis import strategies as st

from include.accounting.buyer.inn import check_inn, check_kpp
from include.accounting.findings import NotPostableError


def code_of(inn: str) -> str | None:
    try:
        check_inn(inn)
    except NotPostableError as error:
        return error.findings[0].code
    return None


@pytest.mark.parametrize(
    "inn",
    [
        "7707083893",
        "7736207543",
        "6663003127",
        "1234567894",
        "0100000004",
        "9909000004",
        "123456789047",
        "500100732259",
        "770000000156",
    ],
)
def test_right_ones_pass(inn: str) -> None:
    assert code_of(inn) is None


@pytest.mark.parametrize(
    ("inn", "code"),
    [
        ("7701234567", "inn_checksum"),
        ("7743013902", "inn_checksum"),
        ("1234567895", "inn_checksum"),
        ("123456789037", "inn_checksum"),
        ("0000000000", "inn_zero"),
        ("000000000000", "inn_zero"),
        ("100000004", "inn_format"),
        ("12345678901", "inn_format"),
        ("7700 000016", "inn_format"),
        ("уточняется", "inn_format"),
        ("٧٧٠٧٠٨٣٨٩٣", "inn_format"),
        ("7707083893\n", "inn_format"),
    ],
)
def test_wrong_ones_are_refused(inn: str, code: str) -> None:
    assert code_of(inn) == code


def test_what_may_be_a_name_is_not_repeated() -> None:
    with pytest.raises(NotPostableError) as caught:
        check_inn("Иванов +79161234567")
    assert "Иванов" not in str(caught.value)
    assert "7916" not in str(caught.value)


@given(st.from_regex(r"[0-9]{10}|[0-9]{12}", fullmatch=True))
def test_any_digits_are_judged_as_stdnum_does(inn: str) -> None:
    assert (code_of(inn) is None) == (stdnum.ru.inn.is_valid(inn) and inn.strip("0") != "")


@given(st.integers(1, 999999999))
def test_check_digits_of_companies_agree_with_stdnum(number: int) -> None:
    inn = f"{number:09d}" + stdnum.ru.inn.calc_company_check_digit(f"{number:09d}")
    assert code_of(inn) is None


@given(st.integers(1, 9999999999))
def test_check_digits_of_persons_agree_with_stdnum(number: int) -> None:
    inn = f"{number:010d}" + stdnum.ru.inn.calc_personal_check_digits(f"{number:010d}")
    assert code_of(inn) is None


@pytest.mark.parametrize("kpp", ["773601001", "7704AB001", "770401001"])
def test_right_kpps_pass(kpp: str) -> None:
    check_kpp(kpp)


@pytest.mark.parametrize("kpp", ["77040100", "7704ab001", "77040100A", "7704АВ001", "773601001\n", "7736 01001"])
def test_wrong_kpps_are_refused(kpp: str) -> None:
    with pytest.raises(NotPostableError) as caught:
        check_kpp(kpp)
    assert caught.value.findings[0].code == "kpp_format"
