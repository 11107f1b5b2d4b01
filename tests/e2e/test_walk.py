"""An accountant's walk through the page, in a real browser, under a real Airflow with users and roles.

One walk: what a part of it costs is Airflow's start and its runs.
"""

from __future__ import annotations

import http
from decimal import Decimal

import pytest
import requests
from playwright.sync_api import Browser, Page

from include import dag_ids
from sandbox.shop.cases import Made, make_case
from sandbox.stack import browser, environment, month_end, users
from sandbox.stack.airflow_api import AirflowApi
from sandbox.stack.stack import DAG_ID, Stack
from tests.e2e.reds import DAY, correct, wait

WHY = "Округлено по договору"


@pytest.mark.timeout(900)
def test_an_accountant_finds_corrects_retries_and_agrees_and_nobody_else_does(stack: Stack) -> None:
    api = stack.api
    api.log_in()
    with stack.shop() as shop:
        good = make_case(shop, "paid_and_shipped_in_a_day", at=DAY)
        bad, left = (make_case(shop, "inn_with_wrong_check_digit", at=DAY) for _ in range(2))
    run_id = api.trigger(DAG_ID, {"order_ids": [good.order_id, bad.order_id, left.order_id]})
    assert wait(api, run_id) == "failed"
    someone_adds_a_kopeck(stack, good)
    month_end.reconcile(api, {"date_from": str(DAY), "date_to": str(DAY), "depth": "headers"})
    with browser.chromium() as chromium:
        with browser.look(chromium, stack, browser.login(chromium, stack, users.ACCOUNTANT)) as context:
            page = context.new_page()
            retried = finds_corrects_and_retries(page, stack, api, bad)
            agrees_to_a_difference(page, good)
            forged_forms_are_refused(page, stack, left)
        an_auditor_only_reads(chromium, stack, left)
    assert [*api.succeeded(dag_ids.BY_HAND), *api.unfinished(dag_ids.BY_HAND)] == [retried]


def someone_adds_a_kopeck(stack: Stack, order: Made) -> None:
    """In Kontur, to the order's document."""
    (document,) = (row for row in stack.kontur.books.documents() if row["number"] == order.number)
    total = float(document["total"] + Decimal("0.01"))
    stack.kontur.control("PATCH", f"/documents/{document['id']}", {"totalAmount": total})


def finds_corrects_and_retries(page: Page, stack: Stack, api: AirflowApi, bad: Made) -> str:
    """The run that posted it."""
    browser.screen(page, "/needs")
    row = page.locator("table.orders tbody tr").filter(has_text=f"№ {bad.number}")
    assert "ИНН" in row.inner_text()
    row.get_by_role("link", name=f"№ {bad.number}").click()
    correct(stack, bad)
    page.locator("form[action$='/retry'] button").click()
    page.wait_for_url("**/order/*?run=*")
    (run_id,) = api.unfinished(dag_ids.BY_HAND) or api.succeeded(dag_ids.BY_HAND)
    assert wait(api, run_id, dag_ids.BY_HAND) == "success"
    browser.screen(page, f"/order/{bad.order_id}")
    assert page.locator("h1 .state.done").is_visible()
    numbers = [row["number"] for row in stack.kontur.books.documents()]
    assert (numbers.count(bad.number), bad.number in needs(page)) == (1, False)
    return run_id


def needs(page: Page) -> list[str]:
    """Numbers of the orders that wait."""
    browser.screen(page, "/needs")
    return [link.removeprefix("№ ") for link in page.locator("table.orders tbody b").all_inner_texts()]


def agrees_to_a_difference(page: Page, good: Made) -> None:
    browser.screen(page, f"/months/kontur_default/{DAY:%Y-%m}")
    row = page.locator("table.orders tbody tr").filter(has_text=f"№ {good.number}")
    row.locator("input[name=difference]").check()
    decide = page.locator("form[action$='/decide']")
    decide.locator("textarea[name=why]").fill(WHY)
    decide.get_by_role("button").click()
    row.get_by_text(f"{users.ACCOUNTANT}: {WHY}").wait_for()
    assert not row.locator("input[name=difference]").count()


def forged_forms_are_refused(page: Page, stack: Stack, left: Made) -> None:
    browser.screen(page, f"/order/{left.order_id}")
    token = page.locator("form[action$='/retry'] input[name=token]").get_attribute("value") or ""
    assert sent(page, stack, left, token[::-1]) == http.HTTPStatus.FORBIDDEN, "our own page, another's token"
    # Another server of the same machine: the browser sends Airflow's cookies along.
    page.goto(f"http://127.0.0.1:{stack.chosen.ports.kontur}/openapi.json")
    assert sent(page, stack, left, token) == http.HTTPStatus.FORBIDDEN, "another site's page, the right token"


def sent(page: Page, stack: Stack, order: Made, token: str) -> int:
    """How a form is answered that the page at hand sends to have an order tried again."""
    url = f"{environment.base_url(stack.chosen)}/kontur/order/{order.order_id}/retry"
    with page.expect_navigation() as answer:
        page.evaluate(
            """([url, token]) => {
                const form = document.body.appendChild(document.createElement("form"));
                Object.assign(form, { method: "post", action: url });
                form.innerHTML = `<input name="token" value="${token}">`;
                form.submit();
            }""",
            [url, token],
        )
    return answer.value.status


def an_auditor_only_reads(chromium: Browser, stack: Stack, left: Made) -> None:
    with browser.look(chromium, stack, browser.login(chromium, stack, users.AUDITOR)) as context:
        page = context.new_page()
        assert left.number in needs(page)
        browser.screen(page, f"/order/{left.order_id}")
        assert not page.locator("form[method=post]").count()
        assert sent(page, stack, left, "none") == http.HTTPStatus.FORBIDDEN
    api = AirflowApi(environment.base_url(stack.chosen), users.AUDITOR, stack.chosen.passwords[users.AUDITOR])
    api.log_in()
    with pytest.raises(requests.HTTPError, match="403"):
        api.trigger(dag_ids.BY_HAND, {"order_ids": [left.order_id], "dry_run": False})
