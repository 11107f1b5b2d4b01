from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from sandbox.kontur.serving import Sandbox

Invoice = Callable[..., dict[str, Any]]
INVOICES = "/documents/saleinvoices"


def _line(**changes: Any) -> dict[str, Any]:
    return {"name": "Кружка", "quantity": 1, "price": 10, "vatRate": "none", "unit": "шт"} | changes


def test_a_document_its_payment_and_refund_are_written_to_the_kopeck(
    api: Any, invoice: Invoice, sandbox: Sandbox
) -> None:
    document = api.created(INVOICES, invoice(number="№ 7/«А»"))
    payment = api.created(
        f"{INVOICES}/{document}/payments", {"date": "2026-01-03", "amount": 100.05, "paymentMethod": "Cash"}
    )
    refund = api.created(
        f"{INVOICES}/{document}/refunds", {"date": "2026-01-09", "amount": 0.1, "paymentMethod": "BankTransfer"}
    )

    read = api.get(f"{INVOICES}/{document}")
    assert read.json() == {
        "id": document,
        **invoice(number="№ 7/«А»"),
        "payments": [{"id": payment, "date": "2026-01-03", "amount": 100.05, "paymentMethod": "Cash"}],
        "refunds": [{"id": refund, "date": "2026-01-09", "amount": 0.1, "paymentMethod": "BankTransfer"}],
    }
    assert '"amount":0.10,' in read.text, "money leaves as a number of two decimals"

    books = sandbox.books
    written = next(row for row in books.documents() if row["id"] == document)
    assert (written["account"], written["kind"], written["total"]) == ("demo", "saleinvoices", Decimal("100.05"))
    items = [row for row in books.items() if row["document_id"] == document]
    assert [(row["quantity"], row["price"], row["vat_rate"]) for row in items] == [
        (Decimal(3), Decimal("33.35"), "vat22")
    ]
    assert [row["amount"] for row in books.payments() if row["document_id"] == document] == [Decimal("100.05")]
    assert [row["amount"] for row in books.refunds() if row["document_id"] == document] == [Decimal("0.10")]


def test_doubles_are_visible_even_with_the_same_number_and_idempotency_key(
    api: Any, invoice: Invoice, sandbox: Sandbox
) -> None:
    headers = {"Idempotency-Key": "sale:2046"}
    first = api.post(INVOICES, invoice(number="2046"), headers=headers).json()["id"]
    second = api.post(INVOICES, invoice(number="2046"), headers=headers).json()["id"]

    assert first != second
    found = api.get(INVOICES, number="2046").json()["items"]
    assert [item["id"] for item in found] == [first, second]
    keys = [row["idempotency_key"] for row in sandbox.books.documents() if row["number"] == "2046"]
    assert keys == ["sale:2046", "sale:2046"]


def test_an_act_is_not_a_sale_invoice(api: Any, invoice: Invoice) -> None:
    act = api.created("/documents/acts", invoice(number="act"))
    assert api.get(f"/documents/acts/{act}").status_code == 200
    assert api.get(f"{INVOICES}/{act}").status_code == 404
    assert api.refused(f"{INVOICES}/{act}/payments", {"date": "2026-01-05", "amount": 1, "paymentMethod": "Cash"}) == (
        404,
        "unknown_document",
    )


