"""A part of a run is cleared: what it says stays true, whichever part it is."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.utils.db import initdb
from MySQLdb.connections import Connection

from include import settings
from include.ledger.connection import LedgerDatabase
from include.steps.outcomes import read
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import Made, make_case
from tests.dags.clearing import Instance, cleared, instances

DAY = dt.date(2026, 3, 17)
MARCH = {"date_from": "2026-03-01", "date_to": "2026-03-31"}
RIGHT_INN, WRONG_INN = "7707083893", "7707083890"
LOST = {"rates": {"close_after_commit": 1, "search_stuck": 1}}
"""Nothing is confirmed, and nothing can be found."""
TURNED_AWAY = {"rates": {"status_401_before_commit": 1}}


@pytest.fixture(scope="session", autouse=True)
def _airflow_database() -> None:
    initdb()


@pytest.fixture(autouse=True)
def _one_order_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONTUR__RUN__BATCH_SIZE", "1")
    monkeypatch.setenv("KONTUR__RUN__RETRIES", "0")
    monkeypatch.setenv("KONTUR__POSTING__WAIT_S", "0")
    monkeypatch.setenv("KONTUR__POSTING__SETTLE_S", "0.5")


pytestmark = pytest.mark.usefixtures("shop", "ledger_database", "kontur")


def set_inn(shop: Connection, order: Made, inn: str) -> None:
    with shop.cursor() as cursor:
        cursor.execute(
            "UPDATE b_sale_order_props_value SET VALUE = %s WHERE ORDER_ID = %s AND CODE = 'INN'", [inn, order.order_id]
        )


def posted(kontur: Sandbox) -> list[str]:
    return sorted(document["number"] for document in kontur.books.documents())


def states(run_id: str) -> dict[Instance, str]:
    return {key: str(ti.state) for key, ti in instances(run_id).items()}


def of(run_id: str, *task_ids: str) -> list[Instance]:
    return [key for key in instances(run_id) if key[0] in task_ids]


def failed(run_id: str) -> list[Instance]:
    """What the UI clears when it is told «only failed»."""
    return [key for key, state in states(run_id).items() if state in {"failed", "upstream_failed"}]


def lies(run: Any, orders: list[Made], ledger: LedgerDatabase) -> list[str]:
    """What the run, or the order table, says that is not so."""
    found = []
    outcomes = read([order.order_id for order in orders], settings.load())
    if str(run.state) == "success":
        found += [f"green, and not confirmed: {o.order.number}" for o in outcomes if o.unconfirmed]
        found += [f"green, and not shown: {o.order.number}" for o in outcomes if o.is_news(run.run_id, named=False)]
    with ledger.open() as session:
        rows = session.rows("SELECT ORDER_ID, STATUS, KB_DOC_ID FROM local_kontur_bukh_sync")
    table = {id_: (status, doc_id) for id_, status, doc_id in rows}
    true = {o.order.order_id: (o.sync.status, o.sync.doc_id) for o in outcomes if o.sync is not None}
    return [*found, *([f"the order table says {table}, and it is {true}"] if table != true else [])]


def test_only_what_failed_is_cleared(
    dag: DAG, shop: Connection, kontur: Sandbox, ledger_database: LedgerDatabase
) -> None:
    """The usual repair: a batch failed, and one of its orders needs a person whom nobody has told."""
    orders = [make_case(shop, name, at=DAY) for name in ("company", "company")]
    set_inn(shop, orders[1], WRONG_INN)
    kontur.set_faults(**TURNED_AWAY)
    first = dag.test(run_conf=MARCH)
    assert (str(first.state), posted(kontur)) == ("failed", [])
    assert lies(first, orders, ledger_database) == []
    kontur.set_faults()
    again = cleared(dag, first.run_id, failed(first.run_id))
    assert posted(kontur) == [orders[0].number]
    assert lies(again, orders, ledger_database) == []
    while str(again.state) == "failed" and states(first.run_id)[("report", -1)] == "failed":
        again = cleared(dag, first.run_id, of(first.run_id, "record", "report", "attention"))
    square = [key for key, state in states(first.run_id).items() if key[0] == "attention" and state == "failed"]
    assert len(square) == 1
    set_inn(shop, orders[1], RIGHT_INN)
    done = cleared(dag, first.run_id, square)
    assert (str(done.state), posted(kontur)) == ("success", sorted(order.number for order in orders))
    assert lies(done, orders, ledger_database) == []


def test_what_is_not_confirmed_is_red_says_when_it_is_looked_for_and_turns_green_when_it_is_found(
    dag: DAG, shop: Connection, kontur: Sandbox, ledger_database: LedgerDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = make_case(shop, "shipped_unpaid", at=DAY)
    kontur.set_faults(next=[{"fault": "close_after_commit", "path_ends_with": "/saleinvoices"}])
    first = dag.test(run_conf=MARCH)
    assert str(first.state) == "failed"
    (square,) = of(first.run_id, "attention")
    label = instances(first.run_id)[square].rendered_map_index
    assert label.startswith(f"№ {order.number} · нет подтверждения · Документ реализации от 17.03.2026 на ")
    assert states(first.run_id)[("report", -1)] == "success", "all is shown"
    with ledger_database.open() as session:
        ((status, words),) = session.rows("SELECT STATUS, ERROR_MSG FROM local_kontur_bukh_sync")
    assert status == "pending"
    assert "подтверждения нет. Ответ: " in words
    assert "Найдите в Контуре документ от 17.03.2026" in words

    monkeypatch.setenv("KONTUR__POSTING__WAIT_S", "60")  # cleared, it waits until it can be looked for
    done = cleared(dag, first.run_id, [square])
    assert (str(done.state), posted(kontur)) == ("success", [order.number])
    assert instances(first.run_id)[square].rendered_map_index == f"№ {order.number} · решено"
    assert lies(done, [order], ledger_database) == []


def test_load_waits_by_itself_and_uses_up_no_try(
    dag: DAG, shop: Connection, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KONTUR__POSTING__WAIT_S", "60")
    order = make_case(shop, "shipped_unpaid", at=DAY)
    kontur.set_faults(next=[{"fault": "close_after_commit", "path_ends_with": "/saleinvoices"}])
    run = dag.test(run_conf=MARCH)
    assert (str(run.state), posted(kontur)) == ("success", [order.number])
    (load,) = (instances(run.run_id)[key] for key in of(run.run_id, "load"))
    assert (load.try_number, load.rendered_map_index) == (1, f"Заказ с ID {order.order_id} · 1 документ")


def test_a_part_that_is_cleared_without_what_follows_it_does_nothing_and_says_so(
    dag: DAG, shop: Connection, kontur: Sandbox, ledger_database: LedgerDatabase, capfd: pytest.CaptureFixture[str]
) -> None:
    order = make_case(shop, "shipped_unpaid", at=DAY)
    run_id = dag.test(run_conf=MARCH).run_id
    with shop.cursor() as cursor:
        cursor.execute("UPDATE b_sale_order_payment SET PAID = 'Y', DATE_PAID = '2026-03-18 12:00:00'")
    for part in (("load",), ("transform",), ("transform", "load", "record"), ("extract",)):
        run = cleared(dag, run_id, of(run_id, *part))
        assert str(run.state) == "success", "as its report was not cleared"
        assert states(run_id)[of(run_id, part[0])[0]] == "failed", part
        assert "без следующих за ней" in "".join(capfd.readouterr()), part
        assert (kontur.books.payments(), lies(run, [order], ledger_database)) == ([], [])
    whole = cleared(dag, run_id, of(run_id, "extract", "transform", "load", "record", "report"))
    assert (str(whole.state), len(kontur.books.payments())) == ("success", 1)


PARTS = ("transform", "load", "record", "report", "attention")
WEATHER: tuple[dict[str, Any], ...] = ({}, LOST, TURNED_AWAY)


@pytest.mark.parametrize("seed", [1])
def test_whatever_is_cleared_in_whatever_weather_no_green_run_lies(
    dag: DAG, shop: Connection, kontur: Sandbox, ledger_database: LedgerDatabase, seed: int
) -> None:
    dice = random.Random(seed)
    orders = [make_case(shop, name, at=DAY) for name in ("company", "shipped_unpaid")]
    kontur.set_faults(**dice.choice(WEATHER))
    run = dag.test(run_conf=MARCH)
    told = []
    for _ in range(4):
        told.append(f"{run.state} {lies(run, orders, ledger_database)}")
        assert lies(run, orders, ledger_database) == [], (seed, told)
        weather, inn = dice.choice(WEATHER), dice.choice((RIGHT_INN, WRONG_INN))
        kontur.set_faults(**weather)
        set_inn(shop, orders[0], inn)
        there = [key for key in states(run.run_id) if key[0] in PARTS]
        part = [key for key in there if dice.random() < 0.4] or failed(run.run_id) or there
        told.append(f"{weather} {inn} {part}")
        run = cleared(dag, run.run_id, part)
    assert lies(run, orders, ledger_database) == [], (seed, told)
