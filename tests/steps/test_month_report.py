"""The month's workbook of a shop that was posted into the sandbox."""

from __future__ import annotations

import datetime as dt
import hashlib
import pathlib
from decimal import Decimal

import openpyxl
import pytest
from MySQLdb.connections import Connection

from include.ledger.actions import Action, Actions, Deed
from include.ledger.closings import CLOSED
from include.ledger.connection import LedgerDatabase
from include.ledger.operations import Operations
from include.moments import local
from include.reconciliation.difference import Measure
from include.report.files import Format
from include.report.month import ReceiptsDay, Sum
from include.report.rows import Remark
from include.settings import Report
from include.steps.month_report import main, month_report, months
from include.window import Window
from sandbox.shop.cases import make_case
from tests.steps.nights import Nights

DAY = dt.date(2026, 3, 17)
FEBRUARY = Window(dt.date(2026, 2, 1), dt.date(2026, 2, 28))
MARCH = Window(dt.date(2026, 3, 1), dt.date(2026, 3, 31))
CASES = ("paid_and_shipped_in_a_day", "prepaid", "prepaid_not_shipped", "shipped_unpaid", "inn_with_wrong_check_digit")

pytestmark = pytest.mark.usefixtures("kontur")


@pytest.fixture
def orders(shop: Connection, nights: Nights) -> dict[str, int]:
    """Case -> its order; all of them were looked at."""
    made = {name: make_case(shop, name, at=DAY).order_id for name in CASES}
    nights.look_at(list(made.values()))
    return made


def test_a_month_of_shop_and_ledger(nights: Nights, orders: dict[str, int]) -> None:
    month = months(nights.rules, MARCH)["kontur_default"]
    assert (month.cover.account, month.cover.days, len(month.cover.uncovered)) == ("demo", 31, 31)
    # 1,000 + 1,500 + 1,000 shipped; 1,000 paid in March, the 1,500 came in February
    assert month.ledger == {
        Measure.DOCUMENTS: Sum(3, Decimal("3500.00")),
        Measure.PAYMENTS: Sum(1, Decimal("1000.00")),
        Measure.REFUNDS: Sum(0, Decimal(0)),
    }
    rows = month.rows
    assert sum(d.posted.amount for d in rows.documents) == Decimal("3500.00")
    assert [(a.order, a.amount) for a in rows.advances] == [(_number(orders, "prepaid_not_shipped"), Decimal(1000))]
    assert _number(orders, "shipped_unpaid") in {d.order for d in rows.debts}
    assert {why.code for one in rows.unposted for why in one.reasons} == {"inn_checksum"}


def test_what_a_person_closed_is_told_with_who_when_and_why(nights: Nights, orders: dict[str, int]) -> None:
    wrong = orders["inn_with_wrong_check_digit"]
    (remark,) = _remarks(nights, wrong)
    assert remark.asks
    closed = Action(
        who="Анна",
        kind=Deed.FINDING_CLOSED,
        why="введено вручную",
        order_id=wrong,
        facts=(remark.said,),
        before=remark.verdict,
        after=CLOSED,
    )
    with LedgerDatabase().open() as session:
        Actions(session).append(closed)
        at = local(Operations(session).now(), nights.rules.shop.zone)
    (remark,) = _remarks(nights, wrong)
    assert remark.decided is not None
    assert (remark.asks, remark.decided.who, remark.decided.why) == (False, "Анна", "введено вручную")
    assert abs(remark.decided.at - at) < dt.timedelta(minutes=30), "the shop's time, three hours ahead of UTC"


def _remarks(nights: Nights, order_id: int) -> list[Remark]:
    return [one for one in months(nights.rules, MARCH)["kontur_default"].rows.remarks if one.order == str(order_id)]