def test_accounts_do_not_see_each_other(connect: Callable[..., Any], api: Any, invoice: Invoice) -> None:
    document = api.created(INVOICES, invoice(number="mine"))
    second = connect("second", "second-key")
    assert second.get(f"{INVOICES}/{document}").status_code == 404
    assert second.get(INVOICES, number="mine").json() == {"items": []}
    assert second.get("/counterparties", inn="7707083893").json() == {"items": []}
    assert second.refused(INVOICES, invoice()) == (422, "unknown_counterparty")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"date": "05.01.2026"}, "date"),
        ({"date": "2026-02-30"}, "date"),
        ({"date": "2026-01-05T00:00:00"}, "date"),
        ({"date": 20260105}, "date"),
        ({"number": 1045}, "number"),
        ({"number": ""}, "number"),
        ({"counterpartyId": None}, "counterpartyId"),
        ({"items": []}, "items"),
        ({"items": [_line(vatRate="vat18")]}, "items.0.vatRate"),
        ({"items": [_line(vatRate="VAT20")]}, "items.0.vatRate"),
        ({"items": [_line(quantity=0)]}, "items.0.quantity"),
        ({"items": [_line(quantity=-1)]}, "items.0.quantity"),
        ({"items": [_line(quantity=0.00001)]}, "items.0.quantity"),
        ({"items": [_line(price=-0.01)]}, "items.0.price"),
        ({"items": [_line(price=0.001)]}, "items.0.price"),
        ({"items": [_line(price="10.00")]}, "items.0.price"),
        ({"items": [_line(price=True)]}, "items.0.price"),
        ({"items": [_line(discount=0)]}, "items.0.discount"),
        ({"totalAmount": 100.051}, "totalAmount"),
        ({"totalAmount": "100.05"}, "totalAmount"),
        ({"totalAmount": None}, "totalAmount"),
        ({"comment": None}, "comment"),
        ({"currency": "RUB"}, "currency"),
    ],
)
def test_a_document_of_a_wrong_shape_is_400_and_names_the_field(
    api: Any, invoice: Invoice, sandbox: Sandbox, change: dict[str, Any], field: str
) -> None:
    before = len(sandbox.books.documents())
    answer = api.post(INVOICES, invoice(**change))
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_request"
    assert answer.json()["error"]["message"].startswith(f"{field}: ")
    assert len(sandbox.books.documents()) == before


@pytest.mark.parametrize("missing", ["date", "number", "counterpartyId", "items", "totalAmount", "comment"])
def test_every_field_of_a_document_is_needed(api: Any, invoice: Invoice, missing: str) -> None:
    body = invoice()
    del body[missing]
    assert api.refused(INVOICES, body) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("items", "total", "status"),
    [
        ([_line(quantity=0.3333, price=10)], 3.33, 201),
        ([_line(quantity=0.5, price=0.01)], 0.01, 201),  # half a kopeck goes up
        ([_line(quantity=0.5, price=0.01)], 0, 422),
        ([_line(quantity=0.5, price=0.01)] * 2, 0.02, 201),  # each line is rounded, not their sum
        ([_line(quantity=0.5, price=0.01)] * 2, 0.01, 422),
        ([_line(quantity=2, price=33.33), _line(quantity=1, price=33.34)], 100, 201),
        ([_line(quantity=3, price=33.33)], 100, 422),
        ([_line(price=0), _line()], 10, 201),
        ([_line(quantity=3, price=0.1)], 0.3, 201),  # 0.30000000000000004 in binary
    ],
)
def test_the_lines_must_add_up(api: Any, invoice: Invoice, items: list[Any], total: float, status: int) -> None:
    answer = api.post(INVOICES, invoice(items=items, totalAmount=total))
    assert answer.status_code == status, answer.text
    if status == 422:
        assert answer.json()["error"]["code"] == "total_mismatch"


def test_an_unknown_counterparty_is_refused(api: Any, invoice: Invoice) -> None:
    assert api.refused(INVOICES, invoice(counterpartyId="nobody")) == (422, "unknown_counterparty")


def test_ten_thousand_lines_and_strange_names_are_ordinary(api: Any, invoice: Invoice) -> None:
    name = 'Ёлка 🎄 <b>"О\'Кей"</b>\u202e\n' + "я" * 200
    document = api.created(INVOICES, invoice(items=[_line(name=name, price=0.01)] * 10_000, totalAmount=100))
    items = api.get(f"{INVOICES}/{document}").json()["items"]
    assert len(items) == 10_000
    assert items[-1]["name"] == name


