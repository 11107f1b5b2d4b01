"""Money in Kontur that a rebuild cannot explain: it is said, and the same money is not posted with another order."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import pytest
from kontur_hook.contract import DocumentKind
from kontur_hook.hook import KonturHook
from MySQLdb.connections import Connection

from include import settings
from include.ledger.connection import LedgerDatabase
from include.posting.deciding import Declaration, Word
from include.steps import rebuild as rebuild_module
from include.steps.decide import Named, decide, find
from include.steps.load import load
from include.steps.preflight import preflight
from include.steps.rebuild import Rebuilt
from include.steps.record import record
from include.steps.transform import transform
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import make_case
from tests.steps.test_rebuild import DAY, WINDOW, books, done, fill, pay, rebuilt, run, wipe

pytestmark = pytest.mark.usefixtures("shop", "ledger_database", "kontur")


@pytest.fixture(autouse=True)
def _settles_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONTUR__POSTING__SETTLE_S", "0.01")


@pytest.fixture
def paid(shop: Connection, kontur: Sandbox) -> int:
    """An order that is posted with its payment of 1,000 ₽."""
    (order_id,) = fill(shop, ["paid_and_shipped_in_a_day"])
    run([order_id], "before")
    assert [len(part) for part in books(kontur)[:2]] == [1, 1]
    return order_id


def orders(database: LedgerDatabase) -> dict[int, tuple[Any, ...]]:
    with database.open() as session:
        rows = session.rows("SELECT order_id, state, code FROM local_kontur_bukh_order")
    return {order_id: tuple(rest) for order_id, *rest in rows}


def told(outcome: Rebuilt) -> list[tuple[int, str, str]]:
    return [(entry.order_id, str(entry.day), str(entry.amount)) for entry in outcome.unexplained]


def without_payments(cursor: Any, order_id: int) -> None:
    cursor.execute("DELETE FROM b_sale_order_payment WHERE ORDER_ID = %s", [order_id])
    cursor.execute("UPDATE b_sale_order SET PAYED = 'N' WHERE ID = %s", [order_id])


def moved(shop: Connection, from_id: int, to_id: int, how: str) -> None:
    with shop.cursor() as cursor:
        cursor.execute("UPDATE b_sale_order SET PAYED = 'N' WHERE ID = %s", [from_id])
        if how == "moved":
            cursor.execute("UPDATE b_sale_order_payment SET ORDER_ID = %s WHERE ORDER_ID = %s", [to_id, from_id])
        else:
            without_payments(cursor, from_id)
            pay(cursor, to_id, "1000.00")


def again(order_id: int, run_id: str) -> None:
    """A person tries an order again."""
    preflight(settings.load(), WINDOW)
    transform([order_id], settings.load(), run_id, retry_rejected=True)
    load([order_id], settings.load(), run_id)
    record([order_id], settings.load(), run_id)


def accept(order_id: int) -> None:
    row, seen = find(Named(order_id=order_id), Word.ACCEPT)
    decide(settings.load(), Declaration(order_id, row.key, Word.ACCEPT, seen, "Ivanova", "looked in Kontur"))


def test_a_payment_that_nothing_of_the_shop_explains_is_said_and_asked_about(
    shop: Connection,
    ledger_database: LedgerDatabase,
    paid: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    wipe(ledger_database)
    with shop.cursor() as cursor:
        without_payments(cursor, paid)
    monkeypatch.setenv("LC_ALL", "ru_RU.UTF-8")
    monkeypatch.setattr("sys.argv", ["rebuild", "--from", str(WINDOW.date_from), "--to", str(WINDOW.date_to)])
    with caplog.at_level(logging.INFO), pytest.raises(SystemExit) as ended:
        rebuild_module.main()
    assert ended.value.code == 1
    last = caplog.messages[-1].replace("\N{NO-BREAK SPACE}", " ")
    assert "1 000,00 ₽ от 17.03.2026" in last
    # At once, though no run has looked at it.
    assert orders(ledger_database) == {paid: ("review", "unexplained_money")}
    run([paid], "after")
    assert orders(ledger_database) == {paid: ("review", "unexplained_money")}

    accept(paid)
    run([paid], "accepted")
    assert orders(ledger_database) == {paid: ("done", None)}


def test_a_payment_typed_by_hand_is_said_until_it_is_gone(
    shop: Connection, ledger_database: LedgerDatabase, kontur: Sandbox
) -> None:
    (order_id,) = fill(shop, ["shipped_unpaid"])
    run([order_id], "before")
    known = done(ledger_database)
    typed = '{"date": "2026-03-20", "amount": 1, "paymentMethod": "Cash"}'
    KonturHook().create_payment(DocumentKind.SALE_INVOICE, books(kontur)[0][0], typed, idempotency_key="typed")
    # Of a sound ledger as well.
    assert told(rebuilt()) == told(rebuilt()) == [(order_id, "2026-03-20", "1.00")]
    assert orders(ledger_database) == {order_id: ("review", "unexplained_money")}
    kontur.control("DELETE", f"/payments/{books(kontur)[1][0]}")
    assert rebuilt() == Rebuilt()
    run([order_id], "after")
    assert (orders(ledger_database), done(ledger_database)) == ({order_id: ("done", None)}, known)


def test_money_of_an_order_that_the_shop_has_deleted_is_said(
    shop: Connection, ledger_database: LedgerDatabase, paid: int
) -> None:
    wipe(ledger_database)
    with shop.cursor() as cursor:
        cursor.execute("DELETE FROM b_sale_order WHERE ID = %s", [paid])
    assert told(rebuilt()) == [(paid, str(DAY), "1000.00")]
    accept(paid)


def test_money_that_the_books_get_from_the_bank_is_explained(
    shop: Connection, ledger_database: LedgerDatabase, paid: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shop.cursor() as cursor:
        cursor.execute("SELECT PAY_SYSTEM_ID FROM b_sale_order_payment WHERE ORDER_ID = %s", [paid])
        ((pay_system,),) = cursor.fetchall()
        cursor.execute("UPDATE b_sale_order_payment SET DATE_PAID = DATE_PAID - INTERVAL 1 DAY")
    monkeypatch.setenv("KONTUR__ACCOUNTING__PAYMENT_METHODS", f'{{"{pay_system}": "FromBank"}}')
    wipe(ledger_database)
    assert told(rebuilt()) == []


def test_an_advance_of_before_go_live_that_was_typed_below_our_document_is_explained_once(
    shop: Connection, ledger_database: LedgerDatabase, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KONTUR__ACCOUNTING__GO_LIVE", "2026-03-10")
    (order_id,) = fill(shop, ["prepaid"])
    run([order_id], "before")
    assert [len(part) for part in books(kontur)[:2]] == [1, 0]
    typed = '{"date": "2026-02-13", "amount": 1500, "paymentMethod": "Cash"}'
    for number in ("first", "second"):
        KonturHook().create_payment(DocumentKind.SALE_INVOICE, books(kontur)[0][0], typed, idempotency_key=number)
        wipe(ledger_database)
        assert len(rebuilt().unexplained) == (number == "second")
    assert orders(ledger_database) == {order_id: ("review", "unexplained_money")}


@pytest.mark.parametrize("how", ["moved", "entered again"])
@pytest.mark.parametrize("copy", [False, True])
@pytest.mark.parametrize("before", ["posted", "new", "not shipped"])
def test_one_that_stands_with_another_order_now_is_not_posted_there(
    shop: Connection,
    ledger_database: LedgerDatabase,
    kontur: Sandbox,
    paid: int,
    how: str,
    copy: bool,
    before: str,
) -> None:
    other = make_case(shop, "shipped_unpaid", at=DAY).order_id
    if before == "not shipped":
        with shop.cursor() as cursor:
            cursor.execute(
                "UPDATE b_sale_order o JOIN b_sale_order_delivery d ON d.ORDER_ID = o.ID"
                " SET o.DEDUCTED = 'N', o.STATUS_ID = 'N', d.DEDUCTED = 'N' WHERE o.ID = %s",
                [other],
            )
    if before == "posted":
        run([other], "other")
    if copy:  # from before the payment was sent
        with ledger_database.open() as session:
            session.execute(
                "UPDATE local_kontur_bukh_operation SET state = 'planned', payload = NULL, doc_id = NULL,"
                " done_at = NULL WHERE kind = 'payment'"
            )
    else:
        wipe(ledger_database)
    moved(shop, paid, other, how)
    outcome = rebuilt()
    assert (told(outcome), len(outcome.unmatched)) == ([(paid, str(DAY), "1000.00")], 1)
    run([paid, other], "after")
    run([other], "and once more")
    assert len(books(kontur)[1]) == 1
    assert orders(ledger_database) == {
        paid: ("review", "unexplained_money"),
        other: ("rejected", "stands_elsewhere"),
    }

    # It is the same money: a person takes it out of the old document, and has it posted into the new one.
    kontur.control("DELETE", f"/payments/{books(kontur)[1][0]}")
    accept(paid)
    again(other, "again")
    assert len(books(kontur)[1]) == (0 if before == "not shipped" else 1)
    expected = "held" if before == "not shipped" else "done"
    assert orders(ledger_database) == {paid: ("done", None), other: (expected, None)}


def test_one_that_the_shop_gives_back_to_its_order_is_found_there(
    shop: Connection, ledger_database: LedgerDatabase, kontur: Sandbox, paid: int
) -> None:
    held, known = books(kontur), done(ledger_database)
    other = make_case(shop, "shipped_unpaid", at=DAY).order_id
    wipe(ledger_database)
    moved(shop, paid, other, "moved")
    assert len(rebuilt().unmatched) == 1
    run([paid, other], "after")
    moved(shop, other, paid, "moved")
    run([paid, other], "back")
    accept(paid)
    run([paid, other], "accepted")
    assert books(kontur)[1] == held[1]
    assert known.items() <= done(ledger_database).items()
    assert orders(ledger_database) == {paid: ("done", None), other: ("done", None)}


def test_a_refunded_payment_that_stands_with_another_order_now_is_not_posted_there(
    shop: Connection, ledger_database: LedgerDatabase, kontur: Sandbox
) -> None:
    (order_id,) = fill(shop, ["refunded_later"])
    run([order_id], "before")
    held = books(kontur)
    assert [len(part) for part in held[:3]] == [1, 1, 1]
    other = make_case(shop, "shipped_unpaid", at=DAY).order_id
    wipe(ledger_database)
    moved(shop, order_id, other, "moved")
    outcome = rebuilt()
    assert (len(outcome.unexplained), len(outcome.unmatched)) == (2, 2)
    run([order_id, other], "after")
    assert books(kontur)[1:3] == held[1:3]


def test_other_money_of_the_day_is_posted(
    shop: Connection, ledger_database: LedgerDatabase, kontur: Sandbox, paid: int
) -> None:
    wipe(ledger_database)
    other = make_case(shop, "shipped_unpaid", at=DAY).order_id
    with shop.cursor() as cursor:
        without_payments(cursor, paid)
        pay(cursor, other, "999.00")
    assert rebuilt().unmatched == []
    run([paid, other], "after")
    assert len(books(kontur)[1]) == 2
    assert orders(ledger_database)[other] == ("done", None)


def test_a_rebuild_of_a_part_keeps_nothing_back_that_a_later_part_finds(
    shop: Connection, ledger_database: LedgerDatabase, kontur: Sandbox, paid: int
) -> None:
    later = make_case(shop, "prepaid", at=DAY + dt.timedelta(days=32)).order_id
    with shop.cursor() as cursor:
        cursor.execute("UPDATE b_sale_order_payment SET SUM = 1000 WHERE ORDER_ID = %s", [later])
    run([later], "later")
    assert len(books(kontur)[1]) == 2
    held, known = books(kontur), done(ledger_database)
    wipe(ledger_database)
    with shop.cursor() as cursor:
        without_payments(cursor, paid)
    assert len(rebuilt().unmatched) == 1
    after = DAY + dt.timedelta(days=32)
    rebuild_module.rebuild(settings.load(), after, after)
    assert done(ledger_database) == {key: id_ for key, id_ in known.items() if id_ != held[1][0]}
    run([paid, later], "after")
    assert books(kontur) == held
