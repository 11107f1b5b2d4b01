"""What one POST comes to, over real sockets; the server counts (docs/reliability.md, «What a client can tell»)."""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import socket
import ssl
import threading
import time
from email.utils import format_datetime
from pathlib import Path

import pytest
import trustme
from kontur_hook import blocking, on_a_loop
from kontur_hook.contract import Contract, DocumentKind
from kontur_hook.errors import (
    KonturAccessError,
    KonturConfigurationError,
    KonturError,
    KonturProtocolError,
    KonturTransientError,
)
from kontur_hook.outcome import Created, NotApplied, Outcome, Rejected, Unknown

from tests.kontur_hook.hooks import HookFor, Start
from tests.kontur_hook.wire import Asked, Behaviour, http, reset, say

INVOICE = DocumentKind.SALE_INVOICE
BODY = '{"number": "№ 1045", "totalAmount": 100.10}'
CREATED = http(201, {"id": "doc-1"}, headers={"X-Kontur-Trace-Id": "t-77"})


def _post(hook_for: HookFor, url: str, **extra: object) -> Outcome:
    return hook_for(url, **extra).create_document(INVOICE, BODY, idempotency_key="k-1")


def test_created_sends_the_body_and_headers_as_they_are(start: Start, hook_for: HookFor) -> None:
    server = start(CREATED)
    assert _post(hook_for, server.url) == Created("doc-1", 201, "t-77")
    [asked] = server.asked
    assert (asked.method, asked.path) == ("POST", "/budget/v1/accounts/acc%201/documents/saleinvoices")
    assert asked.body == BODY.encode("utf-8")
    assert asked.headers["content-type"] == "application/json; charset=utf-8"
    assert asked.headers["accept"] == "application/json"
    assert asked.headers["user-agent"] == "bitrix-to-kontur"
    assert asked.headers["idempotency-key"] == "k-1"
    assert asked.headers["x-api-key"] == "canary-key/+7f3a"


def test_paths_below_a_document_quote_its_id(start: Start, hook_for: HookFor) -> None:
    server = start(http(200, {"id": 17}))
    hook = hook_for(server.url, contract=Contract(idempotency_header=None))
    assert hook.create_payment(DocumentKind.ACT, "a/b?c", "{}", idempotency_key="k") == Created("17", 200)
    hook.create_refund(INVOICE, "d1", "{}", idempotency_key="k")
    hook.create_counterparty("{}", idempotency_key="k")
    assert [asked.path.removeprefix("/budget/v1/accounts/acc%201") for asked in server.asked] == [
        "/documents/acts/a%2Fb%3Fc/payments",
        "/documents/saleinvoices/d1/refunds",
        "/counterparties",
    ]
    assert all("idempotency-key" not in asked.headers for asked in server.asked)


@pytest.mark.parametrize("document_id", ["", "..", ".", "a b", "x" * 101])
def test_an_id_that_would_change_the_path_is_refused_before_anything_is_sent(
    start: Start, hook_for: HookFor, document_id: str
) -> None:
    server = start(CREATED)
    with pytest.raises(ValueError, match="id"):
        hook_for(server.url).create_payment(INVOICE, document_id, "{}", idempotency_key="k")
    assert server.connections == 0


# --- Proved not sent: these four, nothing else


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def test_refused(hook_for: HookFor) -> None:
    outcome = _post(hook_for, f"http://127.0.0.1:{_free_port()}/v1")
    assert isinstance(outcome, NotApplied)
    assert isinstance(outcome.error, KonturTransientError)
    assert "127.0.0.1" in str(outcome.error)


def test_name_not_in_dns(hook_for: HookFor) -> None:
    outcome = _post(hook_for, "https://no-such-host.invalid/v1")
    assert isinstance(outcome, NotApplied)
    assert isinstance(outcome.error, KonturTransientError)
    assert "no-such-host.invalid is not found in DNS" in str(outcome.error)


