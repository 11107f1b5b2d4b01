"""The shop's own rule."""

from __future__ import annotations

import dataclasses
import datetime as dt
import pathlib
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, cast

import pytest
from kontur_hook.contract import CounterpartyType, DocumentKind, PaymentMethod, VatRate

from include.accounting import customize
from include.accounting.customize import NO_DAY, RETAIL, UNKNOWN_RATE, LeftOut, Veto
from include.accounting.operations import Counterparty, Operation, Payment, Refund, SaleDocument
from include.accounting.plan import Rules
from include.bitrix.rows import Order
from include.settings import Accounting, Settings, SettingsError
from tests.accounting.orders import (
    SHIPPED,
    codes,
    company,
    document,
    documents,
    finding,
    line,
    order,
    payment,
    payments,
    plan,
    posted,
    properties,
    returned,
    rules,
    shipment,
    shop,
)
from tests.accounting.plain import change, facts

SOLD = order(payments=[payment(7, "1000.00")])
EMPTY = "{{ account_number if order_id != 1045 }}"
Adjust = Callable[[Order, tuple[Operation, ...]], Iterable[Operation | LeftOut]]


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
    by = Rules.of(settings, comment="")
    assert document(plan(SOLD, by=by)).number == "s1/1045"


@pytest.mark.parametrize("source", ["def rule(order, planned:\n", "import os\n1 / 0\n", "raise SystemExit\n"])
def test_a_module_that_fails_when_it_is_imported_is_said(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    (tmp_path / "shops_rule.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(SettingsError) as caught:
        Rules.of(Settings(accounting=Accounting(customize="shops_rule:rule")), comment="")
    assert caught.value.said is not None
    assert caught.value.said.code == "customize_missing"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("no_such_module:adjust", "customize_missing"),
        (".no_such_module:adjust", "customize_missing"),
        ("json:no_such_function", "customize_missing"),
        ("json:__doc__", "customize_no_function"),
    ],
)
def test_a_name_that_is_no_function_is_a_wrong_setting(name: str, code: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Rules.of(Settings(accounting=Accounting(customize=name)), comment="")
    assert caught.value.said is not None
    assert (caught.value.said.code, dict(caught.value.said.facts)["name"]) == (code, name)


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
    assert facts(finding(found)) == {"reason": "marketplace orders come from its own report"}


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
    assert facts(finding(found)) == {"error": "KeyError"}


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": DocumentKind.ACT},
        {"date": dt.date(2026, 3, 6)},
        {"counterparty": document(plan(order(**company()))).counterparty},
        {"comment": "Заказ BX1-S1045-9Y"},
        {"number": "7"},
    ],
)
def test_it_may_change_these(changes: dict[str, Any]) -> None:
    found = document(plan(SOLD, by=rules(adjust=on_documents(**changes))))
    assert {key: getattr(found, key) for key in changes} == changes


def test_lines_may_come_as_a_list() -> None:
    by = rules(adjust=on_documents(items=[*document(plan(SOLD)).items]))
    assert plan(SOLD, by=by) == plan(SOLD)


def test_it_may_change_how_money_came() -> None:
    def cash(_: Order, operations: tuple[Operation, ...]) -> Iterable[Operation]:
        return (dataclasses.replace(o, method=PaymentMethod.CASH) if isinstance(o, Payment) else o for o in operations)

    by = rules(adjust=cash)
    found = plan(SOLD, by=by)
    assert found.due[1].method == "Cash"  # type: ignore[union-attr]
    assert len(payments(found)) == 1
    back = order(payments=[returned(7, "1000.00", SHIPPED, "2026-03-09")])
    at_once, later = plan(back, by=by), plan(back, known=posted(found), by=by)
    assert (at_once, at_once.due[-1].method) == (later, "Cash"), "and goes back"  # type: ignore[union-attr]


def moved_by(days: dict[type[Operation], int]) -> Adjust:
    """A rule that gives operations of these kinds a day so many days later."""

    def adjust(_: Order, operations: tuple[Operation, ...]) -> Iterable[Operation]:
        return [dataclasses.replace(o, date=o.date + dt.timedelta(days=days.get(type(o), 0))) for o in operations]

    return adjust


