"""What of an order is not in the books for sure, and what is said of it."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from decimal import Decimal

import pytest
from msgspec import structs

from include.facts import said, to_json
from include.ledger.operation import Kind, OperationRow, State
from include.posting.unconfirmed import Clock, told, unconfirmed
from include.words import Language, speaking, text

NOW = dt.datetime(2026, 3, 17, 23, 30)
"""UTC; 02:30 of the next day in Moscow."""
CLOCK = Clock(NOW, dt.timedelta(minutes=15), zoneinfo.ZoneInfo("Europe/Moscow"))
SENT = NOW - dt.timedelta(minutes=6)
SALE = OperationRow(
    key="sale:7",
    order_id=7,
    connection="kontur_default",
    kind=Kind.SALE_INVOICE,
    parent_key=None,
    state=State.UNKNOWN,
    document_date=dt.date(2026, 3, 17),
    amount=Decimal("1500.00"),
    unknown_since=NOW - dt.timedelta(minutes=5),
    code="unknown_outcome",
    message=to_json([said("unknown_outcome", answer="Connection reset.")]),
)
PAYMENT = structs.replace(SALE, key="payment:5", kind=Kind.PAYMENT, parent_key="sale:7")
REFUND = structs.replace(SALE, key="refund:5", kind=Kind.REFUND, parent_key="sale:7")


def in_state(row: OperationRow, state: State, code: str | None = None) -> OperationRow:
    return structs.replace(row, state=state, code=code, message=None)


@pytest.mark.parametrize("state", list(State))
def test_what_is_due_and_neither_done_nor_held_nor_a_persons_business(state: State) -> None:
    counts = state in {State.PLANNED, State.SENDING, State.UNKNOWN}
    row = in_state(SALE, state)
    assert unconfirmed([row], NOW) == ([row] if counts else [])


def test_what_a_person_is_asked_about_is_his() -> None:
    assert unconfirmed([in_state(SALE, State.UNKNOWN, "conflict")], NOW) == []
    day = dt.timedelta(hours=24)
    assert unconfirmed([structs.replace(SALE, unknown_since=NOW - day)], NOW) != []
    assert unconfirmed([structs.replace(SALE, unknown_since=NOW - day - dt.timedelta(seconds=1))], NOW) == []


def test_what_waits_for_another_operation_counts_by_that_one() -> None:
    planned = in_state(PAYMENT, State.PLANNED)
    assert unconfirmed([SALE, planned], NOW) == [SALE]
    assert unconfirmed([in_state(SALE, State.REJECTED), planned], NOW) == []
    done = in_state(SALE, State.DONE)
    assert unconfirmed([done, planned], NOW) == [planned]
    refund = in_state(REFUND, State.PLANNED)
    assert unconfirmed([done, PAYMENT, refund], NOW) == [PAYMENT]
    assert unconfirmed([planned], NOW) == [planned], "whatever it waits for is not there to ask about"


def english(row: OperationRow, sent_at: dict[str, dt.datetime]) -> str:
    with speaking(Language.EN):
        return " ".join(text(one) for one in told([row], sent_at, CLOCK))


def test_it_says_when_it_was_sent_what_was_answered_when_it_is_looked_for_and_for_what() -> None:
    assert english(SALE, {"sale:7": SENT}) == (
        "Sale document of 17.03.2026 for 1,500.00\u00a0₽. Sent 18.03.2026 02:24, not confirmed. The answer: Connection"
        " reset. It is looked for again after 18.03.2026 02:40. Look in Kontur for a document of 17.03.2026 for"
        " 1,500.00\u00a0₽. Do not enter it by hand."
    )


def test_once_it_could_be_looked_for_the_next_run_does() -> None:
    late = structs.replace(SALE, unknown_since=NOW - dt.timedelta(minutes=15))
    assert "The next run goes on looking for it." in english(late, {"sale:7": SENT})
    again = structs.replace(late, absent_since=NOW - dt.timedelta(minutes=1))
    assert "looked for again after 18.03.2026 02:44." in english(again, {"sale:7": SENT})


def test_a_sender_that_was_cut_off_and_what_was_never_sent() -> None:
    assert "The sending was cut off before the answer." in english(in_state(SALE, State.SENDING), {"sale:7": SENT})
    assert "Not sent yet: " in english(in_state(SALE, State.PLANNED), {})
