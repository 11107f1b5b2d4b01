"""What an accountant does in the books with the mouse, through the sandbox's control side."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from sandbox.kontur.serving import Sandbox, SandboxError

Invoice = Callable[..., dict[str, Any]]
INVOICES = "/documents/saleinvoices"
PAYMENT = {"date": "2026-01-06", "amount": 100.05, "paymentMethod": "BankTransfer"}


def _document(sandbox: Sandbox, id_: str) -> dict[str, Any]:
    return next(row for row in sandbox.books.documents() if row["id"] == id_)


def _buyer(api: Any, name: str) -> str:
    buyer: str = api.created("/counterparties", {"name": name, "type": "Individual"})
    return buyer


def test_every_field_of_a_document_can_be_edited(api: Any, invoice: Invoice, sandbox: Sandbox) -> None:
    document = api.created(INVOICES, invoice())
    other = _buyer(api, "Другой покупатель")
    line = {"name": "Чайник", "quantity": 0.5, "price": 84.14, "vatRate": "vat10", "unit": "кг"}
    edit = {
        "date": "2026-02-01",
        "number": "B-7",
        "counterpartyId": other,
        "comment": "Проверено",
        "items": [line],
        "totalAmount": 42.07,
    }
    for field, value in edit.items():
        sandbox.control("PATCH", f"/documents/{document}", {field: value})
    assert api.get(f"{INVOICES}/{document}").json() == {"id": document, **edit, "payments": [], "refunds": []}
    assert _document(sandbox, document)["total"] == Decimal("42.07")


def test_a_document_cannot_be_given_to_nobody(api: Any, invoice: Invoice, sandbox: Sandbox) -> None:
    document = api.created(INVOICES, invoice())
    with pytest.raises(SandboxError, match="unknown_counterparty"):
        sandbox.control("PATCH", f"/documents/{document}", {"counterpartyId": "nobody"})


def test_a_copy_has_the_lines_and_the_comment_and_no_money(api: Any, invoice: Invoice, sandbox: Sandbox) -> None:
    document = api.created(INVOICES, invoice(comment="ours"))
    api.created(f"{INVOICES}/{document}/payments", PAYMENT)

    same = sandbox.control("POST", f"/documents/{document}/copy", {})["id"]
    later = sandbox.control("POST", f"/documents/{document}/copy", {"date": "2026-02-01", "number": "1045-1"})["id"]
    assert len({document, same, later}) == 3
    assert api.get(f"{INVOICES}/{same}").json() == {
        **invoice(comment="ours"),
        "id": same,
        "payments": [],
        "refunds": [],
    }
    copied = api.get(f"{INVOICES}/{later}").json()
    assert (copied["date"], copied["number"], copied["items"]) == ("2026-02-01", "1045-1", invoice()["items"])
    with pytest.raises(SandboxError, match="404"):
        sandbox.control("POST", "/documents/nothing/copy", {})


def test_documents_and_money_are_typed_by_hand(api: Any, invoice: Invoice, sandbox: Sandbox) -> None:
    typed = sandbox.control("POST", "/accounts/demo/documents/saleinvoices", invoice(number="7", comment=""))["id"]
    act = sandbox.control("POST", "/accounts/demo/documents/acts", invoice(number="8", comment=""))["id"]
    assert api.get(f"{INVOICES}/{typed}").json()["number"] == "7"
    assert api.get(f"/documents/acts/{act}").json()["number"] == "8"

    payment = sandbox.control("POST", f"/documents/{typed}/payments", PAYMENT)["id"]
    refund = sandbox.control("POST", f"/documents/{typed}/refunds", PAYMENT)["id"]
    read = api.get(f"{INVOICES}/{typed}").json()
    assert (read["payments"], read["refunds"]) == ([{"id": payment, **PAYMENT}], [{"id": refund, **PAYMENT}])
    with pytest.raises(SandboxError, match="422"):
        sandbox.control("POST", "/accounts/demo/documents/saleinvoices", invoice(totalAmount=1))


def test_money_is_edited_and_deleted(api: Any, invoice: Invoice, sandbox: Sandbox) -> None:
    document = api.created(INVOICES, invoice())
    kept, gone = (api.created(f"{INVOICES}/{document}/payments", PAYMENT) for _ in range(2))
    refund = api.created(f"{INVOICES}/{document}/refunds", PAYMENT)

    edit = {"date": "2026-01-07", "amount": 100.04, "paymentMethod": "Cash"}
    sandbox.control("PATCH", f"/payments/{kept}", edit)
    assert sandbox.control("DELETE", f"/payments/{gone}") == {"removed": 1}
    assert sandbox.control("DELETE", f"/refunds/{refund}") == {"removed": 1}
    read = api.get(f"{INVOICES}/{document}").json()
    assert (read["payments"], read["refunds"]) == ([{"id": kept, **edit}], [])
    assert sandbox.control("DELETE", f"/refunds/{refund}") == {"removed": 0}
    with pytest.raises(SandboxError, match="404"):
        sandbox.control("PATCH", f"/payments/{gone}", {"amount": 1})


def test_a_deleted_counterparty_is_refused_as_unknown(
    api: Any, company: str, invoice: Invoice, sandbox: Sandbox
) -> None:
    before = api.created(INVOICES, invoice())
    assert sandbox.control("DELETE", f"/counterparties/{company}") == {"removed": 1}
    assert api.refused(INVOICES, invoice()) == (422, "unknown_counterparty")
    assert _document(sandbox, before)["counterparty_id"] == company, "what it bought stays"
    assert sandbox.control("DELETE", f"/counterparties/{company}") == {"removed": 0}


def test_a_merged_counterparty_leaves_its_documents_to_the_survivor(
    api: Any, company: str, invoice: Invoice, sandbox: Sandbox
) -> None:
    document = api.created(INVOICES, invoice())
    survivor = _buyer(api, "Ромашка")
    assert sandbox.control("POST", f"/counterparties/{company}/merge", {"into": survivor}) == {"moved": 1}
    assert _document(sandbox, document)["counterparty_id"] == survivor
    assert api.refused(INVOICES, invoice()) == (422, "unknown_counterparty")
    for gone, into in ((company, survivor), (survivor, company), (survivor, survivor)):
        with pytest.raises(SandboxError, match="422"):
            sandbox.control("POST", f"/counterparties/{gone}/merge", {"into": into})


def test_a_counterparty_is_typed_and_edited(api: Any, sandbox: Sandbox) -> None:
    body = {"name": "ООО «Лютик»", "inn": "7728168971", "type": "LegalEntity"}
    typed = sandbox.control("POST", "/accounts/demo/counterparties", body)["id"]
    sandbox.control("PATCH", f"/counterparties/{typed}", {"name": "Лютик, ООО", "kpp": "772801001"})
    assert api.get("/counterparties", inn="7728168971").json()["items"] == [
        {"id": typed, "inn": "7728168971", "kpp": "772801001", "name": "Лютик, ООО"}
    ]
    sandbox.control("PATCH", f"/counterparties/{typed}", {"kpp": None})
    assert api.get("/counterparties", inn="7728168971").json()["items"][0]["kpp"] is None
    with pytest.raises(SandboxError, match="404"):
        sandbox.control("PATCH", "/counterparties/nobody", {"name": "А"})


def test_an_account_is_emptied_and_another_stays(
    connect: Callable[..., Any], invoice: Invoice, sandbox: Sandbox
) -> None:
    first, second = connect(), connect("second", "second-key")
    document = first.created(INVOICES, invoice())
    first.created(f"{INVOICES}/{document}/payments", PAYMENT)
    kept = second.created(INVOICES, invoice(counterpartyId=_buyer(second, "А")))

    emptied = sandbox.control("DELETE", "/accounts/demo/books")
    assert emptied["documents"] >= 1
    assert emptied["counterparties"] >= 1
    assert sandbox.control("GET", "/books?account=demo")["totals"]["documents"]["count"] == 0
    assert [row for row in sandbox.books.counterparties() if row["account"] == "demo"] == []
    assert [row for row in sandbox.books.items() + sandbox.books.payments() if row["document_id"] == document] == []
    assert kept in [row["id"] for row in sandbox.books.documents()]
