"""Every route, and everybody who may or may not call it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.routing import APIRoute
from kontur_page import forgery
from kontur_page.app import create_app

from tests.kontur_page.readers import EDITOR, NOBODY, READER, SAME_SITE, Reader, Somebody

PATHS = {
    "/": "/",
    "/needs": "/needs",
    "/order/{order_id}": "/order/7",
    "/months": "/months",
    "/months/{connection}/{month}": "/months/kontur_default/2026-09",
    "/months/{connection}/{month}/report.{ending}": "/months/elsewhere/2026-09/report.xlsx",
    "/search": "/search?q=7",
    "/card": "/card",
    "/run": "/run?run_id=manual__1",
    "/task": "/task?dag_id=a&run_id=b&task_id=c",
    "/needs/retry": "/needs/retry",
    "/order/{order_id}/retry": "/order/7/retry",
    "/order/{order_id}/decide": "/order/7/decide",
    "/order/{order_id}/finding": "/order/7/finding",
    "/order/{order_id}/difference": "/order/7/difference",
    "/months/{connection}/{month}/decide": "/months/kontur_default/2026-09/decide",
    "/months/{connection}/{month}/undecide": "/months/kontur_default/2026-09/undecide",
    "/months/{connection}/{month}/compare": "/months/kontur_default/2026-09/compare",
    "/months/{connection}/{month}/agree": "/months/kontur_default/2026-09/agree",
    "/months/{connection}/{month}/close": "/months/kontur_default/2026-09/close",
    "/months/{connection}/{month}/reopen": "/months/kontur_default/2026-09/reopen",
}
NOT_THERE = {"/order/7", "/months/elsewhere/2026-09/report.xlsx"}


def routes(method: str) -> list[str]:
    """The paths of the page that answer to a method."""
    return [route.path for route in create_app().routes if isinstance(route, APIRoute) and method in route.methods]


def test_each_route_is_tried() -> None:
    assert sorted([*routes("GET"), *routes("POST")]) == sorted(PATHS)


@pytest.mark.parametrize(("user", "status"), [(None, 401), (NOBODY, 403), (READER, 200), (EDITOR, 200)])
def test_who_may_read(open_page: Callable[..., Reader], user: Somebody | None, status: int) -> None:
    page = open_page(user)
    expected = {path: 404 if status == 200 and PATHS[path] in NOT_THERE else status for path in routes("GET")}
    assert {path: page.get(PATHS[path]).status_code for path in routes("GET")} == expected


@pytest.mark.parametrize(("user", "status"), [(None, 401), (NOBODY, 403), (READER, 403)])
def test_who_may_not_act(open_page: Callable[..., Reader], user: Somebody | None, status: int) -> None:
    """Whoever reads cannot act, even with a token of his own."""
    page = open_page(user)
    data = {"token": "" if user is None else forgery.token(user.get_id())}
    sent = {path: page.post(PATHS[path], data=data, headers=SAME_SITE).status_code for path in routes("POST")}
    assert sent == dict.fromkeys(routes("POST"), status)
    assert page.started == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://airflow.example:8081"},
        {"Origin": "null"},
    ],
)
def test_a_form_from_elsewhere_is_refused(open_page: Callable[..., Reader], headers: dict[str, str]) -> None:
    page = open_page(EDITOR)
    data = {"token": forgery.token(EDITOR.get_id())}
    for path in routes("POST"):
        assert page.post(PATHS[path], data=data, headers=headers).status_code == 403, path
    assert page.started == []


@pytest.mark.parametrize(
    "token", ["", "wrong", forgery.token(READER.get_id()), "ключ"], ids=["none", "wrong", "another's", "no ASCII"]
)
def test_a_form_without_the_readers_own_token_is_refused(open_page: Callable[..., Reader], token: str) -> None:
    page = open_page(EDITOR)
    for path in routes("POST"):
        assert page.post(PATHS[path], data={"token": token}, headers=SAME_SITE).status_code == 403, path
    assert page.started == []


@pytest.mark.parametrize("headers", [SAME_SITE, {"Origin": "http://airflow.example"}])
def test_the_pages_own_form_is_taken(open_page: Callable[..., Reader], headers: dict[str, str]) -> None:
    page = open_page(EDITOR)
    data = {"token": forgery.token(EDITOR.get_id())}
    answer = page.post("/order/7/retry", data=data, headers=headers, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/order/7?run=manual__1")
    assert page.started == [[7]]


def test_what_every_answer_says_to_the_browser(open_page: Callable[..., Reader]) -> None:
    page = open_page(READER)
    for path in ("/needs", "/nowhere", "/static/page.css"):
        headers = page.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    assert page.get("/needs").headers["cache-control"] == "no-store"
    assert {page.get(path).status_code for path in ("/docs", "/redoc", "/openapi.json")} == {404}


@pytest.mark.parametrize(("language", "told"), [("ru-RU,ru;q=0.9", "Сеанс закончился"), ("de", "session has ended")])
def test_a_lost_session_is_said_in_words(open_page: Callable[..., Reader], language: str, told: str) -> None:
    answer = open_page(None).get("/needs", headers={"Accept-Language": language})
    assert answer.status_code == 401
    assert told in answer.text


def test_airflows_language_wins_over_the_browsers(open_page: Callable[..., Reader]) -> None:
    page = open_page(READER)
    page.cookies.set("kontur_language", "ru")
    assert '<html lang="ru">' in page.get("/needs", headers={"Accept-Language": "en"}).text


def test_script_and_style_stay_small() -> None:
    from kontur_page.app import STATIC

    assert sum(len(file.read_text("utf-8").splitlines()) for file in STATIC.iterdir()) <= 150


@pytest.mark.parametrize("path", ["/order/x", "/needs?before=x", "/months?before=2026-13", "/needs?code=a'b"])
def test_an_address_that_nobody_gets_by_clicking(open_page: Callable[..., Reader], path: str) -> None:
    answer = open_page(READER).get(path, headers={"Accept-Language": "en"})
    assert answer.status_code == 422
    assert "filled in wrongly" in answer.text


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/order/7/finding", {"what": "{", "about": "close"}),
        ("/order/7/finding", {"what": '{"v":1,"said":[]}', "about": "close"}),
        ("/order/7/finding", {"what": "a sentence", "about": "close"}),
        ("/order/7/decide", {"key": "sale:7", "word": "accept", "epoch": 1, "seen_at": "2026-11-27T12:00:00+03:00"}),
        ("/order/7/decide", {"key": "sale:7", "word": "nonsense", "epoch": 1, "seen_at": "2026-11-27T12:00:00"}),
    ],
)
def test_a_form_that_nobody_gets_by_clicking(
    open_page: Callable[..., Reader], path: str, data: dict[str, str | int]
) -> None:
    form = data | {"token": forgery.token(EDITOR.get_id()), "why": "so"}
    assert open_page(EDITOR).post(path, data=form, headers=SAME_SITE).status_code == 422
