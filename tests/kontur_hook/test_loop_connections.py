"""Connections of the event loop: when one is kept, when it is cut, how many there are; over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import ssl
import threading
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
import trustme
import uvloop
from aiohappyeyeballs import AddrInfoType, start_connection
from kontur_hook import http_pool
from kontur_hook.errors import KonturTransientError
from kontur_hook.http_answer import CutError
from kontur_hook.http_connection import Connection
from kontur_hook.on_a_loop import LoopTransport
from kontur_hook.transport import Failure, Request

from tests.kontur_hook.exchanges import HEAD, MADE, WHOLE, Run, broke, post, settings, whole
from tests.kontur_hook.hooks import Start
from tests.kontur_hook.wire import Asked, Behaviour, http, say

CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(MADE), MADE)


# --- What goes out


def test_what_a_request_says(start: Start, run: Run) -> None:
    server = start(WHOLE)
    standing = {"user-agent": "bitrix-to-kontur", "accept": "application/json", "accept-encoding": "gzip"}
    standing["host"] = f"127.0.0.1:{server.port}"

    async def work(transport: LoopTransport) -> None:
        await transport.exchange(Request("GET", f"{server.url}/x%20y?a=1&b=%D1%8F", {"X-Api-Key": "k"}))
        await transport.exchange(post(server.url, b"12345"))
        await transport.exchange(Request("POST", f"http://127.0.0.1:{server.port}", {}))
        await transport.exchange(Request("GET", f"http://127.0.0.1:{server.port}?a=1", {"Accept": "text/plain"}))

    run(work)
    assert server.asked == [
        Asked("GET", "/budget/v1/x%20y?a=1&b=%D1%8F", {**standing, "x-api-key": "k"}, b""),
        Asked(
            "POST",
            "/budget/v1",
            {**standing, "content-type": "application/json", "x-api-key": "canary-key", "content-length": "5"},
            b"12345",
        ),
        Asked("POST", "/", {**standing, "content-length": "0"}, b""),
        Asked("GET", "/?a=1", {**standing, "accept": "text/plain"}, b""),
    ]


@pytest.mark.parametrize(
    ("scheme", "netloc", "named", "port"),
    [
        ("https", "Api.Kontur.ru", "api.kontur.ru", 443),
        ("https", "api.kontur.ru:443", "api.kontur.ru", 443),
        ("http", "api.kontur.ru:443", "api.kontur.ru:443", 443),
        ("http", "[::1]", "[::1]", 80),
        ("http", "[::1]:81", "[::1]:81", 81),
    ],
)
def test_whom_a_request_names(scheme: str, netloc: str, named: str, port: int) -> None:
    origin = http_pool.origin_of(scheme, netloc)
    assert (origin.named, origin.port) == (named, port)
    assert "[" not in origin.host


@pytest.mark.parametrize("broken", ["a\r\nX-More: b", "a\nb", "a\rb", "a\0b"])
def test_a_header_that_would_be_two_is_not_sent(start: Start, run: Run, broken: str) -> None:
    server = start(WHOLE)

    async def work(transport: LoopTransport) -> None:
        assert isinstance(await transport.exchange(Request("POST", server.url, {"X-Mine": broken}, b"")), Failure)

    run(work)
    assert server.connections == 0


def test_a_proxy_of_the_environment_is_not_asked(start: Start, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    server, proxy = start(WHOLE), start(http(502))
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")

    async def work(transport: LoopTransport) -> None:
        assert whole(await transport.exchange(post(server.url))).status == 201

    run(work)
    assert proxy.connections == 0


# --- What comes back


def test_headers_have_no_case_and_the_first_of_two_counts(start: Start, run: Run) -> None:
    server = start(HEAD + b"X-Trace:  a b \r\nx-trace: c\r\nX-Raw: \xff\r\nContent-Length: 0\r\n\r\n")

    async def work(transport: LoopTransport) -> None:
        headers = whole(await transport.exchange(post(server.url))).headers
        assert (headers.get("x-TRACE"), headers["X-Raw"], headers.get("X-None")) == ("a b", "\xff", None)
        assert "CONTENT-type" in headers
        assert len(headers) == len(list(headers)) == 4

    run(work)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_an_answer_may_come_in_any_pieces(start: Start, run: Run, size: int) -> None:
    packed = gzip.compress(MADE)
    raw = b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 100 Go on\r\n\r\n" + HEAD + b"Content-Encoding: gzip\r\n"
    raw += b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\nX-After: 1\r\n\r\n" % (len(packed), packed)

    def in_pieces(sock: socket.socket, _: Asked) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(raw), size):
            sock.sendall(raw[at : at + size])

    server = start(in_pieces)

    async def work(transport: LoopTransport) -> None:
        for _ in range(3):
            answer = whole(await transport.exchange(post(server.url)))
            assert (answer.status, answer.body, "X-After" in answer.headers) == (201, MADE, False)

    run(work)
    assert server.connections == 1


LENGTH = b"Content-Length: %d\r\n" % len(MADE)


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + LENGTH + LENGTH + b"\r\n" + MADE,
        HEAD + LENGTH + b"Transfer-Encoding: chunked\r\n\r\n" + MADE,
        HEAD + b"Transfer-Encoding: chunked\r\n" + LENGTH + b"\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: identity\r\n\r\n" + MADE,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n2 \r\n{}\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
        HEAD + b"Content-Length: +15\r\n\r\n" + MADE,
        HEAD + b"Content-Length: 15, 15\r\n\r\n" + MADE,
        HEAD + b"Content-Length: \r\n\r\n" + MADE,
        HEAD + b"Content-Length: 99999999999999999999\r\n\r\n" + MADE,
        HEAD + b"X-Folded: a\r\n b\r\n" + LENGTH + b"\r\n" + MADE,
        HEAD + b"X-Spaced : a\r\n" + LENGTH + b"\r\n" + MADE,
        HEAD + b"No colon\r\n" + LENGTH + b"\r\n" + MADE,
        HEAD + b"X-Nul: a\0\r\n" + LENGTH + b"\r\n" + MADE,
        WHOLE.replace(b"\r\n", b"\n"),
        b"\r\n\r\n" + WHOLE,
        b"HTTP/1.1 099 What\r\n\r\n" + WHOLE,
        WHOLE.replace(b"HTTP/1.1", b"http/1.1"),
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\n\r\n",
    ],
)
def test_what_can_be_read_in_two_ways_is_no_answer(start: Start, run: Run, raw: bytes) -> None:
    server = start(raw, WHOLE)

    async def work(transport: LoopTransport) -> None:
        assert not broke(await transport.exchange(post(server.url))).not_sent
        assert whole(await transport.exchange(post(server.url))).body == MADE

    run(work)
    assert server.connections == 2


PACKED = gzip.compress(MADE * 50)


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", PACKED[:-1]),
        ("gzip", PACKED[:-9]),
        ("gzip", PACKED[:5]),
        ("gzip", PACKED + b"more"),
        ("deflate", b"zz"),
        ("br", b"x"),
        ("zstd", b"x"),
    ],
    ids=["sum cut", "sum missing", "head cut", "more behind", "not deflate", "br", "zstd"],
)
def test_what_is_packed_badly_or_unasked_is_not_read(start: Start, run: Run, coding: str, packed: bytes) -> None:
    server = start(http(429, packed, headers={"Content-Encoding": coding}))

    async def work(transport: LoopTransport) -> None:
        broke(await transport.exchange(post(server.url)), "cannot be decompressed")

    run(work)


def test_the_cap_is_on_what_is_unpacked_to_the_byte(start: Start, run: Run) -> None:
    cap = 10 * 1024 * 1024
    plain = [b"a" * size for size in (cap, cap + 1)]
    server = start(*(http(200, gzip.compress(body), headers={"Content-Encoding": "gzip"}) for body in plain))

    async def work(transport: LoopTransport) -> None:
        assert whole(await transport.exchange(post(server.url))).body == plain[0]
        broke(await transport.exchange(post(server.url)), "larger than 10 MiB")

    run(work)


@pytest.mark.parametrize("then", ["close", "reset"])
def test_a_body_until_the_end_of_the_connection_ends_in_an_orderly_way(start: Start, run: Run, then: str) -> None:
    server = start(say(HEAD + b"\r\n" + MADE, then=then))

    async def work(transport: LoopTransport) -> None:
        result = await transport.exchange(post(server.url))
        assert whole(result).body == MADE if then == "close" else broke(result)

    run(work)


# --- Which connection is used again


@pytest.mark.parametrize(
    "raw",
    [
        WHOLE + WHOLE,
        WHOLE + b"\r\n",
        CHUNKED + WHOLE,
        CHUNKED + b"x",
        b"HTTP/1.1 204 None\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 304 None\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n{}",
        WHOLE.replace(b"HTTP/1.1", b"HTTP/1.0"),
        HEAD + b"Connection: keep-alive\r\nConnection: Close\r\n" + LENGTH + b"\r\n" + MADE,
        HEAD + b"Connection: close\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_an_answer_stands_but_its_connection_is_not_used_again(start: Start, run: Run, raw: bytes) -> None:
    server = start(raw, http(200, {"id": "doc-2"}))

    async def work(transport: LoopTransport) -> None:
        assert whole(await transport.exchange(post(server.url))).status in {200, 201, 204, 304}
        assert whole(await transport.exchange(post(server.url))).body == b'{"id": "doc-2"}'

    run(work)
    assert server.connections == 2


def test_a_connection_is_not_kept_for_longer_than_servers_do(
    start: Start, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start(WHOLE)

    async def work(transport: LoopTransport) -> None:
        for _ in range(3):
            await transport.exchange(post(server.url))
        assert server.connections == 1
        monkeypatch.setattr(http_pool, "_IDLE_S", -1.0)
        await transport.exchange(post(server.url))
        assert server.connections == 2

    run(work)


def _until_closed(closed: threading.Event, before: bytes = b"") -> Behaviour:
    def behave(sock: socket.socket, _: Asked) -> None:
        if before:
            sock.sendall(before)
        _read_to_the_end(sock)
        closed.set()

    return behave


def _read_to_the_end(sock: socket.socket) -> None:
    with contextlib.suppress(ConnectionError):
        while sock.recv(1024 * 1024):
            pass


@pytest.mark.parametrize("unasked", [WHOLE, b"\r\n", b""], ids=["an answer", "a line", "the end"])
def test_what_comes_unasked_ends_a_kept_connection_at_once(start: Start, run: Run, unasked: bytes) -> None:
    answered, closed = threading.Event(), threading.Event()

    def behave(sock: socket.socket, asked: Asked) -> None:
        sock.sendall(WHOLE)
        answered.wait(60)
        if not unasked:
            sock.shutdown(socket.SHUT_WR)
        _until_closed(closed, unasked)(sock, asked)

    server = start(behave, http(200, {"id": "doc-2"}))

    async def work(transport: LoopTransport) -> None:
        assert whole(await transport.exchange(post(server.url))).body == MADE
        answered.set()
        assert await asyncio.to_thread(closed.wait, 60)
        assert whole(await transport.exchange(post(server.url))).body == b'{"id": "doc-2"}'

    run(work)
    assert server.connections == 2


def test_what_is_kept_for_one_host_makes_room_for_another(start: Start, run: Run) -> None:
    closed = threading.Event()
    one, other = start(_until_closed(closed, WHOLE)), start(WHOLE)

    async def work(transport: LoopTransport) -> None:
        assert whole(await transport.exchange(post(one.url))).status == 201
        assert not closed.is_set()
        assert whole(await transport.exchange(post(other.url))).status == 201
        assert await asyncio.to_thread(closed.wait, 60)

    run(work, concurrency=1)


def test_an_answer_before_the_request_has_left_whole(start: Start, run: Run) -> None:
    answered, closed = threading.Event(), threading.Event()

    def on_accept(sock: socket.socket) -> None:
        assert sock.recv(1)  # the request has begun to leave: what comes before that is no answer
        sock.sendall(http(413, {"message": "no"}))
        answered.wait(60)  # who reads at once may read all of it before the client sees the answer
        _read_to_the_end(sock)
        closed.set()

    server = start(on_accept=on_accept)

    async def work(transport: LoopTransport) -> None:
        assert whole(await transport.exchange(post(server.url, b"x" * (64 * 1024 * 1024)))).status == 413
        answered.set()
        assert await asyncio.to_thread(closed.wait, 60)

    run(work)


# --- Places, deadlines, ends


def test_whoever_finds_no_place_in_time_has_sent_nothing(start: Start, run: Run) -> None:
    server = start(lambda sock, _: sock.recv(1) and None)

    async def work(transport: LoopTransport) -> None:
        first = asyncio.create_task(transport.exchange(post(server.url)))
        while not server.asked:
            await asyncio.sleep(0.01)
        transport._timeout_s = 0.2  # of the next one
        second = await transport.exchange(post(server.url))
        assert broke(second, "did not accept a connection in time").not_sent
        assert not first.done()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first

    run(work, concurrency=1)
    assert len(server.asked) == 1


def test_a_connection_that_ends_as_soon_as_it_stands(start: Start, run: Run) -> None:
    server = start(on_accept=lambda _: None)

    async def work(transport: LoopTransport) -> None:
        for _ in range(20):
            assert not broke(await transport.exchange(post(server.url))).not_sent
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, "127.0.0.1", server.port)
        while connection.is_idle:
            await asyncio.sleep(0)
        for _ in range(3):  # asyncio takes leave of it on its next turn
            await asyncio.sleep(0)
        assert isinstance(await connection.exchange(b"POST / HTTP/1.1\r\n\r\n", b"", lambda _: None), CutError)

    run(work)


def test_who_is_cancelled_leaves_nothing_behind(start: Start, run: Run) -> None:
    closed = threading.Event()
    server = start(_until_closed(closed), WHOLE)

    async def work(transport: LoopTransport) -> None:
        task = asyncio.create_task(transport.exchange(post(server.url)))
        while not server.asked:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(closed.wait, 60)
        assert whole(await transport.exchange(post(server.url))).status == 201

    run(work, concurrency=1)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_who_is_cancelled_while_connecting_gives_up_his_place(
    start: Start, run: Run, scheme: str, tmp_path: Path
) -> None:
    """TLS hangs in its handshake; without it, the backlog is full."""
    silent = start(on_accept=lambda sock: sock.recv(100_000) and sock.recv(1) and None)
    server, bundle = start(WHOLE), tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(bundle)

    async def work(transport: LoopTransport) -> None:
        with contextlib.ExitStack() as stack:
            port = silent.port if scheme == "https" else _full(stack)
            task = asyncio.create_task(transport.exchange(post(f"{scheme}://127.0.0.1:{port}/")))
            while scheme == "https" and not silent.connections:
                await asyncio.sleep(0.01)
            for _ in range(100):  # nothing tells how far it is without TLS; wherever it is, this holds
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert whole(await transport.exchange(post(server.url))).status == 201

    run(work, concurrency=1, ca_bundle=str(bundle))


@pytest.mark.parametrize("first", ["hangs", "refuses"])
def test_a_hosts_next_address_is_tried(
    start: Start, run: Run, monkeypatch: pytest.MonkeyPatch, first: Literal["hangs", "refuses"]
) -> None:
    """Long before the first one's time is up."""
    server = start(WHOLE)

    async def work(transport: LoopTransport) -> None:
        with contextlib.ExitStack() as stack:
            port = _full(stack) if first == "hangs" else _closed()

            async def connecting(addresses: Sequence[AddrInfoType], **how: Any) -> socket.socket:
                return await start_connection([(*addresses[0][:4], ("127.0.0.1", port)), *addresses], **how)

            monkeypatch.setattr(http_pool, "start_connection", connecting)
            assert whole(await transport.exchange(post(server.url))).status == 201

    run(work)


