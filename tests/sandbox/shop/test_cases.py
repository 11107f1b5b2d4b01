from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from MySQLdb.connections import Connection

from sandbox.books.due import Terms, due_documents
from sandbox.books.sale import Sale
from sandbox.shop import schema
from sandbox.shop.cases import CASES, Made, Money, Verdict, make_case
from sandbox.shop.cases.catalogue import fits

AT = dt.date(2026, 6, 16)
AS_OF = dt.datetime(2026, 9, 1, 12, 0, 0)
SLOW = {"ten_thousand_lines"}
OF_THE_HOUR = {"being_saved"}


def _assert_equal(made: Made, sale: Sale | None) -> None:
    outcome = made.outcome
    if not outcome.documents:
        assert sale is None
        return
    assert sale is not None
    (document,) = outcome.documents
    assert (sale.number, sale.date, sale.total) == (document.number, document.date, document.total)
    assert (sale.inn, sale.kpp) == (document.inn, document.kpp)
    assert _moneys(sale.payments) == _bag(outcome.payments)
    assert _moneys(sale.refunds) == _bag(outcome.refunds)
    if document.items:
        by_rate: dict[str, Decimal] = {}
        for item in document.items:
            by_rate[item.vat] = by_rate.get(item.vat, Decimal(0)) + item.quantity * item.price
        for rate in by_rate.keys() | sale.vat.keys():
            assert abs(by_rate.get(rate, Decimal(0)) - sale.vat.get(rate, Decimal(0))) <= sale.tolerance


def _moneys(moneys: list[tuple[dt.date | None, Decimal, str]]) -> list[tuple[str, Decimal, str]]:
    return sorted((str(date), amount, method) for date, amount, method in moneys)


def _bag(moneys: tuple[Money, ...]) -> list[tuple[str, Decimal, str]]:
    return _moneys([(money.date, money.amount, money.method) for money in moneys])


@pytest.mark.parametrize("charset", schema.CHARSETS)
@pytest.mark.parametrize("version", schema.VERSIONS)
def test_what_is_said_by_hand_is_what_an_independent_reading_of_the_rules_finds(
    connection: Connection, version: str, charset: str
) -> None:
    schema.create(connection, version, charset)
    made = {
        case.name: make_case(connection, case.name, at=AT, version=version)
        for case in CASES.values()
        if fits(case, version) and not case.settings and case.name not in SLOW | OF_THE_HOUR
    }
    due = {sale.order_id: sale for sale in due_documents(connection, AS_OF)[0]}
    for name, order in made.items():
        try:
            _assert_equal(order, due.pop(order.order_id, None))
        except AssertionError as error:
            raise AssertionError(f"case {name}: {error}") from error
    assert not due


@pytest.mark.parametrize(
    ("name", "at"), [("vat_on_top", dt.date(2025, 6, 16)), ("vat_of_other_years", dt.date(2025, 6, 16))]
)
def test_the_same_before_2026(shop: Connection, name: str, at: dt.date) -> None:
    made = make_case(shop, name, at=at)
    due, _ = due_documents(shop, AS_OF)
    _assert_equal(made, due[0] if due else None)


def test_the_same_under_other_settings_of_vat(shop: Connection) -> None:
    make_case(shop, "vat_of_other_years", at=AT)
    charged = make_case(shop, "delivery_charged", at=AT)
    due, refused = due_documents(shop, AS_OF, terms=Terms(guard="reject", delivery="none"))
    assert [(sale.order_id, dict(sale.vat)) for sale in due] == [
        (charged.order_id, {"vat22": Decimal("1000.00"), "none": Decimal("300.00")})
    ]
    assert refused == [AT]


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.settings])
def test_the_same_under_the_settings_of_a_case(shop: Connection, name: str) -> None:
    told = CASES[name].settings
    terms = Terms(
        from_bank=tuple(told.get("payment_methods", ())),
        closed_until=dt.date.fromisoformat(told.get("closed_until", "0001-01-01")),
        advances=told.get("closed_advances", "note"),
    )
    made = make_case(shop, name, at=AT)
    (sale,) = due_documents(shop, AS_OF, terms=terms)[0]
    _assert_equal(made, sale)


def test_an_order_being_saved_is_left_for_an_hour(shop: Connection) -> None:
    made = make_case(shop, "being_saved", at=AT)
    noon = dt.datetime.combine(AT, dt.time(12))
    _assert_equal(made, next(iter(due_documents(shop, noon + dt.timedelta(minutes=59))[0]), None))
    assert due_documents(shop, noon + dt.timedelta(minutes=61))[0]


def test_ten_thousand_lines(shop: Connection) -> None:
    made = make_case(shop, "ten_thousand_lines", at=AT)
    _assert_equal(made, due_documents(shop, AS_OF)[0][0])


def test_ids_are_given_or_follow(shop: Connection) -> None:
    assert make_case(shop, "prepaid", at=AT, order_id=1045).order_id == 1045
    assert make_case(shop, "branch", at=AT).order_id == 1046


def test_a_case_of_newer_tables_is_refused(connection: Connection) -> None:
    schema.create(connection, "16.5")
    with pytest.raises(ValueError, match=r"refund_dated_by_receipt cannot be in a shop of version 16\.5"):
        make_case(connection, "refund_dated_by_receipt", at=AT, version="16.5")


def test_complaints_are_those_that_a_person_sees(shop: Connection) -> None:
    for case in CASES.values():
        if fits(case, "25") and case.name not in SLOW:
            verdict = make_case(shop, case.name, at=AT).outcome.verdict
            assert case.complaint == (verdict in {Verdict.REJECTED, Verdict.REVIEW}), case.name


def test_names_come_back_as_they_are(connection: Connection) -> None:
    schema.create(connection, "25")
    order = make_case(connection, "long_name", at=AT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT NAME FROM b_sale_basket WHERE ORDER_ID = %s", [order.order_id])
        ((name,),) = cursor.fetchall()
    assert len(name) == 255
    assert name.startswith("Набор «Уют» <b>-50%</b> & \"чай\" 'кофе' 🎁 я")
    (document,) = order.outcome.documents
    assert document.items is not None
    assert document.items[0].name == name