@pytest.fixture(params=[(0.5, 10), (60, 0.5)], ids=["whole", "to connect"])
def half_a_second(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> float:
    """The whole exchange has it, or the connection only; the seconds of the whole exchange."""
    whole_s, connect_s = request.param
    for module in (blocking, on_a_loop):
        monkeypatch.setattr(module, "CONNECT_TIMEOUT_S", connect_s)
    return float(whole_s)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_connect_timeout(hook_for: HookFor, scheme: str, half_a_second: float) -> None:
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(8):  # nobody accepts: once the backlog is full, a SYN gets no answer
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(server.getsockname())
        outcome = _post(hook_for, f"{scheme}://127.0.0.1:{server.getsockname()[1]}/v1", timeout_s=half_a_second)
    assert isinstance(outcome, NotApplied)
    assert isinstance(outcome.error, KonturTransientError)
    assert "did not accept a connection in time" in str(outcome.error)


def _tls(authority: trustme.CA, name: str, *, expired: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    not_after = dt.datetime.now(dt.UTC) - dt.timedelta(days=1) if expired else None
    authority.issue_cert(name, not_after=not_after).configure_cert(context)
    return context


def _bundle(authority: trustme.CA, folder: Path) -> str:
    path = folder / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.mark.parametrize("fault", ["untrusted", "wrong name", "expired"])
def test_tls_certificate_is_verified(start: Start, hook_for: HookFor, tmp_path: Path, fault: str) -> None:
    authority = trustme.CA()
    name = "elsewhere.example" if fault == "wrong name" else "127.0.0.1"
    server = start(CREATED, tls=_tls(authority, name, expired=fault == "expired"))
    trusted = {} if fault == "untrusted" else {"ca_bundle": _bundle(authority, tmp_path)}
    outcome = _post(hook_for, server.url, **trusted)
    assert isinstance(outcome, NotApplied)
    assert isinstance(outcome.error, KonturConfigurationError)
    assert "certificate" in str(outcome.error)
    assert server.asked == []


def test_tls_with_our_own_authority(start: Start, hook_for: HookFor, tmp_path: Path) -> None:
    authority = trustme.CA()
    server = start(CREATED, tls=_tls(authority, "127.0.0.1"))
    assert isinstance(_post(hook_for, server.url, ca_bundle=_bundle(authority, tmp_path)), Created)


# --- Unknown: a byte may have left


def _unknown(outcome: Outcome) -> Unknown:
    assert isinstance(outcome, Unknown), outcome
    return outcome


def test_reset_before_the_server_read_anything(start: Start, hook_for: HookFor) -> None:
    def reset_unread(sock: socket.socket) -> None:
        sock.recv(1, socket.MSG_PEEK)  # it is under way; an RST before that can meet the connect, and prove it unsent
        reset(sock)

    server = start(on_accept=reset_unread)
    _unknown(_post(hook_for, server.url))
    assert server.connections == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 201 Cre",
        b"HTTP/1.1 201 Created\r\n",
        b"HTTP/1.1 400 Bad",
        b"HTTP/1.1 401 Una",
        b"HTTP/1.1 429 Too",
        b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Len",
        http(201, {"id": "doc-1"})[:-4],
        b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{",
        b"\x16\x03\x01",
    ],
)
@pytest.mark.parametrize("end", ["close", "reset"])
def test_cut_after_commit(start: Start, hook_for: HookFor, raw: bytes, end: str) -> None:
    server = start(say(raw, then=end))
    hook = hook_for(server.url)
    _unknown(hook.create_payment(INVOICE, "d1", BODY, idempotency_key="k"))
    assert len(server.asked) == 1
    assert server.connections == 1


def test_tls_cut_after_commit(start: Start, hook_for: HookFor, tmp_path: Path) -> None:
    authority = trustme.CA()
    server = start(say(b"HTTP/1.1 201", then="reset"), tls=_tls(authority, "127.0.0.1"))
    _unknown(_post(hook_for, server.url, ca_bundle=_bundle(authority, tmp_path)))
    assert len(server.asked) == 1


def test_plain_http_behind_https_is_not_called_proved(start: Start, hook_for: HookFor) -> None:
    def answer_in_the_clear(sock: socket.socket) -> None:
        sock.recv(100_000)
        sock.sendall(http(400))

    server = start(on_accept=answer_in_the_clear)
    reason = _unknown(_post(hook_for, server.url.replace("http:", "https:"))).reason
    assert "does it speak https?" in reason


def test_a_reset_in_the_tls_handshake_is_not_called_proved(start: Start, hook_for: HookFor) -> None:
    def reset_hello(sock: socket.socket) -> None:
        sock.recv(100_000)
        reset(sock)

    server = start(on_accept=reset_hello)
    assert "No connection to 127.0.0.1" in _unknown(_post(hook_for, server.url.replace("http:", "https:"))).reason
    assert server.connections == 1


def test_a_kept_connection_that_dies_under_the_second_post(start: Start, hook_for: HookFor) -> None:
    server = start(CREATED, say(b"", then="reset"))
    hook = hook_for(server.url)
    assert isinstance(hook.create_document(INVOICE, BODY, idempotency_key="k"), Created)
    _unknown(hook.create_document(INVOICE, BODY, idempotency_key="k"))
    assert len(server.asked) == 2
    assert server.connections == 1


# --- The deadline is one of the clock, not of a recv


def _drip(head: bytes, tail: bytes) -> Behaviour:
    """``head`` at once, then ``tail`` again and again for ten minutes, or for as long as somebody listens."""

    def behave(sock: socket.socket, _: Asked) -> None:
        sock.sendall(head)
        for _again in range(6000):
            sock.sendall(tail)
            time.sleep(0.1)  # the fault itself

    return behave


@pytest.mark.parametrize(
    ("head", "tail"),
    [
        (b"HTTP/1.1 201 ", b"C"),
        (b"HTTP/1.1 201 Created\r\nX-Slow: ", b"s"),
        (b"HTTP/1.1 201 Created\r\n", b"X-Slow: s\r\n"),
        (b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n", b" "),
        (b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n", b" "),
        (b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    ],
    ids=["status line", "one header", "headers", "body", "body until the connection closes", "chunks"],
)
def test_a_slow_drip_is_cut_at_the_deadline(start: Start, hook_for: HookFor, head: bytes, tail: bytes) -> None:
    server = start(_drip(head, tail))
    started = time.monotonic()
    reason = _unknown(_post(hook_for, server.url, timeout_s=0.6)).reason
    assert 0.5 < time.monotonic() - started < 60
    assert "within 0.6 s" in reason
    assert len(server.asked) == 1


def test_a_slow_drip_in_tls_is_cut_at_the_deadline(start: Start, hook_for: HookFor, tmp_path: Path) -> None:
    authority = trustme.CA()
    head = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
    server = start(_drip(head, b" "), tls=_tls(authority, "127.0.0.1"))
    started = time.monotonic()
    reason = _unknown(_post(hook_for, server.url, timeout_s=0.6, ca_bundle=_bundle(authority, tmp_path))).reason
    assert time.monotonic() - started < 60
    assert "within 0.6 s" in reason


def test_silence_after_commit(start: Start, hook_for: HookFor) -> None:
    server = start(lambda sock, _: sock.recv(1) and None)
    started = time.monotonic()
    assert "within 0.5 s" in _unknown(_post(hook_for, server.url, timeout_s=0.5)).reason
    assert time.monotonic() - started < 60
    assert len(server.asked) == 1


def test_nothing_more_leaves_after_the_deadline(start: Start, hook_for: HookFor) -> None:
    given_up, read, come = threading.Event(), threading.Event(), 0

    def read_late(sock: socket.socket) -> None:
        nonlocal come
        given_up.wait(60)
        with contextlib.suppress(ConnectionError):
            while part := sock.recv(1024 * 1024):
                come += len(part)
        read.set()

    hook = hook_for(start(on_accept=read_late).url, timeout_s=0.5)
    body = "x" * (64 * 1024 * 1024)  # more than lies in sockets
    assert "within 0.5 s" in _unknown(hook.create_document(INVOICE, body, idempotency_key="k")).reason
    given_up.set()
    assert read.wait(60)
    assert come < len(body)


def test_a_request_may_take_longer_to_leave_than_a_connection_to_stand(
    start: Start, hook_for: HookFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = "x" * (64 * 1024 * 1024) + "!"  # more than lies in sockets

    def read_slowly(sock: socket.socket) -> None:
        time.sleep(1.5)  # the fault itself
        while (part := sock.recv(1024 * 1024)) and not part.endswith(b"!"):
            pass
        sock.sendall(CREATED)

    for module in (blocking, on_a_loop):
        monkeypatch.setattr(module, "CONNECT_TIMEOUT_S", 1)
    hook = hook_for(start(on_accept=read_slowly).url, timeout_s=60)
    assert isinstance(hook.create_document(INVOICE, body, idempotency_key="k"), Created)


def test_a_tls_handshake_that_never_ends(start: Start, hook_for: HookFor, half_a_second: float) -> None:
    server = start(on_accept=lambda sock: sock.recv(100_000) and sock.recv(1) and None)
    started = time.monotonic()
    reason = _unknown(_post(hook_for, server.url.replace("http:", "https:"), timeout_s=half_a_second)).reason
    assert "TLS handshake" in reason
    assert time.monotonic() - started < 60


def test_a_tls_handshake_that_drips(start: Start, hook_for: HookFor, half_a_second: float) -> None:
    def drip(sock: socket.socket) -> None:
        with contextlib.suppress(OSError):
            sock.sendall(b"\x16\x03\x03\x40\x00")  # a record of the handshake, 16 KiB
            for _again in range(600):
                sock.sendall(b"\x02")
                time.sleep(0.1)  # the fault itself

    server = start(on_accept=drip)
    started = time.monotonic()
    reason = _unknown(_post(hook_for, server.url.replace("http:", "https:"), timeout_s=half_a_second)).reason
    assert "TLS handshake" in reason
    assert time.monotonic() - started < 30


EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n"


def test_an_interim_answer_is_none_and_the_next_request_gets_its_own(start: Start, hook_for: HookFor) -> None:
    waited = threading.Event()

    def first(sock: socket.socket, _: Asked) -> None:
        sock.sendall(EARLY)
        waited.wait(0.5)  # the API works on it
        sock.sendall(http(201, {"id": "doc-1"}))

    server = start(first, http(201, {"id": "doc-2"}))
    hook = hook_for(server.url)
    created = [hook.create_document(INVOICE, "{}", idempotency_key=key) for key in ("k1", "k2")]
    assert created == [Created("doc-1", 201), Created("doc-2", 201)]
    assert server.connections == 1


def test_another_protocol_was_not_asked_for(start: Start, hook_for: HookFor) -> None:
    server = start(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n" + CREATED, CREATED)
    hook = hook_for(server.url)
    _unknown(hook.create_document(INVOICE, BODY, idempotency_key="k"))
    assert isinstance(hook.create_document(INVOICE, BODY, idempotency_key="k"), Created)
    assert server.connections == 2


@pytest.mark.parametrize("status", [200, 201, 400, 422])
def test_a_number_beyond_all_exponents_is_no_json(start: Start, hook_for: HookFor, status: int) -> None:
    server = start(http(status, b'{"id": "doc-1", "n": 1e9999999999999999999}'))
    _unknown(_post(hook_for, server.url))


@pytest.mark.parametrize(
    "date", ["Sun, 06 Nov 99999999999999999999 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 +9999999999999999999"]
)
def test_a_day_beyond_all_calendars_is_no_day(start: Start, hook_for: HookFor, date: str) -> None:
    outcome = _post(hook_for, start(http(429, {}, headers={"Retry-After": date})).url)
    assert isinstance(outcome, NotApplied)
    assert isinstance(outcome.error, KonturTransientError)
    assert outcome.error.retry_after_s is None


def test_the_hook_works_on_after_a_cut(start: Start, hook_for: HookFor) -> None:
    server = start(_drip(b"HTTP/1.1 201 ", b"C"), CREATED)
    hook = hook_for(server.url, timeout_s=2)
    _unknown(hook.create_document(INVOICE, BODY, idempotency_key="k"))
    assert isinstance(hook.create_document(INVOICE, BODY, idempotency_key="k"), Created)


# --- Answers that look like success


@pytest.mark.parametrize(
    "answer",
    [
        http(201, b"{"),
        http(201, b"", media="application/json"),
        http(204),
        http(201),
        http(201, b"<html>login</html>", media="text/html"),
        http(201, b'{"id": "doc-1"}', media="text/html"),
        http(202, {"id": "doc-1"}),
        http(206, {"id": "doc-1"}),
        http(201, ["doc-1"]),
        http(201, "doc-1"),
        http(201, {"error": "no"}),
        http(201, {"id": None}),
        http(201, {"id": 0}),
        http(201, {"id": -5}),
        http(201, {"id": True}),
        http(201, {"id": 1.5}),
        http(201, {"id": ""}),
        http(201, {"id": "null"}),
        http(201, {"id": "0"}),
        http(201, {"id": "00000000-0000-0000-0000-000000000000"}),
        http(201, {"id": "a b"}),
        http(201, {"id": "документ"}),
        http(201, {"id": "x" * 101}),
        http(201, {"id": {"value": "doc-1"}}),
        http(201, b'{"id": "doc-1", "n": NaN}'),
        http(201, b"[" * 100_000),
        http(201, b'{"id": ' + b"9" * 5000 + b"}"),
        http(201, b"not gzip", headers={"Content-Encoding": "gzip"}),
    ],
)
def test_success_without_a_valid_id_is_unknown(start: Start, hook_for: HookFor, answer: bytes) -> None:
    server = start(answer)
    _unknown(_post(hook_for, server.url))
    assert len(server.asked) == 1


def test_gzip_is_understood(start: Start, hook_for: HookFor) -> None:
    server = start(http(201, gzip.compress(b'{"id": "doc-1"}'), headers={"Content-Encoding": "gzip"}))
    assert isinstance(_post(hook_for, server.url), Created)


@pytest.mark.parametrize("packed", [True, False])
def test_a_body_beyond_the_cap_is_not_read(start: Start, hook_for: HookFor, packed: bool) -> None:
    body = b'{"id": "doc-1", "x": "' + b"a" * (11 * 1024 * 1024) + b'"}'
    answer = http(201, gzip.compress(body), headers={"Content-Encoding": "gzip"}) if packed else http(201, body)
    server = start(answer)
    assert "larger than 10 MiB" in _unknown(_post(hook_for, server.url)).reason


# --- Statuses


@pytest.mark.parametrize("status", [400, 413, 415, 422])
def test_refused_by_the_contract(start: Start, hook_for: HookFor, status: int) -> None:
    server = start(http(status, {"error": {"code": "x", "message": "unknown vatRate"}}, headers={"X-Request-Id": "r1"}))
    assert _post(hook_for, server.url) == Rejected("Kontur says: unknown vatRate", status, "r1")
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [400, 413, 415, 422])
@pytest.mark.parametrize("body", [b"<html>nginx</html>", None])
def test_a_gateways_refusal_is_not_the_apis_word(
    start: Start, hook_for: HookFor, status: int, body: bytes | None
) -> None:
    server = start(http(status, body, media="text/html"))
    _unknown(_post(hook_for, server.url))


@pytest.mark.parametrize("status", [408, 409, 410, 418, 451, 500, 501, 502, 503, 504, 599])
def test_not_named_by_the_contract(start: Start, hook_for: HookFor, status: int) -> None:
    server = start(http(status, {"message": "later"}))
    assert _unknown(_post(hook_for, server.url)).status == status
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(start: Start, hook_for: HookFor, status: int) -> None:
    elsewhere = start(CREATED)
    server = start(http(status, None, headers={"Location": elsewhere.url}))
    assert "redirects" in _unknown(_post(hook_for, server.url)).reason
    assert elsewhere.connections == 0


def _error(outcome: Outcome) -> KonturError:
    assert isinstance(outcome, NotApplied), outcome
    return outcome.error


@pytest.mark.parametrize(
    ("status", "words"), [(401, "Check the API key"), (402, "Check the subscription"), (403, "Check the rights")]
)
@pytest.mark.parametrize("body", [{"message": "no"}, b"<html>no</html>"])
def test_no_access(start: Start, hook_for: HookFor, status: int, words: str, body: object) -> None:
    server = start(http(status, body, media="text/html" if isinstance(body, bytes) else None))
    error = _error(_post(hook_for, server.url))
    assert isinstance(error, KonturAccessError)
    assert str(error).startswith("Connection kontur_default: ")
    assert words in str(error)
    assert error.status == status
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "1.5"}, 1.5),
        ({"Retry-After": "-3"}, 0),
        ({"Retry-After": "1000000000"}, 1_000_000_000),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"}, 0),
        ({"Retry-After": "Fri, 02 Jan 2026 00:00:30 GMT", "Date": "Fri, 02 Jan 2026 00:00:00 GMT"}, 30),
    ],
)
def test_busy(start: Start, hook_for: HookFor, headers: dict[str, str], seconds: float | None) -> None:
    server = start(http(429, b"<html>slow down</html>", media="text/html", headers=headers))
    error = _error(_post(hook_for, server.url))
    assert isinstance(error, KonturTransientError)
    assert error.retry_after_s == seconds
    assert len(server.asked) == 1


def test_retry_after_as_a_date_is_counted_from_now_without_the_servers_clock(start: Start, hook_for: HookFor) -> None:
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=100)
    server = start(http(429, None, headers={"Retry-After": format_datetime(moment, usegmt=True)}))
    error = _error(_post(hook_for, server.url))
    assert isinstance(error, KonturTransientError)
    assert error.retry_after_s is not None
    assert 90 < error.retry_after_s <= 100


