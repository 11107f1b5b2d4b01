"""What is made of answers and connections byte for byte, over real sockets, the same both ways."""

from __future__ import annotations

import gzip
import socket
import threading
import zlib
from collections.abc import Callable

import pytest
from kontur_hook.contract import DocumentKind
from kontur_hook.outcome import Created, Outcome, Unknown

from tests.kontur_hook.hooks import HookFor, Start
from tests.kontur_hook.wire import Asked, Behaviour, http, say

INVOICE = DocumentKind.SALE_INVOICE
MADE = b'{"id": "doc-1"}'
JSON = b"Content-Type: application/json\r\n"
HEAD = b"HTTP/1.1 201 Created\r\n" + JSON
LENGTH = b"Content-Length: %d\r\n" % len(MADE)


def _post(hook_for: HookFor, url: str) -> Outcome:
    return hook_for(url).create_document(INVOICE, "{}", idempotency_key="k")


def _chunks(body: bytes) -> bytes:
    return (
        b"".join(b"%x;x=y\r\n%b\r\n" % (len(part), part) for part in (body[:5], body[5:])) + b"0\r\nX-After: 1\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("raw", "then"),
    [
        (HEAD + b"\r\n" + MADE, "close"),
        (HEAD + b"Connection: close\r\n\r\n" + MADE, "close"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + LENGTH + b"\r\n" + MADE, "stay"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + _chunks(MADE), "stay"),
        (HEAD.replace(b" Created", b"") + LENGTH + b"\r\n" + MADE, "stay"),
        (HEAD + b"Upgrade: h2,h2c\r\nConnection: Upgrade\r\n" + LENGTH + b"\r\n" + MADE, "stay"),
        (HEAD + b"content-LENGTH:%d  \r\n\r\n" % len(MADE) + MADE, "stay"),
        (HEAD + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" + _chunks(gzip.compress(MADE)), "stay"),
        (HEAD + b"Content-Encoding: identity\r\n" + LENGTH + b"\r\n" + MADE, "stay"),
    ],
    ids=[
        "until the end",
        "until the end, as said",
        "1xx",
        "chunks",
        "no word",
        "h2",
        "spaces",
        "packed chunks",
        "plain",
    ],
)
def test_an_answer_is_whole(start: Start, hook_for: HookFor, raw: bytes, then: str) -> None:
    assert _post(hook_for, start(say(raw, then=then)).url) == Created("doc-1", 201)


@pytest.mark.parametrize("bare", [False, True])
def test_deflate_is_understood(start: Start, hook_for: HookFor, bare: bool) -> None:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS if bare else zlib.MAX_WBITS)
    packed = packer.compress(MADE) + packer.flush()
    server = start(http(201, packed, headers={"Content-Encoding": "deflate"}))
    assert isinstance(_post(hook_for, server.url), Created)


@pytest.mark.parametrize(
    "packed",
    [b"not gzip", gzip.compress(MADE)[:10] + b"\xff" * 20, gzip.compress(MADE)[:-8] + b"\0" * 8],
    ids=["none", "damaged", "wrong sum"],
)
def test_what_cannot_be_unpacked(start: Start, hook_for: HookFor, packed: bytes) -> None:
    server = start(http(201, packed, headers={"Content-Encoding": "gzip"}))
    assert _post(hook_for, server.url) == Unknown("Kontur's answer cannot be decompressed.")
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"X-Long: " + b"x" * 70 * 1024 + b"\r\n" + LENGTH + b"\r\n" + MADE,
        b"HTTP/1.1 201 " + b"x" * 70 * 1024 + b"\r\n" + LENGTH + b"\r\n" + MADE,
        HEAD + b"X-Many: x\r\n" * 200 + LENGTH + b"\r\n" + MADE,
        HEAD + LENGTH + b"Content-Length: 3\r\n\r\n" + MADE,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + MADE,
        HEAD.replace(b"201", b"20") + LENGTH + b"\r\n" + MADE,
        HEAD.replace(b"201", b"2010") + LENGTH + b"\r\n" + MADE,
        b"SSH-2.0-OpenSSH\r\n",
    ],
    ids=["long header", "long word", "many headers", "two lengths", "chunk", "short status", "long status", "ssh"],
)
def test_what_is_no_answer(start: Start, hook_for: HookFor, raw: bytes) -> None:
    """Each is taken for none as soon as it has come; the server goes on waiting."""
    server = start(raw)
    outcome = _post(hook_for, server.url)
    assert isinstance(outcome, Unknown)
    assert "broke before a whole answer came" in outcome.reason
    assert len(server.asked) == 1


def test_requests_one_after_the_other_share_a_connection(start: Start, hook_for: HookFor) -> None:
    server = start(http(201, {"id": "doc-1"}), HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + _chunks(MADE), http(422))
    hook = hook_for(server.url)
    for _ in range(20):
        hook.create_document(INVOICE, "{}", idempotency_key="k")
    assert len(server.asked) == 20
    assert server.connections == 1


# --- A connection that is kept, and is no longer what it was: each of these costs no unknown outcome


def _then(act: Callable[[socket.socket], None], answered: threading.Event, done: threading.Event) -> Behaviour:
    """Answer; once the test has got that, act."""

    def behave(sock: socket.socket, _: Asked) -> None:
        sock.sendall(http(201, {"id": "doc-1"}))
        answered.wait(60)
        act(sock)
        done.set()

    return behave


@pytest.mark.parametrize(
    "act",
    [
        lambda sock: sock.shutdown(socket.SHUT_WR),
        lambda sock: sock.sendall(http(201, {"id": "doc-0"})),
        lambda sock: sock.sendall(b"\r\n"),
    ],
    ids=["closed", "an answer nobody asked for", "a line nobody asked for"],
)
def test_a_kept_connection_is_looked_at_before_it_is_used(
    start: Start, hook_for: HookFor, act: Callable[[socket.socket], None]
) -> None:
    answered, done = threading.Event(), threading.Event()
    server = start(_then(act, answered, done), http(201, {"id": "doc-2"}))
    hook = hook_for(server.url)
    assert hook.create_document(INVOICE, "{}", idempotency_key="k") == Created("doc-1", 201)
    answered.set()
    assert done.wait(60)
    assert hook.create_document(INVOICE, "{}", idempotency_key="k") == Created("doc-2", 201)
    assert server.connections == 2
    assert len(server.asked) == 2
