"""People damage a demo shop and its books, each kind of damage at least once; ``make prove`` does it at full size."""

from __future__ import annotations

import pathlib

import pytest

from include.reconciliation.sides import Depth
from include.steps.reconciliation import days
from proof.reconciling.judge import Size, judge

SEED = 20_261_127


def test_all_of_it_is_found_as_what_it_is_and_nothing_else(
    mariadb_port: int, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In several ranges, as a large shop has them: money of one day stands at documents of another range."""
    monkeypatch.setattr(days, "MOST", dict.fromkeys(Depth, 80))
    verdict = judge(mariadb_port, tmp_path, ("25", "utf8mb4"), Size(orders=450, deeds=75, seed=SEED))
    assert verdict.problems == (), f"seed {SEED}"
