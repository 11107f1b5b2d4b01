"""A wrong key, type or word is refused at load, with where it stands and what is allowed."""

from __future__ import annotations

import datetime as dt
import pathlib
from decimal import Decimal

import pytest
from kontur_hook.contract import CounterpartyType, VatRate

from include import settings


@pytest.fixture
def file(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """The settings file in use, empty."""
    path = tmp_path / "settings.yaml"
    path.touch()
    monkeypatch.setenv("KONTUR_SETTINGS", str(path))
    settings._load.cache_clear()
    return path


def test_the_file_holds_the_defaults_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KONTUR_SETTINGS")
    assert settings.load() == settings.Settings()


def test_the_defaults_are_those_of_the_design() -> None:
    shop, run, accounting, posting = (
        getattr(settings.Settings(), name) for name in ("shop", "run", "accounting", "posting")
    )
    assert (shop.timezone, shop.sites, shop.shipped_statuses) == ("Europe/Moscow", None, {"D", "F"})
    assert (run.retries, run.overlap_days, run.flood_percent) == (3, 3, 30)
    assert (accounting.document_per, accounting.document_kind, accounting.vat_guard) == ("order", "saleinvoice", True)
    assert (accounting.vat_zero_means, accounting.delivery_vat) == (VatRate.NONE, None)
    assert (accounting.delivery_name, accounting.delivery_unit) == ("Доставка", "шт")
    assert (accounting.retail, accounting.retail_name) == ("one_counterparty", "Розничные покупатели")
    assert (accounting.retail_type, accounting.require_kpp) == (CounterpartyType.INDIVIDUAL, False)
    assert posting.settle_s == 900


def test_one_key_comes_from_the_environment_and_wins_over_the_file(
    file: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("shop: {timezone: Asia/Vladivostok, code: A1}\n")
    monkeypatch.setenv("KONTUR__SHOP__TIMEZONE", "Europe/Kaliningrad")
    monkeypatch.setenv("KONTUR__SHOP__SITES", '{"s1": "kontur_one"}')
    monkeypatch.setenv("KONTUR__SHOP__SHIPPED_STATUSES", "D,F,Pr")
    monkeypatch.setenv("KONTUR__ACCOUNTING__GO_LIVE", "2026-10-01")
    loaded = settings.load()
    assert (loaded.shop.timezone, loaded.shop.code) == ("Europe/Kaliningrad", "A1")
    assert loaded.shop.sites == {"s1": "kontur_one"}
    assert loaded.shop.shipped_statuses == {"D", "F", "Pr"}
    assert loaded.accounting.go_live == dt.date(2026, 10, 1)


@pytest.mark.parametrize("text", ["IP_INN", "IP_INN, UR_INN", '["IP_INN", "UR_INN"]', "IP_INN,"])
def test_codes_are_a_list_or_one_text_with_commas(
    file: pathlib.Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    expected = ("IP_INN", "UR_INN") if "UR_INN" in text else ("IP_INN",)
    file.write_text(f"accounting: {{properties: {{ignore: {text if text[0] == '[' else repr(text)}}}}}\n")
    assert settings.load().accounting.properties.ignore == expected
    file.write_text("")
    monkeypatch.setenv("KONTUR__ACCOUNTING__PROPERTIES__IGNORE", text)
    settings._load.cache_clear()
    assert settings.load().accounting.properties.ignore == expected


@pytest.mark.parametrize("text", ["D,F", "[D, F]", "['D', 'F']", '["D","F"]', '"D","F"', " D , F ", '["D,F"]'])
def test_quotes_and_brackets_of_a_list_do_not_matter(
    file: pathlib.Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("KONTUR__SHOP__SHIPPED_STATUSES", text)
    assert settings.load().shop.shipped_statuses == {"D", "F"}


def test_a_list_that_cannot_be_read_is_said(file: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONTUR__SHOP__SHIPPED_STATUSES", "['D', 'F'")
    with pytest.raises(settings.SettingsError, match=r"^environment variable KONTUR__SHOP__SHIPPED_STATUSES: .* D, F"):
        settings.load()


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("KONTUR_ACCOUNTING_GO_LIVE", "KONTUR__ACCOUNTING__GO_LIVE"),
        ("KONTUR_ACCOUNTING__GO_LIVE", "KONTUR__ACCOUNTING__GO_LIVE"),
        ("KONTUR__ACCOUNTING_GO_LIVE", "KONTUR__ACCOUNTING__GO_LIVE"),
        ("KONTUR___ACCOUNTING__GO_LIVE", "KONTUR__ACCOUNTING__GO_LIVE"),
        ("KONTUR_GO_LIVE", "KONTUR__ACCOUNTING__GO_LIVE"),
        ("kontur_accounting_go_live", "KONTUR__ACCOUNTING__GO_LIVE"),
        ("KONTUR_ACOUNTING_GO_LIVE", "KONTUR__ACCOUNTING__GO_LIVE"),
        ("KONTUR_ACCOUNTING_PROPERTIES_INN", "KONTUR__ACCOUNTING__PROPERTIES__INN"),
        ("KONTUR_SHOP", "KONTUR__SHOP"),
        ("KONTUR_SETTING", "KONTUR_SETTINGS"),
        ("KONTUR__SETTINGS", "KONTUR_SETTINGS"),
    ],
)
def test_a_variable_that_only_looks_like_a_key_is_not_ignored_without_a_word(
    file: pathlib.Path, monkeypatch: pytest.MonkeyPatch, name: str, meant: str
) -> None:
    monkeypatch.setenv(name, "2026-10-01")
    with pytest.raises(settings.SettingsError) as caught:
        settings.load()
    assert str(caught.value).startswith(f"environment variable {name}")
    assert str(caught.value).endswith(f"did you mean {meant}?")


@pytest.mark.parametrize(
    "name",
    [
        "KONTUR_STACK",
        "KONTUR_API_KEY",
        "KONTUR_SERVICE_HOST",
        "KONTUR_PORT_8900_TCP",
        "KONTURGOLIVE",
        "MY_KONTUR_ACCOUNTING_GO_LIVE",
    ],
)
def test_variables_that_are_not_ours_are_let_be(file: pathlib.Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "x")
    assert settings.load() == settings.Settings()


def test_small_letters_do_as_well_but_not_beside_capitals(file: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("kontur__accounting__go_live", "2026-10-01")
    assert settings.load().accounting.go_live == dt.date(2026, 10, 1)
    monkeypatch.setenv("KONTUR__ACCOUNTING__GO_LIVE", "2026-11-01")
    with pytest.raises(settings.SettingsError, match="KONTUR__ACCOUNTING__GO_LIVE and kontur__accounting__go_live are"):
        settings.load()


@pytest.mark.parametrize(
    ("name", "whole"),
    [
        ("KONTUR__ACCOUNTING__PAYMENT_METHODS__Sber", "KONTUR__ACCOUNTING__PAYMENT_METHODS"),
        ("KONTUR__SHOP__SITES__S1", "KONTUR__SHOP__SITES"),
        ("KONTUR__ACCOUNTING__VAT__20", "KONTUR__ACCOUNTING__VAT"),
    ],
)
def test_an_entry_of_a_map_would_lose_its_capitals(
    file: pathlib.Path, monkeypatch: pytest.MonkeyPatch, name: str, whole: str
) -> None:
    monkeypatch.setenv(name, "x")
    with pytest.raises(settings.SettingsError, match=rf"variable {name}: .* the whole map as JSON in {whole}$"):
        settings.load()


def test_rates_are_per_cent_however_they_are_written(file: pathlib.Path) -> None:
    file.write_text('accounting: {vat: {"20.00": vat20, 7: vat7}}\n')
    assert settings.load().accounting.vat == {Decimal(20).normalize(): VatRate.VAT20, Decimal(7): VatRate.VAT7}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("shop:\n  timezone: Mars\n", 2, "shop.timezone: «Mars» is no time zone"),
        ("shop:\n  timezon: x\n", 2, "shop.timezon: no such key; allowed: code, timezone, sites"),
        ("shopp: {}\n", 1, "shopp: no such key; allowed: shop, run, accounting, posting, contract"),
        ("run:\n\n  batch_size: 501\n", 3, "run.batch_size: Input should be less than or equal to 500 (got 501)"),
        ("accounting:\n  retail: maybe\n", 2, "'one_counterparty', 'skip' or 'reject' (got 'maybe')"),
        ("accounting:\n  delivery_vat: vat18\n", 2, "use one of bitrix, none, vat0"),
        ('accounting:\n  vat:\n    "18": vat18\n', 3, "'vat22' (got 'vat18')"),
        ("shop:\n  sites: s1\n", 2, "shop.sites: a map is due here, like {key: value} (got 's1')"),
        ("accounting:\n  properties:\n    inn:\n", 3, "a list is due here, like [A, B] (got None)"),
        ("shop:\n  shipped_statuses: [D, NO]\n", 2, "valid string; put it in quotes (got False)"),
        ("contract:\n  api_key: X\n", 2, "contract.api_key: no such key; allowed: default_base_url"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_what_is_allowed(
    file: pathlib.Path, text: str, line: int, words: str
) -> None:
    file.write_text(text)
    with pytest.raises(settings.SettingsError) as caught:
        settings.load()
    assert str(caught.value).startswith(f"{file}:{line}: ")
    assert words in str(caught.value)


def test_a_wrong_environment_variable_is_named(file: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONTUR__RUN__RETRIES", "many")
    with pytest.raises(settings.SettingsError, match=r"^environment variable KONTUR__RUN__RETRIES: run.retries: "):
        settings.load()
    monkeypatch.delenv("KONTUR__RUN__RETRIES")
    monkeypatch.setenv("KONTUR__SHO__TIMEZONE", "x")
    with pytest.raises(settings.SettingsError, match=r"KONTUR__SHO__TIMEZONE: no such section; the sections are shop"):
        settings.load()


def test_a_file_that_is_not_there_or_no_yaml_is_said(file: pathlib.Path) -> None:
    file.write_text("shop: [")
    with pytest.raises(settings.SettingsError, match="not YAML"):
        settings.load()
    file.unlink()
    with pytest.raises(settings.SettingsError, match="cannot be read"):
        settings.load()


def test_a_site_that_is_not_mapped_has_no_connection() -> None:
    shop = settings.Shop(sites={"s1": "kontur_one", "s2": "kontur_two"})
    assert (shop.connection_of("s1"), shop.connection_of("S1"), shop.connection_of("s3")) == ("kontur_one", None, None)
    assert shop.connections == ("kontur_one", "kontur_two")
    assert settings.Shop().connections == ("kontur_default",)
