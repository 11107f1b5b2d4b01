from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from proof.waiting import wait_until
from sandbox.kontur.serving import Sandbox, SandboxError

Invoice = Callable[..., dict[str, Any]]
INVOICES = "/documents/saleinvoices"


def test_latency_delays_every_answer(api: Any, sandbox: Sandbox) -> None:
    sandbox.set_options(latency_ms=200)
    started = time.monotonic()
    assert api.get("/counterparties", inn="1").status_code == 200
    assert time.monotonic() - started >= 0.2


def test_the_rate_limit_refuses_what_is_too_fast_and_says_when_to_come_again(
    api: Any, connect: Callable[..., Any], sandbox: Sandbox
) -> None:
    sandbox.set_options(rate_per_s=0.01)
    answers = [api.get("/counterparties", inn="1") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert 1 < int(answers[-1].headers["Retry-After"]) <= 100
    assert answers[-1].json()["error"]["code"] == "too_many_requests"
    assert connect("second", "second-key").get("/counterparties", inn="1").status_code == 200, (
        "the limit is an account's"
    )
    sandbox.set_options(rate_per_s=2)
    wait_until(lambda: api.get("/counterparties", inn="1").status_code == 200)


def test_a_search_lag_hides_new_documents_from_lists_only(api: Any, invoice: Invoice, sandbox: Sandbox) -> None:
    def listed() -> list[str]:
        return [item["id"] for item in api.get(INVOICES, number="lag").json()["items"]]

    sandbox.set_options(search_lag_s=3600)
    written = time.monotonic()
    document = api.created(INVOICES, invoice(number="lag"))
    assert listed() == []
    assert api.get(f"{INVOICES}/{document}").status_code == 200
    sandbox.set_options(search_lag_s=0.5)
    wait_until(lambda: listed() == [document])
    assert time.monotonic() - written >= 0.5


def test_a_substring_search_also_finds_what_only_contains_the_words(
    api: Any, invoice: Invoice, sandbox: Sandbox
) -> None:
    for number in ("900", "9001", "1900"):
        api.created(INVOICES, invoice(number=number))
    assert len(api.get(INVOICES, number="900").json()["items"]) == 1
    sandbox.set_options(substring_search=True)
    assert len(api.get(INVOICES, number="900").json()["items"]) == 3
    assert len(api.get("/counterparties", name="Ромашка").json()["items"]) >= 1


@pytest.mark.parametrize(
    ("option", "path"),
    [
        ("search_documents", "/documents/saleinvoices"),
        ("read_documents", "/documents/saleinvoices/{document}"),
        ("search_counterparties_by_name", "/counterparties?name=A"),
        ("acts", "/documents/acts"),
    ],
)
def test_each_extension_can_be_switched_off(
    api: Any, invoice: Invoice, sandbox: Sandbox, option: str, path: str
) -> None:
    document = api.created(INVOICES, invoice())
    assert api.get(path.format(document=document)).status_code == 200
    sandbox.set_options(**{option: False})
    assert api.get(path.format(document=document)).status_code == 404
    assert api.created(INVOICES, invoice()), "the rest goes on"


def test_refunds_can_be_switched_off(api: Any, invoice: Invoice, sandbox: Sandbox) -> None:
    document = api.created(INVOICES, invoice())
    money = {"date": "2026-01-05", "amount": 1, "paymentMethod": "Cash"}
    api.created(f"{INVOICES}/{document}/payments", money)
    sandbox.set_options(refunds=False)
    assert api.refused(f"{INVOICES}/{document}/refunds", money) == (404, "not_found")
    sandbox.set_options()
    api.created(f"{INVOICES}/{document}/refunds", money)


def test_an_unknown_option_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match="latencyms"):
        sandbox.set_options(latencyms=1)
