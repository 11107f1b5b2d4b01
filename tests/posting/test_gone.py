"""Counterparties that Kontur has no longer: deleted or merged by hand while the ledger still knows them."""

from __future__ import annotations

import collections
import concurrent.futures
import dataclasses
from typing import Any

import pytest
from kontur_hook.contract import Contract
from kontur_hook.errors import KonturConfigurationError

from include.accounting.operations import Counterparty
from include.books.accounts import Account
from include.ledger.operations import Operations
from include.posting.core import Result
from include.posting.order_state import order_state
from include.settings import Accounting, Posting, Settings
from sandbox.kontur.serving import Sandbox
from tests.posting.poster import KPP, MOVED_KPP, OTHER_KPP, RETAIL, Poster, company, in_kontur, operations_of

BUYERS = [company(), RETAIL]


def delete(kontur: Sandbox, counterparty_id: str) -> None:
    assert kontur.control("DELETE", f"/counterparties/{counterparty_id}") == {"removed": 1}


def merge(kontur: Sandbox, counterparty_id: str, into: str) -> None:
    kontur.control("POST", f"/counterparties/{counterparty_id}/merge", {"into": into})


def post(poster: Poster, order_id: int, buyer: Counterparty) -> collections.Counter[Result]:
    """Its document only."""
    poster.plan(operations_of(order_id, buyer)[0])
    return poster.post(order_id).results


def buyers(kontur: Sandbox) -> dict[str, str]:
    return {d["number"]: d["counterparty_id"] for d in kontur.books.documents()}


def requests(kontur: Sandbox, since: int) -> list[tuple[str, str, int]]:
    """Without the batch's look at the days of its new documents."""
    rows = kontur.books.requests()[since:]
    found = [(row["method"], row["path"].rpartition("/")[2], row["status"]) for row in rows]
    return [request for request in found if request[:2] != ("GET", "saleinvoices")]


@pytest.mark.parametrize("buyer", BUYERS)
@pytest.mark.parametrize("created_by_us", [True, False])
def test_one_that_was_deleted_is_created_anew_and_the_document_sent_in_the_same_run(
    poster: Poster, kontur: Sandbox, buyer: Counterparty, created_by_us: bool
) -> None:
    old = "" if created_by_us else in_kontur(poster.account, buyer.kpp, buyer.inn, buyer.name)
    post(poster, 1, buyer)
    old = old or kontur.books.counterparties()[0]["id"]
    delete(kontur, old)
    before = len(kontur.books.requests())
    assert post(poster, 2, buyer) == {Result.DONE: 1}
    (new,) = kontur.books.counterparties()
    assert (new["inn"], new["kpp"], new["name"]) == (buyer.inn, buyer.kpp, buyer.name)
    assert buyers(kontur) == {"1": old, "2": new["id"]}
    assert requests(kontur, before) == [
        ("POST", "saleinvoices", 422),
        ("GET", "counterparties", 200),
        ("POST", "counterparties", 201),
        ("POST", "saleinvoices", 201),
    ]
    # The next one asks nothing, and a second loss is found as the first was.
    before = len(kontur.books.requests())
    assert post(poster, 3, buyer) == {Result.DONE: 1}
    assert requests(kontur, before) == [("POST", "saleinvoices", 201)]
    delete(kontur, new["id"])
    assert post(poster, 4, buyer) == {Result.DONE: 1}
    keys = [row["idempotency_key"] for row in kontur.books.requests() if row["path"].endswith("/counterparties")]
    sent = [key for key in keys if key]
    assert len(sent) == len(set(sent)), "a server that remembers keys would give the old id again"


@pytest.mark.parametrize("buyer", BUYERS)
def test_one_that_was_merged_is_the_record_that_is_left(poster: Poster, kontur: Sandbox, buyer: Counterparty) -> None:
    post(poster, 1, buyer)
    (old,) = kontur.books.counterparties()
    left = in_kontur(poster.account, buyer.kpp, buyer.inn, buyer.name)
    merge(kontur, old["id"], left)
    assert post(poster, 2, buyer) == {Result.DONE: 1}
    assert set(buyers(kontur).values()) == {left}
    assert len(kontur.books.counterparties()) == 1