def _closed() -> int:
    """A port that nobody listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port: int = server.getsockname()[1]
    return port


def _full(stack: contextlib.ExitStack) -> int:
    """The port of a server that accepts nobody more."""
    server = stack.enter_context(socket.socket())
    server.bind(("127.0.0.1", 0))
    server.listen(0)
    for _ in range(8):
        filler = stack.enter_context(socket.socket())
        filler.setblocking(False)
        filler.connect_ex(server.getsockname())
    port: int = server.getsockname()[1]
    return port


@pytest.mark.parametrize("loop_run", [uvloop.run, asyncio.run])
def test_the_end_of_the_block_ends_all_connections(
    start: Start, loop_run: Callable[[Coroutine[Any, Any, None]], None]
) -> None:
    """On any event loop: who uses the hook for something else may have another one."""
    kept, waiting = threading.Event(), threading.Event()
    server = start(_until_closed(kept, WHOLE), _until_closed(waiting, HEAD + b"\r\n" + MADE))

    async def within() -> None:
        async with LoopTransport(settings(), None) as transport:
            assert whole(await transport.exchange(post(server.url))).status == 201
            left = [asyncio.create_task(transport.exchange(post(server.url))) for _ in range(2)]
            while len(server.asked) < 2:
                await asyncio.sleep(0.01)
        for task in left:
            broke(await task)  # also the one whose body lasts until the connection ends
        assert await asyncio.to_thread(waiting.wait, 60)
        assert await asyncio.to_thread(kept.wait, 60)
        assert isinstance(await transport.exchange(post(server.url)), Failure)

    loop_run(within())


# --- TLS


def test_a_connection_in_tls_is_used_again(start: Start, run: Run, tls: tuple[ssl.SSLContext, str]) -> None:
    """Although TLS has sent things of its own meanwhile."""
    server = start(WHOLE, tls=tls[0])

    async def work(transport: LoopTransport) -> None:
        for _ in range(10):
            assert whole(await transport.exchange(post(server.url))).body == MADE

    run(work, ca_bundle=tls[1])
    assert server.connections == 1


@pytest.mark.parametrize("polite", [True, False])
def test_a_body_until_the_end_of_tls(start: Start, run: Run, tls: tuple[ssl.SSLContext, str], polite: bool) -> None:
    """Many a server leaves without TLS's goodbye; JSON that is cut does not parse."""

    def behave(sock: socket.socket, _: Asked) -> None:
        sock.sendall(HEAD + b"\r\n" + MADE)
        if polite:
            with contextlib.suppress(OSError):
                sock.unwrap()  # type: ignore[attr-defined]
        raise ConnectionAbortedError

    server = start(behave, tls=tls[0])

    async def work(transport: LoopTransport) -> None:
        assert whole(await transport.exchange(post(server.url))).body == MADE

    run(work, ca_bundle=tls[1])


