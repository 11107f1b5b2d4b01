"""Which counterparty a buyer is: found, created once, or said to be ambiguous; on real parts."""

from __future__ import annotations

import concurrent.futures
import re

import pytest
from kontur_hook.contract import Contract, CounterpartyType

from include.accounting.operations import Counterparty
from include.accounting.payload import counterparty_body
from include.books.accounts import Account
from include.books.matching import AmbiguousError
from include.ledger.operations import Operations
from include.posting.core import Result
from include.posting.counterparties import Buyer, resolve
from include.posting.order_state import order_state
from include.settings import Accounting, Posting, Settings
from sandbox.kontur.serving import Sandbox
from tests.posting.poster import INN, KPP, MOVED_KPP, OTHER_KPP, RETAIL, Poster, company, in_kontur, operations_of


def asked(poster: Poster, wanted: Counterparty, retail_id: str | None = None) -> str:
    poster.settings = Settings(accounting=Accounting(retail_counterparty_id=retail_id))
    found = poster.drive(lambda run: resolve(run, wanted))
    assert isinstance(found, Buyer)
    return found.id


def requests(kontur: Sandbox) -> list[str]:
    return [request["method"] for request in kontur.books.requests()]


@pytest.mark.parametrize("wanted", [KPP, OTHER_KPP])
def test_a_branch_is_a_counterparty_of_its_own(poster: Poster, kontur: Sandbox, wanted: str) -> None:
    ids = {kpp: in_kontur(poster.account, kpp) for kpp in (KPP, OTHER_KPP)}
    assert asked(poster, company(wanted)) == ids[wanted]
    assert len(kontur.books.counterparties()) == 2


def test_a_new_branch_of_a_known_company_is_created(poster: Poster, kontur: Sandbox) -> None:
    head = in_kontur(poster.account, KPP)
    branch = asked(poster, company(OTHER_KPP))
    assert branch != head
    assert [(c["id"], c["inn"], c["kpp"]) for c in kontur.books.counterparties()] == [
        (head, INN, KPP),
        (branch, INN, OTHER_KPP),
    ]


def test_an_order_without_kpp_takes_the_companys_only_record(poster: Poster, kontur: Sandbox) -> None:
    only = in_kontur(poster.account, KPP)
    assert asked(poster, company(None)) == only
    assert len(kontur.books.counterparties()) == 1


def test_an_order_without_kpp_prefers_the_record_without_kpp(poster: Poster) -> None:
    in_kontur(poster.account, KPP)
    equal = in_kontur(poster.account, None)
    assert asked(poster, company(None)) == equal


def test_a_counterparty_named_by_its_id_is_taken_at_its_word(poster: Poster, kontur: Sandbox) -> None:
    foreign = Counterparty(inn=None, kpp=None, name="Example GmbH", type=CounterpartyType.LEGAL_ENTITY, id="cp-42")
    assert asked(poster, foreign, retail_id="retail-1") == "cp-42"
    assert requests(kontur) == []


def test_several_records_are_never_chosen_from(poster: Poster, kontur: Sandbox) -> None:
    ids = [in_kontur(poster.account, kpp) for kpp in (KPP, OTHER_KPP)]
    named = ", ".join(f"id {id_} “ПАО Пример”" for id_ in ids)
    with pytest.raises(AmbiguousError, match=re.escape(f"({named}) with INN …3893")):
        asked(poster, company(None))


def test_an_ambiguous_buyer_is_rejected_in_words_and_the_others_are_posted(poster: Poster, kontur: Sandbox) -> None:
    in_kontur(poster.account, KPP)
    in_kontur(poster.account, KPP, name="ПАО Пример (двойник)")
    poster.plan(*operations_of(1, company()), *operations_of(2))
    tally = poster.post(1, 2)
    assert (tally.results[Result.REJECTED], tally.results[Result.DONE]) == (1, 3)
    code, message = poster.problem("sale:1")
    assert code == "counterparty_ambiguous"
    assert f"INN …3893 and KPP {KPP}" in message
    assert "Merge them" in message
    assert [d["number"] for d in kontur.books.documents()] == ["2"]


def test_a_company_seen_before_costs_no_request(poster: Poster, kontur: Sandbox) -> None:
    first = asked(poster, company())
    assert requests(kontur) == ["GET", "POST"]
    assert asked(poster, company()) == first
    assert requests(kontur) == ["GET", "POST"]


