"""What a guard of people's decisions is there for, where random schedules would show it too seldom."""

from __future__ import annotations

import pytest

from proof.simulation.drivers import edited
from proof.simulation.mutants import IN_A_SCENE
from tests.proof.simulation import decision_scenes
from tests.proof.simulation.stage import Stage

SCENES = {"PersonBelievedAtOnce": decision_scenes.not_there_yet, "DecidedOverOthers": decision_scenes.taken_over}


def test_each_of_these_mutants_has_a_scene() -> None:
    assert SCENES.keys() == IN_A_SCENE.keys()


@pytest.mark.parametrize("name", SCENES)
def test_without_the_guard_a_run_and_a_person_double_a_document(name: str) -> None:
    stage = Stage()
    stage.deciding = edited(IN_A_SCENE[name].edits).deciding
    assert SCENES[name](stage) is None, "he is told that it is written down"
    assert decision_scenes.documents(stage) == 2
