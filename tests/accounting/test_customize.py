"""The shop's own rule (issue 3, case 15)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import pytest
from kontur_hook.contract import DocumentKind, PaymentMethod, VatRate

from include.accounting.customize import Veto
from include.accounting.operations import Operation, Payment, SaleDocument
from include.accounting.plan import Rules
from include.bitrix.rows import Order
from include.settings import Accounting, Settings, SettingsError
from tests.accounting.orders import (
    codes,
    company,
    document,
    finding,
    order,
    payment,
    payments,
    plan,
    posted,
    returned,
    rules,
)

SOLD = order(payments=[payment(7, "1000.00")])
Adjust = Callable[[Order, tuple[Operation, ...]], Iterable[Operation]]


def on_documents(**changes: Any) -> Adjust:
    """A rule that changes every document."""

    def adjust(_: Order, operations: tuple[Operation, ...]) -> Iterable[Operation]:
        return [dataclasses.replace(o, **changes) if isinstance(o, SaleDocument) else o for o in operations]

    return adjust


def number_by_site(of: Order, operations: tuple[Operation, ...]) -> list[Operation]:
    return [
        dataclasses.replace(o, number=f"{of.lid}/{o.number}") if isinstance(o, SaleDocument) else o for o in operations
    ]


def test_it_may_change_what_is_planned() -> None:
    assert document(plan(SOLD, by=rules(adjust=number_by_site))).number == "s1/1045"


def test_it_is_named_in_the_settings() -> None:
    settings = Settings(accounting=Accounting(customize="tests.accounting.test_customize:number_by_site"))
    by = Rules.of(settings)
    assert document(plan(SOLD, by=by)).number == "s1/1045"


@pytest.mark.parametrize("name", ["no_such_module:adjust", "json:no_such_function", "json:__doc__"])
def test_a_name_that_is_no_function_is_a_wrong_setting(name: str) -> None:
    with pytest.raises(SettingsError, match="customize"):
        Rules.of(Settings(accounting=Accounting(customize=name)))


def test_what_it_changed_is_no_change_after_posting() -> None:
    by = rules(adjust=number_by_site)
    first = plan(SOLD, by=by)
    assert plan(SOLD, by=by, known=posted(first)) == first


def test_it_sees_every_operation_once_and_never_what_is_posted_of_the_money() -> None:
    seen: list[list[str]] = []

    def watch(_: Order, operations: tuple[Operation, ...]) -> Iterable[Operation]:
        seen.append([o.key for o in operations])
        return operations

    by = rules(adjust=watch)
    first = plan(SOLD, by=by)
    back = order(payments=[returned(7, "1000.00", "2026-03-05", "2026-03-09")])
    plan(back, by=by, known=posted(first))
    assert seen == [["sale:1045", "payment:7"], ["sale:1045", "refund:7"]]


def test_it_is_not_asked_when_nothing_is_due() -> None:
    def never(_: Order, __: tuple[Operation, ...]) -> Iterable[Operation]:
        raise AssertionError

    assert plan(order(shipped=None), by=rules(adjust=never)).due == ()


def test_it_may_veto_an_order_with_a_reason() -> None:
    def veto(_: Order, __: tuple[Operation, ...]) -> Iterable[Operation]:
        raise Veto("marketplace orders come from its own report")

    found = plan(SOLD, by=rules(adjust=veto))
    assert (found.due, codes(found)) == ((), [("skipped", "vetoed")])
    assert finding(found).message == "vetoed by the shop's own rule: marketplace orders come from its own report"


def test_a_veto_after_posting_leaves_the_books_alone() -> None:
    def veto(_: Order, __: tuple[Operation, ...]) -> Iterable[Operation]:
        raise Veto("no")

    first = plan(SOLD)
    found = plan(SOLD, known=posted(first), by=rules(adjust=veto))
    assert found.due == first.due


def test_a_rule_that_fails_rejects_the_order_and_repeats_no_data() -> None:
    def fail(_: Order, __: tuple[Operation, ...]) -> Iterable[Operation]:
        raise KeyError("Иванов")

    found = plan(SOLD, by=rules(adjust=fail))
    assert (found.due, codes(found)) == ((), [("rejected", "customize_failed")])
    assert "KeyError" in finding(found).message
    assert "Иванов" not in finding(found).message


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": DocumentKind.ACT},
        {"date": dt.date(2026, 3, 6)},
        {"counterparty": document(plan(order(**company()))).counterparty},
        {"comment": "Заказ BX1-S1045-9Y"},
    ],
)
def test_it_may_change_these(changes: dict[str, Any]) -> None:
    found = document(plan(SOLD, by=rules(adjust=on_documents(**changes))))
    assert {key: getattr(found, key) for key in changes} == changes


def test_it_may_change_how_money_came() -> None:
    def cash(_: Order, operations: tuple[Operation, ...]) -> Iterable[Operation]:
        return (dataclasses.replace(o, method=PaymentMethod.CASH) if isinstance(o, Payment) else o for o in operations)

    found = plan(SOLD, by=rules(adjust=cash))
    assert found.due[1].method == "Cash"  # type: ignore[union-attr]
    assert len(payments(found)) == 1


ITEM = document(plan(SOLD)).items[0]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"total_amount": Decimal(1)}, "customize_invalid"),
        ({"marker": "X"}, "customize_invalid"),
        ({"order_id": 1}, "customize_invalid"),
        ({"key": "sale:1"}, "customize_invalid"),
        ({"items": ()}, "customize_invalid"),
        ({"items": (dataclasses.replace(ITEM, price=Decimal("999.99")),)}, "customize_invalid"),
        (
            {"items": (dataclasses.replace(ITEM, quantity=Decimal("0.33333"), price=Decimal("3000.03")),)},
            "customize_invalid",
        ),
        ({"items": (ITEM, dataclasses.replace(ITEM, quantity=Decimal(0)))}, "customize_invalid"),
        ({"items": (dataclasses.replace(ITEM, price=Decimal("1000.001")),)}, "customize_invalid"),
        ({"items": (dataclasses.replace(ITEM, vat_rate=VatRate.VAT20),)}, "vat_of_other_years"),
        ({"number": " "}, "customize_invalid"),
        ({"comment": "without a marker"}, "customize_invalid"),
        ({"comment": "BX1-S1045-9Y not at its end"}, "customize_invalid"),
        ({"date": dt.date(2036, 1, 1)}, "future_date"),
        (
            {"counterparty": dataclasses.replace(document(plan(order(**company()))).counterparty, inn="7701234567")},
            "inn_checksum",
        ),
        (
            {"counterparty": dataclasses.replace(document(plan(order(**company()))).counterparty, kpp="1")},
            "kpp_format",
        ),
    ],
)
def test_the_result_is_validated_again(changes: dict[str, Any], code: str) -> None:
    found = plan(SOLD, by=rules(adjust=on_documents(**changes)))
    assert (found.due, codes(found)) == ((), [("rejected", code)])


@pytest.mark.parametrize(
    "adjust",
    [
        lambda _, operations: operations[:1],
        lambda _, operations: (*operations, operations[0]),
        lambda _, operations: (operations[0], dataclasses.replace(operations[1], amount=Decimal("999.00"))),
        lambda _, operations: (operations[0], dataclasses.replace(operations[1], document_key="sale:1")),
        lambda _, operations: (operations[0], dataclasses.replace(operations[0], key=operations[1].key)),
        lambda _, __: None,
        lambda _, __: ["text"],
    ],
)
def test_it_gives_back_each_operation_once_with_its_amount(adjust: Adjust) -> None:
    found = plan(SOLD, by=rules(adjust=adjust))
    assert found.due == ()
    assert codes(found) in ([("rejected", "customize_invalid")], [("rejected", "customize_failed")])
