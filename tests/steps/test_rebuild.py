"""A lost or restored ledger: the run refuses, the rebuild takes up what Kontur holds, and nothing is posted twice."""

from __future__ import annotations

import datetime as dt
import json
import re
import time
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from kontur_hook.contract import DocumentKind
from kontur_hook.hook import KonturHook
from kontur_hook.outcome import Created
from MySQLdb.connections import Connection

from include import settings
from include.books.ledger_check import LedgerBehindError
from include.facts import from_json, said, several
from include.ledger.connection import LedgerDatabase
from include.posting.breaker import DoubledError
from include.steps import rebuild as rebuild_module
from include.steps.load import load
from include.steps.preflight import preflight
from include.steps.rebuild import Rebuilt, rebuild
from include.steps.record import record
from include.steps.transform import transform
from include.window import Window
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import make_case

DAY = dt.date(2026, 3, 17)
WINDOW = Window(DAY - dt.timedelta(days=1), DAY + dt.timedelta(days=10))
# With them: 4 documents, 2 payments, 2 refunds.
CASES = ("private_person", "company", "refunded_later", "refunded_in_cash")
TABLES = ("operation", "attempt", "order", "sync", "counterparty", "run")

pytestmark = pytest.mark.usefixtures("shop", "ledger_database", "kontur")


@pytest.fixture(autouse=True)
def _settles_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONTUR__POSTING__SETTLE_S", "0.01")


def fill(shop: Connection, names: Sequence[str] = CASES) -> list[int]:
    return [make_case(shop, name, at=DAY).order_id for name in names]


def run(order_ids: Sequence[int], run_id: str) -> None:
    preflight(settings.load(), WINDOW)
    transform(order_ids, settings.load(), run_id)
    load(order_ids, settings.load(), run_id)
    record(order_ids, settings.load(), run_id)


def rebuilt() -> Rebuilt:
    return rebuild(settings.load(), WINDOW.date_from, WINDOW.date_to)


def wipe(database: LedgerDatabase) -> None:
    with database.open() as session:
        for table in TABLES:
            session.execute(f"DELETE FROM local_kontur_bukh_{table}")


def books(kontur: Sandbox) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
    rows = (kontur.books.documents(), kontur.books.payments(), kontur.books.refunds(), kontur.books.counterparties())
    documents, payments, refunds, counterparties = ([row["id"] for row in part] for part in rows)
    return documents, payments, refunds, counterparties


def done(database: LedgerDatabase) -> dict[str, str]:
    with database.open() as session:
        rows = session.rows(
            "SELECT op_key, doc_id FROM local_kontur_bukh_operation WHERE state = 'done' AND order_id IS NOT NULL"
        )
    return dict(rows)


def test_a_wiped_ledger_refuses_until_it_is_rebuilt_and_then_posts_nothing_twice(
    shop: Connection, ledger_database: LedgerDatabase, kontur: Sandbox
) -> None:
    ids = fill(shop)
    run(ids, "before")
    held, known = books(kontur), done(ledger_database)
    assert [len(part) for part in held[:3]] == [4, 2, 2]
    wipe(ledger_database)

    with pytest.raises(LedgerBehindError, match=r"обмена: 4 документа .*«make rebuild-ledger FROM="):
        preflight(settings.load(), WINDOW)
    outcome = rebuilt()
    assert (outcome.documents, outcome.payments, outcome.refunds, outcome.doubled) == (4, 2, 2, [])
    assert done(ledger_database) == known

    run(ids, "after")
    assert books(kontur) == held
    with ledger_database.open() as session:
        told = dict(session.rows("SELECT ORDER_ID, STATUS FROM local_kontur_bukh_sync"))
    # Of the last two the money went back, and their sales stand: a person is asked.
    assert told == dict(zip(ids, ("synced", "synced", "error", "error"), strict=True))


def test_a_ledger_restored_from_an_old_copy_takes_up_what_came_after_it(
    shop: Connection, ledger_database: LedgerDatabase, kontur: Sandbox
) -> None:
    first = fill(shop, CASES[:2])
    run(first, "before")
    copy = done(ledger_database)
    ids = [*first, *fill(shop, CASES[2:])]
    run(ids, "lost")
    held, known = books(kontur), done(ledger_database)
    with ledger_database.open() as session:
        for order_id in ids[2:]:
            session.execute("DELETE FROM local_kontur_bukh_operation WHERE order_id = %s", [order_id])
    assert done(ledger_database) == copy

    with pytest.raises(LedgerBehindError, match="обмена: 2 документа"):
        preflight(settings.load(), WINDOW)
    assert rebuilt().documents == 2
    assert done(ledger_database) == known
    run(ids, "after")
    assert books(kontur) == held


