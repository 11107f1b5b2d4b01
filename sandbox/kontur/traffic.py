"""What happens to every request before it is routed: a trace id, a row in the log, the rate limit, the latency."""

from __future__ import annotations

import asyncio
import math
import time
import uuid
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.kontur.answers import error_response
from sandbox.kontur.options import Options
from sandbox.kontur.paths import TRACE_HEADER, account_of, is_contract
from sandbox.kontur.request_log import RequestLog


class Traced:
    """Gives each answer a trace id, and each request of the contract a row in the log."""

    def __init__(self, contract: ASGIApp, control: ASGIApp, log: RequestLog) -> None:
        self._contract = contract
        self._control = control
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        trace_id = uuid.uuid4().hex
        state = scope.setdefault("state", {})
        state["trace_id"] = trace_id
        logged = is_contract(scope["path"])
        if logged:
            headers = dict(scope["headers"])
            key = headers.get(b"idempotency-key")
            state["row"] = self._log.arrived(
                scope["method"], scope["path"], key.decode("latin-1") if key else None, trace_id
            )

        async def send_traced(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (TRACE_HEADER.lower().encode(), trace_id.encode())]
                if logged:
                    self._log.answered(state["row"], message["status"])
            await send(message)

        await (self._contract if logged else self._control)(scope, receive, send_traced)


class Throttled:
    """Refuses what comes too fast, per account, and delays the rest."""

    def __init__(self, app: ASGIApp, options: Callable[[], Options]) -> None:
        self._app = app
        self._options = options
        self._levels: dict[str | None, tuple[float, float]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wait_s = self._take(account_of(scope["path"]))
        if wait_s > 0:
            headers = {"Retry-After": str(math.ceil(wait_s))}
            refusal = error_response(scope["state"]["trace_id"], 429, "too_many_requests", "Too fast.", headers)
            await refusal(scope, receive, send)
            return
        if latency_ms := self._options().latency_ms:
            await asyncio.sleep(latency_ms / 1000)
        await self._app(scope, receive, send)

    def _take(self, account: str | None) -> float:
        """Take one from the account's bucket of a second's worth; else the seconds until there is one."""
        rate = self._options().rate_per_s
        if rate is None:
            return 0.0
        size, now = max(1.0, rate), time.monotonic()
        level, at = self._levels.get(account, (size, now))
        level = min(size, level + (now - at) * rate)
        taken = level >= 1
        self._levels[account] = (level - taken, now)
        return 0.0 if taken else (1 - level) / rate