def test_two_orders_of_one_new_company_at_once_create_it_once(poster: Poster, kontur: Sandbox) -> None:
    kontur.set_options(latency_ms=50)
    orders = range(1, 9)
    for order_id in orders:
        poster.plan(*operations_of(order_id, company()))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:  # two batches of two runs, four threads each
        batches = [pool.submit(poster.post, 1, 2, 3, 4), pool.submit(poster.post, 5, 6, 7, 8)]
        for batch in batches:
            batch.result()
    (only,) = kontur.books.counterparties()
    assert [d["counterparty_id"] for d in kontur.books.documents()] == [only["id"]] * 8


def test_retail_by_its_id_asks_nothing(poster: Poster, kontur: Sandbox) -> None:
    assert asked(poster, RETAIL, retail_id="retail-7") == "retail-7"
    assert requests(kontur) == []


def test_retail_is_found_by_its_exact_name(poster: Poster, kontur: Sandbox) -> None:
    kontur.set_options(substring_search=True)
    in_kontur(poster.account, None, None, "Розничные покупатели (старые)")
    exact = in_kontur(poster.account, None, None, RETAIL.name)
    assert asked(poster, RETAIL) == exact
    assert len(kontur.books.counterparties()) == 2


def test_retail_is_created_once(poster: Poster, kontur: Sandbox) -> None:
    poster.plan(*operations_of(1), *operations_of(2), *operations_of(3))
    poster.post(1, 2, 3)
    (only,) = kontur.books.counterparties()
    assert (only["name"], only["inn"], only["type"]) == (RETAIL.name, None, "Individual")


def test_retail_without_a_search_by_name_says_what_to_set(poster: Poster, kontur: Sandbox) -> None:
    contract = Contract(search_counterparties_by_name=False)
    poster.account = Account("kontur_default", poster.account.hook, contract)
    poster.plan(*operations_of(1))
    poster.post(1)
    code, message = poster.problem("sale:1")
    assert code == "counterparty_rejected"
    assert "retail_counterparty_id" in message
    poster.settings = Settings(accounting=Accounting(retail_counterparty_id=in_kontur(poster.account, None, None, "Р")))
    poster.plan(*operations_of(1))
    assert poster.post(1).results[Result.DONE] == 3


def test_an_unknown_outcome_of_creating_it_is_found_again_and_not_created_twice(
    poster: Poster, kontur: Sandbox
) -> None:
    poster.settings = Settings(posting=Posting(settle_s=0.000001))
    kontur.set_faults(next=[{"fault": "reset_after_commit", "path_ends_with": "/counterparties"}])
    poster.plan(*operations_of(1, company()))
    assert poster.post(1).results[Result.DONE] == 0
    assert poster.post(1).results[Result.DONE] == 3
    assert len(kontur.books.counterparties()) == len(kontur.books.documents()) == 1


def test_one_that_kontur_refused_is_not_sent_again_for_each_of_its_orders(poster: Poster, kontur: Sandbox) -> None:
    kontur.set_faults(next=[{"fault": "status_422_before_commit", "path_ends_with": "/counterparties"}])
    for order_id in (1, 2, 3):
        poster.plan(operations_of(order_id, company())[0])
        poster.post(order_id)
    assert set(poster.states().values()) == {"rejected"}
    assert _creations(kontur) == 1
    with poster.ledger.open() as session:  # a person asks for it
        Operations(session).forget_refusals()
    poster.plan(operations_of(1, company())[0])
    assert poster.post(1).results == {Result.DONE: 1}
    assert _creations(kontur) == 2


def test_one_that_was_parked_goes_on_once_kontur_has_one_record(poster: Poster, kontur: Sandbox) -> None:
    _sent_long_ago(poster, state="review", message="sent again after an unknown outcome")
    poster.post(1)
    assert poster.problem("sale:1") == (
        "counterparty_rejected",
        "The buyer's counterparty was not created. sent again after an unknown outcome",
    )
    in_kontur(poster.account, KPP)
    poster.plan(operations_of(1, company())[0])
    assert poster.post(1).results == {Result.DONE: 1}
    assert len(kontur.books.counterparties()) == 1


