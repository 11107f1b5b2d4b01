"""A wrong key, type or word is refused at load, with where it stands and what is allowed."""

from __future__ import annotations

import datetime as dt
import pathlib
from decimal import Decimal

import pytest
from kontur_hook.contract import Contract, CounterpartyType, VatRate

from include import settings
from include.facts import Number, Said, said, several
from include.words import Language, speaking


@pytest.fixture
def file(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """The settings file in use, empty."""
    path = tmp_path / "settings.yaml"
    path.touch()
    monkeypatch.setenv("KONTUR_SETTINGS", str(path))
    settings._load.cache_clear()
    return path


def refused() -> Said:
    """The one thing that is wrong."""
    with pytest.raises(settings.SettingsError) as caught:
        settings.load()
    (problem,) = caught.value.args
    assert isinstance(problem, Said)
    return problem


def variable(name: str) -> Said:
    """Where a variable sets the wrong value."""
    return said("where_variable", name=name)


def test_the_file_holds_the_defaults_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KONTUR_SETTINGS")
    assert settings.load() == settings.Settings()


def test_the_defaults_are_those_of_the_design() -> None:
    shop, run, accounting, posting = (
        getattr(settings.Settings(), name) for name in ("shop", "run", "accounting", "posting")
    )
    assert (shop.timezone, shop.sites, shop.shipped_statuses) == ("Europe/Moscow", None, {"D", "F"})
    assert (run.retries, run.overlap_days, run.flood_percent) == (3, 3, 30)
    assert (accounting.document_per, accounting.document_kind) == ("order", "saleinvoice")
    assert (accounting.vat_guard, accounting.vat_regime, accounting.delivery_vat) == ("by_shipment", (), "auto")
    assert (accounting.vat_zero_means, accounting.closed_advances) == (VatRate.NONE, "note")
    assert (accounting.delivery_name, accounting.delivery_unit) == ("Доставка", "шт")
    assert (accounting.retail, accounting.retail_name) == ("one_counterparty", "Розничные покупатели")
    assert (accounting.retail_type, accounting.require_kpp) == (CounterpartyType.INDIVIDUAL, False)
    assert (posting.settle_s, posting.wait_s) == (900, 21_600)


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


def test_a_map_in_the_environment_stands_for_the_whole_of_the_files(
    file: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(
        "shop: {code: A, sites: {s1: kontur_one}, platforms: {ozon: post}}\n"
        'accounting: {retail: skip, payment_methods: {"5": Cash}, properties: {inn: [A], kpp: [B]}}\n'
    )
    monkeypatch.setenv("KONTUR__SHOP__SITES", '{"s2": "kontur_two"}')
    monkeypatch.setenv("KONTUR__SHOP__PLATFORMS", "{}")
    monkeypatch.setenv("KONTUR__ACCOUNTING", '{"payment_methods": {"7": "FromBank"}, "properties": {"inn": ["C"]}}')
    loaded = settings.load()
    assert (loaded.shop.code, loaded.shop.sites, loaded.shop.platforms) == ("A", {"s2": "kontur_two"}, {})
    assert (loaded.accounting.payment_methods, loaded.accounting.retail) == ({"7": "FromBank"}, "skip")
    assert (loaded.accounting.properties.inn, loaded.accounting.properties.kpp) == (("C",), ("B",))


@pytest.mark.parametrize(
    ("name", "value", "key", "code"),
    [
        ("KONTUR__ACCOUNTING__PAYMENT_METHODS", '{"5": "cash"}', "accounting.payment_methods.5", "setting_word"),
        ("KONTUR__SHOP__SITES", '{"s1": 7}', "shop.sites.s1", "setting_needs_quotes"),
        (
            "KONTUR__ACCOUNTING__VAT_REGIME",
            '[{"from": "soon", "rates": ["vat5"]}]',
            "accounting.vat_regime.0.from",
            "setting_no_date",
        ),
        ("kontur__run", '{"retries": "many"}', "run.retries", "setting_no_whole_number"),
    ],
)
def test_a_wrong_entry_of_a_variable_is_not_looked_for_in_the_file(
    file: pathlib.Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, key: str, code: str
) -> None:
    monkeypatch.setenv(name, value)
    told = refused()
    assert (told.code, dict(told.facts)["where"], dict(told.facts)["key"]) == (code, variable(name), key)


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
    where = variable("KONTUR__SHOP__SHIPPED_STATUSES")
    given = "['D', 'F'"
    assert refused() == said("setting_list_unreadable", where=where, key="shop.shipped_statuses", given=given)


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
    assert refused() == said("variable_misspelt", name=name, meant=meant)


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
    assert refused() == said("variable_twice", other="KONTUR__ACCOUNTING__GO_LIVE", name="kontur__accounting__go_live")


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
    assert refused() == said("variable_of_a_map", name=name, map=whole)


def test_rates_are_per_cent_however_they_are_written(file: pathlib.Path) -> None:
    file.write_text('accounting: {vat: {"20.00": vat20, 7: vat7}}\n')
    assert settings.load().accounting.vat == {Decimal(20).normalize(): VatRate.VAT20, Decimal(7): VatRate.VAT7}


RATES = [rate.value for rate in VatRate]


@pytest.mark.parametrize(
    ("text", "line", "code", "key", "facts"),
    [
        ("shop:\n  timezone: Mars\n", 2, "setting_time_zone", "shop.timezone", {"given": "Mars"}),
        (
            "run:\n  retrys: 3\n",
            2,
            "setting_unknown",
            "run.retrys",
            {"allowed": several(*settings.Run.model_fields)},
        ),
        ("shopp: {}\n", 1, "setting_unknown", "shopp", {"allowed": several(*settings.Settings.model_fields)}),
        ("1: a\n", 1, "setting_unknown", "1", {"allowed": several(*settings.Settings.model_fields)}),
        ("shop:\n  1: a\n", 2, "setting_key_no_text", "shop.1", {}),
        ("shop:\n  code: ab\n", 2, "setting_shop_code", "shop.code", {"given": "ab"}),
        ("shop:\n  code: 01\n", 2, "setting_needs_quotes", "shop.code", {"given": "1"}),
        ("shop:\n  sites: s1\n", 2, "setting_no_map", "shop.sites", {"given": "s1"}),
        ("shop:\n", 1, "setting_no_map", "shop", {"given": "null"}),
        (
            "shop:\n  shipped_statuses: [D, NO]\n",
            2,
            "setting_needs_quotes",
            "shop.shipped_statuses",
            {"given": "false"},
        ),
        ("shop:\n  admin_url: [a]\n", 2, "setting_no_text", "shop.admin_url", {"given": '["a"]'}),
        ("run:\n\n  batch_size: 501\n", 3, "setting_above_most", "run.batch_size", {"given": "501", "most": 500}),
        ("run:\n  retries: -1\n", 2, "setting_below_least", "run.retries", {"given": "-1", "least": 0}),
        ("run:\n  retry_delay_s: 0\n", 2, "setting_too_small", "run.retry_delay_s", {"given": "0", "limit": 0}),
        ("run:\n  retries: 1.5\n", 2, "setting_no_whole_number", "run.retries", {"given": "1.5"}),
        ("run:\n  retries: many\n", 2, "setting_no_whole_number", "run.retries", {"given": "many"}),
        ("reconciliation:\n  at: 5:00\n", 2, "setting_time", "reconciliation.at", {"given": "300"}),
        ("run:\n  retry_delay_s: x\n", 2, "setting_no_number", "run.retry_delay_s", {"given": "x"}),
        (
            "accounting:\n  retail: maybe\n",
            2,
            "setting_word",
            "accounting.retail",
            {"given": "maybe", "allowed": several("one_counterparty", "skip", "reject")},
        ),
        (
            "accounting:\n  delivery_vat: vat18\n",
            2,
            "setting_word",
            "accounting.delivery_vat",
            {"given": "vat18", "allowed": several("auto", "bitrix", *RATES)},
        ),
        (
            'accounting:\n  vat:\n    "18": vat18\n',
            3,
            "setting_word",
            "accounting.vat.18",
            {"given": "vat18", "allowed": several(*RATES)},
        ),
        ("accounting:\n  vat:\n    20%: vat20\n", 3, "setting_percentage", "accounting.vat.20%", {"given": "20%"}),
        ("accounting:\n  require_kpp: maybe\n", 2, "setting_no_switch", "accounting.require_kpp", {"given": "maybe"}),
        (
            "accounting:\n  vat_guard: maybe\n",
            2,
            "setting_word",
            "accounting.vat_guard",
            {"given": "maybe", "allowed": several("by_shipment", "reject", "off")},
        ),
        ("accounting:\n  go_live: 01.10.2026\n", 2, "setting_no_date", "accounting.go_live", {"given": "01.10.2026"}),
        ("accounting:\n  go_live: 2026-13-01\n", 2, "setting_no_date", "accounting.go_live", {"given": "2026-13-01"}),
        ("accounting:\n  go_live: 0\n", 2, "setting_no_date", "accounting.go_live", {"given": "0"}),
        ("accounting:\n  closed_until: 2026\n", 2, "setting_no_date", "accounting.closed_until", {"given": "2026"}),
        (
            "accounting:\n  go_live: 2026-10-01T00:00:00Z\n",
            2,
            "setting_no_date",
            "accounting.go_live",
            {"given": "2026-10-01T00:00:00Z"},
        ),
        ("accounting:\n  retail_name: ' '\n", 2, "setting_empty", "accounting.retail_name", {}),
        ("accounting:\n  number: ''\n", 2, "setting_empty", "accounting.number", {}),
        ("accounting:\n  retail_counterparty_id: ''\n", 2, "setting_empty", "accounting.retail_counterparty_id", {}),
        ("accounting:\n  units:\n    778: ''\n", 3, "setting_empty", "accounting.units.778", {}),
        ("accounting:\n  vat: {}\n", 2, "setting_empty", "accounting.vat", {}),
        ("shop:\n  sites: {}\n", 2, "setting_empty", "shop.sites", {}),
        ("shop:\n  sites: {s1: ''}\n", 2, "setting_empty", "shop.sites.s1", {}),
        ("shop:\n  companies: {}\n", 2, "setting_empty", "shop.companies", {}),
        ("report:\n  folder: ''\n", 2, "setting_empty", "report.folder", {}),
        (
            "shop:\n  admin_url: shop.example/bitrix/admin\n",
            2,
            "setting_url",
            "shop.admin_url",
            {"given": "shop.example/bitrix/admin"},
        ),
        ("accounting:\n  customize: shop\n", 2, "setting_customize", "accounting.customize", {"given": "shop"}),
        (
            "accounting:\n  properties:\n    inn:\n",
            3,
            "setting_no_list",
            "accounting.properties.inn",
            {"given": "null"},
        ),
        (
            "contract:\n  api_key: X\n",
            2,
            "setting_unknown",
            "contract.api_key",
            {"allowed": several(*Contract.model_fields)},
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_what_is_allowed(
    file: pathlib.Path, text: str, line: int, code: str, key: str, facts: dict[str, object]
) -> None:
    file.write_text(text)
    told = refused()
    found = dict(told.facts)
    assert told.code == code
    assert found.pop("where") == said("where_file", file=str(file), line=line)
    assert str(found.pop("key")).removesuffix(".1" if code == "setting_needs_quotes" else "") == key
    assert found == {name: Number(Decimal(value)) if isinstance(value, int) else value for name, value in facts.items()}


def test_all_that_is_wrong_is_said_at_once_in_the_readers_language(file: pathlib.Path) -> None:
    file.write_text("shop:\n  timezone: Mars\naccounting:\n  properties: {inn: 7}\n")
    with pytest.raises(settings.SettingsError) as caught:
        settings.load()
    zone, inn = str(caught.value).splitlines()
    assert zone.startswith(f"{file}:2: в настройке shop.timezone часового пояса «Mars» нет. Укажите имя вида")
    assert inn == f"{file}:4: в настройке accounting.properties.inn нужен список в виде [A, B], указано «7»."
    with speaking(Language.EN):
        assert str(caught.value).splitlines()[1] == (
            f"{file}:4: accounting.properties.inn must be a list like [A, B], it is «7»."
        )


def test_a_wrong_environment_variable_is_named(file: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONTUR__RUN__RETRIES", "many")
    where = variable("KONTUR__RUN__RETRIES")
    assert refused() == said("setting_no_whole_number", where=where, key="run.retries", given="many")
    monkeypatch.delenv("KONTUR__RUN__RETRIES")
    monkeypatch.setenv("KONTUR__SHO__TIMEZONE", "x")
    assert refused() == said("variable_misspelt", name="KONTUR__SHO__TIMEZONE", meant="KONTUR__SHOP__TIMEZONE")
    monkeypatch.delenv("KONTUR__SHO__TIMEZONE")
    monkeypatch.setenv("KONTUR__BOOKS__COLOUR", "x")
    sections = several(*settings.Settings.model_fields)
    assert refused() == said("variable_no_section", name="KONTUR__BOOKS__COLOUR", sections=sections)


def test_a_file_that_is_not_there_or_no_yaml_is_said(file: pathlib.Path) -> None:
    file.write_text("shop: [")
    told = refused()
    assert (told.code, dict(told.facts)["file"], dict(told.facts)["line"]) == ("settings_not_yaml", str(file), 1)
    file.write_text("- shop")
    assert refused().code == "settings_no_sections"
    file.unlink()
    told = refused()
    assert (told.code, dict(told.facts)["file"]) == ("settings_unreadable", str(file))


@pytest.mark.parametrize(
    ("text", "line", "key", "first"),
    [
        ("accounting:\n  closed_until: 2026-09-30\nshop: {code: A}\naccounting:\n  retail: skip\n", 4, "accounting", 1),
        ("accounting:\n  go_live: 2026-10-01\n  go_live: 2026-01-01\n", 3, "go_live", 2),
        ('accounting:\n  payment_methods:\n    "5": Cash\n    5: FromBank\n', 4, "5", 3),
        ("shop: {code: A,\n  code: B}\n", 2, "code", 1),
    ],
)
def test_a_key_that_stands_twice_is_refused_as_one_of_the_two_would_be_ignored(
    file: pathlib.Path, text: str, line: int, key: str, first: int
) -> None:
    file.write_text(text)
    where = said("where_file", file=str(file), line=line)
    assert refused() == said("setting_twice", where=where, key=key, first=first)


def test_what_a_merge_key_brings_may_be_said_otherwise(file: pathlib.Path) -> None:
    first, then = "&first {from: 2026-01-01, rates: [vat5]}", "{<<: *first, from: 2026-07-01}"
    file.write_text(f"accounting:\n  vat_regime:\n    - {first}\n    - {then}\n")
    assert [(str(p.start), sorted(p.rates)) for p in settings.load().accounting.vat_regime] == [
        ("2026-01-01", ["vat5"]),
        ("2026-07-01", ["vat5"]),
    ]


@pytest.mark.parametrize("charset", ["cp1251", "utf-16"])
def test_a_file_that_is_not_utf8_is_said(file: pathlib.Path, charset: str) -> None:
    file.write_text("shop: {code: A}\naccounting: {delivery_name: Доставка}\n", encoding=charset)
    assert refused() == said("settings_not_utf8", file=str(file), line={"cp1251": 2, "utf-16": 1}[charset])


def test_a_file_that_was_changed_is_read_again(file: pathlib.Path) -> None:
    """The API server, which shows the page and takes its decisions, lives for weeks."""
    file.write_text("accounting: {closed_until: 2026-08-31}\n")
    first = settings.load()
    assert first.accounting.closed_until == dt.date(2026, 8, 31)
    assert settings.load() is first
    file.write_text("accounting: {closed_until: 2026-09-30, require_kpp: true}\n")
    assert settings.load().accounting.closed_until == dt.date(2026, 9, 30)


def test_a_company_decides_before_the_site_and_an_unnamed_one_has_no_connection() -> None:
    shop = settings.Shop(companies={1: "kontur_one", 2: "kontur_two"})
    found = [shop.connection_of("s1", company) for company in (1, 2, 3, None)]
    assert found == ["kontur_one", "kontur_two", None, "kontur_default"]
    assert shop.connections == ("kontur_default", "kontur_one", "kontur_two")
    assert settings.Shop().connection_of("s1", 3) == "kontur_default"


def test_a_site_that_is_not_mapped_has_no_connection() -> None:
    shop = settings.Shop(sites={"s1": "kontur_one", "s2": "kontur_two"})
    assert (shop.connection_of("s1", None), shop.connection_of("S1", None), shop.connection_of("s3", None)) == (
        "kontur_one",
        None,
        None,
    )
    assert shop.connections == ("kontur_one", "kontur_two")
    assert settings.Shop().connections == ("kontur_default",)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("true", "reject"),
        ("false", "off"),
        ("off", "off"),
        ('"off"', "off"),
        ("reject", "reject"),
        ("by_shipment", "by_shipment"),
    ],
)
def test_the_guard_of_vat_was_a_switch_before(file: pathlib.Path, written: str, meant: str) -> None:
    file.write_text(f"accounting: {{vat_guard: {written}}}\n")
    assert settings.load().accounting.vat_guard == meant


def test_the_switch_may_stand_in_the_environment(file: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONTUR__ACCOUNTING__VAT_GUARD", "true")
    assert settings.load().accounting.vat_guard == "reject"


def test_regimes_of_vat_stand_by_their_first_day(file: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later, first = "{from: 2026-07-01, rates: [vat5]}", "{from: 2026-01-01, rates: none}"
    file.write_text(f"accounting: {{vat_regime: [{later}, {first}]}}\n")
    assert [(str(p.start), sorted(p.rates)) for p in settings.load().accounting.vat_regime] == [
        ("2026-01-01", ["none"]),
        ("2026-07-01", ["vat5"]),
    ]
    monkeypatch.setenv("KONTUR__ACCOUNTING__VAT_REGIME", '[{"from": "2025-01-01", "rates": ["vat20", "vat10"]}]')
    assert [sorted(p.rates) for p in settings.load().accounting.vat_regime] == [["vat10", "vat20"]]


def test_two_regimes_of_one_day_are_refused(file: pathlib.Path) -> None:
    file.write_text(
        "accounting:\n  vat_regime:\n    - {from: 2026-01-01, rates: [vat5]}\n    - {from: 2026-01-01, rates: [vat7]}\n"
    )
    told = refused()
    assert (told.code, dict(told.facts)["key"], dict(told.facts)["what"]) == (
        "setting_said_twice",
        "accounting.vat_regime",
        "2026-01-01",
    )


def test_one_rate_written_in_two_ways_is_refused(file: pathlib.Path) -> None:
    file.write_text('accounting:\n  vat: {"20": vat20, "20.0": vat22}\n')
    told = refused()
    assert (told.code, dict(told.facts)["key"], dict(told.facts)["what"]) == (
        "setting_said_twice",
        "accounting.vat",
        "20",
    )


@pytest.mark.parametrize(
    ("period", "key", "code"),
    [
        ("{from: 2026-13-01, rates: [vat5]}", "accounting.vat_regime.0.from", "setting_no_date"),
        ("{from: 2026-01-01, rates: [vat18]}", "accounting.vat_regime.0.rates.0", "setting_word"),
        ("{from: 2026-01-01, rates: [vat5], to: 2026-07-01}", "accounting.vat_regime.0.to", "setting_unknown"),
        ("{from: 2026-01-01, rates: []}", "accounting.vat_regime.0.rates", "setting_empty"),
        ("{from: 2026-01-01}", "accounting.vat_regime.0.rates", "setting_missing"),
        ("{rates: [vat5]}", "accounting.vat_regime.0.from", "setting_missing"),
    ],
)
def test_a_regime_that_cannot_be_read_is_named(file: pathlib.Path, period: str, key: str, code: str) -> None:
    file.write_text(f"accounting:\n  vat_regime:\n    - {period}\n")
    problem = refused()
    assert (problem.code, dict(problem.facts)["key"]) == (code, key)
