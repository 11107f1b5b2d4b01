"""A shop that used a PHP module before: its rows of the order table are respected."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pytest
from kontur_hook.contract import DocumentKind
from kontur_hook.hook import KonturHook
from kontur_hook.outcome import Created
from MySQLdb.connections import Connection

from include.settings import ClosedAdvances
from include.steps.load import load
from include.steps.shown import problems
from include.steps.transform import transform
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import Made, make_case
from tests.steps.nights import Nights, change

DAY = dt.date(2026, 3, 17)


@pytest.fixture
def order(shop: Connection) -> Made:
    """Shipped on the day for 1,000.00, paid the same day."""
    return make_case(shop, "paid_and_shipped_in_a_day", at=DAY)


def posted_by_php(order: Made, day: dt.date = DAY) -> str:
    """The id of a document that the PHP module had posted, without our marker."""
    hook = KonturHook()
    buyer = {"name": "Покупатель", "inn": "7707083893", "kpp": "773601001", "type": "LegalEntity"}
    counterparty = hook.create_counterparty(json.dumps(buyer), idempotency_key="c")
    assert isinstance(counterparty, Created)
    item = {"name": "Чайник", "quantity": 1, "price": 1000, "vatRate": "vat22", "unit": "шт"}
    sale = {
        "date": day.isoformat(),
        "number": order.number,
        "counterpartyId": counterparty.id,
        "items": [item],
        "totalAmount": 1000,
        "comment": f"Заказ {order.number}",
    }
    document = hook.create_document(DocumentKind.SALE_INVOICE, json.dumps(sale), idempotency_key="d")
    assert isinstance(document, Created)
    return document.id


def left_behind(nights: Nights, order: Made, doc_id: str | None, status: str) -> None:
    with nights.ledger.open() as session:
        session.execute(
            "INSERT INTO local_kontur_bukh_sync (ORDER_ID, KB_DOC_ID, SYNCED_AT, STATUS, ERROR_MSG)"
            " VALUES (%s, %s, '2026-03-18 04:05:06', %s, %s)",
            [order.order_id, doc_id, status, "old" if status == "error" else None],
        )


@pytest.mark.parametrize("status", ["synced", "error"])
def test_a_document_that_is_there_is_not_posted_again_and_its_payments_attach(
    nights: Nights, kontur: Sandbox, order: Made, status: str
) -> None:
    doc_id = posted_by_php(order)
    left_behind(nights, order, doc_id, status)
    dry = transform([order.order_id], nights.rules, "dry", dry_run=True)
    assert (dry["planned"], dry["dry_run"]["problems"]) == (1, []), "the payment alone"
    for _ in range(2):
        assert nights.run(DAY) == []
        assert [d["id"] for d in kontur.books.documents()] == [doc_id]
        assert [(p["document_id"], p["date"], p["amount"]) for p in kontur.books.payments()] == [
            (doc_id, "2026-03-17", Decimal("1000.00"))
        ]
    assert nights.sync_row(order.order_id) == ("synced", doc_id, None)


def test_a_payment_that_was_typed_in_by_hand_is_not_posted_again(nights: Nights, kontur: Sandbox, order: Made) -> None:
    doc_id = posted_by_php(order)
    left_behind(nights, order, doc_id, "synced")
    payment = '{"date":"2026-03-17","amount":1000.00,"paymentMethod":"BankTransfer"}'
    typed = KonturHook().create_payment(DocumentKind.SALE_INVOICE, doc_id, payment, idempotency_key="typed")
    assert isinstance(typed, Created)
    assert nights.run(DAY) == []
    assert [p["id"] for p in kontur.books.payments()] == [typed.id]
    assert nights.sync_row(order.order_id) == ("synced", doc_id, None)


def in_closed_period(
    nights: Nights, closed_until: dt.date | None, advances: ClosedAdvances = ClosedAdvances.NOTE
) -> None:
    closing = {"closed_until": closed_until, "closed_advances": advances}
    accounting = nights.rules.accounting.model_copy(update=closing)
    nights.rules = nights.rules.model_copy(update={"accounting": accounting})


def test_what_php_posted_into_the_closed_period_is_adopted(nights: Nights, kontur: Sandbox, order: Made) -> None:
    doc_id = posted_by_php(order)
    left_behind(nights, order, doc_id, "synced")
    payment = '{"date":"2026-03-17","amount":1000.00,"paymentMethod":"BankTransfer"}'
    there = KonturHook().create_payment(DocumentKind.SALE_INVOICE, doc_id, payment, idempotency_key="php")
    assert isinstance(there, Created)
    in_closed_period(nights, DAY)
    for _ in range(2):
        assert nights.look_at([order.order_id]) == []
    assert [p["id"] for p in kontur.books.payments()] == [there.id]
    assert nights.sync_row(order.order_id) == ("synced", doc_id, None)


def test_what_it_did_not_post_is_never_posted_into_the_closed_period(
    nights: Nights, kontur: Sandbox, order: Made
) -> None:
    doc_id = posted_by_php(order)
    left_behind(nights, order, doc_id, "synced")
    in_closed_period(nights, DAY)
    (square,) = nights.look_at([order.order_id])
    assert square.code == "closed_period"
    assert nights.look_at([order.order_id]) == [], "asked once"
    assert kontur.books.payments() == []
    status, kept, error = nights.sync_row(order.order_id) or ("", "", "")
    assert (status, kept) == ("error", doc_id)
    assert "17.03.2026" in error
    # Opened again, it is posted.
    in_closed_period(nights, None)
    assert nights.look_at([order.order_id]) == []
    assert [(p["document_id"], p["date"]) for p in kontur.books.payments()] == [(doc_id, "2026-03-17")]


class TestAdvance:
    """Paid two days before, in what is closed by now; the PHP module posted the document, and nobody the money."""

    PAID = DAY - dt.timedelta(days=2)
    CLOSED = DAY - dt.timedelta(days=1)

    @pytest.fixture(autouse=True)
    def _paid_before(self, shop: Connection, order: Made) -> None:
        change(shop, "order_payment", order.order_id, DATE_PAID=dt.datetime.combine(self.PAID, dt.time(12)))

    @pytest.mark.parametrize("advances", ClosedAdvances)
    def test_it_is_offset_by_hand_or_has_the_day_of_the_document(
        self, nights: Nights, kontur: Sandbox, order: Made, advances: ClosedAdvances
    ) -> None:
        doc_id = posted_by_php(order)
        left_behind(nights, order, doc_id, "synced")
        in_closed_period(nights, self.CLOSED, advances)
        is_noted = advances is ClosedAdvances.NOTE
        told = {"advance_of_closed_period" if is_noted else "advance_on_shipment_day": 1}
        for look, noted in (("first", told), ("planned anew", told), ("left as it is", {})):
            found = nights.window(self.PAID, DAY)
            assert found["squares"] == [], look
            assert found["noted"]["counts"] == noted, look
            assert [(p["document_id"], p["date"]) for p in kontur.books.payments()] == (
                [] if is_noted else [(doc_id, "2026-03-17")]
            ), look
            assert nights.sync_row(order.order_id) == ("synced", doc_id, None), look

    @pytest.mark.parametrize("advances", ClosedAdvances)
    @pytest.mark.parametrize("day", ["2026-03-15", "2026-03-17"])
    def test_one_that_was_typed_in_by_hand_is_adopted(
        self, nights: Nights, kontur: Sandbox, order: Made, day: str, advances: ClosedAdvances
    ) -> None:
        doc_id = posted_by_php(order)
        left_behind(nights, order, doc_id, "synced")
        body = json.dumps({"date": day, "amount": 1000, "paymentMethod": "BankTransfer"})
        typed = KonturHook().create_payment(DocumentKind.SALE_INVOICE, doc_id, body, idempotency_key="typed")
        assert isinstance(typed, Created)
        in_closed_period(nights, self.CLOSED, advances)
        for _ in range(2):
            assert nights.look_at([order.order_id]) == []
            assert [p["id"] for p in kontur.books.payments()] == [typed.id]

    @pytest.mark.parametrize("advances", ClosedAdvances)
    def test_a_document_that_kontur_has_with_an_earlier_day_makes_it_none(
        self, nights: Nights, kontur: Sandbox, order: Made, advances: ClosedAdvances
    ) -> None:
        left_behind(nights, order, posted_by_php(order, self.PAID), "synced")
        in_closed_period(nights, self.CLOSED, advances)
        assert [square.code for square in nights.look_at([order.order_id])] == ["closed_period"]
        assert kontur.books.payments() == []

    def test_a_document_whose_own_day_is_closed_takes_nothing(
        self, nights: Nights, kontur: Sandbox, order: Made
    ) -> None:
        left_behind(nights, order, posted_by_php(order), "synced")
        in_closed_period(nights, DAY, ClosedAdvances.SHIPMENT_DAY)
        assert [square.code for square in nights.look_at([order.order_id])] == ["closed_period"]
        assert kontur.books.payments() == []

    def test_another_setting_or_an_open_month_posts_it_after_all(
        self, nights: Nights, kontur: Sandbox, order: Made
    ) -> None:
        left_behind(nights, order, posted_by_php(order), "synced")
        in_closed_period(nights, self.CLOSED)
        assert (nights.look_at([order.order_id]), kontur.books.payments()) == ([], [])
        in_closed_period(nights, None)
        assert nights.look_at([order.order_id]) == []
        assert [p["date"] for p in kontur.books.payments()] == ["2026-03-15"]


def test_a_period_that_was_closed_after_the_plan_was_made(nights: Nights, kontur: Sandbox, order: Made) -> None:
    nights.plan([order.order_id])
    in_closed_period(nights, DAY)
    load([order.order_id], nights.rules, "run")
    assert kontur.books.documents() == []
    assert len(nights.look_at([order.order_id])) == 1
    assert (kontur.books.documents(), kontur.books.payments()) == ([], [])


def test_a_refund_attaches_to_it_as_well(nights: Nights, shop: Connection, kontur: Sandbox, order: Made) -> None:
    doc_id = posted_by_php(order)
    left_behind(nights, order, doc_id, "synced")
    change(shop, "order_payment", order.order_id, PAID="N", IS_RETURN="P", PAY_RETURN_DATE=dt.date(2026, 3, 20))
    assert [square.code for square in nights.run(DAY)] == ["refund_without_return"]
    assert [(r["document_id"], r["date"]) for r in kontur.books.refunds()] == [(doc_id, "2026-03-20")]


@pytest.mark.parametrize("status", ["pending", "error"])
def test_what_was_not_posted_is_taken_up(nights: Nights, kontur: Sandbox, order: Made, status: str) -> None:
    left_behind(nights, order, None, status)
    assert nights.run(DAY) == []
    (document,) = kontur.books.documents()
    assert (document["number"], document["date"]) == (order.number, "2026-03-17")
    assert len(kontur.books.payments()) == 1
    assert nights.sync_row(order.order_id) == ("synced", document["id"], None)


def test_one_posted_by_php_after_we_had_planned_it(nights: Nights, kontur: Sandbox, order: Made) -> None:
    nights.plan([order.order_id])
    doc_id = posted_by_php(order)
    left_behind(nights, order, doc_id, "synced")
    assert nights.run(DAY) == []
    assert [d["id"] for d in kontur.books.documents()] == [doc_id]
    assert [p["document_id"] for p in kontur.books.payments()] == [doc_id]


def test_rows_of_other_orders_stay_as_they_are(nights: Nights, kontur: Sandbox, order: Made) -> None:
    with nights.ledger.open() as session:
        session.execute(
            "INSERT INTO local_kontur_bukh_sync VALUES (999, 'php-9', '2026-01-02 03:04:05', 'synced', NULL)"
        )
        nights.run(DAY)
        assert session.rows("SELECT * FROM local_kontur_bukh_sync WHERE ORDER_ID = 999") == [
            (999, "php-9", dt.datetime(2026, 1, 2, 3, 4, 5), "synced", None)
        ]


def test_an_order_table_in_cp1251_takes_every_message(shop: Connection, nights: Nights, order: Made) -> None:
    with nights.ledger.open() as session:
        session.execute("ALTER TABLE local_kontur_bukh_sync CONVERT TO CHARACTER SET cp1251, ENGINE = MyISAM")
    assert nights.look_at([order.order_id]) == []
    change(shop, "basket", order.order_id, NAME="Самовар 📦")
    other = make_case(shop, "paid_and_shipped_in_a_day", at=DAY)
    (square,) = nights.look_at([order.order_id, other.order_id])
    status, _, words = nights.sync_row(order.order_id) or ("", None, "")
    assert status == "error"
    assert "Самовар ?" in words
    assert "📦" in problems(square)
    assert (nights.sync_row(other.order_id) or ())[0] == "synced"
