"""A short life in ``make test``; ``make prove`` plays long ones on every version."""

from __future__ import annotations

import os
import pathlib

import pytest

from proof.living.campaign import Case, play
from proof.living.mutants import MUTANTS, Mutant, broken

SEED = int(os.environ.get("LIVING_SEED", "1"))


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("full_scan_days", "days"), [(1, 14), (3, 12)], ids=["read as a whole", "by index"])
def test_the_books_of_a_shop_that_lives_are_what_the_rules_call_for(
    mariadb_port: int, tmp_path: pathlib.Path, full_scan_days: int, days: int
) -> None:
    case = Case(SEED, "2026", days, orders=6, full_scan_days=full_scan_days)
    result = play(case, mariadb_port, tmp_path)
    assert result.differences == [], "\n".join([*map(str, result.differences), case.command])
    assert result.documents > result.orders / 3, "most orders are shipped and posted"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_each_broken_rule_is_one_that_the_product_has(mutant: Mutant, tmp_path: pathlib.Path) -> None:
    assert broken(mutant, tmp_path) == tmp_path
