"""The hook against the stand-in, which was written without a look at it: a difference in the contract shows here."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from kontur_hook.contract import Contract, CounterpartyType, DocumentKind, PaymentMethod, VatRate
from kontur_hook.errors import KonturAccessError, KonturConfigurationError
from kontur_hook.hook import KonturHook
from kontur_hook.outcome import Created, Outcome, Rejected
from kontur_hook.records import KnownCounterparty, MoneyEntry

from sandbox.kontur import serving
from sandbox.kontur.paths import TOKEN_PATH

KINDS = list(DocumentKind)
DAY = "2026-01-31"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[serving.Sandbox]:
    with serving.running(tmp_path_factory.mktemp("kontur") / "ledger.sqlite") as running:
        yield running


def _hook(sandbox: serving.Sandbox, monkeypatch: pytest.MonkeyPatch, **fields: Any) -> KonturHook:
    contract = fields.pop("contract", None)
    connection = {"conn_type": "kontur", "host": sandbox.base_url, "login": "demo", "password": "demo-key"} | fields
    monkeypatch.setenv("AIRFLOW_CONN_KONTUR_DEFAULT", json.dumps(connection))
    return KonturHook(contract=contract)


@pytest.fixture
def hook(sandbox: serving.Sandbox, monkeypatch: pytest.MonkeyPatch) -> KonturHook:
    return _hook(sandbox, monkeypatch, contract=Contract(page_limit=3))


def _id(outcome: Outcome) -> str:
    assert isinstance(outcome, Created), outcome
    return outcome.id


def _counterparty(hook: KonturHook, **fields: Any) -> Outcome:
    body = {"name": "ООО «Ромашка»", "inn": "7707083893", "kpp": "770701001", "type": CounterpartyType.LEGAL_ENTITY}
    return hook.create_counterparty(json.dumps(body | fields), idempotency_key="k")


def _document(hook: KonturHook, kind: DocumentKind, counterparty: str, number: str, **fields: Any) -> Outcome:
    item = {"name": "Чайник", "quantity": 1, "price": 100.1, "vatRate": VatRate.VAT22, "unit": "шт"}
    body = {
        "date": DAY,
        "number": number,
        "counterpartyId": counterparty,
        "items": [item],
        "totalAmount": 100.1,
        "comment": f"order {number}",
    }
    return hook.create_document(kind, json.dumps(body | fields), idempotency_key="k")


@pytest.mark.parametrize("kind", KINDS)
def test_the_life_of_a_document(hook: KonturHook, kind: DocumentKind) -> None:
    buyer = _id(_counterparty(hook))
    assert KnownCounterparty(
        id=buyer, inn="7707083893", kpp="770701001", name="ООО «Ромашка»"
    ) in hook.find_counterparties(inn="7707083893")
    assert buyer in [found.id for found in hook.find_counterparties(name="ООО «Ромашка»")]
    document = _id(_document(hook, kind, buyer, f"{kind}-1"))
    money = json.dumps({"date": DAY, "amount": 50.05, "paymentMethod": PaymentMethod.CASH})
    payment = _id(hook.create_payment(kind, document, money, idempotency_key="k"))
    refund = _id(hook.create_refund(kind, document, money, idempotency_key="k"))
    details = hook.get_document(kind, document)
    assert details is not None
    assert (details.number, details.comment, details.counterparty_id) == (f"{kind}-1", f"order {kind}-1", buyer)
    assert (details.date, details.total_amount) == (dt.date(2026, 1, 31), Decimal("100.1"))
    paid = MoneyEntry(id=payment, date=dt.date(2026, 1, 31), amount=Decimal("50.05"), method="Cash")
    assert details.payments == (paid,)
    assert details.refunds == (dataclasses.replace(paid, id=refund),)


@pytest.mark.parametrize("kind", KINDS)
def test_lists(hook: KonturHook, kind: DocumentKind) -> None:
    buyer = _id(_counterparty(hook))
    ids = [_id(_document(hook, kind, buyer, f"list-{number}", date="2026-03-01")) for number in range(8)]
    day = dt.date(2026, 3, 1)
    assert [found.id for found in hook.list_documents(kind, date_from=day, date_to=day)] == ids
    assert [found.id for found in hook.list_documents(kind, number="list-5")] == [ids[5]]
    assert list(hook.list_documents(kind, number="nobody")) == []


def test_refusals(hook: KonturHook) -> None:
    buyer = _id(_counterparty(hook))
    wrong_sum = _document(hook, DocumentKind.SALE_INVOICE, buyer, "w", totalAmount=100)
    unknown_buyer = _document(hook, DocumentKind.SALE_INVOICE, "nobody", "w")
    no_document = hook.create_payment(
        DocumentKind.SALE_INVOICE,
        "nothing",
        json.dumps({"date": DAY, "amount": 1, "paymentMethod": "Cash"}),
        idempotency_key="k",
    )
    for outcome, status in ((wrong_sum, 422), (unknown_buyer, 422), (no_document, 404)):
        assert isinstance(outcome, Rejected)
        assert outcome.status == status
        assert outcome.reason.startswith("Kontur says: ")
        assert outcome.trace_id
    assert hook.get_document(DocumentKind.SALE_INVOICE, "nothing") is None


def test_access(sandbox: serving.Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    _hook(sandbox, monkeypatch).check_access()
    with pytest.raises(KonturAccessError):
        _hook(sandbox, monkeypatch, password="wrong-key").check_access()
    with pytest.raises(KonturConfigurationError, match="account"):
        _hook(sandbox, monkeypatch, login="nobody").check_access()
    with pytest.raises(KonturConfigurationError, match="host"):
        _hook(sandbox, monkeypatch, host=sandbox.url).check_access()


def test_client_credentials(sandbox: serving.Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    extra = {
        "auth": "client_credentials",
        "client_id": "demo",
        "token_url": sandbox.url + TOKEN_PATH,
        "scope": "budget",
    }
    _hook(sandbox, monkeypatch, extra=extra).check_access()
    with pytest.raises(KonturAccessError, match="Check client_id"):
        _hook(sandbox, monkeypatch, extra=extra, password="wrong-key").check_access()