@pytest.mark.parametrize("days", [-2, 2])
@pytest.mark.parametrize("kind", [SaleDocument, Payment, Refund])
def test_a_day_that_it_gave_is_no_change_after_posting(kind: type[Operation], days: int) -> None:
    back = order(payments=[returned(7, "1000.00", "2026-03-07", "2026-03-20")])
    by = rules(adjust=moved_by({kind: days}))
    first = plan(back, by=by)
    assert [type(o) for o in first.due] == [SaleDocument, Payment, Refund]
    moved = {o.key: str(o.date) for o in first.due if isinstance(o, kind)}
    shops = {SaleDocument: "2026-03-05", Payment: "2026-03-07", Refund: "2026-03-20"}
    assert [*moved.values()] == [str(dt.date.fromisoformat(shops[kind]) + dt.timedelta(days=days))]
    assert plan(back, by=by, known=posted(first)) == first


def test_a_day_that_the_shop_tells_otherwise_is_told_beside_the_shops_earlier_one() -> None:
    by = rules(adjust=moved_by({Payment: 2}))
    first = plan(SOLD, by=by)
    later = plan(order(payments=[payment(7, "1000.00", "2026-03-06")]), by=by, known=posted(first))
    assert facts(finding(later))["changes"] == [change("change_date", "2026-03-05", "2026-03-06")]


def test_money_follows_the_day_that_it_gave_a_document_whenever_the_order_is_looked_at() -> None:
    """The money went back between the shop's day and the one in the books."""
    by = rules(adjust=moved_by({SaleDocument: 10}))
    unpaid = plan(order(), by=by)
    assert [str(o.date) for o in unpaid.due] == ["2026-03-15"]
    back = order(payments=[returned(7, "1000.00", "2026-03-07", "2026-03-10")])
    assert plan(back, by=by, known=posted(unpaid)) == plan(back, by=by)
    assert ("noted", "refunded_before_shipment") in codes(plan(back, by=by))


def test_it_is_asked_about_the_money_as_it_is_by_the_days_that_it_gave() -> None:
    """By the shop's days the first document has all of the money; by its own, the second comes first."""

    def late(_: Order, operations: tuple[Operation, ...]) -> Iterable[Operation]:
        for one in operations:
            if one.key == "sale:1045/501":
                yield dataclasses.replace(one, date=dt.date(2026, 3, 20))
            elif isinstance(one, Payment):
                yield dataclasses.replace(one, method=PaymentMethod.CASH)
            else:
                yield one

    by = rules(adjust=late, document_per="shipment")
    sold = order(
        line("600.00"),
        line("400.00"),
        shipments=(shipment(501, {1: 1}, "2026-03-05"), shipment(502, {2: 1}, "2026-03-06")),
        payments=[payment(7, "500.00", "2026-03-05")],
    )
    first = plan(sold, by=by)
    money = {o.key: (str(o.amount), str(o.method)) for o in first.due if isinstance(o, Payment)}
    assert money == {"payment:7/502": ("400.00", "Cash"), "payment:7/501": ("100.00", "Cash")}
    assert plan(sold, by=by, known=posted(first)) == first


def only_documents(operations: tuple[Operation, ...], **changes: Any) -> list[Operation]:
    return [dataclasses.replace(o, **changes) if isinstance(o, SaleDocument) else o for o in operations]