@pytest.mark.parametrize("raw", [b"", HEAD, WHOLE[:-3]])
def test_an_answer_cut_in_tls(start: Start, run: Run, tls: tuple[ssl.SSLContext, str], raw: bytes) -> None:
    server = start(say(raw, then="cut"), tls=tls[0])

    async def work(transport: LoopTransport) -> None:
        assert not broke(await transport.exchange(post(server.url))).not_sent

    run(work, ca_bundle=tls[1])


def test_garbage_instead_of_tls_in_the_middle(start: Start, run: Run, tls: tuple[ssl.SSLContext, str]) -> None:
    def behave(sock: socket.socket, _: Asked) -> None:
        sock.sendall(WHOLE[:-3])
        socket.socket.send(sock, b"in the clear" * 100)

    server = start(behave, tls=tls[0])

    async def work(transport: LoopTransport) -> None:
        result = broke(await transport.exchange(post(server.url)))
        assert isinstance(result.error, KonturTransientError)
        assert not result.not_sent

    run(work, ca_bundle=tls[1])


def test_many_at_once_in_tls(start: Start, run: Run, tls: tuple[ssl.SSLContext, str]) -> None:
    server = start(WHOLE, tls=tls[0])

    async def work(transport: LoopTransport) -> None:
        results = await asyncio.gather(*(transport.exchange(post(server.url)) for _ in range(60)))
        assert {whole(result).body for result in results} == {MADE}

    run(work, ca_bundle=tls[1], concurrency=5)
    assert len(server.asked) == 60
    assert server.connections <= 5
