"""Whole runs of the daily DAG on a real MariaDB and over real HTTP."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from airflow.models.xcom import XComModel
from airflow.sdk import DAG
from airflow.utils.db import initdb
from airflow.utils.session import create_session
from MySQLdb.connections import Connection

from include import settings
from include.ledger.connection import LedgerDatabase
from include.steps import shown
from include.steps import transform as planning
from include.steps.outcomes import read
from include.steps.preflight import PreflightError
from include.steps.transform import transform
from sandbox.kontur.serving import Sandbox
from sandbox.shop.cases import make_case

DAY = dt.date(2026, 3, 17)


@pytest.fixture(scope="session", autouse=True)
def _airflow_database() -> None:
    initdb()


pytestmark = pytest.mark.usefixtures("shop", "ledger_database", "kontur")


def run(dag: DAG, **conf: Any) -> Any:
    return dag.test(run_conf=conf)


def xcom(dag_run: Any, task_id: str) -> Any:
    with create_session() as session:
        row = session.scalar(
            XComModel.get_many(
                run_id=dag_run.run_id, dag_ids=dag_run.dag_id, task_ids=task_id, key="return_value"
            ).limit(1)
        )
    return XComModel.deserialize_value(row)


def states(dag_run: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for instance in dag_run.get_task_instances():
        found.setdefault(instance.task_id, []).append(str(instance.state))
    return found


def squares(dag_run: Any) -> list[tuple[str, str]]:
    """State and label of each ``attention`` instance that ran."""
    return sorted(
        (str(instance.state), str(instance.rendered_map_index))
        for instance in dag_run.get_task_instances()
        if instance.task_id == "attention" and instance.map_index >= 0
    )


def shown_of(order_id: int) -> str:
    """The label of an order's square, by what the ledger holds."""
    left = read([order_id], settings.load())
    return shown.square({"order_ids": [order_id], "number": left[0].order.number}, left)


def counts(kontur: Sandbox) -> tuple[int, int, int]:
    return len(kontur.books.documents()), len(kontur.books.payments()), len(kontur.books.refunds())


MARCH = {"date_from": "2026-03-01", "date_to": "2026-03-31"}


def test_a_month_is_posted_and_a_second_run_posts_nothing(dag: DAG, shop: Connection, kontur: Sandbox) -> None:
    cases = [make_case(shop, name, at=DAY) for name in ("prepaid", "company", "cash_on_delivery", "refunded_later")]
    outcomes = [case.outcome for case in cases]
    expected = (4, sum(len(o.payments) for o in outcomes), sum(len(o.refunds) for o in outcomes))
    first = run(dag, **MARCH)
    ((_, label),) = squares(first)
    assert label.startswith(f"№ {cases[3].number} · "), "money went back, and the sale stands: a person is asked"
    summary = xcom(first, "report")
    assert summary["window"] == MARCH
    assert (summary["orders"], summary["synced"], summary["pending"], summary["errors"]) == (4, 3, 0, 1)
    assert (summary["documents"], summary["payments"], summary["refunds"]) == expected
    assert summary["amount"] == str(sum(d.total for o in outcomes for d in o.documents))
    assert [order["code"] for order in summary["failed_orders"]] == ["refund_without_return"]
    assert counts(kontur) == expected

    second = run(dag, **MARCH)
    assert str(second.state) == "success", states(second)
    summary = xcom(second, "report")
    assert (summary["orders"], summary["unchanged"], summary["documents"], summary["payments"]) == (0, 4, 0, 0)
    assert summary["amount"] == "0.00"
    assert counts(kontur) == expected


def test_orders_that_need_a_person_turn_the_run_red_once_and_the_others_are_posted(
    dag: DAG, shop: Connection, kontur: Sandbox
) -> None:
    good = make_case(shop, "prepaid", at=DAY)
    bad = make_case(shop, "inn_with_wrong_check_digit", at=DAY)
    first = run(dag, **MARCH)
    assert str(first.state) == "failed"
    ((state, label),) = squares(first)
    assert state == "failed"
    assert label.startswith(f"№ {bad.number} · ")
    assert (xcom(first, "record"), label) == (
        [{"order_ids": [bad.order_id], "number": bad.number, "code": "inn_checksum"}],
        shown_of(bad.order_id),
    )
    failed = xcom(first, "report")["failed_orders"]
    assert [(order["order_id"], order["code"]) for order in failed] == [(bad.order_id, "inn_checksum")]
    assert [d["number"] for d in kontur.books.documents()] == [good.number]

    second = run(dag, **MARCH)
    assert str(second.state) == "success", "asked once: unchanged, it makes no square again"
    summary = xcom(second, "report")
    assert (summary["errors"], summary["unchanged"], summary["waiting_before"]) == (0, 2, 1)


