"""Hooks against servers of the test's own, over real sockets."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from kontur_hook.contract import Contract
from kontur_hook.hook import KonturHook

from tests.kontur_hook.hooks import SECRET, HookFor, Start
from tests.kontur_hook.wire import Wire


@pytest.fixture
def start() -> Iterator[Start]:
    """``start(*behaviours)``: a server that lives as long as the test."""
    with contextlib.ExitStack() as stack:
        yield lambda *behaviours, **options: stack.enter_context(Wire(*behaviours, **options).running())


@pytest.fixture
def hook_for(monkeypatch: pytest.MonkeyPatch) -> HookFor:
    """``hook_for(url, contract=…, **extra)``: a hook whose connection points there."""

    def make(url: str, *, contract: Contract | None = None, login: str = "acc 1", **extra: Any) -> KonturHook:
        connection = {"conn_type": "kontur", "host": url, "login": login, "password": SECRET, "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_KONTUR_DEFAULT", json.dumps(connection))
        return KonturHook(contract=contract)

    return make


@pytest.fixture
def no_waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Reads are repeated at once; the list holds the seconds they would have waited."""
    waits: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", waits.append)
    return waits
