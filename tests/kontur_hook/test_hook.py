"""The hook among Airflow's: one session for all threads, HttpHook's own methods made safe."""

from __future__ import annotations

import threading

import pytest
import requests
from airflow.providers.http.hooks.http import HttpHook
from kontur_hook.contract import DocumentKind
from kontur_hook.errors import KonturAccessError, KonturConfigurationError, KonturTransientError
from kontur_hook.outcome import Created, Outcome

from tests.kontur_hook.hooks import SECRET, Blocking, HookFor, Start, Way
from tests.kontur_hook.wire import Asked, http

INVOICE = DocumentKind.SALE_INVOICE


@pytest.fixture
def way() -> Way:
    """What HttpHook's own methods use is the blocking way."""
    return Blocking()


def test_threads_share_one_hook(start: Start, hook_for: HookFor) -> None:
    def answer(asked: Asked) -> bytes:
        return http(201, {"id": asked.body.decode()})

    server = start(route=answer)
    hook = hook_for(server.url, concurrency=4)
    outcomes: dict[str, Outcome] = {}

    def work(worker: int) -> None:
        for number in range(25):
            body = f"w{worker}-{number}"
            outcomes[body] = hook.create_document(INVOICE, body, idempotency_key=body)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 200
    assert all(outcome == Created(body, 201) for body, outcome in outcomes.items())
    assert all(asked.headers["idempotency-key"] == asked.body.decode() for asked in server.asked)
    assert len(server.asked) == 200
    assert server.connections <= 4


def test_requests_reuse_their_connection(start: Start, hook_for: HookFor) -> None:
    server = start(http(200, {"items": []}))
    hook = hook_for(server.url)
    for _ in range(10):
        hook.find_counterparties(inn="1")
    assert server.connections == 1


def test_get_conn_gives_the_safe_session(start: Start, hook_for: HookFor) -> None:
    elsewhere = start(http(200, {}))
    server = start(http(307, None, headers={"Location": elsewhere.url}))
    hook = hook_for(server.url)
    session = hook.get_conn()
    assert isinstance(session, requests.Session)
    assert session is hook.get_conn()
    assert session.post(server.url, data=b"x", allow_redirects=True).status_code == 307
    assert elsewhere.connections == 0
    assert len(server.asked) == 1
    with pytest.raises(ValueError, match="shared session"):
        hook.get_conn(headers={"X-Mine": "1"})


def test_get_conn_has_timeouts(start: Start, hook_for: HookFor) -> None:
    server = start(lambda sock, _: sock.recv(1) and None)
    session = hook_for(server.url, timeout_s=0.3).get_conn()
    with pytest.raises(requests.ReadTimeout):
        session.get(server.url)


def test_the_run_of_http_hook_is_safe_too(start: Start, hook_for: HookFor, caplog: pytest.LogCaptureFixture) -> None:
    body = {"message": "canary-answer"}
    server = start(http(200, body), http(503, body), http(401, body), http(302, None, headers={"Location": "/x"}))
    hook = hook_for(server.url)
    assert isinstance(hook, HttpHook)
    assert hook.run("/counterparties", data={"inn": "1"}).json() == body
    assert server.asked[0].target == "/budget/v1/accounts/acc%201/counterparties?inn=1"
    assert server.asked[0].headers["x-api-key"] == SECRET
    for kind in (KonturTransientError, KonturAccessError, KonturConfigurationError):
        with pytest.raises(kind):
            hook.run("/counterparties")
    assert "canary" not in caplog.text
