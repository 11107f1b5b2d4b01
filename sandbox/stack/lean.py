"""The benchmarks' server (:mod:`sandbox.lean`) as a process of a stack."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import requests

from sandbox.kontur.paths import BASE_PATH
from sandbox.lean.server import CONTROL
from sandbox.mariadb import free_port
from sandbox.stack import environment
from sandbox.stack.layout import ROOT
from sandbox.stack.waiting import wait_until

_KONTUR = "AIRFLOW_CONN_KONTUR_DEFAULT"


class Lean:
    """The server at work."""

    def __init__(self, port: int, pid: int) -> None:
        self._port = port
        self.pid = pid

    @property
    def account_url(self) -> str:
        """Of the stack's account."""
        return f"http://127.0.0.1:{self._port}{BASE_PATH}/accounts/{environment.KONTUR_ACCOUNT}"

    def connection(self, of_stack: Mapping[str, str], **extra: object) -> dict[str, str]:
        """The environment of a process that is to post to it, instead of to the stack's Kontur.

        Args:
            of_stack: the stack's environment.
            extra: of the connection, as ``concurrency``.
        """
        posted_to = {"host": f"http://127.0.0.1:{self._port}{BASE_PATH}", "extra": extra}
        return {_KONTUR: json.dumps(json.loads(of_stack[_KONTUR]) | posted_to)}

    def control(self, what: str, **query: int) -> Any:
        """Its answer to ``asked`` (all requests), ``counted``, or ``forget``, which sets ``latency_ms`` as well."""
        answer = requests.get(f"http://127.0.0.1:{self._port}{CONTROL}/{what}", params=query, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def answers(self) -> bool:
        """Whether it has started."""
        try:
            self.control("counted")
        except requests.ConnectionError:
            return False
        return True


@contextlib.contextmanager
def running(of_stack: Mapping[str, str]) -> Iterator[Lean]:
    """The server, in the stack's environment, for as long as the block lasts."""
    port = free_port()
    command = [sys.executable, "-m", "sandbox.lean", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=of_stack) as server:
        try:
            lean = Lean(port, server.pid)
            wait_until(lean.answers, what="the server", timeout_s=30)
            yield lean
        finally:
            server.kill()
