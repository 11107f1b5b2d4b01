"""What an operator does with a red run, under the real scheduler: mend the order in the shop, clear its square."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections.abc import Iterator

import pytest

from sandbox.kontur.books import Books
from sandbox.shop.cases import make_case
from sandbox.stack.airflow_api import FINISHED, AirflowApi, TaskInstance
from sandbox.stack.layout import Layout
from sandbox.stack.stack import DAG_ID, Stack
from sandbox.stack.waiting import wait_until

DAY = dt.date(2026, 3, 17)
RIGHT_INN = "9999000013"
RUN_TIMEOUT_S = 150


@pytest.fixture
def stack(tmp_path: pathlib.Path) -> Iterator[Stack]:
    """MariaDB with a small shop, the sandbox, and a real Airflow."""
    opened = Stack(Layout(tmp_path / "stack"))
    try:
        opened.prepare()
        migration = opened.start_migration()
        opened.start_shop(orders=5)
        opened.start_kontur()
        opened.start_airflow(migration).unpause(DAG_ID)
        yield opened
    finally:
        opened.stop()


def wait(api: AirflowApi, run_id: str) -> str:
    """The run's state when it is over."""
    wait_until(lambda: api.state(DAG_ID, run_id) in FINISHED, what=f"run {run_id} is not over", timeout_s=RUN_TIMEOUT_S)
    return api.state(DAG_ID, run_id)


def squares(api: AirflowApi, run_id: str) -> list[TaskInstance]:
    return [task for task in api.task_instances(DAG_ID, run_id) if task.task_id == "attention"]


@pytest.mark.timeout(400)
def test_mending_an_order_and_clearing_its_square_posts_it_and_turns_the_run_green(stack: Stack) -> None:
    api, books = stack.api, Books(stack.layout.books)
    api.log_in()
    with stack.shop() as shop:
        good = make_case(shop, "prepaid", at=DAY)
        bad = make_case(shop, "inn_with_wrong_check_digit", at=DAY)
    run_id = api.trigger(DAG_ID, {"order_ids": [good.order_id, bad.order_id]})
    assert wait(api, run_id) == "failed"
    (square,) = squares(api, run_id)
    assert square.state == "failed"
    assert square.label is not None
    assert square.label.startswith(f"№ {bad.number} · ")
    posted = [document["number"] for document in books.documents()]
    assert good.number in posted
    assert bad.number not in posted

    with stack.shop() as shop, shop.cursor() as cursor:
        changed = cursor.execute(
            "UPDATE b_sale_order_props_value SET VALUE = %s WHERE ORDER_ID = %s AND CODE = 'INN'",
            (RIGHT_INN, bad.order_id),
        )
    assert changed == 1
    api.clear(DAG_ID, square)
    assert wait(api, run_id) == "success"
    (square,) = squares(api, run_id)
    assert (square.state, square.label) == ("success", f"№ {bad.number} · решено")
    posted = [document["number"] for document in books.documents()]
    assert posted.count(bad.number) == 1
    assert posted.count(good.number) == 1
