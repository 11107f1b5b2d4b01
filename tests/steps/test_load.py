"""What is done for a batch while it is posted: what is not planned yet, and the outcomes of what is through."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

import pytest
from MySQLdb.connections import Connection

from include import settings
from include.bitrix.errors import BitrixError
from include.ledger.connection import LedgerDatabase
from include.ledger.errors import LedgerCrowdedError
from include.ledger.operation import DocumentDay
from include.ports import Ports
from include.posting.batch import Loading, post_batch
from include.posting.breaker import Breaker
from include.posting.tally import Tally
from include.steps import load as load_step
from include.steps import tasks, upkeep
from include.steps.load import load
from include.steps.outcomes import Outcome, bring_up
from include.steps.run_request import RunRequest
from include.steps.transform import transform
from sandbox.kontur.serving import Sandbox
from sandbox.mariadb import free_port
from sandbox.shop.cases import make_case
from tests.mysql.users import connection, user
from tests.steps.nights import Nights

DAY = dt.date(2026, 3, 17)
RUN = "night-1"


@pytest.fixture
def order_ids(nights: Nights, shop: Connection) -> list[int]:
    """Five orders, planned; the last one is refused."""
    cases = ["paid_and_shipped_in_a_day"] * 4 + ["company_without_inn"]
    ids = [make_case(shop, case, at=DAY).order_id for case in cases]
    transform(ids, nights.rules, RUN)
    return ids


def told(nights: Nights, order_ids: Sequence[int]) -> list[str | None]:
    """The order table's status of each."""
    with nights.ledger.open() as session:
        found = dict(session.rows("SELECT ORDER_ID, STATUS FROM local_kontur_bukh_sync"))
    return [found.get(order_id) for order_id in order_ids]


def put_down(monkeypatch: pytest.MonkeyPatch) -> list[set[int]]:
    """From now on, the orders whose outcomes are put down at once."""
    together: list[set[int]] = []

    def noted(order_ids: Sequence[int], *more: Any, **named: Any) -> list[Outcome]:
        outcomes = bring_up(order_ids, *more, **named)
        together.append(set(order_ids))
        return outcomes

    monkeypatch.setattr(upkeep, "bring_up", noted)
    monkeypatch.setattr(upkeep, "_AT_ONCE", 2)
    return together


