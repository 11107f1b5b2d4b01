"""A ledger of the version that kept sentences: who was asked before the upgrade is not asked again."""

from __future__ import annotations

import datetime as dt
import hashlib

from MySQLdb.connections import Connection

from include.ledger.migrate import migrate
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import make_case
from tests.steps.nights import Nights, change

DAY = dt.date(2026, 3, 17)
SENTENCE = "INN «7701234567» fails its check digit: correct it in the shop"


def as_before(nights: Nights, order_id: int, message: str) -> None:
    """What version 0004 would have written of an order whose square was made."""
    with nights.ledger.open() as session:
        row = session.row("SELECT state, code FROM local_kontur_bukh_order WHERE order_id = %s", [order_id])
        assert row is not None
        asked_key = hashlib.sha256(f"{row[0]}\0{row[1]}\0{message}".encode()).hexdigest()
        session.execute("ALTER TABLE local_kontur_bukh_order CHANGE COLUMN facts message TEXT NULL")
        session.execute(
            "UPDATE local_kontur_bukh_order SET message = %s, asked_key = %s WHERE order_id = %s",
            [message, asked_key, order_id],
        )
        session.execute("UPDATE local_kontur_bukh_version SET version_num = '0004'")
    migrate(nights.ledger)


def test_a_refused_order_makes_no_square_because_of_the_upgrade(
    nights: Nights, shop: Connection, kontur: Sandbox
) -> None:
    order = make_case(shop, "inn_with_wrong_check_digit", at=DAY)
    assert len(nights.look_at([order.order_id])) == 1
    as_before(nights, order.order_id, SENTENCE)
    for _ in range(2):
        assert nights.look_at([order.order_id]) == []
        assert (nights.sync_row(order.order_id) or ())[0] == "error"
    change(shop, "basket", order.order_id, VAT_RATE="0.13")
    assert len(nights.look_at([order.order_id])) == 1, "something else is wrong as well"


def test_an_operation_that_kontur_refused_makes_none_either(nights: Nights, shop: Connection, kontur: Sandbox) -> None:
    order = make_case(shop, "shipped_unpaid", at=DAY)
    kontur.set_faults(next=[{"fault": "status_422_before_commit", "path_ends_with": "/saleinvoices"}])
    (square,) = nights.look_at([order.order_id])
    assert square.code == "kontur_rejected"
    as_before(nights, order.order_id, f"sale:{order.order_id}: Kontur says: no")
    assert nights.look_at([order.order_id]) == []
