from __future__ import annotations

import asyncio
import pathlib
import sqlite3
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import requests

from sandbox.kontur import serving
from sandbox.kontur.access import Gate
from sandbox.kontur.app import create_app
from sandbox.kontur.options import Options

INVOICES = "/documents/saleinvoices"


def test_requests_are_counted_by_kind_and_status(
    api: Any, invoice: Callable[..., dict[str, Any]], sandbox: serving.Sandbox
) -> None:
    def counts() -> dict[tuple[str, str, int], int]:
        root = "/budget/v1/accounts/{account}"
        rows = sandbox.control("GET", "/requests")["items"]
        return {(row["method"], row["path"].removeprefix(root), row["status"]): row["count"] for row in rows}

    body = invoice()
    before = counts()
    document = api.post(INVOICES, body, headers={"Idempotency-Key": "sale:1"}).json()["id"]
    api.refused(INVOICES, body | {"totalAmount": 1})
    for _ in range(2):
        api.created(f"{INVOICES}/{document}/payments", {"date": "2026-01-05", "amount": 1, "paymentMethod": "Cash"})
    api.get(f"{INVOICES}/{document}")

    after = counts()
    assert {key: count - before.get(key, 0) for key, count in after.items() if count != before.get(key, 0)} == {
        ("POST", INVOICES, 201): 1,
        ("POST", INVOICES, 422): 1,
        ("POST", INVOICES + "/{id}/payments", 201): 2,
        ("GET", INVOICES + "/{id}", 200): 1,
    }
    by_key = [row for row in sandbox.books.requests() if row["idempotency_key"] == "sale:1"]
    assert [(row["account"], row["method"], row["status"]) for row in by_key] == [("demo", "POST", 201)]


def test_the_books_can_be_read_with_totals_and_page_by_page(
    connect: Callable[..., Any], sandbox: serving.Sandbox
) -> None:
    api = connect("second", "second-key")
    buyer = api.created("/counterparties", {"name": "А", "type": "Individual"})
    item = {"name": "А", "quantity": 1, "price": 0.1, "vatRate": "none", "unit": "шт"}
    body = {"date": "2026-01-05", "counterpartyId": buyer, "items": [item], "totalAmount": 0.1, "comment": ""}
    ids = [api.created(INVOICES, body | {"number": str(number)}) for number in range(3)]
    api.created(f"{INVOICES}/{ids[0]}/payments", {"date": "2026-01-05", "amount": 0.1, "paymentMethod": "Cash"})

    books = sandbox.control("GET", "/books?account=second&limit=2&offset=1")
    assert books["totals"] == {
        "documents": {"count": 3, "amount": 0.3},
        "payments": {"count": 1, "amount": 0.1},
        "refunds": {"count": 0, "amount": 0},
    }
    assert [document["id"] for document in books["documents"]] == ids[1:]


def test_a_document_is_edited_and_deleted_as_by_an_accountant(
    connect: Callable[..., Any], sandbox: serving.Sandbox
) -> None:
    api = connect()
    buyer = api.created("/counterparties", {"name": "А", "type": "Individual"})
    item = {"name": "А", "quantity": 1, "price": 5, "vatRate": "none", "unit": "шт"}
    body = {"date": "2026-01-05", "counterpartyId": buyer, "items": [item], "totalAmount": 5, "comment": "ours"}
    edited, deleted = (api.created(INVOICES, body | {"number": str(number)}) for number in range(2))
    for document in (edited, deleted):
        api.created(f"{INVOICES}/{document}/payments", {"date": "2026-01-05", "amount": 5, "paymentMethod": "Cash"})

    sandbox.control("PATCH", f"/documents/{edited}", {"number": "B-7"})
    sandbox.control("PATCH", f"/documents/{edited}", {"comment": ""})
    assert sandbox.control("DELETE", f"/documents/{deleted}") == {"removed": 1}
    both = (edited, deleted)
    documents = [(d["id"], d["number"], d["comment"]) for d in sandbox.books.documents() if d["id"] in both]
    assert documents == [(edited, "B-7", "")]
    assert [p["document_id"] for p in sandbox.books.payments() if p["document_id"] in both] == [edited]
    assert sandbox.control("DELETE", f"/documents/{deleted}") == {"removed": 0}
    with pytest.raises(serving.SandboxError, match="404"):
        sandbox.control("PATCH", f"/documents/{deleted}", {"number": "1"})


def test_every_answer_has_a_trace_id(sandbox: serving.Sandbox) -> None:
    for path in ("/openapi.json", "/_sandbox/health", "/nothing", "/budget/v1/accounts/demo/counterparties"):
        assert len(requests.get(sandbox.url + path, timeout=10).headers["X-Kontur-Trace-Id"]) == 32


def test_control_is_for_its_own_machine_only(tmp_path: pathlib.Path) -> None:
    app = create_app(tmp_path / "ledger.sqlite", Gate({"demo": "demo-key"}, {}), Options())

    async def statuses(*paths: tuple[str, str]) -> list[int]:
        elsewhere = httpx.ASGITransport(app, client=("192.0.2.7", 50000))
        async with httpx.AsyncClient(
            transport=elsewhere, base_url="http://sandbox", headers={"X-Api-Key": "demo-key"}
        ) as client:
            return [(await client.request(method, path)).status_code for method, path in paths]

    assert asyncio.run(
        statuses(
            ("GET", "/budget/v1/accounts/demo/counterparties?inn=1"),
            ("GET", "/_sandbox/health"),
            ("GET", "/_sandbox/books"),
            ("PUT", "/_sandbox/options"),
            ("PUT", "/_sandbox/faults"),
        )
    ) == [200, 403, 403, 403, 403]


def test_a_failure_of_the_server_itself_has_the_errors_shape(tmp_path: pathlib.Path) -> None:
    ledger = tmp_path / "ledger.sqlite"
    with serving.running(ledger) as sandbox:
        connection = sqlite3.connect(ledger)
        connection.execute("DROP TABLE counterparties")
        connection.close()
        url = f"{sandbox.base_url}/accounts/demo/counterparties?inn=1"
        answer = requests.get(url, headers={"X-Api-Key": "demo-key"}, timeout=10)
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal")
    assert answer.json()["traceId"] == answer.headers["X-Kontur-Trace-Id"]
