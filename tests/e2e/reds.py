"""A red run, and what the shop does about it."""

from __future__ import annotations

import datetime as dt

from sandbox.shop.cases import Made, make_case
from sandbox.stack.airflow_api import FINISHED, AirflowApi
from sandbox.stack.stack import DAG_ID, Stack
from sandbox.stack.waiting import wait_until

DAY = dt.date(2026, 3, 17)
RIGHT_INN = "9999000013"
RUN_TIMEOUT_S = 300


def wait(api: AirflowApi, run_id: str, dag_id: str = DAG_ID) -> str:
    """The run's state when it is over."""
    wait_until(lambda: api.state(dag_id, run_id) in FINISHED, what=f"run {run_id} is not over", timeout_s=RUN_TIMEOUT_S)
    return api.state(dag_id, run_id)


def run_of_two(stack: Stack, api: AirflowApi) -> tuple[str, Made, Made]:
    """A run of one good order and one with a mistyped INN, over and red; with both orders."""
    with stack.shop() as shop:
        good = make_case(shop, "prepaid", at=DAY)
        bad = make_case(shop, "inn_with_wrong_check_digit", at=DAY)
    run_id = api.trigger(DAG_ID, {"order_ids": [good.order_id, bad.order_id]})
    assert wait(api, run_id) == "failed"
    return run_id, good, bad


def correct(stack: Stack, order: Made) -> None:
    """In the shop, as its manager does."""
    with stack.shop() as shop, shop.cursor() as cursor:
        changed = cursor.execute(
            "UPDATE b_sale_order_props_value SET VALUE = %s WHERE ORDER_ID = %s AND CODE = 'INN'",
            (RIGHT_INN, order.order_id),
        )
    assert changed == 1
