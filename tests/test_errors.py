"""One root for all that is raised in ``include/``, and groups that say what to do next."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import pytest
from kontur_hook.errors import KonturAccessError, KonturConfigurationError, KonturProtocolError, KonturTransientError

import include
from include.accounting.payload import StoredError
from include.errors import ForAPerson, HouseError, NotThere, TryAgain, TryAgainAt


def _raised() -> Iterator[type[Exception]]:
    for module in pkgutil.walk_packages(include.__path__, "include."):
        if ".migrations." in module.name:  # run by Alembic only
            continue
        for _, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(kind, Exception) and kind.__module__ == module.name:
                yield kind


def test_all_that_is_raised_has_the_one_root() -> None:
    kinds = set(_raised())
    assert len(kinds) > 20
    kinds.discard(StoredError)  # told to the reader of a stored text alone, who puts it into words of his own
    assert {kind.__name__ for kind in kinds if not issubclass(kind, HouseError)} == set()


def test_nothing_is_for_a_person_and_for_another_try_at_once() -> None:
    kontur = {KonturAccessError, KonturConfigurationError, KonturProtocolError, KonturTransientError}
    assert [kind for kind in {*_raised(), *kontur} if issubclass(kind, ForAPerson) and issubclass(kind, TryAgain)] == []


@pytest.mark.parametrize("group", [NotThere, TryAgainAt])
def test_what_was_not_there_and_what_says_when_are_worth_another_try(group: type[Exception]) -> None:
    assert issubclass(group, TryAgain)
