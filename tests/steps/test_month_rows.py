"""What stands in a month's workbook, of a real shop and a real ledger: to the sums of the months around it."""

from __future__ import annotations

import datetime as dt
import json
import pathlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from MySQLdb.connections import Connection

from include import settings
from include.ledger.connection import LedgerDatabase
from include.ledger.migrate import migrate
from include.ledger.operations import Operations
from include.moments import local
from include.report import files
from include.report.month import Month
from include.report.rows import Fate
from include.report.sheets import sheets
from include.settings import Settings
from include.steps.month_report import months
from include.window import Window
from include.words import Language
from sandbox.kontur import serving
from sandbox.shop import reference
from sandbox.shop.order import Buyer, Draft
from sandbox.shop.schema import bitrix_session
from sandbox.shop.writer import Ids, Writer
from tests.steps.nights import Nights, change
from tests.steps.reconciling import Reconciliations

FEB, MAR, JUN = (Window(dt.date(2026, m, 1), dt.date(2026, m, last)) for m, last in ((2, 28), (3, 31), (6, 30)))
DEC = Window(dt.date(2025, 12, 1), dt.date(2025, 12, 31))
RETAIL = Buyer(reference.PERSON, {"FIO": "Иванова Мария", "EMAIL": "demo@example.com"})
WRONG_INN = Buyer(reference.COMPANY, {"COMPANY": "ООО", "INN": "7707083894"})
V22 = Decimal("0.22")
FEBRUARY = dt.datetime(2026, 2, 1, 12)
Make = Callable[[Draft], None]


def at(month: int, day: int, hour: int = 12, year: int = 2026) -> dt.datetime:
    return dt.datetime(year, month, day, hour)


def new(shop: Connection, make: Make, created: dt.datetime = FEBRUARY, buyer: Buyer = RETAIL) -> int:
    with bitrix_session(shop):
        reference.ensure(shop, "25")
        writer = Writer(shop, "25")
        draft = Draft(Ids(shop, "25"), "25", created=created, buyer=buyer)
        make(draft)
        for table, row in draft.rows():
            writer.add(table, row)
        writer.flush()
    return draft.id


def order(
    price: str,
    *,
    vat: Decimal | None = V22,
    paid: dt.datetime | None = None,
    shipped: dt.datetime | None = None,
    system: int = reference.CARD,
    **columns: object,
) -> Make:
    def make(o: Draft) -> None:
        o.line(price, vat=vat)
        if paid:
            o.pay(price, paid, system)
        o.ship(shipped)
        o.order.update(columns)

    return make


def ship(shop: Connection, id_: int, when: dt.datetime) -> None:
    change(shop, "order", id_, DEDUCTED="Y", DATE_DEDUCTED=when, STATUS_ID="F", DATE_STATUS=when, DATE_UPDATE=when)
    with shop.cursor() as cursor:
        cursor.execute(
            "UPDATE b_sale_order_delivery SET DEDUCTED='Y', DATE_DEDUCTED=%s WHERE ORDER_ID=%s AND `SYSTEM`='N'",
            [when, id_],
        )


def with_(section: str = "accounting", **keys: Any) -> Settings:
    one = settings.load()
    old = getattr(one, section)
    return one.model_copy(update={section: type(old)(**(old.model_dump() | keys))})


def of(nights: Nights, window: Window) -> Month:
    return months(nights.rules, window)["kontur_default"]


def advances(nights: Nights, window: Window) -> list[tuple[str, Decimal]]:
    return [(one.order, one.amount) for one in of(nights, window).rows.advances]


def closing(nights: Nights, window: Window) -> Decimal:
    return sum((one.turnover.closing for one in of(nights, window).rows.settlements), start=Decimal(0))


def opening(nights: Nights, window: Window) -> Decimal:
    return sum((one.turnover.opening for one in of(nights, window).rows.settlements), start=Decimal(0))


@pytest.mark.usefixtures("kontur")
def test_debt_of_an_order_that_was_marked_as_paid_by_mistake(shop: Connection, nights: Nights) -> None:
    """Marked as paid on 10.02 (held), unmarked on 12.02, shipped unpaid on 15.02: 1,000 are owed, in March as well."""
    id_ = new(shop, order("1000.00", paid=at(2, 10)))
    nights.night(dt.date(2026, 2, 10))
    change(shop, "order_payment", id_, PAID="N", DATE_PAID=None)
    change(shop, "order", id_, PAYED="N", DATE_PAYED=None, SUM_PAID=0, STATUS_ID="N", DATE_UPDATE=at(2, 12))
    ship(shop, id_, at(2, 15))
    nights.night(dt.date(2026, 2, 15))
    assert nights.states(id_) == {"payment:1": "skipped", "sale:1": "done"}
    assert [d.amount for d in of(nights, FEB).rows.debts] == [1000]
    assert [d.amount for d in of(nights, MAR).rows.debts] == [1000]
    assert opening(nights, MAR) == closing(nights, FEB) == 1000


