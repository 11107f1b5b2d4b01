from __future__ import annotations

from collections.abc import Iterator

import pytest

from include.posting import sender as sender_module
from proof.faults import arena as arenas
from proof.faults import worker
from proof.faults.arena import Arena
from proof.faults.storm import WINDOW
from tests.proof.faults.scene import Scene, an_order


@pytest.fixture(scope="package")
def _arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """What is unknown settles after 0.5 s; the retail counterparty is known."""
    with arenas.running(tmp_path_factory.mktemp("arena"), posting__settle_s=0.5) as running:
        worker.plan(running.job("tables", WINDOW))
        first = an_order(running)
        first.finish()
        assert first.row()["state"] == "done"
        yield running


@pytest.fixture
def arena(_arena: Arena) -> Iterator[Arena]:
    """One for all tests that look at orders of their own; its weather is calm."""
    yield _arena
    _arena.kontur.set_faults()


@pytest.fixture
def scene(arena: Arena) -> Scene:
    return an_order(arena)


@pytest.fixture
def here(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process is a worker of the arena."""
    for name, value in arena.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sender_module, "_INTENT_IS_YOUNG_S", worker.INTENT_IS_YOUNG_S)
