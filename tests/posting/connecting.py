"""Another connection to Kontur than the usual one."""

from __future__ import annotations

import json

import pytest
from kontur_hook.contract import Contract
from kontur_hook.hook import KonturHook

from include.books.accounts import Account
from sandbox.kontur.serving import Sandbox
from tests.posting.poster import Poster


def connect(poster: Poster, kontur: Sandbox, monkeypatch: pytest.MonkeyPatch, **extra: object) -> None:
    """From now on the poster's account has this extra."""
    connection = {"conn_type": "kontur", "host": kontur.base_url, "login": "demo", "password": "demo-key"}
    monkeypatch.setenv("AIRFLOW_CONN_KONTUR_DEFAULT", json.dumps({**connection, "extra": extra}))
    poster.account = Account("kontur_default", KonturHook(), Contract())
