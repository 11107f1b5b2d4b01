"""Each fault over real HTTP: what a client sees, and what stands in the books."""

from __future__ import annotations

import collections
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import urllib3

from proof.waiting import wait_until
from sandbox.kontur.faults.catalogue import DOUBLED, FAULTS, Point
from sandbox.kontur.serving import Sandbox

Invoice = Callable[..., dict[str, Any]]
INVOICES = "/documents/saleinvoices"
NO_STATUS = ("reset", "close", "hang", "cut_status_line", "cut_headers", "cut_body", "cut_chunk", "slow_drip")


@pytest.fixture
def sandbox(sandbox: Sandbox) -> Iterator[Sandbox]:
    yield sandbox
    sandbox.set_faults()


def _written(sandbox: Sandbox, number: str) -> int:
    return sum(row["number"] == number for row in sandbox.books.documents())


def _next(sandbox: Sandbox, fault: str, **plan: Any) -> None:
    sandbox.set_faults(next=[{"fault": fault}], **plan)


def _cause(error: BaseException) -> str:
    """The class names from the outermost error to the first cause."""
    chain: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(chain) < 6:
        chain.append(type(seen).__name__)
        seen = next((arg for arg in seen.args if isinstance(arg, BaseException)), None)
    return " ".join(chain)


WRITES = sorted(name for name, fault in FAULTS.items() if not fault.on_reads and not name.startswith("late"))


@pytest.mark.parametrize("name", WRITES)
def test_what_a_write_leaves_in_the_books(api: Any, invoice: Invoice, sandbox: Sandbox, name: str) -> None:
    fault = FAULTS[name]
    body = invoice(number=name)
    _next(sandbox, name, hang_s=0.2, drip_interval_ms=1)
    try:
        status = api.post(
            INVOICES, body, headers={"Idempotency-Key": name}, timeout=30, allow_redirects=False, stream=True
        ).status_code
    except requests.RequestException:
        status = None

    committed = {Point.BEFORE_READ: 0, Point.BEFORE_COMMIT: 0, Point.AFTER_COMMIT: 1}[fault.point]
    assert _written(sandbox, name) == (2 if fault.kind in DOUBLED else committed)
    if fault.kind.startswith("status_"):
        assert status == int(fault.kind[-3:])
    fired = [row for row in sandbox.control("GET", "/faults/journal")["items"] if row["idempotency_key"] == name]
    assert [row["fault"] for row in fired] == [name]
    assert (fired[0]["status"] is None) == (fault.kind in {*NO_STATUS, "doubled_close"})
    assert api.created(INVOICES, invoice(number=f"{name}, afterwards")), "the server goes on"


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("reset_before_read", "ConnectionError ProtocolError"),  # the reset may meet the client while it still sends
        ("reset_after_commit", "ConnectionError ProtocolError ConnectionResetError"),
        ("close_before_commit", "ConnectionError ProtocolError RemoteDisconnected"),
        ("close_after_commit", "ConnectionError ProtocolError RemoteDisconnected"),
        ("hang_before_commit", "ReadTimeout ReadTimeoutError"),
        ("hang_after_commit", "ReadTimeout ReadTimeoutError"),
        ("cut_body_after_commit", "ChunkedEncodingError ProtocolError IncompleteRead"),
        ("cut_chunk_after_commit", "ChunkedEncodingError"),
        ("bad_gzip_after_commit", "ContentDecodingError"),
        ("search_reset", "ConnectionError ProtocolError ConnectionResetError"),
        ("search_hang", "ReadTimeout ReadTimeoutError"),
        ("search_cut_body", "ChunkedEncodingError ProtocolError IncompleteRead"),
    ],
)
def test_what_a_client_sees_of_a_broken_connection(
    api: Any, invoice: Invoice, sandbox: Sandbox, kind: str, error: str
) -> None:
    body = invoice(number="broken")
    method = "GET" if FAULTS[kind].on_reads else "POST"
    _next(sandbox, kind, hang_s=300)
    timeout = 0.5 if FAULTS[kind].kind == "hang" else 30
    with pytest.raises(requests.RequestException) as caught:
        api.session.request(method, api.root + INVOICES, json=body if method == "POST" else None, timeout=timeout)
    assert _cause(caught.value).startswith(error)