def test_a_copy_from_just_before_the_documents_were_posted_refuses_as_well(
    shop: Connection, ledger_database: LedgerDatabase, kontur: Sandbox
) -> None:
    ids = fill(shop)
    run(ids, "before")
    held, known = books(kontur), done(ledger_database)
    with ledger_database.open() as session:
        session.execute(
            "UPDATE local_kontur_bukh_operation SET state = IF(parent_key IS NULL, 'planned', 'held'), payload = NULL,"
            " doc_id = NULL, done_at = NULL"
        )
    with pytest.raises(LedgerBehindError, match="обмена: 4 документа"):
        preflight(settings.load(), WINDOW)
    assert rebuilt().documents == 4
    assert done(ledger_database) == known
    run(ids, "after")
    assert books(kontur) == held


def test_a_copy_from_between_document_and_payment_gets_the_payment_back(
    shop: Connection, ledger_database: LedgerDatabase, kontur: Sandbox
) -> None:
    ids = fill(shop, ["refunded_later"])
    run(ids, "before")
    held, known = books(kontur), done(ledger_database)
    with ledger_database.open() as session:
        session.execute(
            "UPDATE local_kontur_bukh_operation SET state = 'planned', payload = NULL, doc_id = NULL, done_at = NULL"
            " WHERE kind IN ('payment', 'refund')"
        )
    outcome = rebuilt()
    assert (outcome.documents, outcome.payments, outcome.refunds) == (0, 1, 1)
    assert done(ledger_database) == known
    run(ids, "after")
    assert books(kontur) == held


def test_what_was_on_its_way_in_the_copy_is_taken_up_as_well(
    shop: Connection, ledger_database: LedgerDatabase, kontur: Sandbox
) -> None:
    ids = fill(shop)
    run(ids, "before")
    held, known = books(kontur), done(ledger_database)
    with ledger_database.open() as session:
        session.execute("UPDATE local_kontur_bukh_operation SET state = 'sending', doc_id = NULL, done_at = NULL")
    assert rebuilt().documents == 4
    assert done(ledger_database) == known
    run(ids, "after")
    assert books(kontur) == held


def test_two_equal_payments_are_two_operations(
    shop: Connection, ledger_database: LedgerDatabase, kontur: Sandbox
) -> None:
    ids = fill(shop, ["company"])
    with shop.cursor() as cursor:
        pay(cursor, ids[0], "400.00")
        pay(cursor, ids[0], "400.00")
    run(ids, "before")
    held = books(kontur)
    assert len(held[1]) == 2
    wipe(ledger_database)
    assert rebuilt().payments == 2
    run(ids, "after")
    assert books(kontur) == held


def test_a_payment_that_a_failover_forgot_is_found_on_its_document_not_posted_again(
    shop: Connection, ledger_database: LedgerDatabase, kontur: Sandbox
) -> None:
    ids = fill(shop, ["company", "refunded_later"])
    with shop.cursor() as cursor:
        pay(cursor, ids[0], "400.00")
        pay(cursor, ids[0], "400.00")
    run(ids, "before")
    held, known = books(kontur), done(ledger_database)
    assert [len(part) for part in held[:3]] == [2, 3, 1]
    requests = len(kontur.books.requests())
    with ledger_database.open() as session:
        session.execute("DELETE FROM local_kontur_bukh_operation WHERE kind IN ('payment', 'refund')")
    run(ids, "after")
    assert books(kontur) == held
    assert done(ledger_database).keys() == known.keys()
    assert set(done(ledger_database).values()) == set(known.values())
    assert [r["method"] for r in kontur.books.requests()[requests:] if r["method"] == "POST"] == []


def test_documents_that_a_restored_ledger_only_planned_are_taken_up_where_the_guard_does_not_look(
    shop: Connection, ledger_database: LedgerDatabase, kontur: Sandbox
) -> None:
    ids = fill(shop)
    run(ids, "before")
    held, known = books(kontur), done(ledger_database)
    wipe(ledger_database)
    # A run of other days that looks at these orders as well; its preflight sees nothing of them.
    transform(ids, settings.load(), "after")
    load(ids, settings.load(), "after")
    assert books(kontur) == held
    assert done(ledger_database) == known