@pytest.mark.usefixtures("kontur")
def test_advance_by_the_banks_statement(shop: Connection, nights: Nights) -> None:
    nights.rules = with_(payment_methods={"statement": "FromBank"})
    new(shop, order("1000.00", paid=at(2, 10), system=reference.BY_STATEMENT))
    nights.night(dt.date(2026, 2, 10))
    assert advances(nights, FEB) == advances(nights, MAR) == [("1", Decimal(1000))]


@pytest.mark.usefixtures("kontur")
def test_advance_of_what_only_the_courier_has(shop: Connection, nights: Nights) -> None:
    """Where statuses decide, the flag says that a courier took the goods, not that they are sold."""
    by_status = with_("shop", shipped_by="status").shop
    nights.rules = with_(payment_methods={"statement": "FromBank"}).model_copy(update={"shop": by_status})
    id_ = new(shop, order("1000.00", paid=at(2, 10), system=reference.BY_STATEMENT))
    change(shop, "order", id_, DEDUCTED="Y", DATE_DEDUCTED=at(2, 11))
    nights.night(dt.date(2026, 2, 11))
    assert advances(nights, FEB) == advances(nights, MAR) == [("1", Decimal(1000))]


@pytest.mark.usefixtures("kontur")
def test_advance_of_an_order_that_was_paid_and_cancelled_before_the_night(shop: Connection, nights: Nights) -> None:
    def make(o: Draft) -> None:
        order("1000.00", paid=at(2, 10))(o)
        o.cancel(at(2, 10, 15))

    new(shop, make)
    nights.night(dt.date(2026, 2, 10))
    assert advances(nights, FEB) == advances(nights, MAR) == [("1", Decimal(1000))]


@pytest.mark.usefixtures("kontur")
def test_vat_of_what_is_refused_and_of_advances_has_the_rate_of_its_own_day(shop: Connection, nights: Nights) -> None:
    """On УСН without VAT until 30.06.2026, at 5 % from July on; 20 % for what left in 2025. Made in November 2026."""
    regime = [{"from": "2026-01-01", "rates": ["none"]}, {"from": "2026-07-01", "rates": ["vat5"]}]
    nights.rules = with_(vat_regime=regime)
    new(shop, order("1050.00", vat=None, paid=at(6, 10)), created=at(6, 1))
    new(shop, order("1050.00", vat=None, shipped=at(6, 12)), created=at(6, 1), buyer=WRONG_INN)
    nights.night(dt.date(2026, 6, 12))
    june = of(nights, JUN).rows
    assert [(str(p.rate), p.vat) for d in june.documents for p in d.parts] == [("none", Decimal(0))]
    assert [(str(p.rate), p.vat) for a in june.advances for p in a.parts] == [("none", Decimal(0))]
    nights.rules = with_(go_live=dt.date(2025, 12, 1))
    new(
        shop,
        order("1200.00", vat=Decimal("0.20"), shipped=at(12, 30, year=2025)),
        created=at(12, 1, year=2025),
        buyer=WRONG_INN,
    )
    december = of(nights, DEC).rows
    assert [(str(p.rate), p.vat) for d in december.documents for p in d.parts] == [("vat20", Decimal(200))]


@pytest.mark.usefixtures("kontur")
@pytest.mark.parametrize("by", ["retail", "platform", "external"])
def test_money_of_orders_that_are_left_out_by_rule_is_no_advance_of_ours(
    by: str, shop: Connection, nights: Nights
) -> None:
    def make(o: Draft) -> None:
        order("122.00", paid=at(2, 12), EXTERNAL_ORDER="Y" if by == "external" else "N")(o)
        if by == "platform":
            o.bind(reference.MARKETPLACE)

    nights.rules = {
        "retail": with_(retail="skip"),
        "platform": with_("shop", platforms={"ozon": "skip"}),
        "external": with_("shop", external_orders="skip"),
    }[by]
    id_ = new(shop, make)
    nights.night(dt.date(2026, 2, 12))
    before = advances(nights, FEB), {i.fate for i in of(nights, FEB).rows.income}
    ship(shop, id_, at(3, 15))
    nights.night(dt.date(2026, 3, 15))
    assert (advances(nights, FEB), {i.fate for i in of(nights, FEB).rows.income}) == before == ([], {Fate.NOT_OURS})


