"""Small worlds in full: two senders, every interleaving, every crash point, every answer; and what mutants do there."""

from __future__ import annotations

import dataclasses

import pytest

from proof.simulation.drivers import edited
from proof.simulation.exhaustive import Explorer, Scope
from proof.simulation.mutants import IN_SMALL_WORLDS

pytestmark = pytest.mark.timeout(300)

ONE_DOCUMENT = Scope(documents=1, ticks=9, crashes=2)
"""Long enough for: sent, unknown, settled, looked for twice, sent again."""


@pytest.mark.parametrize(
    ("scope", "long_enough_to_send_again"),
    [
        pytest.param(ONE_DOCUMENT, True, id="one document, two crashes"),
        pytest.param(Scope(documents=1, ticks=9, lost_locks=1), True, id="one document, the locks are lost"),
        pytest.param(Scope(documents=2, ticks=2), False, id="two documents"),
    ],
)
def test_no_state_of_a_small_world_is_wrong(scope: Scope, *, long_enough_to_send_again: bool) -> None:
    explored = Explorer(scope).explore()
    assert explored.violation is None, "\n".join([explored.violation or "", *explored.path])
    assert explored.states > 20_000
    assert explored.sent_again == long_enough_to_send_again


@pytest.mark.parametrize("name", IN_SMALL_WORLDS)
def test_a_missing_guard_leads_to_a_double(name: str) -> None:
    core = edited(IN_SMALL_WORLDS[name].edits).core
    explored = Explorer(dataclasses.replace(ONE_DOCUMENT, crashes=1), core).explore()
    assert explored.violation == "document 0 stands 2 times in Kontur"
    assert explored.path
