"""A ledger that is rebuilt after shop or closed period have moved on since something was posted."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from MySQLdb.connections import Connection

from include import settings
from include.ledger.connection import LedgerDatabase
from include.steps.load import load
from include.steps.preflight import preflight
from include.steps.rebuild import rebuild
from include.steps.record import record
from include.steps.transform import transform
from include.window import Window
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import make_case
from tests.steps.test_rebuild import books, done, wipe

DAY = dt.date(2026, 4, 3)
WINDOW = Window(dt.date(2026, 3, 1), dt.date(2026, 4, 30))
pytestmark = pytest.mark.usefixtures("shop", "ledger_database", "kontur")


@pytest.fixture(autouse=True)
def _settles_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONTUR__POSTING__SETTLE_S", "0.01")


def run(ids: list[int], run_id: str) -> None:
    preflight(settings.load(), WINDOW)
    transform(ids, settings.load(), run_id)
    load(ids, settings.load(), run_id)
    record(ids, settings.load(), run_id)


def rebuilt(ledger_database: LedgerDatabase) -> None:
    wipe(ledger_database)
    rebuild(settings.load(), WINDOW.date_from, WINDOW.date_to)


def states(ledger_database: LedgerDatabase) -> list[tuple[Any, ...]]:
    with ledger_database.open() as session:
        return session.rows("SELECT state, code FROM local_kontur_bukh_order")


@pytest.mark.parametrize("mode", ["note", "shipment_day"])
def test_an_advance_whose_month_was_closed_after_it_was_posted(
    shop: Connection, ledger_database: LedgerDatabase, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    ids = [make_case(shop, "prepaid", at=DAY).order_id]  # paid on 2 March, shipped on 3 April
    run(ids, "before")
    held, known = books(kontur), done(ledger_database)
    assert [len(part) for part in held[:2]] == [1, 1]
    monkeypatch.setenv("KONTUR__ACCOUNTING__CLOSED_UNTIL", "2026-03-31")
    monkeypatch.setenv("KONTUR__ACCOUNTING__CLOSED_ADVANCES", mode)
    rebuilt(ledger_database)
    run(ids, "after")
    assert (books(kontur), done(ledger_database)) == (held, known)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE b_sale_basket SET VAT_RATE = 0.1",
        "UPDATE b_sale_basket b JOIN b_sale_order o ON o.ID = b.ORDER_ID SET b.PRICE = 1100, o.PRICE = 1100",
    ],
)
def test_a_sale_that_was_changed_in_the_shop_since_is_under_review_still(
    shop: Connection, ledger_database: LedgerDatabase, kontur: Sandbox, change: str
) -> None:
    ids = [make_case(shop, "paid_and_shipped_in_a_day", at=DAY).order_id]
    run(ids, "before")
    held = books(kontur)
    with shop.cursor() as cursor:
        cursor.execute(change)
    run(ids, "seen")
    before = states(ledger_database)
    assert before == [("review", "changed_after_posting")]
    rebuilt(ledger_database)
    run(ids, "after")
    assert (states(ledger_database), books(kontur)) == (before, held)


@pytest.mark.parametrize("document_per", ["order", "shipment"])
@pytest.mark.parametrize(
    ("change", "code"),
    [
        (
            (
                "UPDATE b_sale_order o JOIN b_sale_order_delivery d ON d.ORDER_ID = o.ID"
                " SET o.DEDUCTED = 'N', o.STATUS_ID = 'N', d.DEDUCTED = 'N'"
            ),
            "unshipped_after_posting",
        ),
        (
            "UPDATE b_sale_order SET CANCELED = 'Y', DATE_CANCELED = '2026-04-05 10:00:00'",
            "cancelled_after_posting",
        ),
    ],
)
def test_a_sale_that_the_shop_has_taken_back_since_is_under_review_still(
    shop: Connection,
    ledger_database: LedgerDatabase,
    kontur: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    change: str,
    code: str,
    document_per: str,
) -> None:
    monkeypatch.setenv("KONTUR__ACCOUNTING__DOCUMENT_PER", document_per)
    ids = [make_case(shop, "paid_and_shipped_in_a_day", at=DAY).order_id]
    run(ids, "before")
    held, known = books(kontur), done(ledger_database)
    with shop.cursor() as cursor:
        cursor.execute(change)
    run(ids, "seen")
    before = said_of(ledger_database)
    assert [code for _, code, _ in before] == [code]
    rebuilt(ledger_database)
    run(ids, "after")
    assert (said_of(ledger_database), books(kontur), done(ledger_database)) == (before, held, known)


def said_of(ledger_database: LedgerDatabase) -> list[tuple[Any, ...]]:
    """State and all that a person is told."""
    with ledger_database.open() as session:
        return session.rows("SELECT state, code, facts FROM local_kontur_bukh_order")
