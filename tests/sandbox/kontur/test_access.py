from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from sandbox.kontur.serving import Sandbox

Connect = Callable[..., Any]
COUNTERPARTY = {"name": "А", "type": "Individual"}
FORM = {"grant_type": "client_credentials", "client_id": "demo", "client_secret": "demo-key", "scope": "accounting.api"}


def _ask(sandbox: Sandbox, **changes: str) -> requests.Response:
    return requests.post(f"{sandbox.url}/connect/token", data=FORM | changes, timeout=10)


def _bearer(connect: Connect, token: str) -> Any:
    api = connect("demo", None)
    api.session.headers["Authorization"] = f"Bearer {token}"
    return api


@pytest.mark.parametrize(
    ("account", "key", "status"),
    [
        ("demo", "demo-key", 200),
        ("second", "second-key", 200),
        ("demo", None, 401),
        ("demo", "wrong", 401),
        ("nobody", None, 401),
        ("nobody", "demo-key", 404),
        ("demo", "second-key", 403),
        ("demo", "demo-reader", 200),
    ],
)
def test_a_key_opens_its_own_account(connect: Connect, account: str, key: str | None, status: int) -> None:
    assert connect(account, key).get("/counterparties", inn="7707083893").status_code == status


def test_a_readers_key_writes_nothing(connect: Connect, sandbox: Sandbox) -> None:
    before = len(sandbox.books.counterparties())
    assert connect("demo", "demo-reader").refused("/counterparties", COUNTERPARTY) == (403, "read_only")
    assert len(sandbox.books.counterparties()) == before


def test_a_token_of_client_credentials_writes_until_it_is_revoked(connect: Connect, sandbox: Sandbox) -> None:
    answer = _ask(sandbox).json()
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3600)
    api = _bearer(connect, answer["access_token"])
    api.created("/counterparties", COUNTERPARTY)

    assert sandbox.control("DELETE", "/tokens") == {"revoked": 1}
    assert api.refused("/counterparties", COUNTERPARTY) == (401, "unauthorized")
    _bearer(connect, _ask(sandbox).json()["access_token"]).created("/counterparties", COUNTERPARTY)


def test_a_token_expires(connect: Connect, sandbox: Sandbox) -> None:
    sandbox.set_options(token_expires_in_s=1)
    answer = _ask(sandbox).json()
    assert answer["expires_in"] == 1
    api = _bearer(connect, answer["access_token"])
    started = time.monotonic()
    while (status := api.get("/counterparties", inn="1").status_code) == 200 and time.monotonic() < started + 5:
        time.sleep(0.05)
    assert status == 401
    assert time.monotonic() - started > 0.8


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": "password"}, "invalid_request"),
        ({"client_id": ""}, "invalid_request"),
        ({"client_id": "x" * 301}, "invalid_request"),
        ({"scope": ""}, "invalid_request"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "second"}, "invalid_client"),
        ({"scope": "openid accounting.api"}, "invalid_scope"),
    ],
)
def test_a_wrong_request_for_a_token_is_400(sandbox: Sandbox, changes: dict[str, str], error: str) -> None:
    answer = _ask(sandbox, **changes)
    assert (answer.status_code, answer.json()) == (400, {"error": error})


def test_a_request_for_a_token_is_a_form(sandbox: Sandbox) -> None:
    answer = requests.post(f"{sandbox.url}/connect/token", json=FORM, timeout=10)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})