def test_unknown_account_or_path(start: Start, hook_for: HookFor) -> None:
    error = _error(_post(hook_for, start(http(404, {"message": "no such account"})).url))
    assert isinstance(error, KonturConfigurationError)
    assert "no such account" in str(error)
    assert "account id" in str(error)


@pytest.mark.parametrize("document_id", [None, "d1"])
def test_a_404_page_is_not_the_api(start: Start, hook_for: HookFor, document_id: str | None) -> None:
    hook = hook_for(start(http(404, b"<html>nothing here</html>", media="text/html")).url)
    outcome = (
        hook.create_payment(INVOICE, document_id, "{}", idempotency_key="k")
        if document_id
        else hook.create_document(INVOICE, "{}", idempotency_key="k")
    )
    error = _error(outcome)
    assert isinstance(error, KonturConfigurationError)
    assert "something else than the API" in str(error)


def test_a_missing_document_is_for_the_caller_to_judge(start: Start, hook_for: HookFor) -> None:
    hook = hook_for(start(http(404, {"message": "no such document"})).url)
    assert hook.create_payment(INVOICE, "d1", "{}", idempotency_key="k") == Rejected(
        "Kontur says: no such document", 404
    )


def test_the_contract_decides_which_statuses_refuse(start: Start, hook_for: HookFor) -> None:
    contract = Contract(not_applied_statuses=frozenset({409}), busy_statuses=frozenset({503}))
    server = start(http(409, {"message": "same number"}), http(503), http(422, {"message": "?"}))
    hook = hook_for(server.url, contract=contract)
    outcomes = [hook.create_document(INVOICE, BODY, idempotency_key="k") for _ in range(3)]
    assert [type(outcome) for outcome in outcomes] == [Rejected, NotApplied, Unknown]


