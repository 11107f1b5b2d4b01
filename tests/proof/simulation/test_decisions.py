"""What a guard of people's decisions is there for, where random schedules would show it too seldom."""

from __future__ import annotations

import pytest

from proof.simulation.drivers import edited
from proof.simulation.mutants import IN_A_SCENE
from tests.proof.simulation import decision_scenes
from tests.proof.simulation.stage import Stage


@pytest.mark.parametrize("name", IN_A_SCENE)
def test_without_the_guard_a_run_and_a_person_double_a_document(name: str) -> None:
    stage = Stage()
    stage.deciding = edited(IN_A_SCENE[name].edits).deciding
    assert decision_scenes.taken_over(stage) is None, "he is told that it is written down"
    assert decision_scenes.documents(stage) == 2