class TestAnOrderThatAGuardRefuses:
    """The rule is asked before the guards, so that a shop can help itself; what it leaves alone is refused as ever."""

    @staticmethod
    def refused(an_order: Order, **options: Any) -> list[tuple[str, str]]:
        """What is said without a rule, and with one that changes nothing."""
        by = rules(**options)
        found = plan(an_order, by=by)
        idle = plan(an_order, by=dataclasses.replace(by, adjust=lambda _, operations: operations))
        assert idle == found
        return codes(found)

    def test_a_foreign_buyer_is_named_by_its_id_in_kontur(self) -> None:
        sold = order(payments=[payment(7, "1000.00")], **company(None, None, "Example GmbH"))
        assert self.refused(sold) == [("rejected", "inn_missing")]

        def adjust(_: Order, operations: tuple[Operation, ...]) -> Iterable[Operation]:
            (draft,) = (o.counterparty for o in operations if isinstance(o, SaleDocument))
            assert (draft.inn, draft.name) == (None, "Example GmbH")
            return only_documents(operations, counterparty=dataclasses.replace(draft, id="cp-42"))

        by = rules(adjust=adjust)
        found = plan(sold, by=by)
        assert found.findings == ()
        assert document(found).counterparty.id == "cp-42"
        assert payments(found) == [("payment:7", "2026-03-05", "1000.00")]
        assert plan(sold, by=by, known=posted(found)) == found

    @pytest.mark.parametrize("id_", ["", " ", "cp 42", "cp-42\n", "я", "x" * 101])
    def test_an_id_that_kontur_cannot_have_given_is_refused(self, id_: str) -> None:
        buyer = Counterparty(inn=None, kpp=None, name="Example GmbH", type=CounterpartyType.LEGAL_ENTITY, id=id_)
        found = plan(SOLD, by=rules(adjust=on_documents(counterparty=buyer)))
        assert (found.due, codes(found)) == ((), [("rejected", "customize_invalid")])

    def test_a_broken_inn_is_put_right(self) -> None:
        sold = order(**company("770708389", "773601001"))
        assert self.refused(sold) == [("rejected", "inn_format")]

        def adjust(_: Order, operations: tuple[Operation, ...]) -> Iterable[Operation]:
            (draft,) = (o.counterparty for o in operations if isinstance(o, SaleDocument))
            assert (draft.inn, draft.kpp) == ("770708389", "773601001")
            return only_documents(operations, counterparty=dataclasses.replace(draft, inn="7707083893"))

        found = plan(sold, by=rules(adjust=adjust))
        assert (document(found).counterparty.inn, found.findings) == ("7707083893", ())
        still_wrong = on_documents(counterparty=dataclasses.replace(document(found).counterparty, inn="7707083890"))
        assert codes(plan(sold, by=rules(adjust=still_wrong))) == [("rejected", "inn_checksum")]

    def test_one_order_goes_to_retail(self) -> None:
        sold = order(properties=properties(IP_INN="не помню", FIO="Пример Пётр"))
        assert self.refused(sold) == [("rejected", "inn_elsewhere")]
        found = plan(sold, by=rules(adjust=on_documents(counterparty=RETAIL), retail_name="Физлица"))
        assert found.findings == ()
        assert (document(found).counterparty.inn, document(found).counterparty.name) == (None, "Физлица")

    def test_a_rate_that_is_not_mapped(self) -> None:
        sold = order(line("1000.00", vat="0.18"), line("500.00"), payments=[payment(7, "1500.00")])
        assert self.refused(sold) == [("rejected", "vat_unknown")]

        def adjust(_: Order, operations: tuple[Operation, ...]) -> Iterable[Operation]:
            (sale,) = (o for o in operations if isinstance(o, SaleDocument))
            assert [i.vat_rate for i in sale.items] == [UNKNOWN_RATE, VatRate.VAT22]
            items = [dataclasses.replace(i, vat_rate=VatRate.VAT22) for i in sale.items]
            return only_documents(operations, items=tuple(items))

        found = plan(sold, by=rules(adjust=adjust))
        assert found.findings == ()
        assert {i.vat_rate for i in document(found).items} == {VatRate.VAT22}
        assert len(payments(found)) == 1

    def test_a_deliverys_unknown_rate(self) -> None:
        sold = order(delivery="300.00")
        taxed = shop(count_delivery_tax=True, delivery_vat={})
        receipt = rules(delivery_vat="bitrix")
        assert codes(plan(sold, of_shop=taxed, by=receipt)) == [("rejected", "delivery_vat_unknown")]

        def adjust(_: Order, operations: tuple[Operation, ...]) -> Iterable[Operation]:
            (sale,) = (o for o in operations if isinstance(o, SaleDocument))
            items = [dataclasses.replace(i, vat_rate=VatRate.VAT22) for i in sale.items]
            return only_documents(operations, items=tuple(items))

        assert plan(sold, of_shop=taxed, by=dataclasses.replace(receipt, adjust=adjust)).findings == ()

    def test_no_word_of_the_api_is_no_rate(self) -> None:
        item = dataclasses.replace(document(plan(SOLD)).items[0], vat_rate="vat18")  # type: ignore[arg-type]
        assert codes(plan(SOLD, by=rules(adjust=on_documents(items=(item,))))) == [("rejected", "customize_invalid")]

    def test_a_rate_of_other_years(self) -> None:
        sold = order(line("1000.00", vat="0.20"))
        assert self.refused(sold, vat_guard="reject") == [("rejected", "vat_of_other_years")]
        item = dataclasses.replace(document(plan(SOLD)).items[0], vat_rate=VatRate.VAT22)
        assert plan(sold, by=rules(adjust=on_documents(items=(item,)), vat_guard="reject")).findings == ()

    def test_a_rate_by_the_day_of_shipment_that_the_rule_gave_itself(self) -> None:
        item = dataclasses.replace(document(plan(SOLD)).items[0], vat_rate=VatRate.VAT20)
        found = plan(SOLD, by=rules(adjust=on_documents(items=(item,))))
        assert codes(found) == [("noted", "vat_by_shipment")]
        assert [i.vat_rate for i in document(found).items] == ["vat22"]

    @pytest.mark.parametrize("wrong", ["2036-03-05", "2026-01-31"])
    def test_a_wrong_day(self, wrong: str) -> None:
        sold = order(shipped=wrong, payments=[payment(7, "1000.00", "2026-03-04")])
        options: dict[str, Any] = {"closed_until": "2026-02-28"}
        assert {verdict for verdict, _ in self.refused(sold, **options)} == {"rejected"}
        found = plan(sold, by=rules(adjust=on_documents(date=dt.date(2026, 3, 5)), **options))
        assert found.findings == ()
        assert (str(document(found).date), payments(found)) == ("2026-03-05", [("payment:7", "2026-03-04", "1000.00")])

    def test_a_day_that_nothing_tells(self) -> None:
        sold = order(deducted=True, shipped=None, date_status=None)
        assert self.refused(sold) == [("rejected", "no_date")]
        seen: list[dt.date] = []

        def adjust(_: Order, operations: tuple[Operation, ...]) -> Iterable[Operation]:
            seen.extend(o.date for o in operations)
            return only_documents(operations, date=dt.date(2026, 3, 5))

        assert plan(sold, by=rules(adjust=adjust)).findings == ()
        assert seen == [NO_DAY]

    def test_a_day_before_go_live_is_none_that_it_may_name(self) -> None:
        by = rules(adjust=on_documents(date=dt.date(2026, 2, 5)), go_live="2026-03-01")
        found = plan(SOLD, by=by)
        assert codes(found) == [("rejected", "customize_invalid")]
        told = {"operation": "named_document", "day": "2026-02-05"}
        assert facts(finding(found)) == {"what": ("rule_before_go_live", told)}

    def test_a_payments_wrong_day(self) -> None:
        sold = order(payments=[payment(7, "1000.00", "2036-03-05")])
        assert self.refused(sold) == [("rejected", "future_date")]

        def adjust(_: Order, operations: tuple[Operation, ...]) -> Iterable[Operation]:
            day = dt.date(2026, 3, 4)
            return [dataclasses.replace(o, date=day) if isinstance(o, Payment) else o for o in operations]

        found = plan(sold, by=rules(adjust=adjust))
        assert (payments(found), found.findings) == ([("payment:7", "2026-03-04", "1000.00")], ())

    def test_lines_that_miss_the_total(self) -> None:
        sold = order(line("1000.00"), price="900.00")
        assert self.refused(sold) == [("rejected", "total_mismatch")]
        item = dataclasses.replace(document(plan(SOLD)).items[0], price=Decimal("900.00"))
        found = plan(sold, by=rules(adjust=on_documents(items=(item,))))
        assert (document(found).total_amount, found.findings) == (Decimal("900.00"), ())

    def test_a_number_that_came_out_empty(self) -> None:
        assert self.refused(SOLD, number=EMPTY) == [("rejected", "number_empty")]
        assert document(plan(SOLD, by=rules(adjust=on_documents(number="7"), number=EMPTY))).number == "7"

    @pytest.mark.parametrize(
        "broken",
        [
            order(currency="USD"),
            order(line("-5.00"), price="5.00"),
            order(line("1000.00", currency="USD")),
            order(**company("7701234567")),
            order(line("1000.00"), price="900.00"),
        ],
    )
    def test_any_can_be_vetoed(self, broken: Order) -> None:
        def veto(_: Order, __: tuple[Operation, ...]) -> Iterable[Operation]:
            raise Veto("entered by hand")

        assert [verdict for verdict, _ in self.refused(broken)] == ["rejected"]
        assert codes(plan(broken, by=rules(adjust=veto))) == [("skipped", "vetoed")]

    def test_goods_in_no_shipment_can_be_vetoed(self) -> None:
        def veto(_: Order, __: tuple[Operation, ...]) -> Iterable[Operation]:
            raise Veto("entered by hand")

        sold = order(shipments=())
        assert codes(plan(sold, by=rules(document_per="shipment"))) == [("review", "not_in_a_shipment")]
        assert codes(plan(sold, by=rules(adjust=veto, document_per="shipment"))) == [("skipped", "vetoed")]

    @pytest.mark.parametrize(
        ("left_out", "options"),
        [
            (order(canceled=True), {}),
            (order(shipped=None), {}),
            (order(line("0.00")), {}),
            (SOLD, {"go_live": "2026-04-01"}),
            (SOLD, {"retail": "skip"}),
        ],
    )
    def test_what_is_not_to_be_posted_is_not_asked_about(self, left_out: Order, options: dict[str, Any]) -> None:
        def never(_: Order, __: tuple[Operation, ...]) -> Iterable[Operation]:
            raise AssertionError

        assert not [v for v, _ in codes(plan(left_out, by=rules(adjust=never, **options))) if v == "rejected"]

    def test_a_rule_that_fails_on_it_does_not_hide_what_is_wrong(self) -> None:
        def fail(_: Order, __: tuple[Operation, ...]) -> Iterable[Operation]:
            raise KeyError

        found = plan(order(**company("7701234567")), by=rules(adjust=fail))
        assert codes(found) == [("rejected", "inn_checksum"), ("rejected", "customize_failed")]

    def test_only_the_shipment_that_is_wrong_is_refused(self) -> None:
        two = order(
            line("1000.00", vat="0.20"),
            line("500.00"),
            shipments=(shipment(501, {1: 1}, "2026-03-05"), shipment(502, {2: 1}, "2026-03-06")),
        )
        found = plan(two, by=rules(adjust=number_by_site, document_per="shipment", vat_guard="reject"))
        assert [d.number for d in documents(found)] == ["s1/1045/502"]
        assert codes(found) == [("rejected", "vat_of_other_years")]


