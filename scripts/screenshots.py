"""Pictures for the README, of the UI that `make up` keeps running: a red run, and the same run mended.

Adds a handful of orders to the made-up shop, two of them with a broken INN, has them posted, mends the two, clears
their squares. Airflow's UI is taken as a person sees it, in headless Chromium.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Iterator, Mapping

from playwright.sync_api import Page, sync_playwright

from sandbox.shop.cases import make_case
from sandbox.stack import environment
from sandbox.stack.airflow_api import FINISHED, AirflowApi
from sandbox.stack.days import yesterday
from sandbox.stack.layout import ROOT, UP
from sandbox.stack.stack import DAG_ID, Stack
from sandbox.stack.steps import complain, step
from sandbox.stack.waiting import wait_until

IMAGES = ROOT / "docs" / "images"
BROKEN = {"inn_with_wrong_check_digit": "9999000013", "inn_lost_its_zero": "0100000004"}
"""Case of the made-up shop → the INN it should have had."""
FINE = ("inn_with_spaces", "prepaid", "paid_and_shipped_in_a_day", "cash_by_code")
CHROMIUM_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def main() -> int:
    stack = Stack(UP)
    if not stack.supervisor.is_running():
        complain("nothing is running to take pictures of: make up, then again")
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    api = stack.api
    api.log_in()
    wait_until(lambda: all(run.is_finished for run in api.runs(DAG_ID)), what="other runs go on", timeout_s=600)
    with _browser(stack) as page:
        with step("A run with two orders that need a person"):
            broken, fine = _add_orders(stack)
            run_id = api.trigger(DAG_ID, {"order_ids": [*broken, *fine]})
            _wait(api, run_id)
            _picture(page, "red-run", f"/dags/{DAG_ID}/runs/{run_id}/tasks/attention/mapped")
        with step("Both mended, their squares cleared"):
            _mend(stack, broken)
            squares = [task for task in api.task_instances(DAG_ID, run_id) if task.task_id == "attention"]
            for square in squares:
                api.clear(DAG_ID, square)
            _wait(api, run_id)
            _picture(page, "mended-run", f"/dags/{DAG_ID}/runs/{run_id}/tasks/attention/mapped")
    return 0


def _add_orders(stack: Stack) -> tuple[dict[int, str], list[int]]:
    """New orders, shipped yesterday: those with a broken INN → the right one, and ordinary ones."""
    with stack.shop() as shop:
        broken = {make_case(shop, name, at=yesterday()).order_id: inn for name, inn in BROKEN.items()}
        fine = [make_case(shop, name, at=yesterday()).order_id for name in FINE]
        shop.commit()
    return broken, fine


def _mend(stack: Stack, inns: Mapping[int, str]) -> None:
    with stack.shop() as shop, shop.cursor() as cursor:
        for order_id, inn in inns.items():
            cursor.execute(
                "UPDATE b_sale_order_props_value SET VALUE = %s WHERE ORDER_ID = %s AND CODE = 'INN'", (inn, order_id)
            )


def _wait(api: AirflowApi, run_id: str) -> None:
    wait_until(lambda: api.state(DAG_ID, run_id) in FINISHED, what="the run did not finish", timeout_s=300)


@contextlib.contextmanager
def _browser(stack: Stack) -> Iterator[Page]:
    """A page of the UI, logged in, showing the shop's time."""
    url = environment.base_url(stack.chosen)
    with sync_playwright() as playwright, contextlib.ExitStack() as stack_of_contexts:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_OPTIONS)
        stack_of_contexts.callback(browser.close)
        context = browser.new_context(base_url=url, viewport={"width": 1500, "height": 720})
        context.add_init_script("localStorage.setItem('timezone', JSON.stringify('Europe/Moscow'))")
        page = context.new_page()
        page.goto("/auth/login")
        page.get_by_label("Username").fill(environment.UI_USER)
        page.get_by_label("Password").fill(stack.chosen.ui_password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda address: "/auth/login" not in address)
        yield page


def _picture(page: Page, name: str, path: str) -> None:
    page.goto(path)
    page.get_by_role("table").get_by_text("№").first.wait_for()
    page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    sys.exit(main())