def test_its_other_kpps_are_forgotten_with_it(poster: Poster, kontur: Sandbox) -> None:
    old = in_kontur(poster.account, KPP)
    for order_id, kpp in enumerate((KPP, MOVED_KPP, None), 1):
        post(poster, order_id, company(kpp))
    delete(kontur, old)
    for order_id, kpp in enumerate((None, MOVED_KPP, KPP), 4):
        assert post(poster, order_id, company(kpp)) == {Result.DONE: 1}
    (new,) = kontur.books.counterparties()
    assert [buyers(kontur)[str(n)] for n in range(1, 7)] == [old] * 3 + [new["id"]] * 3


def test_many_orders_of_it_at_once_create_it_once(poster: Poster, kontur: Sandbox) -> None:
    post(poster, 1, company())
    delete(kontur, kontur.books.counterparties()[0]["id"])
    kontur.set_options(latency_ms=50)
    for order_id in range(2, 10):
        poster.plan(operations_of(order_id, company())[0])
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for batch in [pool.submit(poster.post, 2, 3, 4, 5), pool.submit(poster.post, 6, 7, 8, 9)]:
            assert batch.result().results == {Result.DONE: 4}
    (new,) = kontur.books.counterparties()
    assert [buyers(kontur)[str(n)] for n in range(2, 10)] == [new["id"]] * 8


def test_a_refusal_of_one_that_stands_is_told_and_ends_there(poster: Poster, kontur: Sandbox) -> None:
    poster.account = Account("kontur_default", *_with(Contract(counterparty_words=("sandbox",))))
    standing = in_kontur(poster.account, KPP)
    kontur.set_faults(next=[{"fault": "status_422_before_commit", "path_ends_with": "/saleinvoices"}])
    before = len(kontur.books.requests())
    assert post(poster, 1, company()) == {Result.REJECTED: 1}
    code, message = poster.problem("sale:1")
    assert code == "counterparty_gone"
    assert f"The buyer stands in Kontur under id {standing}" in message
    assert "Kontur refused it: A fault of the sandbox" in message
    assert [row[:2] for row in requests(kontur, before)].count(("POST", "saleinvoices")) == 1
    assert len(kontur.books.counterparties()) == 1


def test_a_second_refusal_is_no_reason_for_a_third_try(poster: Poster, kontur: Sandbox) -> None:
    poster.account = Account("kontur_default", *_with(Contract(counterparty_words=("sandbox", "counterparty"))))
    post(poster, 1, company())
    delete(kontur, kontur.books.counterparties()[0]["id"])
    refusal = {"fault": "status_422_before_commit", "path_ends_with": "/saleinvoices"}
    kontur.set_faults(next=[refusal] * 5)
    assert post(poster, 2, company()) == {Result.REJECTED: 1}
    assert sum(fault["fault"] is not None for fault in kontur.books.requests()) == 2
    assert poster.problem("sale:2")[0] == "counterparty_gone"


def test_where_the_contract_says_that_no_answer_tells_it_the_document_is_refused(
    poster: Poster, kontur: Sandbox
) -> None:
    poster.account = Account("kontur_default", *_with(Contract(counterparty_words=())))
    post(poster, 1, company())
    delete(kontur, kontur.books.counterparties()[0]["id"])
    assert post(poster, 2, company()) == {Result.REJECTED: 1}
    assert poster.problem("sale:2")[0] == "kontur_rejected"


def _with(contract: Contract) -> tuple[Any, Contract]:
    from kontur_hook.hook import KonturHook

    return KonturHook(contract=contract), contract


def test_a_search_that_fails_leaves_the_document_for_the_next_run(poster: Poster, kontur: Sandbox) -> None:
    post(poster, 1, company())
    delete(kontur, kontur.books.counterparties()[0]["id"])
    kontur.set_faults(next=[{"fault": "search_html", "path_ends_with": "/counterparties"}])
    poster.plan(operations_of(2, company())[0])
    with pytest.raises(Exception, match="not JSON"):
        poster.post(2)
    with poster.ledger.open() as session:
        operations = Operations(session)
        state = order_state([], operations.of_orders([2])[2], operations.now())
    assert (state.sync_status, state.problems) == ("pending", ()), "nobody is asked"
    assert poster.post(2).results == {Result.DONE: 1}


