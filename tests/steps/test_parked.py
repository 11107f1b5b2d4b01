"""An operation that was stopped before it was ever sent, since Kontur holds something else in its place."""

from __future__ import annotations

import datetime as dt

import pytest
from MySQLdb.connections import Connection

from include.ledger.operations import Operations
from include.steps.attention import again
from include.steps.load import load
from include.steps.record import record
from include.steps.transform import transform
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import make_case
from tests.steps.nights import Nights, change, told

DAY = dt.date(2026, 3, 17)


class Parked:
    """An order whose document a lost ledger had posted, and somebody renumbered in Kontur since."""

    def __init__(self, shop: Connection, nights: Nights, kontur: Sandbox) -> None:
        self.nights, self.kontur, self.shop = nights, kontur, shop
        order = make_case(shop, "paid_and_shipped_in_a_day", at=DAY)
        self.order_id, self.number = order.order_id, order.number
        assert nights.look_at([self.order_id]) == []
        with nights.ledger.open() as session:
            for table in ("operation", "order", "attempt"):
                session.execute(f"DELETE FROM local_kontur_bukh_{table}")
            session.execute("UPDATE local_kontur_bukh_sync SET KB_DOC_ID = NULL")
        (document,) = kontur.books.documents()
        self.document = document["id"]
        self.renumber("B-7")

    def renumber(self, number: str) -> None:
        self.kontur.control("PATCH", f"/documents/{self.document}", {"number": number})

    def remove(self) -> None:
        self.kontur.control("DELETE", f"/documents/{self.document}")

    def post_another(self) -> None:
        """What shows that Kontur's search is fresh."""
        other = make_case(self.shop, "paid_and_shipped_in_a_day", at=DAY)
        assert self.nights.look_at([other.order_id]) == []

    @property
    def sale(self) -> tuple[str, str | None, int]:
        """State, code and epoch of the document's operation."""
        with self.nights.ledger.open() as session:
            row = Operations(session).get(f"sale:{self.order_id}")
        assert row is not None
        return row.state, row.code, row.epoch

    def numbers(self) -> list[str]:
        """Of all documents in Kontur."""
        return [document["number"] for document in self.kontur.books.documents()]

    def payments(self) -> int:
        return len(self.kontur.books.payments())


@pytest.fixture
def parked(shop: Connection, nights: Nights, kontur: Sandbox) -> Parked:
    made = Parked(shop, nights, kontur)
    (square,) = nights.look_at([made.order_id])
    assert (square.state, square.code) == ("review", "mismatch")
    for figure in (made.document, "B-7", made.number):
        assert figure in told(square)
    assert made.sale[:2] == ("review", "mismatch")
    return made


def test_it_waits_for_a_person_without_a_new_square_each_night(parked: Parked) -> None:
    before = parked.sale
    for _ in range(2):
        assert parked.nights.look_at([parked.order_id]) == []
        assert parked.sale == before, "it is not touched"
    result = transform([parked.order_id], parked.nights.rules, "counting")
    assert (result["planned"], result["states"]) == (1, {"review": 1}), "its payment alone is due"
    assert parked.numbers() == ["B-7"]


def test_another_plan_replaces_it(parked: Parked) -> None:
    change(parked.shop, "order", parked.order_id, ACCOUNT_NUMBER="N-8")
    (square,) = parked.nights.look_at([parked.order_id])
    assert "N-8" in told(square)
    assert parked.nights.look_at([parked.order_id]) == []


def test_a_person_who_asks_gets_another_try_and_the_square_again(parked: Parked) -> None:
    (left,) = again([parked.order_id], parked.nights.rules, "night-1").orders
    assert left.order.code == "mismatch"
    transform([parked.order_id], parked.nights.rules, "by-hand", retry_rejected=True)
    load([parked.order_id], parked.nights.rules, "by-hand")
    assert len(record([parked.order_id], parked.nights.rules, "by-hand")) == 1
    parked.remove()
    assert again([parked.order_id], parked.nights.rules, "by-hand").orders == []
    assert parked.numbers() == [parked.number]


def test_what_was_made_equal_in_kontur_is_taken_up_by_the_next_night(parked: Parked) -> None:
    parked.renumber(parked.number)
    assert parked.nights.look_at([parked.order_id]) == []
    assert parked.sale[:2] == ("done", "found")
    assert (parked.numbers(), parked.payments()) == ([parked.number], 1), "its payment was found as well"
    assert parked.nights.sync_row(parked.order_id) == ("synced", parked.document, None)


def test_what_is_gone_from_kontur_is_posted_once_the_search_is_shown_to_be_fresh(parked: Parked) -> None:
    parked.remove()
    assert parked.nights.look_at([parked.order_id]) == []
    assert parked.sale[:2] == ("review", "mismatch"), "nothing newer shows that the list does not stand still"
    assert parked.numbers() == []
    parked.post_another()
    assert parked.nights.look_at([parked.order_id]) == []
    assert parked.sale[0] == "done"
    assert sorted(parked.numbers()).count(parked.number) == 1
    assert parked.payments() == 2


def test_what_the_shop_calls_for_no_longer_is_never_posted_and_shown_until_it_is_gone(parked: Parked) -> None:
    change(parked.shop, "order", parked.order_id, CANCELED="Y")
    for _ in range(2):
        assert parked.nights.look_at([parked.order_id]) == []
        assert parked.sale[:2] == ("skipped", "mismatch")
        status, _, words = parked.nights.sync_row(parked.order_id) or ("", None, "")
        assert status == "error"
        assert parked.document in words
    parked.remove()
    parked.post_another()
    assert parked.nights.look_at([parked.order_id]) == []
    assert parked.sale[:2] == ("skipped", None)
    assert parked.number not in parked.numbers()
    assert parked.nights.sync_row(parked.order_id) is None