def test_a_dry_run_reports_and_writes_nothing(
    dag: DAG, shop: Connection, kontur: Sandbox, ledger_database: LedgerDatabase
) -> None:
    case = make_case(shop, "prepaid", at=DAY)
    make_case(shop, "inn_with_wrong_check_digit", at=DAY)
    dry = run(dag, **MARCH, dry_run=True)
    assert str(dry.state) == "success"
    summary = xcom(dry, "report")
    assert (summary["documents"], summary["payments"], summary["errors"]) == (1, 1, 1)
    assert summary["amount"] == str(case.outcome.documents[0].total)
    assert [order["code"] for order in summary["failed_orders"]] == ["inn_checksum"]
    assert counts(kontur) == (0, 0, 0)
    with ledger_database.open() as session:
        assert session.rows("SHOW TABLES") == []


def test_only_the_orders_asked_for_are_looked_at(dag: DAG, shop: Connection, kontur: Sandbox) -> None:
    first, second, _ = (make_case(shop, "prepaid", at=DAY) for _ in range(3))
    only = run(dag, order_numbers=[first.number], order_ids=[str(second.order_id)])
    assert str(only.state) == "success"
    summary = xcom(only, "report")
    assert (summary["orders"], summary["days_covered"]) == (2, 0)
    assert sorted(d["number"] for d in kontur.books.documents()) == sorted([first.number, second.number])


def test_a_number_or_id_that_the_shop_does_not_have_fails_the_run_in_words(
    dag: DAG, shop: Connection, kontur: Sandbox, capfd: pytest.CaptureFixture[str]
) -> None:
    order = make_case(shop, "prepaid", at=DAY)
    with shop.cursor() as cursor:
        cursor.execute("UPDATE b_sale_order SET ACCOUNT_NUMBER = '70001' WHERE ID = %s", [order.order_id])
    wrong = run(dag, order_numbers=[str(order.order_id), "70001"], order_ids=[70001])
    assert str(wrong.state) == "failed"
    extract = next(ti for ti in wrong.get_task_instances() if ti.task_id == "extract")
    assert (str(extract.state), extract.try_number) == ("failed", 1), "another try would fail the same way"
    told = "".join(capfd.readouterr())
    assert f"Заказа № {order.order_id} нет. Заказ с ID {order.order_id} — это № 70001." in told
    assert f"Заказа с ID 70001 нет. У заказа № 70001 ID {order.order_id}." in told
    assert counts(kontur) == (0, 0, 0)


def test_a_named_order_that_is_still_rejected_is_red_again(dag: DAG, shop: Connection, kontur: Sandbox) -> None:
    bad = make_case(shop, "inn_with_wrong_check_digit", at=DAY)
    other = make_case(shop, "inn_with_wrong_check_digit", at=DAY)
    assert str(run(dag, **MARCH).state) == "failed"
    for names in ({"order_numbers": [bad.number]}, {"order_ids": [bad.order_id]}):
        named = run(dag, **names)
        assert str(named.state) == "failed", "green would mean settled"
        ((state, label),) = squares(named)
        assert (state, label.partition(" · ")[0]) == ("failed", f"№ {bad.number}")
        summary = xcom(named, "report")
        assert (summary["errors"], summary["waiting_before"]) == (1, 0)
    with shop.cursor() as cursor:
        cursor.execute(
            "UPDATE b_sale_order_props_value SET VALUE = '7707083893' WHERE ORDER_ID = %s AND CODE = 'INN'",
            [bad.order_id],
        )
    settled = run(dag, order_numbers=[bad.number, ""], order_ids=[""])
    assert (str(settled.state), squares(settled)) == ("success", [])
    assert [d["number"] for d in kontur.books.documents()] == [bad.number]
    assert other.number != bad.number


def test_a_run_without_dates_covers_yesterday_and_may_be_empty(dag: DAG) -> None:
    empty = run(dag)
    assert str(empty.state) == "success", states(empty)
    summary = xcom(empty, "report")
    yesterday = dt.datetime.now(settings.load().shop.zone).date() - dt.timedelta(days=1)
    assert summary["window"] == {"date_from": yesterday.isoformat(), "date_to": yesterday.isoformat()}
    assert (summary["orders"], summary["documents"], summary["failed_orders"]) == (0, 0, [])
    go_live = settings.load().accounting.go_live
    assert go_live is not None
    assert (summary["days_covered"], summary["days_uncovered"]) == (1, (yesterday - go_live).days)


