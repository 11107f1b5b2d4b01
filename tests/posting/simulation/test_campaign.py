"""The proof that runs with every change: 20,000 schedules, and each guard's absence noticed.

The seeds are fixed, so a failure is one of the change at hand; ``python -m tests.posting.simulation`` takes others.
"""

from __future__ import annotations

import dataclasses

import pytest

from tests.posting.simulation import campaign
from tests.posting.simulation.mutants import MUTANTS
from tests.posting.simulation.schedule import Scenario, play
from tests.posting.simulation.weather import HARSH, POST_FAULTS

FIRST_SEED = 1
SCHEDULES = 20_000
HUNTED = 20_000
"""Each hunt ends with the first schedule that catches its mutant."""
MOST_CALM_RUNS = 16
"""Runs after the faults stop by which everything is settled, in the worst schedule."""
_BRANCHES = (
    "dead sender found",
    "found before the first sending",
    "found and adopted",
    "first look found none",
    "none, but not fresh",
    "sent again",
    "refused after unknown",
    "mismatch",
)
_POINTS = ("claim", "lock", "read", "save", "check", "checked", "send", "answer", "clock", "record", "search", "unlock")
SEEN = (
    *(f"post: {fault}" for fault in POST_FAULTS),
    *(f"branch: {branch}" for branch in _BRANCHES),
    *(f"{what} at: {point}" for point in _POINTS for what in ("killed", "paused")),
    *("search: failed", "search: stuck", "lock: another's", "result: budget", "result: lost"),
    *("database: restarted", "database: COMMIT lost, done", "database: COMMIT lost, not done"),
    *("database: compare-and-set refused", "record: tried again", "process: tried again"),
)
"""What has to have happened often: a proof in which nothing went wrong would show nothing."""


@pytest.mark.timeout(600)
def test_nothing_is_lost_doubled_or_left_unfinished_whatever_goes_wrong() -> None:
    *_, outcome = campaign.run(FIRST_SEED, SCHEDULES)
    assert not outcome.failures, campaign.explain(outcome.failures)
    assert outcome.schedules == SCHEDULES
    assert outcome.orders >= 100_000
    assert max(outcome.calm_runs) <= MOST_CALM_RUNS
    assert {name: outcome.seen[name] for name in SEEN if outcome.seen[name] < 100} == {}


@pytest.mark.timeout(600)
def test_each_guard_that_is_taken_away_is_missed() -> None:
    assert len(MUTANTS) >= 12
    hunted = campaign.hunt(FIRST_SEED, HUNTED)
    assert [name for name, found in hunted.items() if not found.failures] == []


def test_a_seed_plays_the_same_schedule_each_time() -> None:
    assert play(7) == play(7)
    assert play(7).seen != play(8).seen


def _doubled(first_seed: int, schedules: int, scenario: Scenario) -> tuple[int, list[str]]:
    """How many schedules doubled something, and all other problems."""
    verdicts = [play(seed, scenario=scenario) for seed in range(first_seed, first_seed + schedules)]
    problems = [verdict.problems for verdict in verdicts]
    doubled = sum(any("doubled" in problem for problem in of_one) for of_one in problems)
    return doubled, [problem for of_one in problems for problem in of_one if "doubled" not in problem]


def test_a_night_after_which_nothing_is_posted_leaves_unknowns_waiting_and_doubles_none() -> None:
    # No newer document shows that the search is fresh: what is not found stays unknown, and is shown to a person.
    doubled, others = _doubled(1, 300, Scenario(life_goes_on=False))
    assert doubled == 0
    assert any("(unknown)" in problem for problem in others)


def test_a_request_that_takes_effect_later_than_promised_can_double() -> None:
    # The condition D of the promise is one: the checker sees what happens without it.
    doubled, _ = _doubled(1, 100, Scenario(weather=dataclasses.replace(HARSH, late_s=300.0)))
    assert doubled > 0
