"""Workers and the database are killed at random; the books must be as if nothing had happened."""

from __future__ import annotations

import os
import pathlib

import pytest

from proof.faults import storm

SEED = int(os.environ.get("FAULTS_SEED", "1"))


@pytest.mark.timeout(600)
def test_no_order_is_lost_or_doubled_whatever_is_killed(tmp_path: pathlib.Path) -> None:
    plan = storm.Plan(SEED, kills=150, database_kills=20, stops=2)
    report = storm.play(tmp_path, plan)
    assert not report.problems, "\n".join([*report.problems, storm.replay(plan)])