@pytest.mark.parametrize(
    ("variable", "connection", "words"),
    [
        ("KONTUR_DEFAULT", {"conn_type": "kontur", "host": "http://127.0.0.1:1/budget/v1", "login": "demo"}, "host"),
        (
            "BITRIX_MYSQL",
            {"conn_type": "mysql", "host": "127.0.0.1", "port": 1, "login": "a", "schema": "shop"},
            "сервер не отвечает",
        ),
        (
            "KONTUR_SYNC_MYSQL",
            {"conn_type": "mysql", "host": "127.0.0.1", "port": 1, "login": "a", "schema": "x"},
            "сервер не отвечает",
        ),
    ],
)
def test_what_does_not_answer_fails_the_run_at_once_in_words(
    dag: DAG,
    shop: Connection,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    variable: str,
    connection: dict[str, Any],
    words: str,
) -> None:
    make_case(shop, "prepaid", at=DAY)
    monkeypatch.setenv(f"AIRFLOW_CONN_{variable}", json.dumps({**connection, "password": "swordfish"}))
    failed = run(dag, **MARCH)
    assert str(failed.state) == "failed"
    preflight = next(ti for ti in failed.get_task_instances() if ti.task_id == "preflight")
    assert (str(preflight.state), preflight.try_number) == ("failed", 1)
    assert states(failed)["report"] == ["upstream_failed"]
    said = "".join(capfd.readouterr())
    assert words in said
    assert "swordfish" not in said


