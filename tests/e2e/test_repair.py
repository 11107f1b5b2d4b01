"""What an operator does with a red run, under the real scheduler: correct the order in the shop, clear its square."""

from __future__ import annotations

import pytest

from sandbox.kontur.books import Books
from sandbox.shop.cases import Made
from sandbox.stack import environment
from sandbox.stack.airflow_api import AirflowApi, TaskInstance
from sandbox.stack.stack import DAG_ID, Stack
from tests.e2e.reds import correct, run_of_two, wait


def of(api: AirflowApi, run_id: str, task_id: str) -> list[TaskInstance]:
    return [task for task in api.task_instances(DAG_ID, run_id) if task.task_id == task_id]


def squares(api: AirflowApi, run_id: str) -> list[TaskInstance]:
    return of(api, run_id, "attention")


@pytest.mark.timeout(400)
def test_correcting_an_order_and_clearing_its_square_posts_it_and_turns_the_run_green(stack: Stack) -> None:
    api, books = stack.api, Books(stack.layout.books)
    api.log_in()
    run_id, good, bad = run_of_two(stack, api)
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
    run_id, good, bad = run_of_two(stack, api)
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
