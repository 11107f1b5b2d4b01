"""Who is next on the wire: what is handed on with its connection, and what leaves too late; over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import socket
import ssl
import threading
import time
from typing import Any

import pytest
from kontur_hook import http_pool
from kontur_hook.blocking import BlockingTransport, finish
from kontur_hook.errors import KonturTooLateError
from kontur_hook.http_connection import Connection
from kontur_hook.on_a_loop import LoopTransport
from kontur_hook.transport import Answer, Failure

from tests.kontur_hook.exchanges import HEAD, MADE, WHOLE, Run, post, settings, whole
from tests.kontur_hook.hooks import Start
from tests.kontur_hook.wire import Asked, Behaviour, Wire, http, say


def _seen(server: Wire, count: int) -> None:
    """Blocks the loop, so that nothing else is done meanwhile, until the server has read so many requests."""
    give_up = time.monotonic() + 5
    while len(server.asked) < count:
        assert time.monotonic() < give_up, f"{len(server.asked)} of {count}"
        time.sleep(0.001)


def test_the_next_request_leaves_before_anybody_learns_of_a_good_answer(start: Start, run: Run) -> None:
    server, others = start(WHOLE), start(WHOLE)
    learned: list[str] = []

    async def work(transport: LoopTransport) -> None:
        async def ask(name: str, seen: int) -> None:
            assert whole(await transport.exchange(post(server.url, name.encode()))).status == 201
            _seen(server, seen)
            learned.append(name)

        async def ask_others() -> None:
            assert whole(await transport.exchange(post(others.url))).status == 201
            learned.append("other")

        await asyncio.gather(ask("a", 2), ask("b", 3), ask("c", 3), ask_others(), ask("d", 4))

    run(work, concurrency=1)
    assert [asked.body for asked in server.asked] == [b"a", b"b", b"c", b"d"]
    assert learned == ["a", "b", "c", "other", "d"]
    assert (server.connections, others.connections) == (2, 1)  # one at a time, each in his turn


@pytest.mark.parametrize(
    "bad", [http(429, {}, headers={"Retry-After": "1"}), http(500), http(401, {}), b"rubbish\r\n\r\n"]
)
def test_after_a_bad_answer_its_caller_goes_first(
    start: Start, run: Run, bad: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start(bad, WHOLE)
    done: list[str] = []
    write = Connection._write

    def writing(self: Connection, head: bytes, body: bytes) -> None:
        done.append(f"{body.decode()} leaves")
        write(self, head, body)

    async def work(transport: LoopTransport) -> None:
        async def ask(name: str) -> None:
            await transport.exchange(post(server.url, name.encode()))
            done.append(f"{name} learned")

        await asyncio.gather(ask("a"), ask("b"))

    monkeypatch.setattr(Connection, "_write", writing)
    run(work, concurrency=1)
    assert done == ["a leaves", "a learned", "b leaves", "b learned"]


def _says_goodbye(sock: socket.socket, _: Asked) -> None:
    """TLS ends, the connection below it stays until the other side ends it."""
    sock.sendall(HEAD + b"\r\n" + MADE)
    with contextlib.suppress(OSError):
        sock.unwrap()  # type: ignore[attr-defined]
    raise ConnectionAbortedError


@pytest.mark.parametrize(
    "last",
    [
        _says_goodbye,
        say(HEAD + b"\r\n" + MADE, then="close"),
        say(HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(MADE) + MADE),
        say(WHOLE + b"unasked"),
    ],
)
def test_nothing_is_handed_on_with_a_connection_that_ends(
    start: Start, run: Run, tls: tuple[ssl.SSLContext, str], last: Behaviour
) -> None:
    server = start(last, last, WHOLE, tls=tls[0])

    async def work(transport: LoopTransport) -> None:
        results = await asyncio.gather(*(transport.exchange(post(server.url)) for _ in range(3)))
        assert [whole(result).body for result in results] == [MADE] * 3

    run(work, concurrency=1, ca_bundle=tls[1])
    assert (len(server.asked), server.connections) == (3, 3)


def test_who_gives_up_in_line_or_after_it_keeps_no_place(start: Start, run: Run) -> None:
    goes_on = threading.Event()

    def waiting(sock: socket.socket, _: Asked) -> None:
        goes_on.wait(5)
        sock.sendall(WHOLE)

    server = start(WHOLE, waiting, WHOLE)

    async def work(transport: LoopTransport) -> None:
        first, second, third, fourth = (asyncio.create_task(transport.exchange(post(server.url))) for _ in range(4))
        await asyncio.sleep(0)
        third.cancel()  # in line
        assert whole(await first).status == 201
        _seen(server, 2)
        second.cancel()  # handed on to him, and under way
        with contextlib.suppress(asyncio.CancelledError):
            await second
        goes_on.set()
        assert whole(await fourth).status == 201
        assert whole(await transport.exchange(post(server.url))).status == 201

    run(work, concurrency=1)
    assert (len(server.asked), server.connections) == (4, 2)


def _not_sent(result: Answer | Failure) -> bool:
    return isinstance(result, Failure) and isinstance(result.error, KonturTooLateError) and result.not_sent


def test_what_has_to_leave_by_a_moment_does_not_leave_after_it(start: Start, run: Run) -> None:
    def slow(sock: socket.socket, _: Asked) -> None:
        is_over.wait(5)
        sock.sendall(WHOLE)

    is_over = threading.Event()
    server = start(slow, WHOLE)

    async def work(transport: LoopTransport) -> None:
        now = time.monotonic()
        first, late, in_time = (
            asyncio.create_task(transport.exchange(dataclasses.replace(post(server.url, name), leave_by=now + most_s)))
            for name, most_s in ((b"first", 60), (b"late", 0.01), (b"in time", 60))
        )
        await asyncio.sleep(0)
        while time.monotonic() <= now + 0.01:
            time.sleep(0.001)
        is_over.set()
        assert _not_sent(await late)
        assert [whole(result).status for result in (await first, await in_time)] == [201, 201]
        assert _not_sent(await transport.exchange(dataclasses.replace(post(server.url), leave_by=now)))

    run(work, concurrency=1)
    assert [asked.body for asked in server.asked] == [b"first", b"in time"]
    assert server.connections == 1


def test_who_was_late_for_a_connection_that_came_slowly_leaves_it_to_the_next(
    start: Start, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start(WHOLE)

    async def work(transport: LoopTransport) -> None:
        moment = time.monotonic() + 0.01
        connected = http_pool.Pool._connected

        async def slowly(*given: Any) -> Connection:
            connection = await connected(*given)
            while time.monotonic() <= moment:
                await asyncio.sleep(0.001)
            return connection

        monkeypatch.setattr(http_pool.Pool, "_connected", slowly)
        assert _not_sent(await transport.exchange(dataclasses.replace(post(server.url), leave_by=moment)))
        assert whole(await transport.exchange(post(server.url))).status == 201

    run(work, concurrency=1)
    assert (len(server.asked), server.connections) == (1, 1)


def test_what_blocks_its_thread_does_not_leave_too_late_either(start: Start) -> None:
    server = start(WHOLE)
    transport = BlockingTransport(settings())
    late = dataclasses.replace(post(server.url), leave_by=time.monotonic())
    in_time = dataclasses.replace(late, leave_by=time.monotonic() + 60)
    assert _not_sent(finish(transport.exchange(late)))
    assert whole(finish(transport.exchange(in_time))).status == 201
    assert len(server.asked) == 1
