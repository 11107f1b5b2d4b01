"""Neither secrets nor buyers' data leave in a message or a log; nothing is taken from the environment."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from kontur_hook.contract import DocumentKind
from kontur_hook.errors import KonturError
from kontur_hook.outcome import NotApplied, Rejected, Unknown
from kontur_hook.redaction import Redactor

from tests.kontur_hook.hooks import SECRET, HookFor, Start
from tests.kontur_hook.wire import http, say

INVOICE = DocumentKind.SALE_INVOICE
BUYER = "Иванов Пётр Сергеевич"
BODY = f'{{"name": "{BUYER}", "comment": "canary-body"}}'


def test_secrets_and_bodies_stay_out_of_messages_and_logs(
    start: Start, hook_for: HookFor, caplog: pytest.LogCaptureFixture, no_waits: list[float]
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = f"key {SECRET} or {quote(SECRET, safe='')} of {BUYER}, mail@shop.ru, +7 (921) 123-45-67: canary-answer"
    answers = [
        http(status, {"message": echo, "x": "canary-field"}) for status in (200, 201, 400, 401, 403, 404, 409, 429, 500)
    ] + [say(b"HTTP/1.1 201 Cre", then="reset"), http(302, None, headers={"Location": f"https://x/{SECRET}"})]
    said: list[str] = []
    for answer in answers:
        hook = hook_for(start(answer).url)
        outcome = hook.create_counterparty(BODY, idempotency_key="k")
        assert isinstance(outcome, Rejected | NotApplied | Unknown)
        said.append(repr(outcome) + (str(outcome.error) if isinstance(outcome, NotApplied) else ""))
        with pytest.raises(KonturError) as caught:
            hook.find_counterparties(inn="1")
        said.append(repr(caught.value) + str(caught.value))
        said.append(repr(hook.connection_settings))
    assert len(no_waits) > 0
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert "POST /counterparties: 400" in logged
    assert "GET /counterparties: 404" in logged
    text = "\n".join(said)
    assert "canary-answer" in text
    for secret in (SECRET, quote(SECRET, safe="")):
        assert secret not in text + logged
    for private in ("mail@shop.ru", "123-45-67", "canary-field"):
        assert private not in text + logged
    assert "canary" not in logged
    assert not re.search(r"Rejected\(.*Иванов", text)


def test_tokens_are_masked_too(start: Start, hook_for: HookFor) -> None:
    tokens = start(http(200, {"access_token": "canary-token", "token_type": "bearer", "expires_in": 60}))
    api = start(http(400, {"message": "Bearer canary-token is odd"}))
    hook = hook_for(api.url, auth="client_credentials", client_id="c", token_url=tokens.url)
    assert hook.create_document(INVOICE, "{}", idempotency_key="k") == Rejected("Kontur says: Bearer *** is odd", 400)


@pytest.mark.parametrize(
    ("said", "clean"),
    [
        ("line one\r\nERROR fake\tline\x1b[31m\u202e", "line one ERROR fake line [31m"),
        ("ИНН 7701234567 и 770123456789, сумма 89211234567.10", "ИНН 7701234567 и 770123456789, сумма ***.10"),
        ("8 921 123-45-67; 8(921)1234567; a.b+c@d-e.example.ru", "***; ***; ***"),
        ("x" * 301, "x" * 299 + "…"),
        ("x" * 300, "x" * 300),
    ],
)
def test_what_a_server_says_becomes_one_short_line(said: str, clean: str) -> None:
    assert Redactor().clean(said) == clean


@pytest.mark.parametrize(
    ("body", "media", "said"),
    [
        (b'{"error": {"code": "E1", "message": "no rate"}}', "application/json", "no rate"),
        (b'{"message": "plain"}', "application/json", "plain"),
        (b'{"title": "Bad", "detail": "unit"}', "application/problem+json", "unit"),
        (
            b'{"title": "Bad", "errors": {"items[0].vatRate": ["unknown"], "date": "late"}}',
            "application/json",
            "items[0].vatRate: unknown; date: late",
        ),
        (b'{"errors": [{"message": "one"}, "two"]}', "application/json", "one; two"),
        (b'{"error": "invalid"}', "application/json", "invalid"),
        (b'{"title": "Bad"}', "application/json", "Bad"),
    ],
)
def test_messages_are_found_in_the_envelopes_in_use(
    start: Start, hook_for: HookFor, body: bytes, media: str, said: str
) -> None:
    hook = hook_for(start(http(422, body, media=media)).url)
    assert hook.create_document(INVOICE, "{}", idempotency_key="k") == Rejected(f"Kontur says: {said}", 422)


def test_the_environment_has_no_say(
    start: Start, hook_for: HookFor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login canary password canary\n")
    netrc.chmod(0o600)
    proxy = start(http(200, {"items": []}))
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    server = start(http(200, {"items": []}, headers={"Set-Cookie": "canary=1; Path=/"}))
    hook = hook_for(server.url)
    hook.find_counterparties(inn="1")
    hook.find_counterparties(inn="1")
    assert proxy.connections == 0
    assert len(server.asked) == 2
    assert all("authorization" not in asked.headers and "cookie" not in asked.headers for asked in server.asked)
