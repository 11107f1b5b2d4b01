"""What an operator does with a red run, under the real scheduler: correct the order in the shop, clear its square."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from sandbox.kontur.books import Books
from sandbox.shop.cases import Made, make_case
from sandbox.stack import environment
from sandbox.stack.airflow_api import FINISHED, AirflowApi, TaskInstance
from sandbox.stack.layout import Layout
from sandbox.stack.stack import DAG_ID, Stack
from sandbox.stack.waiting import wait_until

DAY = dt.date(2026, 3, 17)
RIGHT_INN = "9999000013"
RUN_TIMEOUT_S = 150


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """MariaDB with a small shop, the sandbox, and a real Airflow."""
    opened = Stack(Layout(tmp_path_factory.mktemp("repair") / "stack"))
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


def of(api: AirflowApi, run_id: str, task_id: str) -> list[TaskInstance]:
    return [task for task in api.task_instances(DAG_ID, run_id) if task.task_id == task_id]


def squares(api: AirflowApi, run_id: str) -> list[TaskInstance]:
    return of(api, run_id, "attention")


def run_of_two(stack: Stack) -> tuple[str, Made, Made]:
    """A run of one good order and one with a mistyped INN, over and red; with both orders."""
    with stack.shop() as shop:
        good = make_case(shop, "prepaid", at=DAY)
        bad = make_case(shop, "inn_with_wrong_check_digit", at=DAY)
    run_id = stack.api.trigger(DAG_ID, {"order_ids": [good.order_id, bad.order_id]})
    assert wait(stack.api, run_id) == "failed"
    return run_id, good, bad


def correct(stack: Stack, order: Made) -> None:
    with stack.shop() as shop, shop.cursor() as cursor:
        changed = cursor.execute(
            "UPDATE b_sale_order_props_value SET VALUE = %s WHERE ORDER_ID = %s AND CODE = 'INN'",
            (RIGHT_INN, order.order_id),
        )
    assert changed == 1


@pytest.mark.timeout(400)
def test_correcting_an_order_and_clearing_its_square_posts_it_and_turns_the_run_green(stack: Stack) -> None:
    api, books = stack.api, Books(stack.layout.books)
    api.log_in()
    run_id, good, bad = run_of_two(stack)
    (square,) = squares(api, run_id)
    assert square.state == "failed"
    assert square.label is not None
    assert square.label.startswith(f"№ {bad.number} · ")
    posted = [document["number"] for document in books.documents()]
    assert good.number in posted
    assert bad.number not in posted

    correct(stack, bad)
    api.clear(DAG_ID, square)
    assert wait(api, run_id) == "success"
    (square,) = squares(api, run_id)
    assert (square.state, square.label) == ("success", f"№ {bad.number} · решено")
    posted = [document["number"] for document in books.documents()]
    assert posted.count(bad.number) == 1
    assert posted.count(good.number) == 1


def told(stack: Stack, *orders: Made) -> list[str]:
    """What the order table says of these orders."""
    with stack.shop() as shop, shop.cursor() as cursor:
        shop.select_db(environment.LEDGER_DATABASE)
        cursor.execute("SELECT ORDER_ID, STATUS FROM local_kontur_bukh_sync")
        status = dict(cursor.fetchall())
    return [status[order.order_id] for order in orders]


@pytest.mark.timeout(600)
def test_whatever_part_is_cleared_the_run_and_the_order_table_say_what_is_so(stack: Stack) -> None:
    api, books = stack.api, Books(stack.layout.books)
    api.log_in()
    run_id, good, bad = run_of_two(stack)
    assert told(stack, good, bad) == ["synced", "error"]

    def cleared(*task_ids: str, downstream: bool = False) -> str:
        """The run's state after that."""
        api.clear_tasks(DAG_ID, run_id, *task_ids, downstream=downstream)
        return wait(api, run_id)

    # Nothing was corrected: the run stays red, and the table tells why.
    assert (cleared("report"), told(stack, good, bad)) == ("failed", ["synced", "error"])
    assert [report.state for report in of(api, run_id, "report")] == ["success"]
    assert (cleared("attention"), told(stack, good, bad)) == ("failed", ["synced", "error"])
    assert (cleared("record", downstream=True), told(stack, good, bad)) == ("failed", ["synced", "error"])
    assert [square.state for square in squares(api, run_id)] == ["failed"]

    # Corrected: what failed is the square alone.
    correct(stack, bad)
    assert (cleared(), told(stack, good, bad)) == ("success", ["synced", "synced"])
    assert [square.label for square in squares(api, run_id)] == [f"№ {bad.number} · решено"]

    # One batch's load without what follows it does nothing, and says so; cleared with it, all is as it was.
    (load,) = of(api, run_id, "load")
    api.clear(DAG_ID, load)
    assert wait(api, run_id) == "success", "its report was not cleared, and nothing was left undone"
    assert [load.state for load in of(api, run_id, "load")] == ["failed"]
    assert (cleared("load", downstream=True), told(stack, good, bad)) == ("success", ["synced", "synced"])
    posted = [document["number"] for document in books.documents()]
    assert [posted.count(order.number) for order in (good, bad)] == [1, 1]
