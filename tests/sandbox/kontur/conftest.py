"""A sandbox per test file, over real HTTP, and short ways to speak to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from sandbox.kontur import serving

ACCOUNTS = {"demo": "demo-key", "second": "second-key"}


class Api:
    """One account's client: paths below the account, answers as they come."""

    def __init__(self, sandbox: serving.Sandbox, account: str = "demo", key: str | None = "demo-key") -> None:
        self.root = f"{sandbox.base_url}/accounts/{account}"
        self.session = requests.Session()
        self.session.trust_env = False
        if key is not None:
            self.session.headers["X-Api-Key"] = key

    def get(self, path: str, **params: Any) -> requests.Response:
        return self.session.get(self.root + path, params=params, timeout=10)

    def post(self, path: str, body: Any, **options: Any) -> requests.Response:
        return self.session.post(self.root + path, json=body, timeout=options.pop("timeout", 10), **options)

    def created(self, path: str, body: Any) -> str:
        answer = self.post(path, body)
        assert answer.status_code == 201, answer.text
        new_id: str = answer.json()["id"]
        return new_id

    def refused(self, path: str, body: Any) -> tuple[int, str]:
        """Status and code of an answer that must be an error of the contract's shape."""
        answer = self.post(path, body)
        return answer.status_code, code_of(answer)


def code_of(answer: requests.Response) -> str:
    body = answer.json()
    assert set(body) == {"error", "traceId"}
    assert set(body["error"]) == {"code", "message"}
    assert body["traceId"] == answer.headers["X-Kontur-Trace-Id"]
    code: str = body["error"]["code"]
    return code


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[serving.Sandbox]:
    ledger = tmp_path_factory.mktemp("kontur") / "ledger.sqlite"
    with serving.running(ledger, accounts=ACCOUNTS, readers={"demo": "demo-reader"}) as running:
        yield running


@pytest.fixture
def sandbox(server: serving.Sandbox) -> Iterator[serving.Sandbox]:
    """The file's server, its options and faults at their defaults again after the test."""
    yield server
    server.set_options()


@pytest.fixture
def connect(sandbox: serving.Sandbox) -> Iterator[Callable[..., Api]]:
    """``connect(account, key)``: a further client."""
    opened: list[Api] = []

    def open_one(*arguments: Any) -> Api:
        opened.append(Api(sandbox, *arguments))
        return opened[-1]

    yield open_one
    for api in opened:
        api.session.close()


@pytest.fixture
def api(connect: Callable[..., Api]) -> Api:
    return connect()


@pytest.fixture
def company(api: Api) -> str:
    """The id of a counterparty."""
    body = {"name": "ООО «Ромашка»", "inn": "7707083893", "kpp": "773601001", "type": "LegalEntity"}
    return api.created("/counterparties", body)


@pytest.fixture
def invoice(company: str) -> Callable[..., dict[str, Any]]:
    """``invoice(number=…)``: the body of a right sale document of 100.05 roubles, with changes."""

    def build(**changes: Any) -> dict[str, Any]:
        item = {"name": "Кружка", "quantity": 3, "price": 33.35, "vatRate": "vat22", "unit": "шт"}
        body = {
            "date": "2026-01-05",
            "number": "1045",
            "counterpartyId": company,
            "items": [item],
            "totalAmount": 100.05,
            "comment": "Automatically created from order #1045",
        }
        return body | changes

    return build