def test_a_cut_status_line_looks_like_a_201_to_requests(api: Any, invoice: Invoice, sandbox: Sandbox) -> None:
    body = invoice()
    _next(sandbox, "cut_status_line_after_commit")
    answer = api.post(INVOICES, body)
    assert (answer.status_code, answer.content) == (201, b"")


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        ("html_before_commit", (200, "text/html; charset=utf-8", b"<!DOC")),
        ("empty_204_after_commit", (204, None, b"")),
        ("no_id_after_commit", (201, "application/json", b"{}")),
        ("null_id_after_commit", (201, "application/json", b'{"id": null}')),
        ("number_id_after_commit", (201, "application/json", b'{"id": 0}')),
        ("error_in_200_after_commit", (200, "application/json", b'{"error":')),
        ("cut_headers_after_commit", (201, None, b"")),
    ],
)
def test_answers_that_cannot_be_trusted(
    api: Any, invoice: Invoice, sandbox: Sandbox, fault: str, seen: tuple[int, str | None, bytes]
) -> None:
    document = invoice()
    status, content_type, beginning = seen
    _next(sandbox, fault)
    answer = api.post(INVOICES, document)
    assert (answer.status_code, answer.headers.get("Content-Type")) == (status, content_type)
    assert answer.content.startswith(beginning)
    assert bool(answer.content) == bool(beginning)


def test_bad_json_is_the_right_answer_without_its_end(api: Any, invoice: Invoice, sandbox: Sandbox) -> None:
    document = invoice()
    _next(sandbox, "bad_json_after_commit")
    answer = api.post(INVOICES, document)
    assert answer.status_code == 201
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_a_foreign_id_is_another_documents(api: Any, invoice: Invoice, sandbox: Sandbox) -> None:
    other = api.created(INVOICES, invoice(number="other"))
    _next(sandbox, "foreign_id_after_commit")
    assert api.created(INVOICES, invoice(number="foreign")) == other
    assert _written(sandbox, "foreign") == 1


def test_a_redirect_followed_with_its_body_posts_twice(api: Any, invoice: Invoice, sandbox: Sandbox) -> None:
    body = invoice(number="redirected")
    _next(sandbox, "status_307_after_commit")
    assert api.post(INVOICES, body).status_code == 201
    assert _written(sandbox, "redirected") == 2


def test_busy_comes_with_every_kind_of_retry_after(api: Any, sandbox: Sandbox) -> None:
    sandbox.set_faults(seed=1, rates={"search_status_429": 1})
    seen = {api.get("/counterparties", inn=str(n)).headers.get("Retry-After") for n in range(60)}
    assert seen == {None, "0", "1", "-1", "1000000000", "soon", "Wed, 21 Oct 2015 07:28:00 GMT"}


def test_a_slow_drip_is_the_right_answer_a_byte_at_a_time(api: Any, invoice: Invoice, sandbox: Sandbox) -> None:
    body = invoice(number="drip")
    _next(sandbox, "slow_drip_after_commit", drip_interval_ms=5)
    started = time.monotonic()
    answer = api.post(INVOICES, body, timeout=30)
    assert time.monotonic() - started > 0.6, "more than a hundred bytes, 5 ms each"
    assert api.get(f"{INVOICES}/{answer.json()['id']}").json()["number"] == "drip"
    assert len(answer.headers["X-Kontur-Trace-Id"]) == 32


@pytest.mark.parametrize("fault", ["huge_body_after_commit", "gzip_bomb_after_commit"])
def test_a_huge_body_can_be_left_in_the_middle(api: Any, invoice: Invoice, sandbox: Sandbox, fault: str) -> None:
    body = invoice()
    _next(sandbox, fault)
    with api.post(INVOICES, body, stream=True, timeout=20) as answer:
        chunks = answer.iter_content(1024 * 1024)
        assert sum(len(next(chunks)) for _ in range(3)) == 3 * 1024 * 1024
    assert api.get(INVOICES).status_code == 200


