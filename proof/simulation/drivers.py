"""The driver that a schedule plays: production's own modules, or a copy of them with an edit in their text."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

MODULES = (
    "kontur_hook.failure",
    "kontur_hook.answers",
    "include.ledger.locks",
    "include.books.matching",
    "include.books.search",
    "include.books.posted_before",
    "include.posting.rounds",
    "include.posting.core",
    "include.posting.order_state",
    "include.posting.run",
    "include.posting.trust",
    "include.posting.sender",
    "include.posting.counterparties",
    "include.posting.sale",
    "include.posting.breaker",
    "include.posting.looking_back",
    "include.posting.tally",
    "include.posting.witness",
    "include.posting.gathering",
    "include.posting.batch",
    "include.posting.decision",
    "include.posting.deciding",
    "include.posting.closing",
    "include.posting.period",
)
"""What decides, each after those that it knows; what they have in common with the ports is not among them."""

DRIVER = (
    "include.ledger.locks",
    "include.books.search",
    "include.books.posted_before",
    *(name for name in MODULES if name.startswith("include.posting.") and name != "include.posting.order_state"),
)
"""Those of them that the simulation has to execute line by line."""

Edits = Mapping[str, Sequence[tuple[str, str]]]
"""Module -> texts that stand in its source exactly once, each with what stands there instead."""


@dataclasses.dataclass(frozen=True, slots=True)
class Driver:
    """What the schedule needs of it."""

    post_batch: Callable[..., Any]
    loading: type[Any]
    """What it is given, with breakers of the driver's own."""
    deciding: Any
    """The module of what people decide."""
    core: Any
    """The module of the protocol."""
    judge: type[Any]
    failure: ModuleType
    """Of what a request without an answer proves."""
    locks: ModuleType
    """Of a task's locks."""
    rounds: ModuleType
    """Of what is written at the same time."""


def real() -> Driver:
    """Production's."""
    return _driver({name: importlib.import_module(name) for name in MODULES})


def edited(edits: Edits) -> Driver:
    """A copy of its own, with these edits; production's modules stay as they are.

    Raises:
        ValueError: a text does not stand in its module exactly once.
    """
    real()
    finder = _Finder({name: _edited(name, edits[name]) for name in edits})
    kept = {name: sys.modules.pop(name) for name in MODULES}
    with _first(finder):
        try:
            return _driver({name: importlib.import_module(name) for name in MODULES})
        finally:
            for name, module in kept.items():
                _put(name, module)


def _driver(modules: Mapping[str, ModuleType]) -> Driver:
    return Driver(
        post_batch=modules["include.posting.batch"].post_batch,
        loading=modules["include.posting.batch"].Loading,
        deciding=modules["include.posting.deciding"],
        core=modules["include.posting.core"],
        judge=modules["kontur_hook.answers"].Judge,
        failure=modules["kontur_hook.failure"],
        locks=modules["include.ledger.locks"],
        rounds=modules["include.posting.rounds"],
    )


def _edited(name: str, texts: Sequence[tuple[str, str]]) -> str:
    if name not in MODULES:
        raise ValueError(f"{name} is no part of the driver")
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert isinstance(spec.loader, importlib.abc.InspectLoader)
    source = spec.loader.get_source(name) or ""
    for old, new in texts:
        if source.count(old) != 1:
            raise ValueError(f"{name}: stands there {source.count(old)} times: {old}")
        source = source.replace(old, new)
    return source


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = sources

    def find_spec(self, name: str, path: object, target: object = None) -> importlib.machinery.ModuleSpec | None:
        if name not in self._sources:
            return None
        return importlib.util.spec_from_loader(name, _Loader(self._sources[name]))


class _Loader(importlib.abc.Loader):
    def __init__(self, source: str) -> None:
        self._source = source

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._source, f"<{module.__name__}, edited>", "exec"), module.__dict__)  # noqa: S102


@contextlib.contextmanager
def _first(finder: importlib.abc.MetaPathFinder) -> Iterator[None]:
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


def _put(name: str, module: ModuleType) -> None:
    """Back where it is looked for: among the modules, and in its package."""
    sys.modules[name] = module
    package, _, attribute = name.rpartition(".")
    setattr(sys.modules[package], attribute, module)
