"""A 409, «there is one like it already»: looked for at once, adopted or told; on real parts."""

from __future__ import annotations

import pytest

from include.ledger.operations import Operations
from include.posting.core import Result
from include.posting.order_state import OrderState, order_state
from include.settings import Posting, Settings
from include.words import text
from sandbox.kontur.serving import Sandbox
from tests.posting.connecting import connect
from tests.posting.poster import Poster, company, in_kontur, operations_of


def state(poster: Poster) -> OrderState:
    with poster.ledger.open() as session:
        operations = Operations(session)
        return order_state([], operations.of_orders([1])[1], operations.now())


@pytest.mark.timeout(60)
@pytest.mark.parametrize("at_once", [1, 20])
def test_what_was_written_after_all_is_adopted_at_once(
    poster: Poster, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    connect(poster, kontur, monkeypatch, concurrency=at_once)
    for path in ("/counterparties", "/saleinvoices", "/payments", "/refunds"):
        kontur.set_faults(next=[{"fault": "status_409_after_commit", "path_ends_with": path}])
        poster.plan(*operations_of(1, company()))
        poster.post(1)
    assert set(poster.states().values()) == {"done"}
    books = kontur.books
    assert [len(rows) for rows in (books.counterparties(), books.documents(), books.payments(), books.refunds())] == [
        1,
        1,
        1,
        1,
    ]


def test_what_is_not_there_is_told_at_once_in_konturs_words(poster: Poster, kontur: Sandbox) -> None:
    in_kontur(poster.account, None, None, "Розничные покупатели")
    kontur.set_faults(next=[{"fault": "status_409_before_commit", "path_ends_with": "/saleinvoices"}])
    poster.plan(*operations_of(1))
    tally = poster.post(1)
    assert tally.results == {Result.WAITING: 1}
    assert tally.again_at is not None, "the search may only lag"
    told = state(poster)
    assert (told.sync_status, told.code) == ("error", "conflict")
    (problem,) = told.problems
    assert "A fault of the sandbox" in text(problem)
    assert "BX1-S1-" in text(problem)


def test_what_was_entered_by_hand_with_the_marker_is_taken_up(poster: Poster, kontur: Sandbox) -> None:
    poster.settings = Settings(posting=Posting(settle_s=0.000001))
    buyer = in_kontur(poster.account, None, None, "Розничные покупатели")
    kontur.set_faults(next=[{"fault": "status_409_before_commit", "path_ends_with": "/saleinvoices"}])
    sale = operations_of(1)[0]
    poster.plan(sale)
    poster.post(1)
    item = {"name": "Чай", "quantity": 1, "price": 100, "vatRate": "none", "unit": "шт"}
    typed = {"date": "2026-02-03", "number": "1", "counterpartyId": buyer, "items": [item], "totalAmount": 100}
    comment = f"by hand {getattr(sale, 'marker', '')}"
    kontur.control("POST", "/accounts/demo/documents/saleinvoices", typed | {"comment": comment})
    assert poster.post(1).results == {Result.DONE: 1}
    assert state(poster).sync_status == "synced"
    assert len(kontur.books.documents()) == 1
