"""Lets a request meet its fault, between the server's door and its books."""

from __future__ import annotations

import asyncio
import json
import random
import uuid
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.kontur.faults.catalogue import DOUBLED, Point
from sandbox.kontur.faults.plan import Asked, FaultPicker, Fired
from sandbox.kontur.faults.spoiling import BOMB_BYTES, CUT, REPLACED, Answer, created, with_status
from sandbox.kontur.faults.wire import Wire
from sandbox.kontur.ledger import Ledger
from sandbox.kontur.paths import BASE_PATH, TRACE_HEADER
from sandbox.kontur.request_log import RequestLog


class FaultInjector:
    """Stands before ``app``; without a fault it only passes on."""

    def __init__(self, app: ASGIApp, picker: Callable[[], FaultPicker], ledger: Ledger, log: RequestLog) -> None:
        self._app = app
        self._picker = picker
        self._ledger = ledger
        self._log = log
        self._late: set[asyncio.Task[Answer]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fired = self._picker().pick(_asked(scope)) if scope["path"].startswith(BASE_PATH) else None
        if fired is None:
            await self._app(scope, receive, send)
            return
        self._log.fault_fired(scope["state"]["row"], fired.fault.name)
        await self._strike(fired, scope, receive, send)

    async def _strike(self, fired: Fired, scope: Scope, receive: Receive, send: Send) -> None:
        if fired.fault.point is Point.BEFORE_READ:
            answer = created(str(uuid.uuid4()))
        else:
            answer = await self._serve(fired, scope, await _read(receive))
        kind, plan, wire = fired.fault.kind, self._picker().plan, Wire(scope, receive)
        trace = (TRACE_HEADER.lower().encode(), scope["state"]["trace_id"].encode())
        if kind == "reset":
            await wire.reset()
        elif kind in {"close", "doubled_close"}:
            await wire.close()
        elif kind in {"hang", "late_commit"}:
            await wire.hang(plan.hang_s)
        elif kind in CUT:
            await wire.close(CUT[kind](answer.with_header(trace)))
        elif kind == "slow_drip":
            await wire.drip(answer.with_header(trace).raw(), plan.drip_interval_ms / 1000)
        elif kind == "huge_body":
            await _send_blanks(send)
        else:
            await _send(self._replacement(fired, scope["path"], answer), send)

    async def _serve(self, fired: Fired, scope: Scope, body: bytes) -> Answer:
        """Do with the request what the fault leaves of it; without a commit, the answer is only a likely one."""
        kind = fired.fault.kind
        if kind == "late_commit":
            self._commit_later(scope, body, self._picker().plan.late_commit_s)
        if kind in DOUBLED:
            await self._call(scope, body)
        if fired.fault.point is Point.BEFORE_COMMIT:
            return created(str(uuid.uuid4()))
        return await self._call(_lied_to(scope, kind, fired.dice), body)

    def _replacement(self, fired: Fired, path: str, answer: Answer) -> Answer:
        kind = fired.fault.kind
        if kind.startswith("status_"):
            return with_status(int(kind.removeprefix("status_")), path, fired.dice)
        if kind == "foreign_id" and answer.status == 201:
            return created(self._ledger.another_document(json.loads(answer.body)["id"]))
        return REPLACED[kind](answer) if kind in REPLACED else answer

    def _commit_later(self, scope: Scope, body: bytes, delay_s: float) -> None:
        async def commit() -> Answer:
            await asyncio.sleep(delay_s)
            return await self._call(scope, body)

        task = asyncio.create_task(commit())
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _call(self, scope: Scope, body: bytes) -> Answer:
        """What the server really does with the request."""
        request: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        answered: list[Message] = []

        async def receive() -> Message:
            return request.pop() if request else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            answered.append(message)

        await self._app(dict(scope, state=dict(scope["state"])), receive, send)
        start, *rest = answered
        return Answer(start["status"], tuple(start["headers"]), b"".join(part.get("body", b"") for part in rest))


def _asked(scope: Scope) -> Asked:
    key = dict(scope["headers"]).get(b"idempotency-key")
    query = scope["query_string"].decode("latin-1")
    return Asked(scope["method"], scope["path"], query, key.decode("latin-1") if key else None)


def _lied_to(scope: Scope, kind: str, dice: random.Random) -> Scope:
    """The scope as the server shall understand it."""
    if kind == "substring":
        return dict(scope, state=scope["state"] | {"substring_search": True})
    if kind == "shifted_page":
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        query["offset"] = str(int(query["offset"]) + dice.choice((-1, 1)))
        return dict(scope, query_string=urlencode(query).encode())
    return scope


async def _read(receive: Receive) -> bytes:
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message["body"]
        if not message["more_body"]:
            break
    return body


async def _send(answer: Answer, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.sized_headers())})
    await send({"type": "http.response.body", "body": answer.body})


async def _send_blanks(send: Send) -> None:
    """A body without an end that a client should wait for."""
    length = (b"content-length", b"%d" % BOMB_BYTES)
    headers = [(b"content-type", b"application/json"), length]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    blank = b" " * (1024 * 1024)
    for sent in range(len(blank), BOMB_BYTES + 1, len(blank)):
        await send({"type": "http.response.body", "body": blank, "more_body": sent < BOMB_BYTES})
