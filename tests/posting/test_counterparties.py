"""Which counterparty a buyer is: found, created once, or said to be ambiguous; on real parts."""

from __future__ import annotations

import concurrent.futures
import re

import pytest
from kontur_hook.contract import Contract

from include.accounting.operations import Counterparty
from include.posting.core import Result
from include.posting.counterparties import AmbiguousError, resolve
from include.posting.sender import Account, Sender
from include.sandbox.kontur.serving import Sandbox
from include.settings import Accounting, Posting, Settings
from tests.posting.conftest import INN, KPP, OTHER_KPP, RETAIL, Poster, company, in_kontur, operations_of


def asked(poster: Poster, wanted: Counterparty, retail_id: str | None = None) -> object:
    with Sender(poster.ledger, poster.settings, "run-1") as sender:
        return resolve(sender, poster.account, wanted, retail_id=retail_id)


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


def test_several_records_are_never_chosen_from(poster: Poster, kontur: Sandbox) -> None:
    ids = [in_kontur(poster.account, kpp) for kpp in (KPP, OTHER_KPP)]
    with pytest.raises(AmbiguousError, match=re.escape(f"2 counterparties with INN {INN} (ids {', '.join(ids)})")):
        asked(poster, company(None))


def test_an_ambiguous_buyer_is_rejected_in_words_and_the_others_are_posted(poster: Poster, kontur: Sandbox) -> None:
    in_kontur(poster.account, KPP)
    in_kontur(poster.account, KPP, name="ПАО Пример (двойник)")
    poster.plan(*operations_of(1, company()), *operations_of(2))
    tally = poster.post(1, 2)
    assert (tally.results[Result.REJECTED], tally.results[Result.DONE]) == (1, 3)
    code, message = poster.problem("sale:1")
    assert code == "counterparty_ambiguous"
    assert f"INN {INN}, KPP {KPP}" in message
    assert "merge them" in message
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
    poster.settings = Settings(posting=Posting(settle_s=0.001))
    kontur.set_faults(next=[{"fault": "reset_after_commit", "path_ends_with": "/counterparties"}])
    poster.plan(*operations_of(1, company()))
    assert poster.post(1).results[Result.DONE] == 0
    assert poster.post(1).results[Result.DONE] == 3
    assert len(kontur.books.counterparties()) == len(kontur.books.documents()) == 1
