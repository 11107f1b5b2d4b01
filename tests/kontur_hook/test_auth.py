"""How requests are signed: the key's header, tokens by client credentials."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

import pytest
from kontur_hook.contract import Contract, DocumentKind
from kontur_hook.errors import KonturAccessError, KonturConfigurationError, KonturError, KonturTransientError
from kontur_hook.hook import KonturHook
from kontur_hook.outcome import Created, NotApplied

from tests.kontur_hook.hooks import SECRET, HookFor, Start, Way
from tests.kontur_hook.wire import Asked, Wire, http

INVOICE = DocumentKind.SALE_INVOICE
EMPTY = http(200, {"items": []})


def _token(name: str, **fields: Any) -> bytes:
    return http(200, {"access_token": name, "token_type": "Bearer", "expires_in": 3600} | fields)


@pytest.fixture
def oauth(hook_for: HookFor) -> Callable[..., KonturHook]:
    def make(api: Wire, tokens: Wire, **extra: Any) -> KonturHook:
        settings = {"auth": "client_credentials", "client_id": "shop", "token_url": tokens.url, "scope": "budget api"}
        return hook_for(api.url, **settings | extra)

    return make


Oauth = Callable[..., KonturHook]


@pytest.mark.parametrize(
    ("extra", "contract", "header"),
    [
        ({}, Contract(), "x-api-key"),
        ({}, Contract(api_key_header="X-Kontur-Apikey"), "x-kontur-apikey"),
        ({"api_key_header": "X-Mine"}, Contract(api_key_header="X-Kontur-Apikey"), "x-mine"),
    ],
)
def test_key_in_a_header(
    start: Start, hook_for: HookFor, extra: dict[str, str], contract: Contract, header: str
) -> None:
    server = start(EMPTY)
    hook_for(server.url, contract=contract, **extra).find_counterparties(inn="1")
    assert server.asked[0].headers[header] == SECRET
    assert "authorization" not in server.asked[0].headers


def test_a_401_with_a_key_is_not_sent_again(start: Start, hook_for: HookFor) -> None:
    server = start(http(401))
    assert isinstance(hook_for(server.url).create_document(INVOICE, "{}", idempotency_key="k"), NotApplied)
    assert len(server.asked) == 1


def test_client_credentials(start: Start, oauth: Oauth) -> None:
    api, tokens = start(EMPTY), start(_token("token-1"))
    hook = oauth(api, tokens)
    for _ in range(3):
        hook.find_counterparties(inn="1")
    assert [asked.headers["authorization"] for asked in api.asked] == ["Bearer token-1"] * 3
    assert all("x-api-key" not in asked.headers for asked in api.asked)
    [asked] = tokens.asked
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in asked.headers
    assert parse_qs(asked.body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["shop"],
        "client_secret": [SECRET],
        "scope": ["budget api"],
    }


@pytest.mark.parametrize(("lifetime", "kept"), [(3600, 3569), ("3600", 3569), (20, 9), (None, 269), (-1, 269)])
def test_a_token_is_renewed_shortly_before_it_expires(
    start: Start, oauth: Oauth, monkeypatch: pytest.MonkeyPatch, lifetime: object, kept: float
) -> None:
    clock = [1000.0]
    monkeypatch.setattr("kontur_hook.auth.time", SimpleNamespace(monotonic=lambda: clock[0]))
    api, tokens = start(EMPTY), start(_token("token-1", expires_in=lifetime), _token("token-2"))
    hook = oauth(api, tokens, timeout_s=600)
    for moment in (1000.0, 1000.0 + kept, 1000.0 + kept + 2):
        clock[0] = moment
        hook.find_counterparties(inn="1")
    assert [asked.headers["authorization"] for asked in api.asked] == [
        "Bearer token-1",
        "Bearer token-1",
        "Bearer token-2",
    ]


def test_one_new_token_after_a_401(start: Start, oauth: Oauth) -> None:
    api = start(http(401), http(201, {"id": "d1"}))
    tokens = start(_token("token-1"), _token("token-2"))
    outcome = oauth(api, tokens).create_document(INVOICE, '{"a": 1}', idempotency_key="k")
    assert outcome == Created("d1", 201)
    assert [asked.headers["authorization"] for asked in api.asked] == ["Bearer token-1", "Bearer token-2"]
    assert [asked.body for asked in api.asked] == [b'{"a": 1}', b'{"a": 1}']
    assert [asked.headers["idempotency-key"] for asked in api.asked] == ["k", "k"]


def test_a_second_401_is_the_end(start: Start, oauth: Oauth) -> None:
    api, tokens = start(http(401)), start(_token("token-1"), _token("token-2"))
    outcome = oauth(api, tokens).create_document(INVOICE, "{}", idempotency_key="k")
    assert isinstance(outcome, NotApplied)
    assert isinstance(outcome.error, KonturAccessError)
    assert (len(api.asked), len(tokens.asked)) == (2, 2)


def test_many_at_once_share_one_token_and_renew_it_once(start: Start, oauth: Oauth, way: Way) -> None:
    good = {"name": "token-1"}
    issued = iter(["token-1", "token-2", "token-3"])

    def answer(asked: Asked) -> bytes:
        return EMPTY if asked.headers["authorization"] == f"Bearer {good['name']}" else http(401, {"message": "old"})

    api, tokens = start(route=answer), start(route=lambda _: _token(next(issued)))
    hook = oauth(api, tokens, concurrency=8)
    assert way.at_once(hook, 8, "find_counterparties", inn="1") == [[]] * 8
    assert len(tokens.asked) == 1
    good["name"] = "token-2"
    assert way.at_once(hook, 8, "find_counterparties", inn="1") == [[]] * 8
    assert len(tokens.asked) == 2


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (http(400, {"error": "invalid_client"}), KonturAccessError, "refuses us: invalid_client. Check client_id"),
        (http(400, {"error": "invalid_scope"}), KonturAccessError, "invalid_scope"),
        (http(401, {"error": "invalid_client"}), KonturAccessError, "refuses us"),
        (http(503), KonturTransientError, "Try again later"),
        (http(429, None, headers={"Retry-After": "9"}), KonturTransientError, "Try again later"),
        (http(302, None, headers={"Location": "/login"}), KonturConfigurationError, "check token_url"),
        (http(404, b"<html/>", media="text/html"), KonturConfigurationError, "check token_url"),
        (http(400, b"<html/>", media="text/html"), KonturConfigurationError, "check token_url"),
        (http(200, b"<html/>", media="text/html"), KonturConfigurationError, "check token_url"),
        (http(200, {"access_token": "", "token_type": "Bearer"}), KonturConfigurationError, "no bearer token"),
        (http(200, {"access_token": "a b", "token_type": "Bearer"}), KonturConfigurationError, "no bearer token"),
        (http(200, {"access_token": "abc", "token_type": "mac"}), KonturConfigurationError, "no bearer token"),
    ],
)
def test_without_a_token_nothing_is_sent(
    start: Start, oauth: Oauth, answer: bytes, kind: type[KonturError], words: str
) -> None:
    api, tokens = start(http(201, {"id": "d1"})), start(answer)
    outcome = oauth(api, tokens).create_document(INVOICE, "{}", idempotency_key="k")
    assert isinstance(outcome, NotApplied)
    assert type(outcome.error) is kind
    assert words in str(outcome.error)
    assert SECRET not in str(outcome.error)
    assert api.connections == 0


def test_a_token_service_that_comes_back(start: Start, oauth: Oauth, no_waits: list[float]) -> None:
    api, tokens = start(EMPTY), start(http(503), _token("token-1"))
    assert oauth(api, tokens).find_counterparties(inn="1") == []
    assert len(no_waits) == 1
