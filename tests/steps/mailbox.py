"""Somebody to be told: a webhook and a mail server on this machine."""

from __future__ import annotations

import contextlib
import email
import email.policy
import http.server
import json
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from sandbox.mariadb import free_port


class Webhook:
    """Takes what Apprise posts to ``json://``; answers with ``status``."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.taken: list[dict[str, Any]] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.port}"


@contextlib.contextmanager
def webhook(status: int = 200) -> Iterator[Webhook]:
    """Open as long as the block lasts."""
    hook = Webhook(status)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.taken.append(json.loads(body))
            self.send_response(hook.status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class has it
            """Nothing: tests read what they print."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hook.port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield hook
        server.shutdown()


class Mailbox:
    """Takes mail for everybody but those whom it does not know."""

    def __init__(self, unknown: frozenset[str], refusal: str) -> None:
        self.unknown = unknown
        self.refusal = refusal
        self.taken: list[tuple[list[str], EmailMessage]] = []
        self.port = free_port()

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if address in self.unknown:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append((envelope.rcpt_tos, message))
        return "250 OK"


@contextlib.contextmanager
def mailbox(*unknown: str, refusal: str = "550 no such mailbox", most_bytes: int = 33_554_432) -> Iterator[Mailbox]:
    """Open as long as the block lasts; takes no mail of more than ``most_bytes``."""
    box = Mailbox(frozenset(unknown), refusal)
    controller = Controller(box, hostname="127.0.0.1", port=box.port, data_size_limit=most_bytes)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