def test_one_that_is_never_confirmed_comes_to_a_person_and_goes_on_once_it_was_entered_by_hand(
    poster: Poster, kontur: Sandbox
) -> None:
    _sent_long_ago(poster, state="unknown", message="no answer")
    for _ in range(2):
        assert poster.post(1).results == {Result.WAITING: 1}
    with poster.ledger.open() as session:
        operations = Operations(session)
        shown = order_state([], operations.of_orders([1])[1], operations.now())
    assert (shown.sync_status, shown.code) == ("error", "counterparty_unknown")
    in_kontur(poster.account, KPP)
    assert poster.post(1).results == {Result.DONE: 1}
    assert len(kontur.books.counterparties()) == 1
    assert poster.problem("sale:1") == ("", "")


def _sent_long_ago(poster: Poster, *, state: str, message: str) -> None:
    """An order planned, and its company sent 25 hours ago with this outcome."""
    key = f"counterparty:kontur_default:{INN}/{KPP}"
    poster.plan(operations_of(1, company())[0])
    with poster.ledger.open() as session:
        session.execute(
            "INSERT INTO local_kontur_bukh_operation (op_key, connection, kind, state, uncertain, plan, payload,"
            " unknown_since, message, created_at, updated_at) VALUES (%s, 'kontur_default', 'counterparty', %s, 1, %s,"
            " %s, UTC_TIMESTAMP(6) - INTERVAL 25 HOUR, %s, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))",
            [key, state, counterparty_body(company()), counterparty_body(company()), message],
        )


def _creations(kontur: Sandbox) -> int:
    return sum((r["method"], r["path"][-15:]) == ("POST", "/counterparties") for r in kontur.books.requests())


def test_orders_with_two_kpps_of_one_head_office_at_once_create_one_record(poster: Poster, kontur: Sandbox) -> None:
    kontur.set_options(latency_ms=50)
    for order_id, kpp in enumerate((KPP, MOVED_KPP, None, KPP, MOVED_KPP, None), 1):
        poster.plan(operations_of(order_id, company(kpp))[0])
    assert poster.post(1, 2, 3, 4, 5, 6).results == {Result.DONE: 6}
    (only,) = kontur.books.counterparties()
    assert {d["counterparty_id"] for d in kontur.books.documents()} == {only["id"]}


def test_a_second_record_makes_orders_without_kpp_ambiguous(poster: Poster) -> None:
    only = in_kontur(poster.account, KPP)
    assert asked(poster, company(None)) == only
    assert asked(poster, company(OTHER_KPP)) != only
    with pytest.raises(AmbiguousError, match="Give the order the KPP"):
        asked(poster, company(None))


@pytest.mark.parametrize(("kpp", "code"), [(None, "kpp_missing_in_kontur"), (MOVED_KPP, "kpp_changed")])
def test_what_a_person_should_complete_in_kontur_is_noted_with_the_document(
    poster: Poster, kontur: Sandbox, kpp: str | None, code: str
) -> None:
    record = in_kontur(poster.account, kpp)
    poster.plan(operations_of(1, company())[0])
    assert poster.post(1).results == {Result.DONE: 1}
    assert [d["counterparty_id"] for d in kontur.books.documents()] == [record]
    assert poster.problem("sale:1")[0] == code
    with poster.ledger.open() as session:
        operations = Operations(session)
        state = order_state([], operations.of_orders([1])[1], operations.now())
    assert (state.sync_status, state.problems) == ("synced", ()), "nobody is asked"


def test_retail_in_other_case_is_no_third_record(poster: Poster, kontur: Sandbox) -> None:
    first = in_kontur(poster.account, None, None, "розничные  покупатели")
    poster.plan(operations_of(1)[0])
    poster.post(1)
    assert [d["counterparty_id"] for d in kontur.books.documents()] == [first]
    assert len(kontur.books.counterparties()) == 1


def test_two_retail_records_are_for_the_settings(poster: Poster, kontur: Sandbox) -> None:
    for name in (RETAIL.name, RETAIL.name.upper()):
        in_kontur(poster.account, None, None, name)
    poster.plan(operations_of(1)[0])
    poster.post(1)
    code, message = poster.problem("sale:1")
    assert (code, "retail_counterparty_id" in message) == ("counterparty_ambiguous", True)
    assert kontur.books.documents() == []