def test_of_two_equal_payments_the_forgotten_one_is_taken_up_and_the_other_stays(
    shop: Connection, ledger_database: LedgerDatabase, kontur: Sandbox
) -> None:
    ids = fill(shop, ["company"])
    with shop.cursor() as cursor:
        pay(cursor, ids[0], "400.00")
        pay(cursor, ids[0], "400.00")
    run(ids, "before")
    held, known = books(kontur), done(ledger_database)
    for forgotten in sorted(key for key in known if key.startswith("payment:")):
        with ledger_database.open() as session:
            session.execute("DELETE FROM local_kontur_bukh_operation WHERE op_key = %s", [forgotten])
        assert rebuilt().payments == 1
        assert done(ledger_database) == known
    run(ids, "after")
    assert books(kontur) == held


def pay(cursor: Any, order_id: int, amount: str) -> None:
    cursor.execute(
        "INSERT INTO b_sale_order_payment (ORDER_ID, ACCOUNT_NUMBER, PAID, DATE_PAID, PAY_SYSTEM_ID, DATE_BILL, SUM,"
        " CURRENCY, IS_RETURN, PAY_SYSTEM_NAME) SELECT %s, CONCAT(%s, '/', 1 + COUNT(*)), 'Y', %s, 2, %s,"
        " %s, 'RUB', 'N', 'x'"
        " FROM b_sale_order_payment",
        [order_id, order_id, f"{DAY} 12:00:00", f"{DAY} 12:00:00", amount],
    )


