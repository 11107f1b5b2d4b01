"""Garbled Russian is told from whatever else shops call their goods."""

from __future__ import annotations

import pytest

from include.bitrix.mojibake import reads_as_russian

NAMES = [
    "Чайник электрический",
    "Кружка «Доброе утро», 330 мл",
    "ООО «Ромашка»",
    "Индивидуальный предприниматель Щукин",
    "ЁЛКА НОВОГОДНЯЯ",
    "Стол письменный Bosch 1200×600",
    "Пальто шерстяное",
]


def in_latin1(text: str, charset: str) -> str:
    """As a latin1 connection shows the bytes."""
    return "".join(
        bytes([byte]).decode("latin-1" if byte in {0x81, 0x8D, 0x8F, 0x90, 0x9D} else "cp1252")
        for byte in text.encode(charset)
    )


@pytest.mark.parametrize("name", NAMES)
def test_cp1251_bytes_in_latin1_tables(name: str) -> None:
    assert reads_as_russian(in_latin1(name.replace("×", "x"), "cp1251")) == name.replace("×", "x")


@pytest.mark.parametrize("name", NAMES)
def test_utf8_bytes_in_latin1_tables(name: str) -> None:
    assert reads_as_russian(in_latin1(name, "utf-8")) == name


@pytest.mark.parametrize("name", NAMES)
def test_utf8_bytes_in_cp1251_tables(name: str) -> None:
    garbled = name.encode().decode("cp1251", "replace")  # 0x98, a half of «И», is no letter of cp1251 and is lost
    assert reads_as_russian(garbled) is not None
    assert reads_as_russian(garbled.replace("\ufffd", "?")) is not None


def test_as_reported() -> None:
    assert reads_as_russian("×àéíèê") == "Чайник"
    assert reads_as_russian("Р§Р°Р№РЅРёРє") == "Чайник"
    assert reads_as_russian("Ð§Ð°Ð¹Ð½Ð¸Ðº") == "Чайник"
    assert reads_as_russian("×àéíèê Bosch TWK 7,5 ë.") == "Чайник Bosch TWK 7,5 л."


@pytest.mark.parametrize(
    "name",
    [
        *NAMES,
        "Größe XL, für Mädchen, weiß",
        "ÄÖÜ",
        "GRÖßE ÜBER ÄRGER",
        "Crème brûlée à la française, déjà vu",
        "L'été à Nîmes – côté forêt",
        "Señor Ñandú, piñata de año",
        "Smörgåsbord på svenska, ÅÄÖ",
        "Blåbærgrød fra Ærø",
        "Žluťoučký kůň",
        "Mug 250 ml ☕ 🎁",
        "Кружка 🎁 подарок",
        "Підлога ґанок її їжак",
        "Рівне, Сєвєродонецьк, Різдво",
        "Қазақстан өңірі үй тұрмыс ұлы",
        "РС РЁВ СССР РСФСР",
        "Сёмга Рёбра С№5",
        "12 × 34 мм, 5 °C, ±2 %",
        "½ л, § 5, © 2026",
        "Élégance",
        "ÀÉÈÙ",
        "ПАО «РИСК» №1",
        "Ελληνικά",
        "中文名称",
        "",
        "Plain ASCII",
        "100%",
    ],
)
def test_what_is_as_it_was_written(name: str) -> None:
    assert reads_as_russian(name) is None