def test_a_slip_stops_the_run_before_anything_is_posted_and_its_correction_goes_on(
    dag: DAG,
    shop: Connection,
    kontur: Sandbox,
    ledger_database: LedgerDatabase,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    companies = [make_case(shop, "company", at=DAY) for _ in range(11)]
    others = [make_case(shop, "cash_on_delivery", at=DAY) for _ in range(4)]
    monkeypatch.setenv("KONTUR__RUN__BATCH_SIZE", "5")  # the sum is asked over all of them
    monkeypatch.setenv("KONTUR__ACCOUNTING__PROPERTIES__INN", "KPP")
    stopped = run(dag, **MARCH)
    assert str(stopped.state) == "failed"
    assert states(stopped)["transform"] == ["success"] * 3
    assert states(stopped)["load"] == ["failed"] * 3
    assert {ti.try_number for ti in stopped.get_task_instances() if ti.task_id == "load"} == {1}
    told = "".join(capfd.readouterr())
    assert "теперь не проходят по одной причине: 11 из 15. Первый из них: № " in told
    assert "(Код причины: inn_" in told
    assert counts(kontur) == (0, 0, 0)
    with ledger_database.open() as session:
        recorded = {id_ for (id_,) in session.rows("SELECT order_id FROM local_kontur_bukh_order")}
    assert recorded == {case.order_id for case in others}, "nothing is recorded of what may be a slip"

    monkeypatch.delenv("KONTUR__ACCOUNTING__PROPERTIES__INN")
    corrected = run(dag, **MARCH)
    assert str(corrected.state) == "success", states(corrected)
    assert counts(kontur)[0] == len(companies) + len(others)


def test_orders_that_were_posted_are_not_thrown_into_review_by_a_slip(
    dag: DAG, shop: Connection, kontur: Sandbox, ledger_database: LedgerDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(10):
        make_case(shop, "company", at=DAY)
    assert str(run(dag, **MARCH).state) == "success"
    monkeypatch.setenv("KONTUR__ACCOUNTING__DELIVERY_NAME", "Курьер")
    monkeypatch.setenv("KONTUR__ACCOUNTING__NUMBER", "Z{{ order_id }}")
    assert str(run(dag, **MARCH).state) == "failed"
    with ledger_database.open() as session:
        assert session.rows("SELECT DISTINCT STATUS FROM local_kontur_bukh_sync") == [("synced",)]
    monkeypatch.setenv("KONTUR__RUN__FLOOD_PERCENT", "0")
    lifted = run(dag, **MARCH)
    assert [state for state, _ in squares(lifted)] == ["failed"] * 10


def test_a_few_faults_among_many_orders_are_recorded_and_the_rest_is_posted(
    dag: DAG, shop: Connection, kontur: Sandbox
) -> None:
    good = [make_case(shop, "cash_on_delivery", at=DAY) for _ in range(3)]
    bad = [make_case(shop, "inn_with_wrong_check_digit", at=DAY) for _ in range(9)]
    red = run(dag, **MARCH)
    assert states(red)["load"] == ["success"]
    assert len(squares(red)) == len(bad)
    assert sorted(d["number"] for d in kontur.books.documents()) == sorted(case.number for case in good)


def test_a_batch_that_cannot_be_planned_does_not_stop_the_others(
    dag: DAG, shop: Connection, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [make_case(shop, "cash_on_delivery", at=DAY) for _ in range(3)]
    monkeypatch.setenv("KONTUR__RUN__BATCH_SIZE", "1")
    real = transform

    def broken(order_ids: Any, *more: Any, **words: Any) -> Any:
        if cases[0].order_id in order_ids:
            raise PreflightError("broken for a test")
        return real(order_ids, *more, **words)

    monkeypatch.setattr(planning, "transform", broken)
    red = run(dag, **MARCH)
    assert sorted(states(red)["transform"]) == ["failed", "success", "success"]
    assert sorted(states(red)["load"]) == ["failed", "success", "success"]
    assert states(red)["report"] == ["failed"]
    assert sorted(d["number"] for d in kontur.books.documents()) == [case.number for case in cases[1:]]


def test_by_hand_is_dry_unless_told_otherwise(
    by_hand: DAG, shop: Connection, kontur: Sandbox, ledger_database: LedgerDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KONTUR_SETTINGS")  # before anybody said from which day on
    make_case(shop, "prepaid", at=DAY)
    dry = run(by_hand, **MARCH)
    assert str(dry.state) == "success", states(dry)
    summary = xcom(dry, "report")
    assert (summary["documents"], summary["payments"]) == (1, 1)
    assert "go_live_missing" in summary["warnings"]
    assert counts(kontur) == (0, 0, 0)
    with ledger_database.open() as session:
        assert session.rows("SHOW TABLES") == []


def test_by_hand_posts_named_orders_and_never_days(
    by_hand: DAG,
    shop: Connection,
    kontur: Sandbox,
    ledger_database: LedgerDatabase,
    capfd: pytest.CaptureFixture[str],
) -> None:
    wanted = make_case(shop, "prepaid", at=DAY)
    make_case(shop, "prepaid", at=DAY)
    refused = run(by_hand, **MARCH, dry_run=False)
    assert str(refused.state) == "failed"
    assert "Этот DAG отражает только названные заказы" in "".join(capfd.readouterr())
    assert counts(kontur) == (0, 0, 0)
    posted = run(by_hand, order_numbers=[str(wanted.number)], dry_run=False)
    assert str(posted.state) == "success", states(posted)
    assert [d["number"] for d in kontur.books.documents()] == [wanted.number]
    with ledger_database.open() as session:
        assert session.rows("SELECT COUNT(*) FROM local_kontur_bukh_day") == [(0,)]


def labels(dag_run: Any, task_id: str) -> list[str]:
    return sorted(
        str(instance.rendered_map_index)
        for instance in dag_run.get_task_instances()
        if instance.task_id == task_id and instance.map_index >= 0
    )


SPOKEN = {
    "ru": (
        "Заказ с ID {} · отразить: 2 операции",
        "Заказ с ID {} · 1 документ, 1 оплата",
        "Отчёт за 01.03.2026–31.03.2026. ",
    ),
    "en": (
        "Order with ID {} · 2 operations to post",
        "Order with ID {} · 1 document, 1 payment",
        "Report for 01.03.2026–31.03.2026. ",
    ),
}


@pytest.mark.parametrize("language", SPOKEN)
def test_labels_and_report_are_in_the_language_of_the_shop(
    dag: DAG, shop: Connection, kontur: Sandbox, language: str
) -> None:
    order = make_case(shop, "prepaid", at=DAY)
    with shop.cursor() as cursor:
        cursor.execute("UPDATE b_lang SET LANGUAGE_ID = %s WHERE DEF = 'Y'", [language])
    done = run(dag, **MARCH)
    to_post, posted, report = SPOKEN[language]
    assert xcom(done, "preflight")["language"] == language
    assert labels(done, "transform") == [to_post.format(order.order_id)]
    assert labels(done, "load") == [posted.format(order.order_id)]
    assert xcom(done, "report")["text"].startswith(report)


def test_another_language_makes_no_new_square(
    dag: DAG, shop: Connection, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_case(shop, "inn_with_wrong_check_digit", at=DAY)
    monkeypatch.setenv("KONTUR__WORDS__LANGUAGE", "ru")
    assert len(squares(run(dag, **MARCH))) == 1
    monkeypatch.setenv("KONTUR__WORDS__LANGUAGE", "en")
    english = run(dag, **MARCH)
    assert (str(english.state), squares(english)) == ("success", [])
    assert xcom(english, "report")["waiting_before"] == 1