@pytest.mark.parametrize(
    ("counterparty", "refusal"),
    [
        ({"name": "А", "inn": "7707083893", "kpp": "773601001", "type": "LegalEntity"}, None),
        ({"name": "А", "inn": "7707083893", "type": "LegalEntity"}, None),
        ({"name": "А", "inn": "7707083893", "kpp": None, "type": "LegalEntity"}, None),
        ({"name": "А", "inn": "7707083893", "kpp": "7704AB001", "type": "LegalEntity"}, None),
        ({"name": "А", "inn": "123456789047", "type": "IndividualEntrepreneur"}, None),
        ({"name": "А", "inn": "123456789047", "type": "Individual"}, None),
        ({"name": "Розничные покупатели", "type": "Individual"}, None),
        ({"name": "А", "inn": "7701234567", "type": "LegalEntity"}, (422, "inn_checksum")),
        ({"name": "А", "inn": "123456789037", "type": "IndividualEntrepreneur"}, (422, "inn_checksum")),
        ({"name": "А", "inn": "123456789046", "type": "IndividualEntrepreneur"}, (422, "inn_checksum")),
        ({"name": "А", "inn": "0000000000", "type": "LegalEntity"}, (422, "inn_checksum")),
        ({"name": "А", "inn": "000000000000", "type": "Individual"}, (422, "inn_checksum")),
        ({"name": "А", "inn": "123456789047", "type": "LegalEntity"}, (422, "inn_length")),
        ({"name": "А", "inn": "7707083893", "type": "IndividualEntrepreneur"}, (422, "inn_length")),
        ({"name": "А", "type": "IndividualEntrepreneur"}, (422, "inn_missing")),
        (
            {"name": "А", "inn": "123456789047", "kpp": "773601001", "type": "IndividualEntrepreneur"},
            (422, "kpp_unexpected"),
        ),
        ({"name": "А", "inn": "7707083893", "kpp": "7704ab001", "type": "LegalEntity"}, (400, "invalid_request")),
        ({"name": "А", "inn": "7707083893", "kpp": "", "type": "LegalEntity"}, (400, "invalid_request")),
        ({"name": "А", "inn": "770708389", "type": "LegalEntity"}, (400, "invalid_request")),
        ({"name": "А", "inn": "٧٧٠٧٠٨٣٨٩٣", "type": "LegalEntity"}, (400, "invalid_request")),
        ({"name": "А", "inn": " 7707083893", "type": "LegalEntity"}, (400, "invalid_request")),
        ({"name": "А", "inn": 7707083893, "type": "LegalEntity"}, (400, "invalid_request")),
        ({"name": " ", "inn": "7707083893", "type": "LegalEntity"}, (400, "invalid_request")),
        ({"name": "А", "inn": "7707083893", "type": "legalEntity"}, (400, "invalid_request")),
        ({"name": "А", "inn": "7707083893"}, (400, "invalid_request")),
        ({"name": "А", "type": "Individual", "phone": "+7"}, (400, "invalid_request")),
    ],
)
def test_counterparties_are_checked(api: Any, counterparty: dict[str, Any], refusal: tuple[int, str] | None) -> None:
    if refusal is None:
        assert api.created("/counterparties", counterparty)
    else:
        assert api.refused("/counterparties", counterparty) == refusal


def test_counterparties_are_found_by_inn_with_all_their_branches_and_by_their_whole_name(api: Any) -> None:
    head = {"name": "Банк", "inn": "7702070139", "kpp": "770943001", "type": "LegalEntity"}
    branch = head | {"name": "Банк, филиал", "kpp": "784243001"}
    ids = [api.created("/counterparties", head), api.created("/counterparties", branch)]

    found = api.get("/counterparties", inn="7702070139").json()["items"]
    assert found == [
        {"id": ids[0], "inn": "7702070139", "kpp": "770943001", "name": "Банк"},
        {"id": ids[1], "inn": "7702070139", "kpp": "784243001", "name": "Банк, филиал"},
    ]
    assert [item["id"] for item in api.get("/counterparties", name="Банк").json()["items"]] == ids[:1]
    assert [item["id"] for item in api.get("/counterparties", name=" банк").json()["items"]] == ids[:1]
    assert api.get("/counterparties", name="Бан").json() == {"items": []}
    assert api.get("/counterparties").status_code == 422
    assert api.get("/counterparties", inn="7702070139", ogrn="1").status_code == 400


