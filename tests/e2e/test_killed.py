"""Under a real Airflow: tasks are killed while they post, a user clicks; the books are as if nothing had been."""

from __future__ import annotations

import collections
import datetime as dt
import pathlib
from collections.abc import Iterator, Sequence

import psutil
import pytest

from include.window import Window
from proof.faults import traces, verdict
from proof.faults.live import ground as grounds
from proof.faults.live.ground import Ground
from sandbox.kontur.books import Books
from sandbox.shop.cases import Made, make_case
from sandbox.stack.airflow_api import TaskInstance
from sandbox.stack.days import SHOP_ZONE
from sandbox.stack.stack import DAG_ID
from sandbox.stack.waiting import wait_until

WINDOW = Window(dt.date(2026, 3, 16), dt.date(2026, 3, 17))
BATCH = 3
KILLED, ORPHANED, MARKED = range(3)
"""What becomes of each of the batches."""
LATENCY_MS = 1500
"""So long a POST is on its way, and can be found there."""
RUN_TIMEOUT_S = 120


@pytest.fixture
def ground(tmp_path: pathlib.Path) -> Iterator[Ground]:
    # Two tasks at once: the third batch is still to come when it is marked.
    with grounds.running(tmp_path, KONTUR__RUN__BATCH_SIZE=str(BATCH), AIRFLOW__CORE__PARALLELISM="2") as ground:
        yield ground


def loads(ground: Ground, run_id: str) -> dict[int, TaskInstance]:
    """Those that there are by now."""
    found = ground.api.task_instances(DAG_ID, run_id)
    return {task.map_index: task for task in found if task.task_id == "load" and task.map_index >= 0}


def posting(ground: Ground, run_id: str, batch: int, orders: Sequence[Made]) -> tuple[psutil.Process, psutil.Process]:
    """The task of a batch and its supervisor, while something of it is on its way to Kontur."""
    found: list[tuple[psutil.Process, psutil.Process]] = []
    ids = ", ".join(str(made.order_id) for made in orders)
    sending = f"SELECT op_key FROM local_kontur_bukh_operation WHERE state = 'sending' AND order_id IN ({ids})"

    def is_posting() -> bool:
        if ground.query(sending):
            load = loads(ground, run_id)[batch]
            found.extend(
                (work.task, work.supervisor)
                for work in ground.at_work()
                if work.id == load.id and work.task and work.supervisor
            )
        return bool(found)

    wait_until(is_posting, what=f"batch {batch} did not post", timeout_s=60, every_s=0.05)
    return found[0]


def numbers(books: Books) -> tuple[collections.Counter[str], collections.Counter[str]]:
    """How often each order has a document, and a payment."""
    return (
        collections.Counter(document["number"] for document in books.documents()),
        collections.Counter(payment["number"] for payment in books.payments()),
    )


@pytest.mark.timeout(600)
def test_kills_a_mark_a_clear_and_a_backfill_leave_each_order_posted_once(ground: Ground) -> None:
    api, books = ground.api, Books(ground.books)
    days = (WINDOW.date_from, WINDOW.date_to)
    documents, payments = numbers(books)  # of the first night
    with ground.shop() as shop:
        orders = [make_case(shop, "prepaid", at=days[number % 2]) for number in range(3 * BATCH)]
    batches = [orders[first : first + BATCH] for first in range(0, len(orders), BATCH)]
    once = collections.Counter(made.number for made in orders)
    marked = collections.Counter(made.number for made in batches[MARKED])
    ground.kontur.set_options(latency_ms=LATENCY_MS)
    ground.kontur.set_faults(
        next=[
            {"fault": "hang_after_commit", "idempotency_key": verdict.key_of(f"sale:{made.order_id}")}
            for made in batches[KILLED]
        ]
    )
    run_id = api.trigger(DAG_ID, {"date_from": str(days[0]), "date_to": str(days[1])})

    # Only when every batch is planned; on a busy machine each of the tasks before takes ten seconds and more to start.
    wait_until(lambda: len(loads(ground, run_id)) == len(batches), what="not mapped", timeout_s=180)
    api.mark(DAG_ID, loads(ground, run_id)[MARKED], "success")
    task, supervisor = posting(ground, run_id, ORPHANED, batches[ORPHANED])
    supervisor.kill()
    psutil.wait_procs([supervisor], timeout=10)
    assert task.is_running()
    task, _ = posting(ground, run_id, KILLED, batches[KILLED])
    written = {made.number for made in batches[KILLED]}
    # The batch's last document is kept back until the others are known.
    wait_until(lambda: len(written - numbers(books)[0].keys()) <= 1, what="nothing is written", timeout_s=30)
    task.kill()
    ground.kontur.set_options()

    assert ground.wait(run_id, RUN_TIMEOUT_S) == "failed"
    assert {task.task_id for task in ground.failed(run_id)} == {"report"}
    assert numbers(books) == (documents + once - marked, payments + once - marked)
    seen = traces.traces(ground)
    assert seen[traces.ADOPTED] >= BATCH - 1
    assert seen[traces.CUT] >= BATCH - 1

    api.clear_run(DAG_ID, run_id)
    assert ground.wait(run_id, RUN_TIMEOUT_S) == "success"
    assert numbers(books) == (documents + once, payments + once)
    assert verdict.problems(ground, WINDOW) == []

    posts = [request for request in books.requests() if request["method"] == "POST"]
    date_from, date_to = (dt.datetime.combine(day, dt.time(), SHOP_ZONE) for day in days)
    api.backfill(DAG_ID, date_from, date_to, most_at_once=2)
    wait_until(lambda: not api.unfinished(DAG_ID), what="the backfill is not over", timeout_s=RUN_TIMEOUT_S)
    assert [run.state for run in api.runs(DAG_ID) if run.run_type == "backfill"] == ["success", "success"]
    assert [request for request in books.requests() if request["method"] == "POST"] == posts