@pytest.mark.usefixtures("kontur")
def test_a_month_that_is_not_over_does_not_cry_wolf(shop: Connection, nights: Nights, tmp_path: pathlib.Path) -> None:
    with nights.ledger.open() as session:
        now = local(Operations(session).now(), nights.rules.shop.zone)
    yesterday = now.date() - dt.timedelta(days=1)
    first = yesterday.replace(day=1)  # on the first of a month, the one that has just ended
    noon = dt.datetime.combine(first, dt.time(12))
    new(shop, order("1000.00", shipped=noon), created=noon)
    nights.night(yesterday)
    Reconciliations(nights.ledger, nights.rules).run(window=Window(first, yesterday))
    new(shop, order("500.00", shipped=now - dt.timedelta(minutes=1)), created=now - dt.timedelta(minutes=2))
    last = (first + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
    file = tmp_path / "month.xlsx"
    files.write(file, sheets(of(nights, Window(first, last))), Language.RU, files.Format.XLSX)
    row = [cell.value for cell in openpyxl.load_workbook(file, data_only=True)["Итоги"][4]]
    assert row[0] == "Реализация"
    assert row[4:] == [0, 0, 0], "apart, explained, check: must be 0"


def test_receipts_of_each_seller_stand_in_his_own_workbook(
    shop: Connection, ledger_database: LedgerDatabase, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = {"first-account": "first-key", "second-account": "second-key"}
    with serving.running(tmp_path / "kontur.sqlite", accounts=accounts) as sandbox:
        for name, (login, key) in zip(("DEFAULT", "SECOND"), accounts.items(), strict=True):
            connection = {"conn_type": "kontur", "host": sandbox.base_url, "login": login, "password": key}
            monkeypatch.setenv(f"AIRFLOW_CONN_KONTUR_{name}", json.dumps(connection))
        migrate(ledger_database)
        nights = Nights(ledger_database)
        nights.rules = with_("shop", companies={1: "kontur_default", 2: "kontur_second"})

        def make(o: Draft) -> None:
            o.line("700.00", vat=V22)
            o.receipt(o.pay("700.00", at(3, 10), COMPANY_ID=2), "sell", at(3, 10))
            o.ship(at(3, 10), COMPANY_ID=2)
            o.order.update(COMPANY_ID=2)

        new(shop, make)
        nights.night(dt.date(2026, 3, 10))
        found = months(nights.rules, MAR)
        sums = {
            c: (sum(p.shop.amount for p in m.rows.payments), sum(r.income for r in m.receipts))
            for c, m in found.items()
        }
        assert sums == {"kontur_default": (0, 0), "kontur_second": (700, 700)}


@pytest.mark.usefixtures("kontur")
def test_money_of_a_shipped_and_refused_order_is_no_advance(shop: Connection, nights: Nights) -> None:
    def make(o: Draft) -> None:
        order("1000.00", paid=at(3, 16), shipped=at(3, 17))(o)
        o.bind(reference.MARKETPLACE)  # platform_unnamed

    new(shop, make, created=at(3, 1))
    nights.night(dt.date(2026, 3, 17))
    assert [(i.fate, i.amount) for i in of(nights, MAR).rows.income] == [(Fate.DUE, Decimal(1000))]


@pytest.mark.usefixtures("kontur")
def test_the_vat_sheet_has_all_that_is_due(shop: Connection, nights: Nights) -> None:
    def without_lines(o: Draft) -> None:
        o.ship(at(3, 17), carries={})
        o.order.update(PRICE=Decimal("1000.00"))

    new(shop, without_lines, created=at(3, 1))
    new(shop, order("1000.00", shipped=at(3, 17), PRICE=Decimal("1010.00")), created=at(3, 1))  # total_mismatch
    nights.night(dt.date(2026, 3, 17))
    rows = of(nights, MAR).rows.documents
    assert [d.shop.amount for d in rows] == [1000, 1010]
    assert [sum(p.gross for p in d.parts) for d in rows] == [1000, 1010]
