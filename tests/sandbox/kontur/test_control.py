from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any

import requests

from include.sandbox.kontur import serving

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


def test_every_answer_has_a_trace_id(sandbox: serving.Sandbox) -> None:
    for path in ("/openapi.json", "/_sandbox/health", "/nothing", "/budget/v1/accounts/demo/counterparties"):
        assert len(requests.get(sandbox.url + path, timeout=10).headers["X-Kontur-Trace-Id"]) == 32


def test_a_killed_server_started_again_goes_on_with_its_books(tmp_path: pathlib.Path) -> None:
    ledger = tmp_path / "ledger.sqlite"

    def create(sandbox: serving.Sandbox) -> int:
        return requests.post(
            f"{sandbox.base_url}/accounts/demo/counterparties",
            json={"name": "А", "type": "Individual"},
            headers={"X-Api-Key": "demo-key"},
            timeout=10,
        ).status_code

    with serving.running(ledger) as sandbox:
        assert create(sandbox) == 201
        sandbox.process.kill()
    with serving.running(ledger) as sandbox:
        assert create(sandbox) == 201
    assert len(sandbox.books.counterparties()) == 2
