from __future__ import annotations

import itertools

import pydantic
import pytest

from sandbox.kontur.faults.catalogue import FAULTS
from sandbox.kontur.faults.plan import Asked, FaultPicker, FaultPlan

INVOICES = "/budget/v1/accounts/demo/documents/saleinvoices"


def _post(number: int, path: str = INVOICES) -> Asked:
    return Asked("POST", path, "", f"sale:{number}")


def _fates(plan: FaultPlan, requests: list[Asked]) -> dict[Asked, str | None]:
    picker = FaultPicker(plan)
    return {asked: fired.fault.name if (fired := picker.pick(asked)) else None for asked in requests}


def test_calm_weather_is_the_default() -> None:
    assert set(_fates(FaultPlan(), [_post(number) for number in range(100)]).values()) == {None}


def test_the_seed_decides_each_requests_fate_whatever_the_order_they_come_in() -> None:
    plan = FaultPlan(seed=7, rates={"reset_after_commit": 0.3, "hang_before_read": 0.2})
    requests = [_post(number) for number in range(1000)]
    forwards = _fates(plan, requests)
    assert _fates(plan, requests[::-1]) == forwards
    assert _fates(plan.model_copy(update={"seed": 8}), requests) != forwards

    fates = list(forwards.values())
    assert 240 < fates.count("reset_after_commit") < 360
    assert 140 < fates.count("hang_before_read") < 260
    assert fates.count(None) == 1000 - fates.count("reset_after_commit") - fates.count("hang_before_read")


def test_a_request_sent_again_is_thrown_for_again() -> None:
    picker = FaultPicker(FaultPlan(seed=1, rates={"close_after_commit": 0.5}))
    fates = {picker.pick(_post(1)) is None for _ in range(50)}
    assert fates == {True, False}


def test_ids_in_the_path_do_not_count() -> None:
    plan = FaultPlan(seed=3, rates={"close_after_commit": 0.5})
    one = list(_fates(plan, [_post(n, f"{INVOICES}/a{n}/payments") for n in range(100)]).values())
    two = list(_fates(plan, [_post(n, f"{INVOICES}/b{n}/payments") for n in range(100)]).values())
    assert one == two


@pytest.mark.parametrize(
    ("method", "path", "query", "expected"),
    [
        ("POST", INVOICES, "", "reset_before_read"),
        ("GET", INVOICES, "offset=0", "search_stuck"),
        ("GET", INVOICES, "limit=5&offset=5", "search_stuck"),
        ("GET", INVOICES + "/1", "", "search_html"),
        ("GET", "/budget/v1/accounts/demo/counterparties", "inn=1", "search_html"),
    ],
)
def test_faults_meet_only_what_they_fit(method: str, path: str, query: str, expected: str) -> None:
    queue = ["search_stuck", "reset_before_read", "search_html"]
    picker = FaultPicker(FaultPlan.model_validate({"next": [{"fault": name} for name in queue]}))
    fired = picker.pick(Asked(method, path, query, None))
    assert fired is not None
    assert fired.fault.name == expected


@pytest.mark.parametrize(("query", "fits"), [("", False), ("offset=0", False), ("limit=2&offset=2", True)])
def test_only_pages_behind_the_first_shift(query: str, *, fits: bool) -> None:
    assert Asked("GET", INVOICES, query, None).fits(FAULTS["search_shifted_page"]) is fits


def test_queued_faults_come_once_each_in_their_order_and_only_where_they_are_wanted() -> None:
    plan = FaultPlan.model_validate(
        {
            "next": [
                {"fault": "hang_after_commit", "path_ends_with": "/payments"},
                {"fault": "close_after_commit"},
                {"fault": "reset_after_commit"},
            ]
        }
    )
    picker = FaultPicker(plan)
    paths = itertools.repeat(INVOICES, 3)
    met = [fired.fault.name if (fired := picker.pick(_post(n, path))) else None for n, path in enumerate(paths)]
    assert met == ["close_after_commit", "reset_after_commit", None]
    fired = picker.pick(_post(4, INVOICES + "/1/payments"))
    assert fired is not None
    assert fired.fault.name == "hang_after_commit"
    assert picker.pick(_post(4, INVOICES + "/1/payments")) is None


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ({"rates": {"reset": 0.1}}, "no such fault: reset"),
        ({"rates": {"reset_before_read": 1.1}}, "less than or equal to 1"),
        ({"rates": {"reset_before_read": 0.6, "close_after_commit": 0.6}}, "rates of writes add up to 1.2"),
        ({"next": [{"fault": "search_late_commit"}]}, "no such fault"),
        ({"rate": {}}, "Extra inputs"),
    ],
)
def test_a_wrong_plan_is_refused_in_words(plan: dict[str, object], message: str) -> None:
    with pytest.raises(pydantic.ValidationError, match=message):
        FaultPlan.model_validate(plan)
