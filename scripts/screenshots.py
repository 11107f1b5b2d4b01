"""Pictures for the docs, of the stack that `make up` keeps running.

``page``: each screen of the page, in both languages, light and dark, and one inside Airflow's frame. ``runs``, in
Russian: a red run, its report, the same run corrected; a handful of orders is added to the made-up shop for it, two of
them with a broken INN, which are corrected then, and their squares cleared. ``demo``: what `make demo` prints, in
Russian, drawn as a terminal shows it. Without a name all three, in this order.

Airflow is taken as a person sees it, in headless Chromium.
"""

from __future__ import annotations

import argparse
import io
import os
import pathlib
import subprocess
import sys
from collections.abc import Callable, Mapping

from playwright.sync_api import Browser, Page, ViewportSize
from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

from include.page_address import IN_AIRFLOW
from include.words import Language
from sandbox.shop.cases import make_case
from sandbox.stack import browser, up, users
from sandbox.stack.airflow_api import FINISHED, AirflowApi
from sandbox.stack.days import yesterday
from sandbox.stack.layout import ROOT
from sandbox.stack.stack import DAG_ID, Stack
from sandbox.stack.steps import complain, step
from sandbox.stack.waiting import wait_until

IMAGES = ROOT / "docs" / "images"
LARGEST = 300_000
"""Bytes of a picture that a repository carries."""
BROKEN = {"inn_with_wrong_check_digit": "9999000013", "inn_lost_its_zero": "0100000004"}
"""Case of the made-up shop → the INN it should have had."""
FINE = ("inn_with_spaces", "prepaid", "paid_and_shipped_in_a_day", "cash_by_code")
TERMINAL_COLUMNS = 120
TERMINAL_SIZE: ViewportSize = {"width": 1300, "height": 700}
THEMES: tuple[browser.Theme, ...] = ("light", "dark")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make screenshots", description="Pictures of the running stack into the docs")
    parser.add_argument("wanted", nargs="*", metavar="|".join(_PARTS), help="without any: all")
    wanted = parser.parse_args().wanted or list(_PARTS)
    if unknown := set(wanted) - set(_PARTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    stack = up.stack()
    if not stack.supervisor.is_running():
        complain("nothing is running to take pictures of: make up, then again")
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    api = stack.api
    api.log_in()
    wait_until(lambda: not api.unfinished(DAG_ID), what="other runs go on", timeout_s=600)
    with browser.chromium() as chromium:
        for name in wanted:
            _PARTS[name](chromium, stack, api)
    large = [f"{file.name} has {file.stat().st_size:,} bytes" for file in IMAGES.glob("*.png") if _is_large(file)]
    for each in large:
        complain(each)
    return 1 if large else 0


def _is_large(file: pathlib.Path) -> bool:
    return file.stat().st_size > LARGEST


def _page(chromium: Browser, stack: Stack, _: AirflowApi) -> None:
    state = browser.login(chromium, stack, users.ACCOUNTANT)
    month = f"/months/kontur_default/{up.month_before(yesterday()).date_from:%Y-%m}"
    screens = {"today": "/", "needs": "/needs", "months": "/months", "month": month}
    for language in Language:
        for theme in THEMES:
            with (
                step(f"The page in {language}, {theme}"),
                browser.look(chromium, stack, state, language, theme) as context,
            ):
                page = context.new_page()
                ending = language.value if theme == "light" else f"{language.value}-{theme}"
                for name, path in screens.items():
                    browser.screen(page, path)
                    _shoot(page, f"page-{name}-{ending}")
                for name, path in _of_an_order(page).items():
                    browser.screen(page, path)
                    _shoot(page, f"page-{name}-{ending}")
    with step("The page inside Airflow"), browser.look(chromium, stack, state) as context:
        page = context.new_page()
        page.goto(f"{IN_AIRFLOW}{month}")
        page.frame_locator("iframe").locator("html[lang=ru][data-theme=light] figure").wait_for()
        _shoot(page, "page-in-airflow-ru")


def _of_an_order(page: Page) -> dict[str, str]:
    """Screens that show an order under review, or the newest one that waits, and what is found by its sum."""
    browser.screen(page, "/needs")
    rows = page.locator("table.orders tbody tr")
    under_review = rows.filter(has=page.locator(".state.review"))
    row = (under_review if under_review.count() else rows).first
    order = row.locator("a").first.get_attribute("href") or ""
    amount = row.locator(".sum").inner_text().removesuffix("₽").strip()
    if "." in amount:  # 13,992.30 as English has it; people type no such commas
        amount = amount.replace(",", "")
    return {"order": f"/order/{order.rpartition('/')[2]}", "search": f"/search?q={amount}"}


def _runs(chromium: Browser, stack: Stack, api: AirflowApi) -> None:
    with step("A run with two orders that need a person"):
        broken, fine = _add_orders(stack)
        run_id = api.trigger(DAG_ID, {"order_ids": [*broken, *fine]})
        _wait(api, run_id)
    with browser.look(chromium, stack, browser.login(chromium, stack, users.ADMIN)) as context:
        page = context.new_page()
        page.set_viewport_size({"width": 1500, "height": 720})
        run = f"/dags/{DAG_ID}/runs/{run_id}"
        with step("Its squares and its report"):
            _airflow(page, "red-run", f"{run}/tasks/attention/mapped", shows="№")
            _airflow(page, "report", f"{run}/tasks/report", shows="INFO")
        with step("Both corrected, their squares cleared"):
            _correct(stack, broken)
            for square in api.task_instances(DAG_ID, run_id):
                if square.task_id == "attention":
                    api.clear(DAG_ID, square)
            _wait(api, run_id)
            _airflow(page, "corrected-run", f"{run}/tasks/attention/mapped", shows="№")


def _add_orders(stack: Stack) -> tuple[dict[int, str], list[int]]:
    """New orders, shipped yesterday: those with a broken INN → the right one, and ordinary ones."""
    with stack.shop() as shop:
        broken = {make_case(shop, name, at=yesterday()).order_id: inn for name, inn in BROKEN.items()}
        return broken, [make_case(shop, name, at=yesterday()).order_id for name in FINE]


def _correct(stack: Stack, inns: Mapping[int, str]) -> None:
    with stack.shop() as shop, shop.cursor() as cursor:
        for order_id, inn in inns.items():
            cursor.execute(
                "UPDATE b_sale_order_props_value SET VALUE = %s WHERE ORDER_ID = %s AND CODE = 'INN'", (inn, order_id)
            )


def _wait(api: AirflowApi, run_id: str) -> None:
    wait_until(lambda: api.state(DAG_ID, run_id) in FINISHED, what="the run did not finish", timeout_s=600)


def _airflow(page: Page, name: str, path: str, *, shows: str) -> None:
    page.goto(path)
    page.get_by_text(shows).first.wait_for()
    _shoot(page, name)


def _shoot(page: Page, name: str) -> None:
    page.screenshot(path=IMAGES / f"{name}.png", animations="disabled")


def _demo(chromium: Browser, *_: object) -> None:
    """In colour, on a stack of its own."""
    with step("make demo, as a terminal shows it"):
        done = subprocess.run(
            ["make", "--no-print-directory", "demo"],
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
        drawn.print(Text.from_ansi(f"$ make demo\n{done.stdout}"))
        page = chromium.new_page(viewport=TERMINAL_SIZE)
        page.set_content(drawn.export_svg(title="", theme=DIMMED_MONOKAI))
        page.locator("svg").first.screenshot(path=IMAGES / "demo.png")


_PARTS: Mapping[str, Callable[[Browser, Stack, AirflowApi], None]] = {"page": _page, "runs": _runs, "demo": _demo}


if __name__ == "__main__":
    sys.exit(main())
