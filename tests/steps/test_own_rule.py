"""The shop's own rule (``customize``), on the real parts."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import uuid
from collections.abc import Iterable

import pytest
from kontur_hook.hook import KonturHook
from kontur_hook.outcome import Created
from MySQLdb.connections import Connection

from include import settings
from include.accounting.customize import LeftOut, Operation, Order, Payment, SaleDocument
from include.steps import fingerprint
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import make_case
from tests.steps.nights import Nights

DAY = dt.date(2026, 3, 17)
FOREIGN: dict[str, str] = {}


def adjust(_: Order, operations: tuple[Operation, ...]) -> Iterable[Operation | LeftOut]:
    for operation in operations:
        if isinstance(operation, SaleDocument) and operation.counterparty.name in FOREIGN:
            buyer = dataclasses.replace(operation.counterparty, id=FOREIGN[operation.counterparty.name])
            yield dataclasses.replace(operation, counterparty=buyer)
        elif isinstance(operation, Payment) and str(operation.amount) == "300.00":
            yield LeftOut(operation, "bonus points")
        else:
            yield operation


@pytest.fixture
def nights(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> Nights:
    monkeypatch.setenv("KONTUR__ACCOUNTING__CUSTOMIZE", "tests.steps.test_own_rule:adjust")
    nights.rules = settings.load()
    return nights


def test_a_foreign_buyer_is_posted_to_the_record_that_the_rule_names(
    nights: Nights, shop: Connection, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = make_case(shop, "foreign_company_without_inn", at=DAY)
    (square,) = nights.run(DAY)
    assert square.code == "inn_missing"
    assert kontur.books.documents() == []

    body = {"name": "Example GmbH", "type": "LegalEntity"}
    created = KonturHook("kontur_default").create_counterparty(json.dumps(body), idempotency_key=str(uuid.uuid4()))
    assert isinstance(created, Created)
    monkeypatch.setitem(FOREIGN, "Example GmbH", created.id)
    monkeypatch.setattr(fingerprint, "_text_of_rule", lambda _: b"with that id in it")
    for _ in range(2):
        assert nights.run(DAY) == []
        (document,) = kontur.books.documents()
        assert document["counterparty_id"] == created.id
    row = nights.sync_row(order.order_id)
    assert row is not None
    assert row[0] == "synced"
    assert [c["name"] for c in kontur.books.counterparties()] == ["Example GmbH"]


def test_a_payment_that_the_rule_leaves_out_is_not_posted_and_not_waited_for(
    nights: Nights, shop: Connection, kontur: Sandbox
) -> None:
    order = make_case(shop, "prepaid", at=DAY)
    with shop.cursor() as cursor:
        cursor.execute("UPDATE b_sale_order_payment SET `SUM` = 300 WHERE ORDER_ID = %s", [order.order_id])
    assert nights.run(DAY) == []
    assert kontur.books.payments() == []
    assert nights.states(order.order_id) == {f"sale:{order.order_id}": "done"}
    row = nights.sync_row(order.order_id)
    assert row is not None
    assert row[0] == "synced"