def test_an_advance_that_is_shipped_by_now_stands_in_the_month_it_was_held_in(
    nights: Nights, orders: dict[str, int]
) -> None:
    """The ledger has it as done; its payment is of 13 February, its document of 17 March."""
    rows = months(nights.rules, FEBRUARY)["kontur_default"].rows
    prepaid = _number(orders, "prepaid")
    assert [(a.order, a.paid, a.amount, a.shipped) for a in rows.advances] == [
        (prepaid, dt.date(2026, 2, 13), Decimal(1500), DAY)
    ]
    opening = {s.order: s.turnover.opening for s in months(nights.rules, MARCH)["kontur_default"].rows.settlements}
    assert opening[prepaid] == -1500


def test_an_order_that_was_deleted_in_the_shop_is_told_by_the_ledger(
    shop: Connection, nights: Nights, orders: dict[str, int]
) -> None:
    gone = orders["paid_and_shipped_in_a_day"]
    with shop.cursor() as cursor:
        cursor.execute("DELETE FROM b_sale_order WHERE ID = %s", [gone])
    month = months(nights.rules, MARCH)["kontur_default"]
    assert not any(document.came_back for document in month.rows.documents)
    # Posted 1,000 + 1,500 + 1,000, the deleted order's first; what was refused for its INN is 1,000 more.
    assert sum(document.posted.amount for document in month.rows.documents) == Decimal(3500)
    assert sum(document.shop.amount for document in month.rows.documents) == Decimal(4500)


def test_the_cash_registers_beside(shop: Connection, nights: Nights, orders: dict[str, int]) -> None:
    with shop.cursor() as cursor:
        cursor.execute("SELECT ID FROM b_sale_order_payment WHERE ORDER_ID = %s", [orders["prepaid_not_shipped"]])
        (payment,) = cursor.fetchone()
        cursor.execute("DELETE FROM b_sale_cashbox_check")
        for kind, amount, hour in (("prepayment", 1000, 12), ("sellreturn", 250, 23), ("credit", 70, 12)):
            cursor.execute(
                "INSERT INTO b_sale_cashbox_check (PAYMENT_ID, DATE_CREATE, DATE_PRINT_END, `SUM`, STATUS, TYPE,"
                " ENTITY_REGISTRY_TYPE) VALUES (%s, %s, %s, %s, 'Y', %s, 'ORDER')",
                [payment, DAY, dt.datetime.combine(DAY, dt.time(hour, 59)), amount, kind],
            )
    month = months(nights.rules, MARCH)["kontur_default"]
    assert month.receipts == (ReceiptsDay(DAY, Decimal(1000), Decimal(250)),)


def test_files_of_both_formats(nights: Nights, orders: dict[str, int], tmp_path: pathlib.Path) -> None:
    rules = nights.rules.model_copy(update={"report": Report(folder=f"file://{tmp_path}/books")})
    (xlsx,) = month_report(rules, MARCH, Format.XLSX)
    (html,) = month_report(rules, MARCH, Format.HTML)
    book = tmp_path / "books" / "2026-03-kontur_default.xlsx"
    assert hashlib.sha256(book.read_bytes()).hexdigest() == xlsx.sha256
    assert openpyxl.load_workbook(book, data_only=True)["Итоги"]["C4"].value == 3500
    page = (tmp_path / "books" / "2026-03-kontur_default.html").read_text("utf-8")
    assert "3\u00a0500,00" in page
    assert html.path.endswith("2026-03-kontur_default.html")


def _number(orders: dict[str, int], case: str) -> str:
    return str(orders[case])


@pytest.mark.parametrize("month", ["2026-13", "2026-03"])
def test_what_stands_in_the_way_is_a_sentence(
    month: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """No such month; a ledger that is away."""
    monkeypatch.setenv("AIRFLOW_CONN_KONTUR_SYNC_MYSQL", "mysql://nobody@127.0.0.1:1/nothing")
    monkeypatch.setattr("logging.basicConfig", lambda **_: None)
    assert main([month]) == 1
    (said,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert said.exc_info is None
