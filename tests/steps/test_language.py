"""Which language a run speaks."""

from __future__ import annotations

import json

import pytest
from MySQLdb.connections import Connection

from include.settings import Settings, Spoken, Words
from include.steps.language import language
from include.words import Language


def spoken(in_settings: Spoken) -> Language:
    return language(Settings(words=Words(language=in_settings)))


def add_sites(shop: Connection, *, of_default: str) -> None:
    with shop.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO b_lang (LID, NAME, DIR, DEF, LANGUAGE_ID) VALUES (%s, 'x', '/', %s, %s)",
            [("s1", "N", "de"), ("s2", "Y", of_default)],
        )


@pytest.mark.parametrize(("of_shop", "expected"), [("ru", "ru"), ("en", "en"), ("EN", "en"), ("de", "ru")])
def test_that_of_the_shops_default_site(shop: Connection, of_shop: str, expected: str) -> None:
    add_sites(shop, of_default=of_shop)
    assert spoken(Spoken.AUTO) == expected


def test_that_of_the_settings_if_they_name_one(shop: Connection) -> None:
    add_sites(shop, of_default="en")
    assert (spoken(Spoken.RU), spoken(Spoken.EN)) == (Language.RU, Language.EN)


def test_russian_where_the_shop_does_not_say_or_cannot_be_read(
    shop: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert spoken(Spoken.AUTO) is Language.RU
    add_sites(shop, of_default="en")
    with shop.cursor() as cursor:
        cursor.execute("UPDATE b_lang SET DEF = 'N'")
        assert spoken(Spoken.AUTO) is Language.RU
        cursor.execute("ALTER TABLE b_lang DROP COLUMN LANGUAGE_ID")
        assert spoken(Spoken.AUTO) is Language.RU
    away = {"conn_type": "mysql", "host": "127.0.0.1", "port": 1, "login": "a", "schema": "shop"}
    monkeypatch.setenv("AIRFLOW_CONN_BITRIX_MYSQL", json.dumps(away))
    assert spoken(Spoken.AUTO) is Language.RU
