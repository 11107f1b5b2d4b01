"""The server as a process of its own, for tests and demos."""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import requests
from urllib3.exceptions import InsecureRequestWarning

from sandbox.kontur.books import Books
from sandbox.kontur.paths import BASE_PATH, CONTROL_PATH
from sandbox.mariadb import free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO_ACCOUNTS = {"demo": "demo-key"}


class SandboxError(Exception):
    """The server did not start, or refused what it was told."""


@dataclasses.dataclass(frozen=True, slots=True)
class Controls:
    """The controls of a running server."""

    url: str
    """Scheme, host and port."""
    books: Books

    @property
    def base_url(self) -> str:
        """What a Kontur connection has as its host."""
        return self.url + BASE_PATH

    def set_options(self, **options: Any) -> None:
        """All others go back to their defaults."""
        self.control("PUT", "/options", options)

    def set_faults(self, **plan: Any) -> None:
        """A new fault plan, in the words of ``faults.plan.FaultPlan``; without arguments: calm weather."""
        self.control("PUT", "/faults", plan)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Ask ``/_sandbox`` + ``path``; the JSON of the answer.

        Raises:
            SandboxError: it refused.
        """
        with requests.Session() as session, warnings.catch_warnings():
            # The certificate is what is being tried out; this is our own server, on this machine.
            warnings.simplefilter("ignore", InsecureRequestWarning)
            session.trust_env = session.verify = False
            answer = session.request(method, self.url + CONTROL_PATH + path, json=body, timeout=30)
        if not answer.ok:
            raise SandboxError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()


@dataclasses.dataclass(frozen=True, slots=True)
class Sandbox(Controls):
    """A server of this process."""

    process: subprocess.Popen[bytes]


@contextlib.contextmanager
def running(
    ledger_path: pathlib.Path,
    *,
    port: int | None = None,
    accounts: Mapping[str, str] = DEMO_ACCOUNTS,
    readers: Mapping[str, str] | None = None,
    certificate: pathlib.Path | None = None,
) -> Iterator[Sandbox]:
    """A server for as long as the block lasts; on a free port unless one is named.

    Args:
        ledger_path: the SQLite file; it stays, and a server started on it again goes on with it.
        port: of 127.0.0.1.
        accounts: account → key.
        readers: account → a further key that may only read.
        certificate: PEM file of a certificate chain and its key; the server then speaks https.

    Raises:
        SandboxError: it did not start.
    """
    port = port or free_port()
    command = [
        sys.executable,
        "-m",
        "sandbox.kontur",
        "--port",
        str(port),
        "--ledger",
        str(ledger_path.absolute()),
    ]
    for option, pairs in (("--account", accounts), ("--reader", readers or {})):
        for account, key in pairs.items():
            command += [option, f"{account}={key}"]
    if certificate:
        command += ["--certificate", str(certificate)]
    process = subprocess.Popen(command, cwd=ROOT)
    sandbox = Sandbox(f"{'https' if certificate else 'http'}://127.0.0.1:{port}", Books(ledger_path), process)
    try:
        _wait_until_ready(sandbox)
        yield sandbox
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_until_ready(sandbox: Sandbox, timeout_s: float = 120) -> None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if sandbox.process.poll() is not None:
            raise SandboxError(f"the sandbox ended with code {sandbox.process.returncode}")
        with contextlib.suppress(requests.ConnectionError):
            # By its process: the port may be another server's, on which ours is about to fail.
            if sandbox.control("GET", "/health")["pid"] == sandbox.process.pid:
                return
        time.sleep(0.05)
    raise SandboxError(f"the sandbox did not answer at {sandbox.url} within {timeout_s:.0f} s")