class TestAPaymentLeftOut:
    """For money that is none: bonus points, a certificate, what another book holds."""

    @staticmethod
    def without(payment_key: str, reason: str = "bonus points") -> Adjust:
        def adjust(_: Order, operations: tuple[Operation, ...]) -> Iterable[Operation | LeftOut]:
            return [LeftOut(o, reason) if isinstance(o, Payment) and o.key == payment_key else o for o in operations]

        return adjust

    def test_it_is_noted_with_the_reason_and_the_rest_is_posted(self) -> None:
        sold = order(payments=[payment(7, "300.00"), payment(8, "700.00")])
        found = plan(sold, by=rules(adjust=self.without("payment:7")))
        assert payments(found) == [("payment:8", "2026-03-05", "700.00")]
        assert found.held == ()
        assert codes(found) == [("noted", "payment_left_out")]
        assert finding(found).payment_id == 7
        assert facts(finding(found)) == {
            "payment": 7,
            "amount": "300.00",
            "day": "2026-03-05",
            "reason": "bonus points",
        }
        assert plan(sold, by=rules(adjust=self.without("payment:7")), known=posted(found)) == found

    def test_its_refund_goes_with_it(self) -> None:
        back = order(payments=[returned(7, "1000.00", "2026-03-05", "2026-03-09")])
        found = plan(back, by=rules(adjust=self.without("payment:7")))
        assert [type(o) for o in found.due] == [SaleDocument]
        assert codes(found) == [("noted", "payment_left_out")]

    def test_one_that_a_guard_refuses_may_be_left_out(self) -> None:
        sold = order(payments=[payment(7, "1000.00", "2036-03-05")])
        found = plan(sold, by=rules(adjust=self.without("payment:7")))
        assert codes(found) == [("noted", "payment_left_out")]

    @pytest.mark.parametrize("reason", ["", "  ", None])
    def test_it_needs_a_reason(self, reason: Any) -> None:
        found = plan(SOLD, by=rules(adjust=self.without("payment:7", reason)))
        assert (found.due, codes(found)) == ((), [("rejected", "customize_invalid")])
        assert facts(finding(found)) == {
            "what": ("rule_left_out_without_reason", {"operation": ("named_payment", {"payment": 7})})
        }

    def test_a_document_is_not_left_out_but_vetoed(self) -> None:
        def adjust(_: Order, operations: tuple[Operation, ...]) -> Iterable[Any]:
            return [LeftOut(o, "no") if isinstance(o, SaleDocument) else o for o in operations]  # type: ignore[arg-type]

        found = plan(SOLD, by=rules(adjust=adjust))
        assert (found.due, codes(found)) == ((), [("rejected", "customize_invalid")])
        assert facts(finding(found)) == {"what": "rule_left_out_no_payment"}