def test_what_is_switched_off_is_not_sent(start: Start, hook_for: HookFor) -> None:
    server = start(CREATED)
    hook = hook_for(server.url, contract=Contract(acts=False, refunds=False))
    for outcome in (
        hook.create_document(DocumentKind.ACT, "{}", idempotency_key="k"),
        hook.create_refund(INVOICE, "d1", "{}", idempotency_key="k"),
    ):
        assert isinstance(_error(outcome), KonturConfigurationError)
    assert server.connections == 0


def test_every_error_is_of_the_family() -> None:
    for kind in (KonturAccessError, KonturConfigurationError, KonturProtocolError, KonturTransientError):
        assert issubclass(kind, KonturError)


OF_COUNTERPARTY = [
    (422, {"errors": {"counterpartyId": ["unknown"]}}),
    (422, {"error": {"code": "unknown_counterparty", "message": "There is none."}}),
    (400, {"errors": [{"field": "CounterpartyId", "message": "unknown"}]}),
    (404, {"message": "Контрагент не найден"}),
]


@pytest.mark.parametrize(("status", "said"), OF_COUNTERPARTY)
def test_a_documents_refusal_may_be_of_its_counterparty(
    start: Start, hook_for: HookFor, status: int, said: object
) -> None:
    outcome = _post(hook_for, start(http(status, said)).url)
    assert isinstance(outcome, Rejected)
    assert outcome.of_counterparty


