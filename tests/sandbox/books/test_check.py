"""A small shop and books written by hand; each test spoils one thing."""

from __future__ import annotations

import datetime as dt
import pathlib
import sqlite3
from decimal import Decimal

import pytest
from MySQLdb.connections import Connection

import sandbox.kontur
from sandbox import books
from sandbox.shop.cases import make_case

DAY = dt.date(2026, 6, 16)
AS_OF = dt.datetime(2026, 9, 1, 12, 0, 0)
SCHEMA = pathlib.Path(sandbox.kontur.__file__).with_name("schema.sql")

BOOKS = """
INSERT INTO counterparties (id, account, name, inn, kpp, type, created_at) VALUES
    ('retail', 'a', 'Розничные покупатели', NULL, NULL, 'Individual', 0),
    ('branch', 'a', 'ООО «Пример»', '7700000016', '540243001', 'LegalEntity', 0);
INSERT INTO documents (id, account, kind, number, date, counterparty_id, total_kopecks, comment, created_at) VALUES
    ('d1', 'a', 'saleinvoices', '1', '2026-06-16', 'retail', 150000, '', 0),
    ('d2', 'a', 'saleinvoices', '2', '2026-06-16', 'branch', 100000, '', 0),
    ('d3', 'a', 'saleinvoices', '3', '2026-06-16', 'retail', 100000, '', 0),
    ('d4', 'a', 'saleinvoices', '4', '2026-06-16', 'retail', 145000, '', 0);
INSERT INTO items (document_id, line, name, quantity, price_kopecks, vat_rate, unit) VALUES
    ('d1', 1, 'Чайник', '1', 150000, 'vat22', 'шт'),
    ('d2', 1, 'Чайник', '1', 100000, 'vat22', 'шт'),
    ('d3', 1, 'Чайник', '1', 100000, 'vat22', 'шт'),
    ('d4', 1, 'Чайник', '1', 100000, 'vat22', 'шт'),
    ('d4', 2, 'Книга', '2', 20000, 'vat10', 'шт'),
    ('d4', 3, 'Открытка', '1', 5000, 'none', 'шт');
INSERT INTO payments (id, document_id, date, amount_kopecks, method, created_at) VALUES
    ('p1', 'd1', '2026-05-15', 150000, 'BankTransfer', 0),
    ('p3', 'd3', '2026-06-16', 100000, 'Cash', 0);
INSERT INTO refunds (id, document_id, date, amount_kopecks, method, created_at) VALUES
    ('r3', 'd3', '2026-06-19', 100000, 'Cash', 0);
"""


@pytest.fixture
def ledger(shop: Connection, tmp_path: pathlib.Path) -> pathlib.Path:
    for order_id, case in enumerate(("prepaid", "branch", "refunded_in_cash", "vat_mixed", "total_off"), 1):
        make_case(shop, case, at=DAY, order_id=order_id)
    path = tmp_path / "ledger.sqlite"
    _write(path, SCHEMA.read_text(encoding="utf-8") + BOOKS)
    return path


def _write(ledger: pathlib.Path, sql: str) -> None:
    connection = sqlite3.connect(ledger)
    connection.executescript(sql)
    connection.close()


def _check(shop: Connection, ledger: pathlib.Path) -> books.Result:
    return books.check(shop, ledger, DAY, DAY, as_of=AS_OF)


def test_equal_books(shop: Connection, ledger: pathlib.Path) -> None:
    result = _check(shop, ledger)
    assert result.differences == ()
    assert result.agrees
    assert (result.documents, result.payments, result.refunds, result.not_posted) == (4, 2, 1, 1)
    assert result.shop_total == result.books_total == Decimal("4950.00")


@pytest.mark.parametrize(
    ("ordered", "record", "kinds"),
    [
        ("540243001", "NULL", []),
        ("540201001", "'770001001'", []),
        ("540243001", "'540201001'", ["counterparty"]),
        ("540201001", "'540243001'", ["counterparty"]),
    ],
)
def test_which_record_of_a_company_is_the_orders(
    shop: Connection, ledger: pathlib.Path, ordered: str, record: str, kinds: list[str]
) -> None:
    with shop.cursor() as cursor:
        cursor.execute("UPDATE b_sale_order_props_value SET VALUE = %s WHERE ORDER_ID = 2 AND CODE = 'KPP'", [ordered])
    _write(ledger, f"UPDATE counterparties SET kpp = {record} WHERE id = 'branch'")
    assert [difference.kind for difference in _check(shop, ledger).differences] == kinds


TWICE = (
    "INSERT INTO documents (id, account, kind, number, date, counterparty_id, total_kopecks, comment, created_at)"
    " SELECT id || '-again', account, kind, number, date, counterparty_id, total_kopecks, comment, created_at"
    " FROM documents WHERE id = 'd2'"
)
PAID_TWICE = (
    "INSERT INTO payments (id, document_id, date, amount_kopecks, method, created_at)"
    " SELECT 'p9', document_id, date, amount_kopecks, method, created_at FROM payments WHERE id = 'p1'"
)


