"""Hooks against servers of the test's own, over real sockets."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from kontur_hook.blocking import BlockingTransport
from kontur_hook.contract import Contract
from kontur_hook.hook import KonturHook
from kontur_hook.on_a_loop import LoopTransport

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
