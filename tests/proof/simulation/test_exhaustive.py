"""Small worlds in full: two senders, every interleaving, every crash point, every answer; and what mutants do there."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from include.ledger.operation import OperationRow, State
from include.posting import core
from include.posting.core import Action, Step
from proof.simulation.exhaustive import Explorer, Scope, StepFunction

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


def _fresh_since_unknown(row: OperationRow, event: core.Event, terms: core.Terms) -> tuple[OperationRow, Action]:
    row, action = core.step(row, event, terms)
    return row, dataclasses.replace(action, fresh_since=row.unknown_since) if action.step is Step.SEARCH else action


def _resend_what_was_sending(row: OperationRow, event: core.Event, terms: core.Terms) -> tuple[OperationRow, Action]:
    if isinstance(event, core.Claimed) and row.state is not State.PLANNED:
        row = dataclasses.replace(row, state=State.PLANNED)
    return core.step(row, event, terms)


def _search_fault_is_none(row: OperationRow, event: core.Event, terms: core.Terms) -> tuple[OperationRow, Action]:
    if isinstance(event, core.SearchFailed):
        assert row.unknown_since is not None
        event = core.Searched((), fresh=True, now=row.unknown_since)
    return core.step(row, event, terms)


def _no_settle(row: OperationRow, event: core.Event, _: core.Terms) -> tuple[OperationRow, Action]:
    return core.step(row, event, core.Terms(dt.timedelta(0), can_search=True))


@pytest.mark.parametrize("mutant", [_fresh_since_unknown, _resend_what_was_sending, _search_fault_is_none, _no_settle])
def test_a_missing_guard_leads_to_a_double(mutant: StepFunction) -> None:
    explored = Explorer(dataclasses.replace(ONE_DOCUMENT, crashes=1), mutant).explore()
    assert explored.violation == "document 0 stands 2 times in Kontur"
    assert explored.path