def test_which_refusals_are_of_the_counterparty_is_data_of_the_contract(start: Start, hook_for: HookFor) -> None:
    server = start(*(http(status, {"errors": {"counterpartyId": ["unknown"]}}) for status in (422, 404, 422)))
    hook = hook_for(server.url, contract=Contract(counterparty_words=()))
    refused = hook.create_document(INVOICE, BODY, idempotency_key="k")
    assert isinstance(refused, Rejected)
    assert not refused.of_counterparty
    assert isinstance(_error(hook.create_document(INVOICE, BODY, idempotency_key="k")), KonturConfigurationError)
    named = hook_for(server.url, contract=Contract(counterparty_words=("UNKNOWN",)))
    assert getattr(named.create_document(INVOICE, BODY, idempotency_key="k"), "of_counterparty", False)


def test_what_names_no_counterparty_is_not_refused_for_it(start: Start, hook_for: HookFor) -> None:
    server = start(*[http(422, {"message": "counterparty?"})] * 2)
    hook = hook_for(server.url)
    for outcome in (
        hook.create_payment(INVOICE, "d1", "{}", idempotency_key="k"),
        hook.create_counterparty("{}", idempotency_key="k"),
    ):
        assert outcome == Rejected("Kontur says: counterparty?", 422)


def test_there_is_one_like_it_already(start: Start, hook_for: HookFor) -> None:
    said = http(409, {"message": "number 1045 exists already"})
    outcome = _post(hook_for, start(said).url)
    assert outcome == Unknown("Kontur says: number 1045 exists already", 409, conflict=True)
    hook = hook_for(start(said).url, contract=Contract(conflict_statuses=frozenset()))
    assert hook.create_document(INVOICE, BODY, idempotency_key="k") == Unknown(
        "Kontur says: number 1045 exists already. Whether it was written is not known.", 409
    )
