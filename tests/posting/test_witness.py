"""Which document a batch claims last, and until when: docs/reliability.md, «The protocol»."""

from __future__ import annotations

import datetime as dt

import pytest

from include.ledger.operation import Kind, OperationRow, State
from include.posting.witness import Witnesses

NOW = dt.datetime(2026, 11, 1, 12, 0)
SETTLE = dt.timedelta(minutes=15)


def row(
    key: str, state: State = State.PLANNED, kind: Kind = Kind.SALE_INVOICE, order_id: int = 1, **more: object
) -> OperationRow:
    parent = "sale:1" if kind in {Kind.PAYMENT, Kind.REFUND} else None
    return OperationRow(key=key, order_id=order_id, connection="c", kind=kind, parent_key=parent, state=state, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rows", "listed", "kept"),
    [
        pytest.param([row("sale:1")], [], [], id="a document alone"),
        pytest.param([row("sale:1"), row("payment:1", kind=Kind.PAYMENT)], [], [], id="its payment is none"),
        pytest.param([row("sale:1"), row("sale:2")], [], ["sale:2"], id="the last of two"),
        pytest.param([row("sale:2", State.UNKNOWN), row("sale:1")], [], ["sale:1"], id="beside one from before"),
        pytest.param([row("sale:1", State.DONE), row("sale:2")], [], [], id="what is done needs none"),
        pytest.param(
            [row("sale:2"), row("sale:1"), row("payment:1", kind=Kind.PAYMENT)],
            [],
            ["sale:2"],
            id="rather one that no money waits for",
        ),
        pytest.param([row("sale:2"), row("sale:1", order_id=2)], [], ["sale:2"], id="rather one of a known buyer"),
        pytest.param([row("sale:1"), row("sale:2")], ["sale:2"], ["sale:1"], id="what is listed is not sent"),
        pytest.param([row("sale:1"), row("sale:2", code="counterparty_gone")], [], ["sale:1"], id="refused once"),
        pytest.param(
            [row("sale:1"), row("act:1", kind=Kind.ACT), row("sale:2"), row("act:2", kind=Kind.ACT)],
            [],
            ["act:2", "sale:2"],
            id="one of each kind, as each is searched for",
        ),
    ],
)
def test_the_last_of_several_documents_is_claimed_last(
    rows: list[OperationRow], listed: list[str], kept: list[str]
) -> None:
    assert sorted(Witnesses(rows, listed, new_buyers=[2], settle=SETTLE).keys) == kept


def test_it_is_kept_back_until_the_others_are_known_or_have_settled() -> None:
    rows = [row("sale:1"), row("sale:2", State.UNKNOWN, unknown_since=NOW), row("sale:3")]
    witnesses = Witnesses(rows, [], [], SETTLE)
    assert witnesses.keeps_back(rows[2], NOW + SETTLE - dt.timedelta(seconds=1))
    assert not witnesses.keeps_back(rows[2], NOW + SETTLE)

    witnesses.note(row("sale:1", State.UNKNOWN, unknown_since=NOW + SETTLE))
    assert witnesses.keeps_back(rows[2], NOW + SETTLE), "the last of them counts"
    witnesses.note(row("sale:1", State.DONE))
    assert not witnesses.keeps_back(rows[2], NOW + SETTLE)
    witnesses.note(row("sale:1", State.SENDING))
    assert witnesses.keeps_back(rows[2], NOW + 9 * SETTLE), "its sender may be alive"


def test_what_another_run_is_at_counts_from_now_on() -> None:
    rows = [row("sale:1"), row("sale:2")]
    witnesses = Witnesses(rows, [], [], SETTLE)
    for busy in (rows[0], row("payment:1", kind=Kind.PAYMENT), row("sale:9", State.DONE)):
        witnesses.note_busy(busy, NOW)
    assert witnesses.keeps_back(rows[1], NOW)
    witnesses.note(row("sale:1", State.DONE))
    assert not witnesses.keeps_back(rows[1], NOW)