def test_retail_that_the_settings_name_wrongly_stops_the_batch_and_marks_nothing(
    poster: Poster, kontur: Sandbox
) -> None:
    poster.settings = Settings(accounting=Accounting(retail_counterparty_id="retail-7"))
    for order_id in range(1, 9):
        poster.plan(*operations_of(order_id))
    before = len(kontur.books.requests())
    with pytest.raises(KonturConfigurationError, match="retail_counterparty_id names «retail-7»"):
        poster.post(*range(1, 9))
    assert set(poster.states().values()) == {"planned"}
    threads = poster.account.hook.connection_settings.concurrency
    refused = [row for row in requests(kontur, before) if row[2] == 422]
    assert 1 <= len(refused) <= threads
    assert kontur.books.counterparties() == []
    poster.settings = Settings(
        accounting=Accounting(retail_counterparty_id=in_kontur(poster.account, None, None, "Розница"))
    )
    assert poster.post(*range(1, 9)).results == {Result.DONE: 24}


def test_one_that_the_shops_own_rule_names_wrongly_is_rejected_alone(poster: Poster, kontur: Sandbox) -> None:
    poster.plan(operations_of(1, dataclasses.replace(company(), id="cp-42"))[0], operations_of(2)[0])
    assert poster.post(1, 2).results == {Result.REJECTED: 1, Result.DONE: 1}
    code, message = poster.problem("sale:1")
    assert code == "counterparty_gone"
    assert message.startswith("The shop's own rule names the counterparty cp-42, ")
    assert "Kontur refused it: " in message


def test_an_unknown_document_is_found_though_its_buyer_was_merged_meanwhile(poster: Poster, kontur: Sandbox) -> None:
    poster.settings = Settings(posting=Posting(settle_s=0.000001))
    post(poster, 1, company())
    (old,) = kontur.books.counterparties()
    kontur.set_faults(next=[{"fault": "reset_after_commit", "path_ends_with": "/saleinvoices"}])
    assert post(poster, 2, company()) == {Result.UNKNOWN: 1}
    left = in_kontur(poster.account, KPP)
    merge(kontur, old["id"], left)
    assert poster.post(2).results == {Result.DONE: 1}
    assert len(kontur.books.documents()) == 2


def test_an_unknown_document_that_stands_for_another_buyer_is_for_a_person(poster: Poster, kontur: Sandbox) -> None:
    poster.settings = Settings(posting=Posting(settle_s=0.000001))
    post(poster, 1, company())
    kontur.set_faults(next=[{"fault": "reset_after_commit", "path_ends_with": "/saleinvoices"}])
    post(poster, 2, company())
    other = in_kontur(poster.account, OTHER_KPP)
    document = kontur.books.documents()[1]["id"]
    kontur.control("PATCH", f"/documents/{document}", {"counterpartyId": other})
    assert poster.post(2).results == {Result.REVIEW: 1}
    assert f"counterparty {other} instead of" in poster.problem("sale:2")[1]


def test_an_unknown_document_is_never_sent_for_another_buyer(poster: Poster, kontur: Sandbox) -> None:
    """Its payload is frozen: refused when it is sent again, it comes to a person, who enters it by hand."""
    poster.settings = Settings(posting=Posting(settle_s=0.000001))
    post(poster, 1, company())
    (old,) = kontur.books.counterparties()
    kontur.set_faults(next=[{"fault": "reset_before_commit", "path_ends_with": "/saleinvoices"}])
    assert post(poster, 2, company()) == {Result.UNKNOWN: 1}
    delete(kontur, old["id"])
    assert post(poster, 3, company()) == {Result.DONE: 1}  # shows that the search is fresh
    for _ in range(3):
        poster.post(2)
    code, message = poster.problem("sale:2")
    assert code == "rejected_after_unknown"
    assert "no counterparty" in message
    assert "Enter it by hand with BX1-S2" in message
    assert "FROM=2026-02-03 TO=2026-02-03" in message
    assert sorted(buyers(kontur)) == ["1", "3"]