@pytest.mark.parametrize("kind", ["payments", "refunds"])
@pytest.mark.parametrize(
    "change",
    [{"amount": 0}, {"amount": -1}, {"amount": 0.001}, {"paymentMethod": "Card"}, {"date": "1.1.2026"}, {"note": "x"}],
)
def test_money_of_a_wrong_shape_is_400(api: Any, invoice: Invoice, kind: str, change: dict[str, Any]) -> None:
    document = api.created(INVOICES, invoice())
    body = {"date": "2026-01-05", "amount": 1, "paymentMethod": "Cash"} | change
    assert api.refused(f"{INVOICES}/{document}/{kind}", body) == (400, "invalid_request")


@pytest.mark.parametrize("kind", ["payments", "refunds"])
def test_money_needs_its_document(api: Any, kind: str) -> None:
    body = {"date": "2026-01-05", "amount": 1, "paymentMethod": "Cash"}
    assert api.refused(f"{INVOICES}/nothing/{kind}", body) == (404, "unknown_document")


def test_refunds_never_exceed_the_payments_of_their_document(api: Any, invoice: Invoice) -> None:
    document = api.created(INVOICES, invoice())
    other = api.created(INVOICES, invoice())
    money = {"date": "2026-01-05", "amount": 10, "paymentMethod": "Cash"}
    api.created(f"{INVOICES}/{other}/payments", money | {"amount": 1000})

    assert api.refused(f"{INVOICES}/{document}/refunds", money) == (422, "refund_exceeds_payments")
    api.created(f"{INVOICES}/{document}/payments", money)
    api.created(f"{INVOICES}/{document}/refunds", money | {"amount": 9.99})
    assert api.refused(f"{INVOICES}/{document}/refunds", money | {"amount": 0.02}) == (422, "refund_exceeds_payments")
    api.created(f"{INVOICES}/{document}/refunds", money | {"amount": 0.01})


def test_documents_are_listed_by_their_dates_page_by_page(api: Any, invoice: Invoice) -> None:
    days = ["2025-12-31", "2026-03-02", "2026-03-01", "2026-03-02", "2026-03-03", "2026-04-01"]
    ids = [api.created(INVOICES, invoice(number=f"list-{n}", date=day)) for n, day in enumerate(days)]
    march = {"dateFrom": "2026-03-01", "dateTo": "2026-03-03"}

    def listed(**query: Any) -> list[str]:
        return [item["id"] for item in api.get(INVOICES, **query).json()["items"]]

    in_order = [ids[2], ids[1], ids[3], ids[4]]
    assert listed(**march) == in_order
    assert listed(**march, limit=3) == in_order[:3]
    assert listed(**march, limit=3, offset=3) == in_order[3:]
    assert listed(dateFrom="2026-03-03", dateTo="2026-03-03") == [ids[4]]
    assert listed(number="list-1") == [ids[1]]
    assert listed(number="list-") == []
    assert api.get(INVOICES, number="list-1").json()["items"] == [
        {
            "id": ids[1],
            "number": "list-1",
            "date": "2026-03-02",
            "counterpartyId": invoice()["counterpartyId"],
            "totalAmount": 100.05,
            "comment": invoice()["comment"],
        }
    ]


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 1001}, {"offset": -1}, {"dateFrom": "x"}, {"q": "1"}])
def test_a_wrong_query_is_400(api: Any, query: dict[str, Any]) -> None:
    assert api.get(INVOICES, **query).status_code == 400


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_must_call_itself_json(api: Any, content_type: str) -> None:
    answer = api.session.post(api.root + INVOICES, data="{}", headers={"Content-Type": content_type}, timeout=10)
    assert answer.status_code == 415


@pytest.mark.parametrize("body", ["", "{", '{"number": NaN}', '{"number": "1", "number": "2"}', '"\\ud800"', "[]"])
def test_a_body_must_be_json(api: Any, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = api.session.post(api.root + INVOICES, data=body, headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_request")


def test_an_unknown_path_and_method_have_the_errors_of_the_contract(api: Any) -> None:
    assert api.refused("/documents/bills", {}) == (404, "not_found")
    wrong = api.session.delete(f"{api.root}{INVOICES}/1", timeout=10)
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (405, "invalid_request")
    assert wrong.headers["X-Kontur-Trace-Id"] == wrong.json()["traceId"]