@pytest.mark.parametrize(
    ("spoilt_by", "found"),
    [
        ("DELETE FROM documents WHERE id = 'd2'; DELETE FROM items WHERE document_id = 'd2'", {"2:missing", ":sum"}),
        (TWICE, {"2:doubled", ":sum"}),
        ("UPDATE documents SET date = '2026-06-15' WHERE id = 'd2'", {"2:date", ":sum"}),
        ("UPDATE documents SET total_kopecks = 100001 WHERE id = 'd2'", {"2:total", ":sum"}),
        ("UPDATE documents SET number = '5' WHERE id = 'd2'", {"2:missing", "5:unexpected"}),
        ("UPDATE documents SET counterparty_id = 'retail' WHERE id = 'd2'", {"2:counterparty"}),
        ("UPDATE counterparties SET kpp = '770001001' WHERE id = 'branch'", {"2:counterparty"}),
        ("UPDATE items SET vat_rate = 'vat20' WHERE document_id = 'd2'", {"2:vat"}),
        ("UPDATE items SET vat_rate = 'vat22' WHERE document_id = 'd4' AND line = 2", {"4:vat"}),
        ("DELETE FROM payments WHERE id = 'p1'", {"1:payments"}),
        (PAID_TWICE, {"1:payments"}),
        ("UPDATE payments SET date = '2026-05-16' WHERE id = 'p1'", {"1:payments"}),
        ("UPDATE payments SET amount_kopecks = 149999 WHERE id = 'p1'", {"1:payments"}),
        ("UPDATE payments SET method = 'Cash' WHERE id = 'p1'", {"1:payments"}),
        ("DELETE FROM refunds", {"3:refunds"}),
        ("UPDATE refunds SET date = '2026-06-16'", {"3:refunds"}),
    ],
)
def test_spoilt_books(shop: Connection, ledger: pathlib.Path, spoilt_by: str, found: set[str]) -> None:
    _write(ledger, spoilt_by)
    result = _check(shop, ledger)
    assert not result.agrees
    assert {f"{difference.number}:{difference.kind}" for difference in result.differences} == found


def test_empty_books_of_an_empty_period_prove_nothing(shop: Connection, ledger: pathlib.Path) -> None:
    quiet = DAY + dt.timedelta(days=30)
    result = books.check(shop, ledger, quiet, quiet, as_of=AS_OF)
    assert [difference.kind for difference in result.differences] == ["empty"]


def test_a_document_outside_the_period_is_judged_too(shop: Connection, ledger: pathlib.Path) -> None:
    make_case(shop, "vat_unknown", at=DAY - dt.timedelta(days=20), order_id=6)
    _write(
        ledger,
        "INSERT INTO documents (id, account, kind, number, date, counterparty_id, total_kopecks, comment, created_at)"
        " VALUES ('d6', 'a', 'saleinvoices', '6', '2026-05-27', 'retail', 100000, '', 0)",
    )
    result = _check(shop, ledger)
    assert [(difference.number, difference.kind) for difference in result.differences] == [("6", "unexpected")]


def test_a_refund_without_a_date_in_the_shop_takes_the_day_it_was_noticed(
    shop: Connection, ledger: pathlib.Path
) -> None:
    make_case(shop, "refund_without_date", at=DAY, order_id=6)
    _write(
        ledger,
        "INSERT INTO documents (id, account, kind, number, date, counterparty_id, total_kopecks, comment, created_at)"
        " VALUES ('d6', 'a', 'saleinvoices', '6', '2026-06-16', 'retail', 100000, '', 0);"
        "INSERT INTO items VALUES ('d6', 1, 'Чайник', '1', 100000, 'vat22', 'шт');"
        "INSERT INTO payments (id, document_id, date, amount_kopecks, method, created_at)"
        " VALUES ('p6', 'd6', '2026-06-15', 100000, 'BankTransfer', 0);"
        "INSERT INTO refunds (id, document_id, date, amount_kopecks, method, created_at)"
        " VALUES ('r6', 'd6', '2026-07-04', 100000, 'BankTransfer', 0);",
    )
    assert _check(shop, ledger).differences == ()


def test_what_was_shipped_or_paid_before_the_first_day_was_typed_in_by_hand(
    shop: Connection, ledger: pathlib.Path
) -> None:
    (paid_before,) = books.check(shop, ledger, DAY, DAY, as_of=AS_OF, go_live=DAY).differences
    assert (paid_before.number, paid_before.kind) == ("1", "payments")
    next_day = DAY + dt.timedelta(days=1)
    typed = books.check(shop, ledger, next_day, next_day, as_of=AS_OF, go_live=next_day)
    assert {(found.number, found.kind) for found in typed.differences} == {
        ("", "empty"),
        *((number, "unexpected") for number in ("1", "2", "3", "4")),
    }
