"""The books of a demo shop of each version and charset, judged by the independent checker."""

from __future__ import annotations

import pathlib

import pytest

from proof.versions.ground import SHOPS
from proof.versions.judge import judge

ORDERS = 1_000
SEED = 20_260_101


@pytest.mark.parametrize(("version", "charset"), SHOPS)
def test_the_independent_checker_agrees(mariadb_port: int, tmp_path: pathlib.Path, version: str, charset: str) -> None:
    verdict = judge(mariadb_port, tmp_path, version, charset, ORDERS, SEED)
    assert verdict.result.differences == (), f"seed {SEED}"
    assert verdict.result.documents > ORDERS / 2
    assert verdict.result.payments > ORDERS / 2
    assert verdict.result.refunds > 0
    assert verdict.added == (0, 0, 0), "a second pass posts nothing"
