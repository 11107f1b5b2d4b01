"""Every word of the ledger that the page shows has a name there."""

from __future__ import annotations

from kontur_page.names import NAMES

from include.ledger.actions import Deed
from include.ledger.operation import Kind, State
from include.posting.deciding import Word


def test_each_deed_act_state_and_kind_is_named() -> None:
    assert NAMES["deed"].keys() == {deed.value for deed in Deed}
    assert NAMES["act"].keys() == {word.value for word in Word}
    assert NAMES["kind"].keys() == {kind.value for kind in Kind}
    assert NAMES["state"].keys() >= {state.value for state in State}