def test_a_late_commit_comes_after_the_client_has_gone(api: Any, invoice: Invoice, sandbox: Sandbox) -> None:
    body = invoice(number="late")
    _next(sandbox, "late_commit", late_commit_s=0.6)
    with pytest.raises(requests.ReadTimeout):
        api.post(INVOICES, body, timeout=0.2)
    wait_until(lambda: _written(sandbox, "late") == 1)
    (document,) = [row for row in sandbox.books.documents() if row["number"] == "late"]
    assert document["created_at"] - sandbox.books.requests()[-1]["at"] >= 0.6


def test_half_a_request_writes_nothing(api: Any, invoice: Invoice, sandbox: Sandbox) -> None:
    """A client that dies while it sends: no fault of the server, but a row of the matrix."""
    request = requests.Request("POST", api.root + INVOICES, json=invoice(number="half")).prepare()
    assert isinstance(request.body, bytes)
    address = urllib3.util.parse_url(sandbox.url)
    with socket.create_connection((address.host, address.port), timeout=5) as connection:
        head = (
            f"POST {request.path_url} HTTP/1.1\r\nHost: x\r\nX-Api-Key: demo-key\r\nContent-Type: application/json\r\n"
        )
        connection.sendall(f"{head}Content-Length: {len(request.body)}\r\n\r\n".encode() + request.body[:-10])
    assert api.get(INVOICES).status_code == 200
    assert _written(sandbox, "half") == 0


def test_a_stuck_search_is_an_empty_list(api: Any, invoice: Invoice, sandbox: Sandbox) -> None:
    api.created(INVOICES, invoice(number="stuck"))
    _next(sandbox, "search_stuck")
    assert api.get(INVOICES, number="stuck").json() == {"items": []}
    assert len(api.get(INVOICES, number="stuck").json()["items"]) == 1


def test_a_substring_hit_is_not_the_number_asked_for(api: Any, invoice: Invoice, sandbox: Sandbox) -> None:
    api.created(INVOICES, invoice(number="77123"))
    _next(sandbox, "search_substring")
    assert [item["number"] for item in api.get(INVOICES, number="7712").json()["items"]] == ["77123"]
    assert api.get(INVOICES, number="7712").json() == {"items": []}


def test_a_shifted_page_shows_a_row_twice_or_leaves_one_out(api: Any, invoice: Invoice, sandbox: Sandbox) -> None:
    ids = [api.created(INVOICES, invoice(number=str(n), date="2024-02-29")) for n in range(6)]
    sandbox.set_faults(seed=1, rates={"search_shifted_page": 1})
    day = {"dateFrom": "2024-02-29", "dateTo": "2024-02-29", "limit": 2}
    assert [item["id"] for item in api.get(INVOICES, **day).json()["items"]] == ids[:2], "the first stays"
    seen = set()
    for _ in range(20):
        items = api.get(INVOICES, **day, offset=2).json()["items"]
        seen.add(tuple(ids.index(item["id"]) for item in items))
    assert seen == {(1, 2), (3, 4)}


def test_the_journal_counts_what_fired_and_calm_weather_returns(api: Any, invoice: Invoice, sandbox: Sandbox) -> None:
    def counts() -> collections.Counter[str]:
        return collections.Counter(sandbox.control("GET", "/faults/journal")["counts"])

    before = counts()
    body = invoice()
    sandbox.set_faults(seed=5, rates={"status_500_after_commit": 0.5})
    statuses = [api.post(INVOICES, body, headers={"Idempotency-Key": f"journal:{n}"}).status_code for n in range(40)]
    assert 5 < statuses.count(500) < 35
    assert counts() - before == {"status_500_after_commit": statuses.count(500)}

    sandbox.set_faults()
    assert {api.post(INVOICES, body).status_code for _ in range(20)} == {201}
