"""A batch of orders on real parts: what stops it, what does not, in which order it posts, and how fast."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import itertools
import json
import re
import time
from collections.abc import Sequence
from typing import Any

import pytest
from kontur_hook import http_pool
from kontur_hook.api import KonturApi
from kontur_hook.contract import DocumentKind
from kontur_hook.errors import (
    KonturAccessError,
    KonturConfigurationError,
    KonturProtocolError,
    KonturTransientError,
)
from kontur_hook.http_answer import AnswerReader
from kontur_hook.http_connection import Connection
from kontur_hook.outcome import Outcome
from msgspec import structs

from include.ledger.locks import Locks
from include.ledger.named_locks import Look
from include.ledger.operation import OperationRow, State
from include.ledger.operations import Operations
from include.ledger.statements import Release
from include.ports import Ports, Statement
from include.posting import batch as batch_module
from include.posting import breaker as breaker_module
from include.posting.batch import Loading, post_batch
from include.posting.core import Result
from include.posting.live import LivePorts, drive
from include.posting.sender import Attempt, idempotency_key
from include.settings import Posting, Settings
from sandbox.kontur.serving import Sandbox
from tests.posting.connecting import connect
from tests.posting.poster import OTHER_KPP, Poster, at_once, company, in_kontur, operations_of, row

ORDERS = tuple(range(1, 13))


@pytest.fixture(autouse=True)
def _retail_is_there(poster: Poster, kontur: Sandbox) -> None:
    in_kontur(poster.account, None, None, "Розничные покупатели")
    for order_id in ORDERS:
        poster.plan(*operations_of(order_id))


def test_what_one_batch_learns_of_kontur_stops_the_other_one_of_the_same_task(poster: Poster, kontur: Sandbox) -> None:
    kontur.set_faults(next=[{"fault": "status_401_before_commit"}])
    to = {"kontur_default": poster.account}
    loading, stopped = Loading(to, poster.settings, "run-1"), list[KonturAccessError]()

    async def driver(ports: Ports) -> None:
        for order_id in (1, 2):
            with pytest.raises(KonturAccessError) as told:
                await post_batch(ports, loading, [order_id])
            stopped.append(told.value)

    drive(poster.ledger, to, driver)
    assert stopped[0] is stopped[1]
    assert kontur.books.documents() == []
    assert set(poster.states().values()) == {State.PLANNED}


def test_orders_are_posted_by_several_threads_each_ones_operations_in_their_order(
    poster: Poster, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(poster, kontur, monkeypatch, concurrency=6)
    kontur.set_options(latency_ms=30)
    assert poster.post(*ORDERS).results == {Result.DONE: 36}
    books = kontur.books
    assert len(books.documents()) == len(books.payments()) == len(books.refunds()) == len(ORDERS)
    created = {d["id"]: d["created_at"] for d in books.documents()}
    paid = {p["document_id"]: p["created_at"] for p in books.payments()}
    for refund in books.refunds():
        document = refund["document_id"]
        assert created[document] < paid[document] < refund["created_at"]
    # At once: documents were there before the refund of an order that was begun before them. The very first order
    # creates the buyer, for whom the others wait.
    refunded = {refund["document_id"]: refund["created_at"] for refund in books.refunds()}
    in_turn = sorted(created, key=created.__getitem__)
    assert any(created[after] < refunded[before] for before, after in itertools.pairwise(in_turn))
    assert poster.post(*ORDERS).results == {}, "nothing is left"


def test_what_takes_longest_is_taken_first_and_the_witness_last(
    poster: Poster, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    poster.post(1)
    poster.plan(*operations_of(13, company()), *operations_of(14, company()), *operations_of(15, company(OTHER_KPP)))
    poster.plan(*operations_of(16)[:2])
    taken: list[int] = []
    take = batch_module._Worker.is_turned_away

    async def noted(self: batch_module._Worker, order_id: int, found: Sequence[OperationRow]) -> bool:
        taken.append(order_id)
        return await take(self, order_id, found)

    monkeypatch.setattr(batch_module._Worker, "is_turned_away", noted)
    poster.post(16, 13, 14, 15, 2, 3, 4)
    with_a_new_buyer, of_three, of_two, who_would_only_wait, witness = [13, 15], [2, 3], [16], [14], [4]
    assert taken == with_a_new_buyer + of_three + of_two + who_would_only_wait + witness
    assert len(kontur.books.documents()) == 8


def test_documents_go_before_money_once_all_orders_are_begun(
    poster: Poster, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(poster, kontur, monkeypatch, concurrency=1)
    poster.post(1)
    gone_ahead: list[str] = []
    turn, send = LivePorts.turn, LivePorts.send
    let_ahead: set[int] = set()

    def noted(self: LivePorts, connection: str, *, ahead: bool = False) -> Any:
        (let_ahead.add if ahead else let_ahead.discard)(id(self))
        return turn(self, connection, ahead=ahead)

    async def sent(self: LivePorts, request: Any) -> Any:
        if id(self) in let_ahead:
            gone_ahead.append(json.loads(request.body)["number"] if request.document_id is None else "money")
        return await send(self, request)

    monkeypatch.setattr(LivePorts, "turn", noted)
    monkeypatch.setattr(LivePorts, "send", sent)
    monkeypatch.setattr(LivePorts, "under_way", lambda *_: 3.0)
    assert poster.post(2, 3, 4, 5, 6).results == {Result.DONE: 15}
    assert gone_ahead == ["5", "6"], "three orders are under way at once; the last one is the witness"


def test_whoever_waits_for_a_new_buyer_goes_on_once_it_is_there_and_takes_no_lock_for_it(
    poster: Poster, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(poster, kontur, monkeypatch, concurrency=6)
    kontur.set_options(latency_ms=30)
    given_back: list[str] = []
    state = LivePorts.state

    async def noted(self: LivePorts, *asked: Statement[Any]) -> list[Any]:
        given_back.extend(one.lock for one in asked if isinstance(one, Release))
        return await state(self, *asked)

    monkeypatch.setattr(LivePorts, "state", noted)
    assert poster.post(*ORDERS).results == {Result.DONE: 36}
    assert len([lock for lock in given_back if lock.startswith("counterparty:")]) == 1


def test_a_bad_order_does_not_stop_the_others(poster: Poster, kontur: Sandbox) -> None:
    kontur.set_faults(next=[{"fault": "status_422_before_commit", "path_ends_with": "/saleinvoices"}])
    results = poster.post(*ORDERS).results
    assert results == {Result.REJECTED: 1, Result.DONE: 33}
    states = poster.states()
    (bad,) = [key for key, state in states.items() if state == "rejected"]
    waiting = {key for key, state in states.items() if state == "planned"}
    number = bad.partition(":")[2]
    assert waiting == {f"payment:{number}", f"refund:{number}"}
    assert len(kontur.books.documents()) == 11


def test_a_key_that_is_refused_in_the_middle_stops_everything_and_marks_nothing(
    poster: Poster, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(poster, kontur, monkeypatch, concurrency=1)
    poster.post(1)
    kontur.set_faults(rates={"status_401_before_commit": 1.0})
    with pytest.raises(KonturAccessError, match="401"):
        poster.post(*ORDERS)
    assert len([r for r in kontur.books.requests() if r["status"] == 401]) <= 2
    assert sorted(set(poster.states().values())) == ["done", "planned"]
    kontur.set_faults()
    poster.post(*ORDERS)
    assert set(poster.states().values()) == {"done"}
    assert len(kontur.books.documents()) == len(ORDERS)


def test_a_429_is_waited_out_and_the_order_posted_in_the_same_batch(
    poster: Poster, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(poster, kontur, monkeypatch, concurrency=1)
    assert poster.post(1).results == {Result.DONE: 3}, "nobody has to wait for the buyer below"
    kontur.set_faults(next=[{"fault": "status_429_before_commit", "path_ends_with": "/saleinvoices"}] * 2)
    pauses: list[float] = []
    clock = time.monotonic

    async def pause(_: LivePorts, least_s: float, __: float | None = None) -> None:
        pauses.append(least_s)

    monkeypatch.setattr(LivePorts, "sleep", pause)
    monkeypatch.setattr(time, "monotonic", lambda: clock() + sum(pauses))
    results = poster.post(*ORDERS).results
    assert (results[Result.DONE], results[Result.NOT_APPLIED]) == (33, 2)
    assert len([pause for pause in pauses if pause >= 1]) == 2
    assert len(kontur.books.documents()) == len(kontur.books.payments()) == len(ORDERS)


def test_a_limit_of_konturs_slows_all_workers_down_and_stops_none(
    poster: Poster, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = 6  # more are turned away at once than the breaker allows
    connect(poster, kontur, monkeypatch, concurrency=workers)
    poster.settings = Settings(posting=Posting(breaker=3))
    all_begin_at_once(workers, monkeypatch)
    kontur.set_faults(next=[{"fault": "status_429_before_commit", "path_ends_with": "/saleinvoices"}] * workers)
    monkeypatch.setattr(breaker_module, "_LONGEST_PAUSE_S", 0.5)
    results = poster.post(*ORDERS).results
    assert results == {Result.DONE: 36, Result.NOT_APPLIED: workers}
    assert len(kontur.books.documents()) == len(kontur.books.payments()) == len(kontur.books.refunds()) == len(ORDERS)


def all_begin_at_once(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first documents are sent when each worker has one to send."""
    create = KonturApi.create_document
    come, all_there = itertools.count(1), asyncio.Event()

    async def creating(
        api: KonturApi, kind: DocumentKind, body: str, *, idempotency_key: str, leave_by: float
    ) -> Outcome:
        if next(come) == workers:
            all_there.set()
        async with asyncio.timeout(60):
            await all_there.wait()
        return await create(api, kind, body, idempotency_key=idempotency_key)  # however long they waited

    monkeypatch.setattr(KonturApi, "create_document", creating)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_storm_of_429_with_any_retry_after_parks_nothing_and_all_is_posted_in_the_end(
    poster: Poster, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    connect(poster, kontur, monkeypatch, concurrency=6)
    kontur.set_faults(seed=seed, rates={"status_429_before_commit": 0.7})
    monkeypatch.setattr(breaker_module, "_LONGEST_PAUSE_S", 0.02)
    done = 0
    while done < 36:
        with contextlib.suppress(KonturTransientError):  # as Airflow tries again
            poster.post(*ORDERS)
        states = collections.Counter(poster.states().values())
        assert states.keys() <= {"done", "planned"}
        done = states["done"]
    assert sum(r["fault"] is not None for r in kontur.books.requests()) >= 36, "it was no storm"
    assert len(kontur.books.documents()) == len(kontur.books.payments()) == len(kontur.books.refunds()) == len(ORDERS)


def test_the_breaker_stops_after_so_many_failures_and_says_the_last_one(
    poster: Poster, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(poster, kontur, monkeypatch, concurrency=1)
    poster.settings = Settings(posting=Posting(breaker=3))
    monkeypatch.setattr(LivePorts, "sleep", at_once)
    kontur.set_faults(rates={"status_429_before_commit": 1.0})
    with pytest.raises(KonturTransientError, match="Stopped after 3 failures one after the other; nothing was marked"):
        poster.post(*ORDERS)
    assert len([r for r in kontur.books.requests() if r["status"] == 429]) == 3
    assert set(poster.states().values()) == {"planned"}


def test_unknown_outcomes_trip_the_breaker_and_are_kept_as_unknown(
    poster: Poster, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(poster, kontur, monkeypatch, concurrency=1)
    poster.settings = Settings(posting=Posting(breaker=3))
    kontur.set_faults(rates={"status_500_after_commit": 1.0})
    with pytest.raises(KonturTransientError, match="Stopped after 3") as stopped:
        poster.post(*ORDERS)
    assert stopped.value.retry_after_s == 15 * 60, "when they can be looked for"
    states = list(poster.states().values())
    assert (states.count("unknown"), states.count("planned")) == (3, 33)
    assert len(kontur.books.documents()) == 3


def test_requests_keep_the_accounts_pace(poster: Poster, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(poster, kontur, monkeypatch, concurrency=6, rate_per_s=20)
    poster.post(1)  # the retail counterparty is known now
    started = time.monotonic()
    poster.post(2, 3, 4, 5, 6)
    assert time.monotonic() - started >= 14 / 20  # fifteen POSTs, the first one at once
    sent = [r for r in kontur.books.requests() if r["method"] == "POST"]
    assert len(sent) == 1 + 18


def test_an_answer_that_makes_no_sense_for_one_order_does_not_stop_the_others(
    poster: Poster, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(poster, kontur, monkeypatch, concurrency=1)
    poster.plan(*operations_of(1, company()))
    kontur.set_faults(next=[{"fault": "search_bad_json", "path_ends_with": "/counterparties"}])
    with pytest.raises(KonturProtocolError, match=r"sale:1: .*not valid JSON"):
        poster.post(*ORDERS)
    assert len(kontur.books.documents()) == len(kontur.books.refunds()) == len(ORDERS) - 1
    assert poster.states()["sale:1"] == "planned"
    assert poster.post(*ORDERS).results == {Result.DONE: 3}


def test_a_payment_below_an_id_that_kontur_never_gave_is_for_a_person_and_the_others_are_posted(
    poster: Poster, kontur: Sandbox
) -> None:
    with poster.ledger.open() as session:
        taken_over = structs.replace(row(operations_of(1)[0]), state=State.DONE, doc_id="№ 15")
        Operations(session).take_over([taken_over])
    poster.post(*ORDERS)
    assert poster.states()["payment:1"] == "rejected"
    code, message = poster.problem("payment:1")
    assert (code, "«№ 15»" in message) == ("document_id", True)
    assert len(kontur.books.payments()) == len(ORDERS) - 1


def test_operations_go_to_the_account_they_were_planned_for(poster: Poster, kontur: Sandbox) -> None:
    with poster.ledger.open() as session:
        for order_id in (1, 2):
            session.execute(
                "UPDATE local_kontur_bukh_operation SET connection = 'kontur_gone' WHERE op_key = %s",
                [f"sale:{order_id}"],
            )
        # What was withdrawn of an order says nothing about where the rest of it goes.
        session.execute(
            "UPDATE local_kontur_bukh_operation SET connection = 'kontur_gone', state = 'skipped' WHERE order_id = 3"
            " AND parent_key IS NOT NULL"
        )
    with pytest.raises(KonturConfigurationError, match=r"2 orders \(connection kontur_gone\).*shop\.sites"):
        poster.post(*ORDERS)
    assert sorted(int(document["number"]) for document in kontur.books.documents()) == list(ORDERS[2:])


def test_in_calm_weather_new_orders_cost_one_request_that_reads_and_a_post_for_each_operation(
    poster: Poster, kontur: Sandbox
) -> None:
    before = len(kontur.books.requests())
    poster.post(*ORDERS)
    sent = collections.Counter((r["method"], r["path"].rpartition("/")[2]) for r in kontur.books.requests()[before:])
    assert sent == {
        ("GET", "saleinvoices"): 1,  # is any of them there already?
        ("GET", "counterparties"): 1,  # the retail counterparty, seen for the first time
        ("POST", "saleinvoices"): 12,
        ("POST", "payments"): 12,
        ("POST", "refunds"): 12,
    }


@pytest.mark.parametrize("is_kept", [True, False])
def test_who_waited_long_for_a_connection_looks_again_before_his_request_leaves(
    poster: Poster, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch, is_kept: bool
) -> None:
    """Longer than a look may be old: each of them finds a connection that somebody has made, and posts once."""
    connected, exchange, look = http_pool.Pool._connected, Connection.exchange, Attempt.is_clear
    looked_at: dict[str, float] = {}
    ages: list[float] = []

    async def slowly(*given: Any) -> Connection:
        connection = await connected(*given)
        await asyncio.sleep(0.4)
        return connection

    async def looking(self: Attempt, of: OperationRow) -> bool:
        looked_at[of.key] = time.monotonic()
        return await look(self, of)

    def leaving(self: Connection, head: bytes, body: bytes, then: Any) -> Any:
        if head.startswith(b"POST"):
            key = re.search(rb"Idempotency-Key: (\S+)", head)
            assert key is not None
            ages.append(time.monotonic() - looked_at[keys[key[1].decode()]])
        return exchange(self, head, body, then)

    keys = {idempotency_key("kontur_default", o.key): o.key for n in ORDERS for o in operations_of(n)}
    monkeypatch.setattr(http_pool.Pool, "_connected", slowly)
    monkeypatch.setattr(Attempt, "is_clear", looking)
    monkeypatch.setattr(Connection, "exchange", leaving)
    if not is_kept:
        monkeypatch.setattr(AnswerReader, "keeps_connection", property(lambda _: False))
    connect(poster, kontur, monkeypatch, concurrency=4)
    assert poster.post(*ORDERS).results == {Result.DONE: 36}
    assert len(ages) == 36
    assert max(ages) < 0.38  # 0.25, and whatever else this machine is at between the look at the clock and the write
    assert (len(kontur.books.documents()), len(kontur.books.payments())) == (len(ORDERS), len(ORDERS))


def test_a_ledger_that_answers_slowly_keeps_nothing_from_being_posted(
    poster: Poster, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look takes longer than it may be old at the socket, and cannot be had any quicker."""
    look = Locks.look

    def slowly(self: Locks[Any], asked: Sequence[tuple[str, Sequence[str]]]) -> list[Look]:
        time.sleep(0.3)
        return look(self, asked)

    monkeypatch.setattr(Locks, "look", slowly)
    assert poster.post(*ORDERS).results == {Result.DONE: 36}
    assert len(kontur.books.documents()) == len(kontur.books.payments()) == len(kontur.books.refunds()) == len(ORDERS)
