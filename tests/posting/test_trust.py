"""How often a run may send again: 3, then 6, 12, 24 more, each after those before were seen exactly once."""

from __future__ import annotations

import pytest
from msgspec import structs

from include.ledger.budget import Reposts
from include.ledger.operation import DOUBLED, SENT_AGAIN, Kind, OperationRow, State, Trace
from include.posting import trust


def most(made: int, *, open_: bool = False, doubled: bool = False, first: int = 3) -> int:
    return trust.most(first, Reposts(made, open_, doubled))


def test_it_doubles_only_when_all_before_were_seen_once() -> None:
    assert [most(made, open_=True) for made in range(10)] == [3, 3, 3, 3, 9, 9, 9, 9, 9, 9]
    assert [most(made) for made in (0, 3, 9, 21, 45)] == [3, 9, 21, 45, 93]
    assert [most(made) for made in (1, 2, 8)] == [3, 3, 9], "as many as began with them"
    assert [most(made, first=1) for made in (0, 1, 3, 7)] == [1, 3, 7, 15]


@pytest.mark.parametrize("made", [0, 2, 3, 9])
def test_one_that_is_doubled_ends_it(made: int) -> None:
    reposts = Reposts(made, open=False, doubled=True)
    assert trust.most(3, reposts) == 0
    assert not trust.grows(3, reposts)


def test_none_at_all_where_the_settings_say_so() -> None:
    assert most(0, first=0) == 0
    assert not trust.grows(0, Reposts(0, open=False, doubled=False))
    assert trust.grows(3, Reposts(3, open=True, doubled=False)), "when those have settled"


def test_an_order_is_looked_at_by_the_next_run_while_what_was_sent_again_was_not_looked_back_at() -> None:
    done = OperationRow(
        key="sale:1", order_id=1, connection="c", kind=Kind.SALE_INVOICE, parent_key=None, state=State.DONE
    )
    settled = {code: Trace.of(structs.replace(done, code=code)).is_settled for code in (None, SENT_AGAIN, DOUBLED)}
    assert settled == {None: True, SENT_AGAIN: False, DOUBLED: False}
