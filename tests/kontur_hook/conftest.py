"""Hooks against servers of the test's own, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
import uvloop
from kontur_hook.blocking import BlockingTransport
from kontur_hook.contract import Contract
from kontur_hook.hook import KonturHook
from kontur_hook.on_a_loop import LoopTransport, trusting

from tests.kontur_hook.exchanges import Run, Work, settings
from tests.kontur_hook.hooks import SECRET, Blocking, HookFor, OnALoop, Start, Way
from tests.kontur_hook.wire import Wire


@pytest.fixture
def start() -> Iterator[Start]:
    """``start(*behaviours)``: a server that lives as long as the test."""
    with contextlib.ExitStack() as stack:
        yield lambda *behaviours, **options: stack.enter_context(Wire(*behaviours, **options).running())


@pytest.fixture(params=["blocking", "on_a_loop"])
def way(request: pytest.FixtureRequest) -> Iterator[Way]:
    """Each test is done both ways."""
    with contextlib.nullcontext(Blocking()) if request.param == "blocking" else OnALoop.open() as way:
        yield way


@pytest.fixture
def hook_for(monkeypatch: pytest.MonkeyPatch, way: Way) -> HookFor:
    """``hook_for(url, contract=…, **extra)``: a hook whose connection points there."""

    def make(url: str, *, contract: Contract | None = None, login: str = "acc 1", **extra: Any) -> KonturHook:
        connection = {"conn_type": "kontur", "host": url, "login": login, "password": SECRET, "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_KONTUR_DEFAULT", json.dumps(connection))
        return way.calling(KonturHook(contract=contract))

    return make


@pytest.fixture
def no_waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Reads are repeated at once; the list holds the seconds they would have waited."""
    waits: list[float] = []

    async def at_once(_: object, seconds: float) -> None:
        waits.append(seconds)

    for transport in (BlockingTransport, LoopTransport):
        monkeypatch.setattr(transport, "sleep", at_once)
    return waits


@pytest.fixture
def run() -> Iterator[Run]:
    """``run(work, **settings)``: a coroutine function with a transport of its own; nothing is left on the loop."""
    problems: list[dict[str, Any]] = []

    def running(work: Work, *, ca_bundle: str | None = None, **given: Any) -> None:
        async def within() -> None:
            asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))
            trusted = trusting(ca_bundle) if ca_bundle else None
            async with LoopTransport(settings(**given), trusted) as transport:
                await work(transport)
            assert asyncio.all_tasks() == {asyncio.current_task()}

        uvloop.run(within())

    yield running
    assert problems == []


@pytest.fixture
def tls(tmp_path: Path) -> tuple[ssl.SSLContext, str]:
    """A server's context, and the file that trusts it."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return context, str(tmp_path / "ca.pem")
