"""The connection of type ``kontur``: what is taken, what is refused, and in which words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import trustme
from airflow.sdk import Connection
from kontur_hook.connection import ConnectionSettings, parse_connection
from kontur_hook.contract import Contract
from kontur_hook.errors import KonturConfigurationError
from kontur_hook.extra import AuthScheme
from kontur_hook.hook import KonturHook

SECRET = "canary-key/+7f3a"


def _parse(**fields: Any) -> ConnectionSettings:
    values: dict[str, Any] = {"conn_id": "k", "conn_type": "kontur", "login": "acc", "password": SECRET} | fields
    if isinstance(values.get("extra"), dict):
        values["extra"] = json.dumps(values["extra"])
    return parse_connection(Connection(**values), Contract())


def _refusal(**fields: Any) -> str:
    with pytest.raises(KonturConfigurationError) as caught:
        _parse(**fields)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    return str(caught.value)


def test_defaults() -> None:
    settings = _parse()
    assert settings.base_url == "https://api.kontur.ru/budget/v1"
    assert settings.account == "acc"
    assert settings.secret.get_secret_value() == SECRET
    assert SECRET not in repr(settings)
    assert settings.auth is AuthScheme.API_KEY
    assert (settings.timeout_s, settings.concurrency, settings.rate_per_s) == (60, 20, None)
    assert (settings.ca_bundle, settings.api_key_header, settings.allow_http) == (None, None, False)


@pytest.mark.parametrize(
    ("host", "base_url"),
    [
        ("https://h.example/v1/", "https://h.example/v1"),
        ("h.example/v1", "https://h.example/v1"),
        ("h.example:8443", "https://h.example:8443"),
        ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://localhost:8080", "http://localhost:8080"),
    ],
)
def test_host_is_the_base_url(host: str, base_url: str) -> None:
    assert _parse(host=host).base_url == base_url


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("http://h.example", "host is http"),
        ("http://10.0.0.1", "host is http"),
        ("http://localhost.example", "host is http"),
        ("http://127.0.0.1.example", "host is http"),
        ("https://user:secret@h.example", "holds a user or a password"),
        ("https://key@h.example", "holds a user or a password"),
        ("https://h.example/v1?key=1", "holds a ?"),
        ("https://h.example/v1#a", "or a #"),
        ("ftp://h.example", "host is no URL"),
        ("https://", "host is no URL"),
        ("https://h.example:port", "host is no URL"),
        ("https://h.example:0", "host is no URL"),
        ("https://h.exa mple", "host is no URL"),
        ("https://h.example\n", "host is no URL"),
    ],
)
def test_other_hosts_are_refused(host: str, words: str) -> None:
    assert words in _refusal(host=host)


@pytest.mark.parametrize(
    ("host", "port"),
    [
        (None, 443),
        ("https://h.example/v1", 443),
        ("https://h.example:8443/v1", 8443),
        ("http://127.0.0.1", 80),
        (None, 0),
    ],
)
def test_the_port_may_say_what_host_says_already(host: str | None, port: int) -> None:
    """Airflow's Test button needs it filled in; its form sends 0 for an empty one."""
    assert _parse(host=host, port=port) == _parse(host=host)


def test_http_beyond_this_machine_only_when_allowed() -> None:
    assert _parse(host="http://sandbox:8080/v1", extra={"allow_http": True}).base_url == "http://sandbox:8080/v1"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"login": None}, "login is empty"),
        ({"login": "  "}, "login is empty"),
        ({"login": ".."}, "login is no account id"),
        ({"password": None}, "password is empty"),
        ({"password": "ключ"}, "outside ASCII"),
        ({"password": f"{SECRET}\n"}, "line break"),
        ({"port": 8080}, "port is not that of host, which is 443"),
        ({"schema": "http"}, "schema stays empty"),
        ({"extra": "{"}, "extra is not JSON"),
        ({"extra": "[1]"}, "extra is not a JSON object"),
        ({"extra": {"proxies": {"https": SECRET}}}, "extra «proxies» is unknown; allowed: auth, api_key_header"),
        ({"extra": {"base_url": "x"}}, "extra «base_url» is unknown"),
        ({"extra": {"verify": False}}, "extra «verify» is unknown"),
        ({"extra": {"auth": SECRET}}, "extra auth: Input should be 'api_key' or 'client_credentials'"),
        ({"extra": {"timeout_s": 0}}, "extra timeout_s: Input should be greater than 0"),
        ({"extra": {"timeout_s": "inf"}}, "extra timeout_s"),
        ({"extra": {"concurrency": 0}}, "extra concurrency"),
        ({"extra": {"rate_per_s": -1}}, "extra rate_per_s"),
        ({"extra": {"api_key_header": "X: y"}}, "extra api_key_header"),
        ({"extra": {"ca_bundle": "/nowhere.pem"}}, "extra ca_bundle: is no readable file"),
        ({"extra": {"auth": "client_credentials"}}, "needs client_id and token_url"),
        (
            {"extra": {"auth": "client_credentials", "client_id": "c", "token_url": "http://h.example/t"}},
            "token_url is http",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(fields: dict[str, Any], words: str) -> None:
    message = _refusal(**fields)
    assert message.startswith("Connection k: ")
    assert words in message


def test_a_bundle_that_is_no_certificate_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("nothing")
    assert "ca_bundle: is no readable file" in _refusal(extra={"ca_bundle": str(path)})
    trustme.CA().cert_pem.write_to_path(path)
    assert _parse(extra={"ca_bundle": str(path)}).ca_bundle == str(path)


def test_empty_fields_of_the_form_are_the_defaults() -> None:
    assert _parse(extra={"timeout_s": "", "scope": None, "rate_per_s": "2.5"}) == _parse(extra={"rate_per_s": 2.5})


def test_client_credentials() -> None:
    settings = _parse(
        extra={"auth": "client_credentials", "client_id": "c", "token_url": "https://h.example/t/", "scope": "a b"}
    )
    assert (settings.client_id, settings.token_url, settings.scope) == ("c", "https://h.example/t", "a b")


def test_from_a_uri(monkeypatch: pytest.MonkeyPatch) -> None:
    uri = "kontur://acc:p%40ss%2Fkey@https%3A%2F%2Fh.example%2Fv1?timeout_s=5&allow_http=false"
    monkeypatch.setenv("AIRFLOW_CONN_KONTUR_DEFAULT", uri)
    settings = KonturHook().connection_settings
    assert (settings.base_url, settings.secret.get_secret_value()) == ("https://h.example/v1", "p@ss/key")
    assert settings.timeout_s == 5


def test_a_connection_that_does_not_exist() -> None:
    with pytest.raises(KonturConfigurationError, match="Connection nowhere does not exist"):
        KonturHook("nowhere").connection_settings  # noqa: B018
