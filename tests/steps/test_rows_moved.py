"""Rows of payments that the shop gives to another order, or writes anew with another id."""

from __future__ import annotations

import datetime as dt

import pytest
from MySQLdb.connections import Connection

from include.steps.transform import transform
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import Made, make_case
from tests.steps.nights import Nights

DAY = dt.date(2026, 3, 17)
LATER = dt.date(2026, 4, 5)


@pytest.fixture
def old(shop: Connection) -> Made:
    """Shipped on the day for 1,000.00, paid the same day."""
    return make_case(shop, "paid_and_shipped_in_a_day", at=DAY)


@pytest.fixture
def new(shop: Connection, old: Made) -> Made:
    """Shipped on the day for 1,000.00, not paid."""
    return make_case(shop, "shipped_unpaid", at=DAY)


def move(shop: Connection, old: Made, new: Made) -> None:
    """As plain SQL does it: no date of change is touched."""
    with shop.cursor() as cursor:
        cursor.execute("DELETE FROM b_sale_order_payment WHERE ORDER_ID = %s", [new.order_id])
        cursor.execute(
            "UPDATE b_sale_order_payment SET ORDER_ID = %s WHERE ORDER_ID = %s", [new.order_id, old.order_id]
        )
        assert cursor.rowcount == 1
        for order, flag in ((old, "N"), (new, "Y")):
            cursor.execute("UPDATE b_sale_order SET PAYED = %s WHERE ID = %s", [flag, order.order_id])


def paid(kontur: Sandbox) -> list[tuple[str, str]]:
    return [(payment["number"], str(payment["amount"])) for payment in kontur.books.payments()]


@pytest.mark.parametrize("together", [True, False])
def test_while_it_was_not_sent_it_moves_with_its_row(
    nights: Nights, shop: Connection, kontur: Sandbox, old: Made, new: Made, together: bool
) -> None:
    nights.plan([old.order_id, new.order_id])
    move(shop, old, new)
    ids = [old.order_id, new.order_id] if together else [new.order_id]
    assert nights.look_at(ids) == []
    if not together:
        assert nights.look_at([old.order_id]) == []
    assert paid(kontur) == [(new.number, "1000.00")]
    assert (nights.sync_row(new.order_id) or ())[0] == "synced"
    assert (nights.sync_row(old.order_id) or ())[0] == "synced"
    nights.look_at([new.order_id, old.order_id])
    assert len(paid(kontur)) == 1


def test_a_payment_that_was_held_moves_too(nights: Nights, shop: Connection, kontur: Sandbox) -> None:
    waiting = make_case(shop, "prepaid_not_shipped", at=DAY)
    new = make_case(shop, "shipped_unpaid", at=DAY)
    nights.run(DAY)
    assert (nights.sync_row(waiting.order_id) or ())[0] == "pending"
    move(shop, waiting, new)
    assert nights.run(DAY) == []
    assert paid(kontur) == [(new.number, "1000.00")]
    assert nights.states(waiting.order_id) == {}
    assert nights.sync_row(waiting.order_id) is None


def test_after_posting_both_orders_are_under_review(
    nights: Nights, shop: Connection, kontur: Sandbox, old: Made, new: Made
) -> None:
    nights.run(DAY)
    assert paid(kontur) == [(old.number, "1000.00")]
    move(shop, old, new)
    # The old order has no event in this window: it is looked at because its payment stands in the new one.
    with shop.cursor() as cursor:
        cursor.execute("UPDATE b_sale_order SET DATE_UPDATE = %s WHERE ID = %s", [LATER, new.order_id])
    squares = nights.run(LATER)
    assert sorted(square.number for square in squares) == sorted([old.number, new.number])
    for order in (old, new):
        assert (nights.sync_row(order.order_id) or ())[0] == "error"
    assert paid(kontur) == [(old.number, "1000.00")]
    # Moved back, nothing was wrong.
    move(shop, new, old)
    nights.look_at([old.order_id, new.order_id])
    assert (nights.sync_row(old.order_id) or ())[::2] == ("synced", None)
    assert (nights.sync_row(new.order_id) or ())[::2] == ("synced", None)
    assert len(paid(kontur)) == 1


def test_while_it_is_being_sent_the_new_order_waits_for_a_person(
    nights: Nights, shop: Connection, kontur: Sandbox, old: Made, new: Made
) -> None:
    nights.plan([old.order_id, new.order_id])
    with nights.ledger.open() as session:
        session.execute(
            "UPDATE local_kontur_bukh_operation SET state = 'sending', payload = '{}', epoch = epoch + 1"
            " WHERE order_id = %s AND kind = 'payment'",
            [old.order_id],
        )
    move(shop, old, new)
    transform([new.order_id], nights.rules, "run")
    assert set(nights.states(new.order_id)) == {f"sale:{new.order_id}"}
    assert "sending" in nights.states(old.order_id).values()


def test_a_row_written_anew_is_not_posted_beside_the_first(
    nights: Nights, shop: Connection, kontur: Sandbox, old: Made
) -> None:
    nights.run(DAY)
    with shop.cursor() as cursor:
        cursor.execute("UPDATE b_sale_order_payment SET ID = ID + 1000 WHERE ORDER_ID = %s", [old.order_id])
    (square,) = nights.look_at([old.order_id])
    assert square.code == "payment_made_anew"
    for _ in range(2):
        nights.look_at([old.order_id])
    assert paid(kontur) == [(old.number, "1000.00")]
    assert (nights.sync_row(old.order_id) or ())[0] == "error"