def test_a_document_that_kontur_holds_twice_is_named_and_left_to_a_person(
    shop: Connection, ledger_database: LedgerDatabase, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = fill(shop, ["private_person", "company"])
    kontur.set_faults(next=[{"fault": "doubled_request", "path_ends_with": "/saleinvoices"}])
    run(ids, "before")
    assert len(books(kontur)[0]) == 3
    wipe(ledger_database)
    outcome = rebuilt()
    assert (outcome.documents, len(outcome.doubled)) == (1, 1)
    with pytest.raises(LedgerBehindError, match=outcome.doubled[0]):
        preflight(settings.load(), WINDOW)

    monkeypatch.setattr("sys.argv", ["rebuild", "--from", str(WINDOW.date_from), "--to", str(WINDOW.date_to)])
    with pytest.raises(SystemExit) as ended:
        rebuild_module.main()
    assert ended.value.code == 1


def test_one_that_a_run_found_twice_goes_on_once_the_surplus_is_gone(shop: Connection, kontur: Sandbox) -> None:
    ids = fill(shop, ["private_person", "paid_and_shipped_in_a_day"])
    run(ids[:1], "buyer")
    kontur.set_faults(next=[{"fault": "doubled_close_after_commit", "path_ends_with": "/saleinvoices"}])
    run(ids, "unknown")
    time.sleep(0.01)  # the settle time
    with pytest.raises(DoubledError, match=r"Лишние удалите.*«make rebuild-ledger FROM="):
        run(ids, "found")
    assert [len(part) for part in books(kontur)[:2]] == [3, 0]
    kontur.control("DELETE", f"/documents/{books(kontur)[0][-1]}")
    assert rebuilt().documents == 1
    run(ids, "after")
    assert [len(part) for part in books(kontur)[:2]] == [2, 1]


def test_one_that_was_renumbered_before_it_was_found_goes_on_after_a_rebuild(shop: Connection, kontur: Sandbox) -> None:
    ids = fill(shop, ["paid_and_shipped_in_a_day"])
    kontur.set_faults(next=[{"fault": "close_after_commit", "path_ends_with": "/saleinvoices"}])
    run(ids, "unknown")
    kontur.control("PATCH", f"/documents/{books(kontur)[0][0]}", {"number": "B-7"})
    time.sleep(0.01)  # the settle time
    run(ids, "found")
    assert [len(part) for part in books(kontur)[:2]] == [1, 0], "parked"
    assert rebuilt().documents == 1
    run(ids, "after")
    assert [len(part) for part in books(kontur)[:2]] == [1, 1]


def test_a_rebuild_of_a_sound_ledger_changes_nothing(
    shop: Connection, ledger_database: LedgerDatabase, kontur: Sandbox
) -> None:
    ids = fill(shop)
    run(ids, "before")
    known = done(ledger_database)
    assert rebuilt() == Rebuilt()
    assert done(ledger_database) == known


def test_a_rebuild_of_a_copys_day_alone_names_the_double_and_changes_nothing(
    shop: Connection, ledger_database: LedgerDatabase, kontur: Sandbox
) -> None:
    run(fill(shop, ["paid_and_shipped_in_a_day"]), "before")
    known = done(ledger_database)
    (original,) = kontur.books.documents()
    later = DAY + dt.timedelta(days=20)
    surplus = copied(original, later)
    (mark,) = re.findall(r"BX1-S\d+-\w\w", original["comment"])
    assert rebuild(settings.load(), later, later) == Rebuilt(doubled=[mark])
    assert done(ledger_database) == known

    kontur.control("DELETE", f"/documents/{original['id']}")
    assert rebuild(settings.load(), later, later).documents == 1
    assert done(ledger_database) == {**known, **{key: surplus for key in known if key.startswith("sale:")}}


def copied(document: Any, day: dt.date) -> str:
    """A person copies a document, our comment with it; the copy's id."""
    body = {
        "date": str(day),
        "number": document["number"] + "-К",
        "counterpartyId": document["counterparty_id"],
        "items": [{"name": "Чайник", "quantity": 1, "price": 1000, "vatRate": "none", "unit": "шт"}],
        "totalAmount": 1000,
        "comment": document["comment"],
    }
    created = KonturHook().create_document(DocumentKind.SALE_INVOICE, json.dumps(body), idempotency_key="copy")
    assert isinstance(created, Created), created
    return created.id


def test_an_order_changed_since_is_shown_to_a_person_not_posted_again(
    shop: Connection, ledger_database: LedgerDatabase, kontur: Sandbox
) -> None:
    ids = fill(shop, ["private_person", "company"])
    run(ids, "before")
    held = books(kontur)
    wipe(ledger_database)
    with shop.cursor() as cursor:
        cursor.execute("UPDATE b_sale_basket SET PRICE = PRICE + 100, BASE_PRICE = BASE_PRICE + 100")
        cursor.execute("UPDATE b_sale_order SET PRICE = PRICE + 100 WHERE ID = %s", [ids[0]])
        cursor.execute("UPDATE b_sale_order SET PRICE = PRICE + 100 WHERE ID = %s", [ids[1]])
    assert rebuilt().documents == 2
    run(ids, "after")
    assert books(kontur) == held


def test_a_payment_that_changed_since_is_shown_to_a_person_not_posted_again(
    shop: Connection, ledger_database: LedgerDatabase, kontur: Sandbox
) -> None:
    ids = fill(shop, ["paid_and_shipped_in_a_day"])
    run(ids, "before")
    held, known = books(kontur), done(ledger_database)
    wipe(ledger_database)
    with shop.cursor() as cursor:
        cursor.execute("UPDATE b_sale_order_payment SET DATE_PAID = DATE_PAID + INTERVAL 1 DAY")
    outcome = rebuilt()
    (payment,) = (key for key in known if key.startswith("payment:"))
    assert (outcome.documents, outcome.payments, outcome.unmatched) == (1, 0, [payment])
    run(ids, "after")
    assert books(kontur) == held
    with ledger_database.open() as session:
        assert session.rows("SELECT STATUS FROM local_kontur_bukh_sync") == [("error",)]
        ((code, told),) = session.rows(
            "SELECT code, message FROM local_kontur_bukh_operation WHERE op_key = %s", [payment]
        )
    (paid,) = kontur.books.payments()
    paid_by = int(payment.partition(":")[2])
    held_there = said("money_by_bank", day=DAY, amount=Decimal(str(paid["amount"])).quantize(Decimal("0.01")))
    assert from_json(told, code=code) == (
        said(
            "unmatched",
            operation=said("named_payment", payment=paid_by),
            held=several(held_there),
        ),
    )
    # The shop's first date was right: the person puts it back and clears the square.
    with shop.cursor() as cursor:
        cursor.execute("UPDATE b_sale_order_payment SET DATE_PAID = DATE_PAID - INTERVAL 1 DAY")
    run(ids, "corrected")
    assert (books(kontur), done(ledger_database)) == (held, known)


def test_what_a_person_typed_below_one_shipments_document_is_no_matter_of_the_others(
    shop: Connection, ledger_database: LedgerDatabase, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KONTUR__ACCOUNTING__DOCUMENT_PER", "shipment")
    ids = fill(shop, ["two_shipments"])
    run(ids, "before")
    assert [len(part) for part in books(kontur)[:2]] == [2, 2]
    known = done(ledger_database)
    typed = '{"date": "2026-03-20", "amount": 1, "paymentMethod": "Cash"}'
    KonturHook().create_payment(DocumentKind.SALE_INVOICE, books(kontur)[0][0], typed, idempotency_key="typed")
    held = books(kontur)
    wipe(ledger_database)
    outcome = rebuilt()
    assert (outcome.documents, outcome.payments, outcome.unmatched) == (2, 2, [])
    assert done(ledger_database) == known
    run(ids, "after")
    assert books(kontur) == held
