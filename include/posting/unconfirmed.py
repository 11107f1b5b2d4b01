"""What of an order is due and does not stand in the books for sure, and what is said of it while that is so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from include.accounting.keys import money_of
from include.facts import Said, said
from include.ledger.operation import TO_DO, Kind, OperationRow, State
from include.moments import local
from include.posting.order_state import is_overdue, look_for, operation


class Clock(NamedTuple):
    """When it is, and how times are told."""

    now: dt.datetime
    """The database's clock, UTC."""
    settle: dt.timedelta
    """How long after its sender ended an outcome is looked for."""
    zone: dt.tzinfo
    """The shop's."""

    def local(self, at: dt.datetime) -> dt.datetime:
        """A moment of the database's clock in the shop's time, naive."""
        return local(at, self.zone)


def unconfirmed(operations: Sequence[OperationRow], now: dt.datetime) -> list[OperationRow]:
    """Operations of one order that are due, of which nobody knows that they stand in Kontur, and no person is asked.

    What waits for another operation of the order counts by that one alone.

    Args:
        operations: all of the order's.
        now: the database's clock, UTC.
    """
    by_key = {row.key: row for row in operations}
    return [
        row
        for row in operations
        if row.state in TO_DO
        and not row.asks_a_person
        and not is_overdue(row, now)
        and not any(other.state is not State.DONE for other in _before(row, by_key))
    ]


def told(rows: Iterable[OperationRow], sent_at: Mapping[str, dt.datetime], clock: Clock) -> tuple[Said, ...]:
    """What is said of unconfirmed operations.

    Args:
        rows: the operations.
        sent_at: key -> when it was sent last, UTC.
        clock: the time.
    """
    return tuple(
        said("operation_problem", what=operation(row), problem=_told(row, sent_at.get(row.key), clock)) for row in rows
    )


def _told(row: OperationRow, sent_at: dt.datetime | None, clock: Clock) -> Said:
    if row.state is State.PLANNED or sent_at is None:
        return said("unsent_yet")
    sent = clock.local(sent_at)
    return said("sent_unconfirmed", sent=sent, answer=_answer(row), again=_again(row, clock), look=look_for(row))


def _answer(row: OperationRow) -> Said:
    """What Kontur said; of whom nothing is known, its task was ended."""
    answer = next((fact for one in row.said for name, fact in one.facts if name == "answer"), None)
    return said("sender_ended") if answer is None else said("kontur_answered", answer=answer)


def _again(row: OperationRow, clock: Clock) -> Said:
    since = row.absent_since or row.unknown_since
    if since is None or since + clock.settle <= clock.now:
        return said("looked_for_by_next_run")
    return said("looked_for_after", at=clock.local(since + clock.settle))


def _before(row: OperationRow, by_key: Mapping[str, OperationRow]) -> list[OperationRow]:
    """What has to stand first: its document, and of a refund its payment."""
    keys = [row.parent_key or ""]
    if row.kind is Kind.REFUND and (paid := money_of(row.key)) is not None:
        keys.append(paid.payment_key)
    return [by_key[key] for key in keys if key in by_key]
