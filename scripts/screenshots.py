"""Pictures for the docs, in Russian: a red run, its report, the same run corrected; and `make demo` in a terminal.

Adds a handful of orders to the made-up shop that `make up` keeps running, two of them with a broken INN, has them
posted, corrects the two, clears their squares. Airflow's UI is taken as a person sees it, in headless Chromium; what
`make demo` printed is drawn as a terminal shows it.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping

from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

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
TERMINAL_COLUMNS = 120
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
    with _browser() as browser:
        with step("make demo, as a terminal shows it"):
            _terminal(browser, "demo")
        page = _logged_in(browser, stack)
        with step("A run with two orders that need a person"):
            broken, fine = _add_orders(stack)
            run_id = api.trigger(DAG_ID, {"order_ids": [*broken, *fine]})
            _wait(api, run_id)
            run = f"/dags/{DAG_ID}/runs/{run_id}"
            _picture(page, "red-run", f"{run}/tasks/attention/mapped", shows="№")
            _picture(page, "report", f"{run}/tasks/report", shows="INFO")
        with step("Both corrected, their squares cleared"):
            _correct(stack, broken)
            squares = [task for task in api.task_instances(DAG_ID, run_id) if task.task_id == "attention"]
            for square in squares:
                api.clear(DAG_ID, square)
            _wait(api, run_id)
            _picture(page, "corrected-run", f"{run}/tasks/attention/mapped", shows="№")
    return 0


def _add_orders(stack: Stack) -> tuple[dict[int, str], list[int]]:
    """New orders, shipped yesterday: those with a broken INN → the right one, and ordinary ones."""
    with stack.shop() as shop:
        broken = {make_case(shop, name, at=yesterday()).order_id: inn for name, inn in BROKEN.items()}
        fine = [make_case(shop, name, at=yesterday()).order_id for name in FINE]
        shop.commit()
    return broken, fine


def _correct(stack: Stack, inns: Mapping[int, str]) -> None:
    with stack.shop() as shop, shop.cursor() as cursor:
        for order_id, inn in inns.items():
            cursor.execute(
                "UPDATE b_sale_order_props_value SET VALUE = %s WHERE ORDER_ID = %s AND CODE = 'INN'", (inn, order_id)
            )


def _wait(api: AirflowApi, run_id: str) -> None:
    wait_until(lambda: api.state(DAG_ID, run_id) in FINISHED, what="the run did not finish", timeout_s=300)


@contextlib.contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_OPTIONS)
        try:
            yield browser
        finally:
            browser.close()


def _logged_in(browser: Browser, stack: Stack) -> Page:
    """A page of the UI, in Russian and in the shop's time."""
    context = browser.new_context(
        base_url=environment.base_url(stack.chosen), viewport={"width": 1500, "height": 720}, locale="ru-RU"
    )
    context.add_init_script(
        "localStorage.setItem('timezone', JSON.stringify('Europe/Moscow')); localStorage.setItem('i18nextLng', 'ru')"
    )
    page = context.new_page()
    page.goto("/auth/login")
    page.locator("input[name=username]").fill(environment.UI_USER)
    page.locator("input[name=password]").fill(stack.chosen.ui_password)
    page.locator("button[type=submit]").click()
    page.wait_for_url(lambda address: "/auth/login" not in address)
    return page


def _picture(page: Page, name: str, path: str, *, shows: str) -> None:
    page.goto(path)
    page.get_by_text(shows).first.wait_for()
    page.screenshot(path=IMAGES / f"{name}.png")


def _terminal(browser: Browser, command: str) -> None:
    """What ``make command`` prints, in Russian and in colour."""
    done = subprocess.run(
        ["make", "--no-print-directory", command],
        cwd=ROOT,
        env={
            **os.environ,
            "LC_ALL": "ru_RU.UTF-8",
            "FORCE_COLOR": "1",
            "TTY_INTERACTIVE": "0",
            "COLUMNS": str(TERMINAL_COLUMNS),
        },
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    drawn = Console(record=True, width=TERMINAL_COLUMNS, file=io.StringIO())
    drawn.print(Text.from_ansi(f"$ make {command}\n{done.stdout}"))
    page = browser.new_page(viewport={"width": 1300, "height": 700})
    page.set_content(drawn.export_svg(title="", theme=DIMMED_MONOKAI))
    page.locator("svg").first.screenshot(path=IMAGES / f"{command}.png")


if __name__ == "__main__":
    sys.exit(main())
