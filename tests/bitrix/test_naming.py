"""Which order properties speak of an INN."""

from __future__ import annotations

import pytest

from include.bitrix.naming import speaks_of_inn, speaks_of_return


@pytest.mark.parametrize(
    "code",
    [
        *["INN", "inn", "IP_INN", "UR_INN", "INN_ORG", "F_INN_2", "INN2", "companyInn", "INNCompany", "INNKPP"],
        *["COMPANYINN", "ИНН", "ИП_ИНН", "uf-inn", "PROP.INN", "ИННКПП"],
    ],
)
def test_codes_that_do(code: str) -> None:
    assert speaks_of_inn(code, "Реквизит")


@pytest.mark.parametrize(
    "name", ["ИНН", "Инн ИП", "ИНН/КПП", "ваш ИНН:", "ИНН (для организаций)", "INN компании", "№ ИНН", "ИНН-код"]
)
def test_names_that_do(name: str) -> None:
    assert speaks_of_inn("F_12", name)
    assert speaks_of_inn(None, name)


@pytest.mark.parametrize("text", ["INNER", "WINNER", "DINNER", "INNA", "INNOVATION", "TINNITUS", "BEGINNING", "SINN_"])
@pytest.mark.parametrize("around", ["{}", "IS_{}", "{}_CODE", "The {} 2"])
def test_words_that_merely_contain_the_letters(text: str, around: str) -> None:
    assert not speaks_of_inn(around.format(text), around.format(text.capitalize()))


@pytest.mark.parametrize("text", ["ДИННЕР", "Инна", "ИННОВАЦИЯ", "Длинный комментарий", "Старинный", "КПП", "", None])
def test_russian_words_that_merely_contain_the_letters(text: str | None) -> None:
    assert not speaks_of_inn(None, text)
    assert not speaks_of_inn(text, None)


@pytest.mark.parametrize("name", ["Возврат", "Не выкуплен", "Невыкуп", "Вернулся на склад", "Отменён", "Refused"])
def test_a_status_of_what_came_back(name: str) -> None:
    assert speaks_of_return(name)


@pytest.mark.parametrize("name", ["Выкуплен", "Ожидает выкупа", "Доставлен", "Выполнен", "Completed"])
def test_a_status_of_what_did_not(name: str) -> None:
    assert not speaks_of_return(name)