def test_all_that_a_rule_needs_comes_from_one_module() -> None:
    names = {"Order", "Operation", "SaleDocument", "Payment", "Refund", "Item", "Counterparty", "Veto", "LeftOut"}
    names |= {"VatRate", "PaymentMethod", "DocumentKind", "CounterpartyType", "RETAIL", "NO_DAY", "UNKNOWN_RATE"}
    assert names <= set(customize.__all__)
    assert all(hasattr(customize, name) for name in customize.__all__)


def test_the_documented_example_does_what_it_says() -> None:
    text = pathlib.Path("docs/accounting-rules.md").read_text(encoding="utf-8")
    example: dict[str, Any] = {}
    exec(text.partition("```python\n")[2].partition("```")[0], example)  # noqa: S102 - our own documentation
    by = rules(adjust=example["adjust"])

    foreign = order(id=7, payments=[payment(5512, "1000.00")], **company(None, None, "Example GmbH"))
    found = plan(foreign, by=by)
    assert (document(found).counterparty.id, payments(found)) == ("cp-42", [])
    assert codes(found) == [("noted", "payment_left_out")]
    assert document(plan(order(**company("7701234567")), by=by)).counterparty.inn is None
    old_rate = order(line("1000.00", vat="0.18"), id=7, shipped="2025-12-01")
    assert document(plan(old_rate, by=by)).items[0].vat_rate is VatRate.VAT20
    assert codes(plan(order(lid="s2"), by=by)) == [("skipped", "vetoed")]