def test_outcomes_are_put_down_while_others_are_posted(
    nights: Nights, order_ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    together = put_down(monkeypatch)
    loaded = load(order_ids, nights.rules, RUN)
    assert loaded.counts == {"documents": 4, "payments": 4, "refunds": 0, "needs_person": 1, "unconfirmed": 0}
    assert told(nights, order_ids) == ["synced"] * 4 + ["error"]
    first, second, at_the_end = together
    assert (len(first), len(second), len(at_the_end)) == (2, 2, 1), "two by two, and what is left"
    assert first | second | at_the_end == set(order_ids)
    assert order_ids[4] in first, "nothing is to do of it, so nobody has to wait for it"


def test_what_is_left_is_put_down_as_soon_as_nothing_more_is_to_come(
    nights: Nights, order_ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    together: list[set[int]] = []
    kept, ending = upkeep.Upkeep(nights.ledger, nights.rules, order_ids), Future[None]()

    def noted(order_ids: Sequence[int], *more: Any, **named: Any) -> list[Outcome]:
        together.append(set(order_ids))
        if len(together) == 2:
            ending.set_result(None)
        return bring_up(order_ids, *more, **named)

    monkeypatch.setattr(upkeep, "bring_up", noted)
    monkeypatch.setattr(upkeep, "_AT_ONCE", 3)
    for order_id in order_ids:
        kept.done_with(order_id)
    kept.until(ending)
    assert together == [set(order_ids[:3]), set(order_ids[3:])]
    assert len(kept.end()) == 5
    assert len(together) == 2, "nothing is left for the end"
    for order_id in order_ids[:2]:
        kept.done_with(order_id)
    kept.until(ending)
    assert len(kept.end()) == 5
    assert together[2:] == [set(order_ids[:2])], "what is looked at once more is put down together"


def test_what_finds_no_connection_meanwhile_is_put_down_at_the_end(
    nights: Nights, order_ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    together = put_down(monkeypatch)
    connect = LedgerDatabase.connect_patiently

    def crowded(self: LedgerDatabase, patience_s: float) -> Any:
        if not patience_s:
            raise LedgerCrowdedError("all are taken")
        return connect(self, patience_s)

    monkeypatch.setattr(LedgerDatabase, "connect_patiently", crowded)
    assert load(order_ids, nights.rules, RUN).counts["documents"] == 4
    assert together == [set(order_ids)]
    assert told(nights, order_ids) == ["synced"] * 4 + ["error"]


def test_what_changed_after_it_was_put_down_is_put_down_anew_though_nobody_waits_any_more(
    nights: Nights, order_ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the task's time is up while a request is on its way."""
    together = put_down(monkeypatch)
    kept = upkeep.Upkeep(nights.ledger, nights.rules, order_ids)
    assert len(kept.end()) == 5
    kept.done_with(order_ids[1])
    assert len(kept.end()) == 5
    assert together == [set(order_ids), {order_ids[1]}]


class TimeIsUpError(BaseException):
    """As Airflow raises it in the task's own thread."""


def test_where_the_tasks_time_is_up_what_is_on_its_way_is_waited_for_and_told(
    nights: Nights, order_ids: list[int], kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed, told_once = upkeep.Upkeep.done_with, threading.Event()

    def time_is_up(*_: object) -> None:
        raise TimeIsUpError

    def noted(self: upkeep.Upkeep, order_id: int) -> None:
        changed(self, order_id)
        if order_id != order_ids[4] and not told_once.is_set():
            told_once.set()
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)

    monkeypatch.setattr(upkeep.Upkeep, "done_with", noted)
    before = signal.signal(signal.SIGUSR1, time_is_up)
    try:
        with pytest.raises(TimeIsUpError):
            load(order_ids, nights.rules, RUN)
    finally:
        signal.signal(signal.SIGUSR1, before)
    paid = {payment["document_id"] for payment in kontur.books.payments()}
    posted = {int(document["number"]) for document in kontur.books.documents() if document["id"] in paid}
    assert posted, "at least the one that was through"
    with nights.ledger.open() as session:
        numbers = dict(session.rows("SELECT order_id, number FROM local_kontur_bukh_order"))
    expected = ["synced" if int(numbers[order_id]) in posted else "pending" for order_id in order_ids[:4]]
    assert told(nights, order_ids) == [*expected, "error"]


def test_the_days_of_what_is_due_are_handed_on_as_json(nights: Nights, shop: Connection) -> None:
    ids = [make_case(shop, "paid_and_shipped_in_a_day", at=DAY + dt.timedelta(days=n)).order_id for n in (1, 0, 1)]
    days = transform(ids, nights.rules, RUN)["days"]
    assert days == [["kontur_default", "saleinvoice", day] for day in ("2026-03-17", "2026-03-18")]
    assert [DocumentDay.of_plain(day).date for day in days] == [DAY, DAY + dt.timedelta(days=1)]


def test_a_batch_that_an_older_version_has_planned_is_posted(
    nights: Nights, order_ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its ``load`` may be cleared: it has no days then."""
    monkeypatch.setattr(settings, "load", lambda: nights.rules)
    planned = transform(order_ids, nights.rules, RUN)
    without = {name: value for name, value in planned.items() if name != "days"}
    for batch in (without, planned):
        loaded = tasks.load(RunRequest(RUN), batch, [])
        assert loaded.handed_on["results"]["documents"] == 4


def test_where_what_was_held_back_cannot_be_planned_the_others_are_posted_all_the_same(
    nights: Nights, order_ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    away = json.loads(os.environ["AIRFLOW_CONN_BITRIX_MYSQL"]) | {"host": "127.0.0.1", "port": free_port()}
    monkeypatch.setenv("AIRFLOW_CONN_BITRIX_MYSQL", json.dumps(away))
    with pytest.raises(BitrixError, match="bitrix_mysql"):
        load(order_ids, nights.rules, RUN, [order_ids[0]])
    assert told(nights, order_ids) == ["pending", *["synced"] * 3, "error"]


@pytest.fixture
def late(shop: Connection) -> int:
    """An order that nobody has planned yet."""
    return make_case(shop, "paid_and_shipped_in_a_day", at=DAY - dt.timedelta(days=30)).order_id


def test_what_was_held_back_is_posted_beside_the_others(
    nights: Nights, order_ids: list[int], late: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Sequence[int]] = []
    breakers: list[Breaker] = []

    async def not_before_both_have_begun(
        ports: Ports, loading: Loading, some: Sequence[int], days: Sequence[DocumentDay]
    ) -> Tally:
        begun.append(some)
        tally = await post_batch(ports, loading, some, days)
        breakers.append(loading.breaker("kontur_default"))
        for _ in range(3_000):
            if len(begun) == 2:
                return tally
            await ports.sleep(0.01)
        raise AssertionError

    monkeypatch.setattr(load_step, "post_batch", not_before_both_have_begun)
    loaded = load([*order_ids, late], nights.rules, RUN, [late])
    assert begun == [order_ids, [late]]
    assert breakers[0] is breakers[1], "what one learns of Kontur, both do"
    assert loaded.counts["documents"] == 5
    assert told(nights, [late]) == ["synced"]


def test_what_was_held_back_is_planned_once_others_are_on_their_way(
    nights: Nights, order_ids: list[int], late: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = upkeep.Upkeep.done_with
    through: list[int] = []
    by_then: list[int] = []

    def noted(self: upkeep.Upkeep, order_id: int) -> None:
        through.append(order_id)
        changed(self, order_id)

    def planned_late(*given: Any) -> dict[str, Any]:
        by_then.append(len(through))
        return transform(*given)

    monkeypatch.setattr(load_step, "_AT_WORK", 2)
    monkeypatch.setattr(upkeep.Upkeep, "done_with", noted)
    monkeypatch.setattr(load_step, "transform", planned_late)
    assert load([*order_ids, late], nights.rules, RUN, [late]).counts["documents"] == 5
    assert by_then[0] >= 2
    assert told(nights, [*order_ids, late]) == [*["synced"] * 4, "error", "synced"]


def test_two_connections_are_enough_where_a_batch_has_orders_that_were_held_back(
    nights: Nights, order_ids: list[int], late: int, mariadb_port: int, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has one that others wait for must not wait for another himself."""
    with user(mariadb_port, database, "WITH MAX_USER_CONNECTIONS 2") as name:
        monkeypatch.setenv("AIRFLOW_CONN_KONTUR_SYNC_MYSQL", connection(mariadb_port, database, name))
        assert load([*order_ids, late], nights.rules, RUN, [order_ids[4], late]).counts["documents"] == 5
    assert told(nights, [*order_ids, late]) == [*["synced"] * 4, "error", "synced"]


def test_what_is_planned_after_the_others_are_through_is_posted_then(
    nights: Nights, order_ids: list[int], late: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    through = threading.Event()

    async def noted(*given: Any) -> Tally:
        tally = await post_batch(*given)
        through.set()
        return tally

    def planned_late(*given: Any) -> dict[str, Any]:
        assert through.wait(60)
        return transform(*given)

    monkeypatch.setattr(load_step, "post_batch", noted)
    monkeypatch.setattr(load_step, "transform", planned_late)
    assert load([*order_ids, late], nights.rules, RUN, [late]).counts["documents"] == 5
    assert told(nights, [*order_ids, late]) == [*["synced"] * 4, "error", "synced"]
