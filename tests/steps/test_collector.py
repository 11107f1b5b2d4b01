"""What a task found loaded is left alone by Python's collector while it works, and is its business again afterwards."""

from __future__ import annotations

import gc

import pytest

from include.steps.collector import few_collections


def test_what_was_there_is_frozen_for_the_block_and_no_longer() -> None:
    before = gc.get_threshold()
    seen: list[tuple[int, int]] = []

    @few_collections()
    def task() -> None:
        seen.append((gc.get_freeze_count(), gc.get_threshold()[0]))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        task()
    ((frozen, young),) = seen
    assert frozen > 0
    assert young > before[0]
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == before