ITEM = document(plan(SOLD)).items[0]
COMPANY = document(plan(order(**company()))).counterparty


def wrong_type(field: str) -> tuple[str, dict[str, Any]]:
    return "rule_wrong_type", {"field": field, "operation": "named_document"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"items": (dataclasses.replace(ITEM, vat_rate=VatRate.VAT20),)}, "vat_of_other_years"),
        ({"date": dt.date(2036, 1, 1)}, "future_date"),
        ({"counterparty": dataclasses.replace(COMPANY, inn="7701234567")}, "inn_checksum"),
        ({"counterparty": dataclasses.replace(COMPANY, kpp="1")}, "kpp_format"),
    ],
)
def test_the_result_is_judged_as_the_shops_own_data_is(changes: dict[str, Any], code: str) -> None:
    found = plan(SOLD, by=rules(adjust=on_documents(**changes), vat_guard="reject"))
    assert (found.due, codes(found)) == ((), [("rejected", code)])


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"total_amount": Decimal(1)}, ("rule_fixed_field", {"field": "total_amount", "operation": "named_document"})),
        ({"marker": "X"}, ("rule_fixed_field", {"field": "marker", "operation": "named_document"})),
        ({"order_id": 1}, ("rule_fixed_field", {"field": "order_id", "operation": "named_document"})),
        ({"key": "sale:1"}, "rule_operations"),
        ({"date": "2026-03-05"}, ("rule_no_date", {"operation": "named_document"})),
        ({"items": ()}, ("rule_sums", {"lines": "0.00", "total": "1000.00"})),
        (
            {"items": (dataclasses.replace(ITEM, price=Decimal("999.99")),)},
            ("rule_sums", {"lines": "999.99", "total": "1000.00"}),
        ),
        (
            {"items": (dataclasses.replace(ITEM, quantity=Decimal("0.33333"), price=Decimal("3000.03")),)},
            ("rule_quantity", {"quantity": "0.33333"}),
        ),
        ({"items": (ITEM, dataclasses.replace(ITEM, quantity=Decimal(0)))}, ("rule_quantity", {"quantity": "0"})),
        ({"items": (dataclasses.replace(ITEM, price=Decimal("1000.001")),)}, ("rule_price", {"price": "1000.001"})),
        (
            {"items": (dataclasses.replace(ITEM, vat_rate=cast("VatRate", "vat18")),)},
            ("rule_rate", {"rate": "vat18"}),
        ),
        ({"number": " "}, "rule_number_empty"),
        ({"comment": "without a marker"}, "rule_marker"),
        ({"comment": "BX1-S1045-9Y not at its end"}, "rule_marker"),
        ({"counterparty": dataclasses.replace(COMPANY, id="cp 42")}, "rule_counterparty_id"),
        ({"counterparty": dataclasses.replace(COMPANY, name=" ")}, "rule_buyer_without_name"),
        ({"counterparty": dataclasses.replace(COMPANY, inn="500100732259")}, "rule_kpp"),
        ({"counterparty": dataclasses.replace(COMPANY, inn=None)}, "rule_kpp"),
        ({"items": (dataclasses.replace(ITEM, name=" "),)}, "rule_line_name"),
        ({"kind": "upd"}, wrong_type("kind")),
        ({"number": 7}, wrong_type("number")),
        ({"comment": None}, wrong_type("comment")),
        ({"counterparty": "ООО «Пример»"}, wrong_type("counterparty")),
        ({"counterparty": dataclasses.replace(COMPANY, type=cast("CounterpartyType", "Company"))}, wrong_type("type")),
        ({"counterparty": dataclasses.replace(COMPANY, inn=cast("str", 7707083893))}, wrong_type("inn")),
        ({"items": ITEM}, wrong_type("items")),
        ({"items": ("kettle",)}, wrong_type("items")),
        ({"items": (dataclasses.replace(ITEM, price=cast("Decimal", 1000)),)}, wrong_type("price")),
        ({"items": (dataclasses.replace(ITEM, vat_rate=cast("VatRate", None)),)}, wrong_type("vat_rate")),
    ],
)
def test_what_it_may_not_do_is_said(changes: dict[str, Any], what: Any) -> None:
    found = plan(SOLD, by=rules(adjust=on_documents(**changes)))
    assert (found.due, codes(found)) == ((), [("rejected", "customize_invalid")])
    assert facts(finding(found)) == {"what": what}


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
