"""The benchmarks' server speaks the contract as the hook does, and counts what it was asked."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal

import msgspec
import pytest
import requests
from kontur_hook.contract import DocumentKind, PaymentMethod
from kontur_hook.hook import KonturHook
from kontur_hook.outcome import Created

from proof.environment import ROOT
from proof.waiting import wait_until
from sandbox.kontur.paths import BASE_PATH
from sandbox.lean import client
from sandbox.lean.server import CONTROL, Asked
from sandbox.mariadb import free_port

DAY = dt.date(2026, 2, 3)
ITEM = {"name": "Чай", "quantity": 3, "price": 33.4, "vatRate": "vat22", "unit": "шт"}
DOCUMENT = {"number": "7", "date": "2026-02-03", "counterpartyId": "id-1", "comment": "BX1-S1-7", "items": [ITEM]}
PAYMENT = {"date": "2026-02-03", "amount": 100.2, "paymentMethod": "Cash"}


@pytest.fixture
def url() -> Iterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen([sys.executable, "-m", "sandbox.lean", "--port", str(port)], cwd=ROOT) as server:
        try:
            wait_until(lambda: _answers(url))
            yield url
        finally:
            server.kill()


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}{CONTROL}/counted", timeout=5).ok
    except requests.ConnectionError:
        return False


def told(url: str, what: str) -> object:
    return requests.get(f"{url}{CONTROL}/{what}", timeout=5).json()


def test_what_the_hook_posts_is_listed_and_read_and_a_bare_client_sends_the_same(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = {"conn_type": "kontur", "host": f"{url}{BASE_PATH}", "login": "demo", "password": "key"}
    monkeypatch.setenv("AIRFLOW_CONN_KONTUR_DEFAULT", json.dumps(connection))
    hook = KonturHook()
    assert isinstance(
        hook.create_counterparty(json.dumps({"name": "ООО «А»", "inn": "1"}), idempotency_key="c"), Created
    )
    assert [found.name for found in hook.find_counterparties(inn="1")] == ["ООО «А»"]
    assert hook.find_counterparties(inn="2") == []
    made = hook.create_document(DocumentKind.SALE_INVOICE, json.dumps(DOCUMENT), idempotency_key="d")
    assert isinstance(made, Created)
    paid = hook.create_payment(DocumentKind.SALE_INVOICE, made.id, json.dumps(PAYMENT), idempotency_key="p")
    assert isinstance(paid, Created)
    (listed,) = hook.list_documents(DocumentKind.SALE_INVOICE, date_from=DAY, date_to=DAY)
    assert (listed.id, listed.number, listed.total_amount) == (made.id, "7", Decimal("100.2"))
    assert list(hook.list_documents(DocumentKind.SALE_INVOICE, date_from=DAY + dt.timedelta(1))) == []
    read = hook.get_document(DocumentKind.SALE_INVOICE, made.id)
    assert read is not None
    assert [(one.amount, one.method) for one in read.payments] == [(Decimal("100.2"), PaymentMethod.CASH)]
    assert hook.get_document(DocumentKind.SALE_INVOICE, "nothing") is None
    asked = [one for one in msgspec.convert(told(url, "asked"), list[Asked]) if one.method == "POST"]
    told(url, "forget")
    client.send(f"{url}{BASE_PATH}/accounts/demo", "key", asked, connections=1)
    counted = {"documents": 1, "payments": 1, "refunds": 0, "counterparties": 1}
    assert told(url, "counted") == {"POST": 3, **counted, "most_at_once": 0}


def test_as_many_are_under_way_as_there_are_connections(url: str) -> None:
    told(url, "forget?latency_ms=200")
    asked = [Asked("GET", "/counterparties?inn=1", "")] * 12
    client.send(f"{url}{BASE_PATH}/accounts/demo", "key", asked, connections=4)
    counted = told(url, "counted")
    assert isinstance(counted, dict)
    assert (counted["GET"], counted["most_at_once"]) == (12, 4)
