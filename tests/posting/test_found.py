"""What became of a request without an answer, found over the wire: in Kontur twice, or otherwise than it was sent."""

from __future__ import annotations

import re
from typing import Any

import pytest

from include.accounting.marker import marker
from include.posting.breaker import DoubledError
from include.posting.core import Result
from include.settings import Posting, Settings
from sandbox.kontur.serving import Sandbox
from tests.posting.poster import Poster, in_kontur, operations_of

ORDERS = tuple(range(1, 6))


@pytest.fixture(autouse=True)
def _orders(poster: Poster, kontur: Sandbox) -> None:
    poster.settings = Settings(posting=Posting(settle_s=0.000001))
    in_kontur(poster.account, None, None, "Розничные покупатели")
    for order_id in ORDERS:
        poster.plan(*operations_of(order_id))


def test_a_document_that_a_proxy_sent_twice_stops_the_run(poster: Poster, kontur: Sandbox) -> None:
    kontur.set_faults(next=[{"fault": "doubled_close_after_commit", "path_ends_with": "/saleinvoices"}])
    assert poster.post(1).results == {Result.UNKNOWN: 1}
    twice = [d["id"] for d in kontur.books.documents()]
    assert len(twice) == 2

    words = f"Kontur has it 2 times instead of once: {twice[0]}, {twice[1]}. Remove the surplus there."
    with pytest.raises(DoubledError, match=re.escape(words)):
        poster.post(1)
    assert poster.states()["sale:1"] == "review"
    code, said = poster.problem("sale:1")
    assert code == "doubled"
    assert said.startswith(words)
    assert poster.states()["payment:1"] == "planned"
    assert poster.post(*ORDERS).results == {Result.DONE: 12}, "the next run leaves it alone, and the others are posted"
    assert [d["id"] for d in kontur.books.documents() if d["number"] == "1"] == twice


def test_a_payment_that_a_proxy_sent_twice_stops_the_run(poster: Poster, kontur: Sandbox) -> None:
    sale, payment, _ = operations_of(77)
    poster.plan(sale)
    poster.post(77)
    poster.plan(payment)
    kontur.set_faults(next=[{"fault": "doubled_close_after_commit", "path_ends_with": "/payments"}])
    assert poster.post(77).results == {Result.UNKNOWN: 1}
    with pytest.raises(DoubledError, match=r"Kontur has it 2 times.*Remove the surplus there"):
        poster.post(77)
    assert poster.problem("payment:77")[0] == "doubled"
    assert len(kontur.books.payments()) == 2


@pytest.mark.parametrize(
    ("edit", "difference"),
    [
        ({"number": "B-7"}, "number B-7 instead of 1"),
        ({"comment": "Проверено"}, f"its comment lacks {marker('1', 1)}"),
    ],
)
def test_a_document_that_was_edited_meanwhile_is_for_a_person(
    poster: Poster, kontur: Sandbox, edit: dict[str, str], difference: str
) -> None:
    kontur.set_faults(next=[{"fault": "close_after_commit", "path_ends_with": "/saleinvoices"}])
    assert poster.post(1).results == {Result.UNKNOWN: 1}
    (document,) = kontur.books.documents()
    kontur.control("PATCH", f"/documents/{document['id']}", edit)
    assert poster.post(2).results == {Result.DONE: 3}, "the search is shown to be fresh"
    assert poster.post(1).results == {Result.REVIEW: 1}
    code, words = poster.problem("sale:1")
    assert code == "mismatch"
    assert words.startswith(f"Kontur has it under id {document['id']}, but different: {difference}. Correct it there.")
    assert poster.post(*ORDERS).results == {Result.DONE: 9}
    assert len(kontur.books.documents()) == len(ORDERS)


@pytest.mark.parametrize(
    ("edit", "difference"),
    [
        ({"amount": 99.0}, "total 99.00\xa0₽ instead of 100.00\xa0₽"),
        ({"date": "2026-02-20"}, "date 20.02.2026 instead of 03.02.2026"),
    ],
)
def test_a_payment_that_was_edited_meanwhile_is_for_a_person(
    poster: Poster, kontur: Sandbox, edit: dict[str, Any], difference: str
) -> None:
    sale, payment, _ = operations_of(77)
    poster.plan(sale)
    poster.post(77)
    poster.plan(payment)
    kontur.set_faults(next=[{"fault": "close_after_commit", "path_ends_with": "/payments"}])
    assert poster.post(77).results == {Result.UNKNOWN: 1}
    (paid,) = kontur.books.payments()
    kontur.control("PATCH", f"/payments/{paid['id']}", edit)
    assert poster.post(77).results == {Result.REVIEW: 1}
    code, words = poster.problem("payment:77")
    assert code == "mismatch"
    assert words.startswith(f"Kontur has it under id {paid['id']}, but different: {difference}. Correct it there.")
    assert poster.post(77).results == {}
    assert len(kontur.books.payments()) == 1


def test_a_document_in_which_a_person_named_another_order_is_found(poster: Poster, kontur: Sandbox) -> None:
    kontur.set_faults(next=[{"fault": "close_after_commit", "path_ends_with": "/saleinvoices"}])
    assert poster.post(1).results == {Result.UNKNOWN: 1}
    (document,) = kontur.books.documents()
    comment = f"См. {marker('1', 5)}. {document['comment']} и {marker('1', 4)}"
    kontur.control("PATCH", f"/documents/{document['id']}", {"comment": comment})
    assert poster.post(1).results == {Result.DONE: 3}
    assert [d["id"] for d in kontur.books.documents()] == [document["id"]]


def test_a_document_that_lost_its_marker_and_got_another_buyer_is_for_a_person(poster: Poster, kontur: Sandbox) -> None:
    kontur.set_faults(next=[{"fault": "close_after_commit", "path_ends_with": "/saleinvoices"}])
    assert poster.post(1).results == {Result.UNKNOWN: 1}
    (document,) = kontur.books.documents()
    other = in_kontur(poster.account, None, None, "Петров")
    kontur.control("PATCH", f"/documents/{document['id']}", {"comment": "Проверено", "counterpartyId": other})
    assert poster.post(2).results == {Result.DONE: 3}, "the search is shown to be fresh"
    assert poster.post(1).results == {Result.REVIEW: 1}
    assert [d["id"] for d in kontur.books.documents() if d["number"] == "1"] == [document["id"]]
