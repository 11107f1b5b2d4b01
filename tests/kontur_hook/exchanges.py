"""Single exchanges on the event loop: what is sent, what comes back, and what is expected of it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pydantic
from kontur_hook.connection import ConnectionSettings
from kontur_hook.on_a_loop import LoopTransport
from kontur_hook.transport import Answer, Failure, Request

MADE = b'{"id": "doc-1"}'
HEAD = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"
WHOLE = HEAD + b"Content-Length: %d\r\n\r\n" % len(MADE) + MADE

Work = Callable[[LoopTransport], Coroutine[Any, Any, None]]
Run = Callable[..., None]


def settings(**settings: Any) -> ConnectionSettings:
    secret = pydantic.SecretStr("canary-key")
    return ConnectionSettings(conn_id="c", base_url="", account="a", secret=secret, allow_http=True, **settings)


def post(url: str, body: bytes = b"{}") -> Request:
    return Request("POST", url, {"Content-Type": "application/json", "X-Api-Key": "canary-key"}, body)


def whole(result: Answer | Failure) -> Answer:
    assert isinstance(result, Answer), result
    return result


def broke(result: Answer | Failure, words: str = "broke before a whole answer came") -> Failure:
    assert isinstance(result, Failure), result
    assert words in str(result.error)
    assert "canary" not in repr(result)
    return result
