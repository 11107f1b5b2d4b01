"""What people decide, and what was settled for a person: who, when, what, why. Append-only."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Sequence
from typing import Any

from include.facts import Said, from_json, to_json
from include.ledger.connection import Session
from include.mysql.texts import shortened

_WHO_LENGTH = 250
_WHY_BYTES = 65_535
_SELECT = (
    "SELECT who, kind, why, connection, order_id, op_key, facts, state_before, state_after, at"
    " FROM local_kontur_bukh_action"
)


class Deed(enum.StrEnum):
    """What was done; kinds that are about no operation come beside these."""

    ACCEPTED = "accepted"
    """What a run had found in Kontur is the operation."""
    SETTLED = "settled"
    """What stands in Kontur under an id that a person named is the operation."""
    NOT_POSTED = "not_posted"
    """Kontur does not have what was sent without an answer: it was never applied."""
    SENT_AGAIN = "sent_again"
    """What was posted and is gone from Kontur is to be sent anew."""
    STAYS_GONE = "stays_gone"
    """What was posted and is gone from Kontur is not to be there."""
    DELETED_AS_ASKED = "deleted_as_asked"
    """What the shop calls for no longer is gone from Kontur, as a review had asked for. By a run."""
    FINDING_CLOSED = "finding_closed"
    """What a finding of an order asks for is done by hand, or need not be."""
    FINDING_REOPENED = "finding_reopened"
    """It is to be asked about again."""
    DIFFERENCE_DECIDED = "difference_decided"
    """What shop and books do not agree on may stay so."""
    DIFFERENCE_REOPENED = "difference_reopened"
    """It is to be settled after all."""
    MONTH_AGREED = "month_agreed"
    """The figures of a month are those that somebody stands for."""
    PERIOD_CLOSED = "period_closed"
    """Nothing is posted into the days up to one any more; ``state_after`` is that day."""
    PERIOD_REOPENED = "period_reopened"
    """The days after ``state_after`` are open again."""
    RETRIED = "retried"
    """An order is to be planned and posted again: a run was asked for it."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A row of ``local_kontur_bukh_action``."""

    who: str
    """The person; the run, where nobody had to be asked."""
    kind: Deed
    why: str
    connection: str | None = None
    order_id: int | None = None
    op_key: str | None = None
    facts: tuple[Said, ...] = ()
    before: str | None = None
    """State of what it is about, before …"""
    after: str | None = None
    """… and after it."""
    turn: int | None = None
    """Of what closes or reopens an account's period: the how-manieth such row it is, which only one can be."""
    at: dt.datetime | None = None
    """By the database's clock, UTC."""


class Actions:
    """What one session writes and reads of the actions."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, action: Action) -> None:
        """Write one down, with the database's time."""
        self._session.execute(
            "INSERT INTO local_kontur_bukh_action (at, who, kind, why, connection, order_id, op_key, facts,"
            " state_before, state_after, turn) VALUES (UTC_TIMESTAMP(6), %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                action.who[:_WHO_LENGTH],
                action.kind,
                shortened(action.why, _WHY_BYTES),
                action.connection,
                action.order_id,
                action.op_key,
                to_json(action.facts),
                action.before,
                action.after,
                action.turn,
            ],
        )

    def unplanned_orders(self) -> list[int]:
        """Orders of which something was decided since they were planned last."""
        rows = self._session.rows(
            "SELECT DISTINCT a.order_id FROM local_kontur_bukh_action a JOIN local_kontur_bukh_order o"
            " ON o.order_id = a.order_id WHERE (a.op_key IS NOT NULL OR a.kind IN (%s, %s)) AND a.at > o.planned_at"
            " ORDER BY a.order_id",
            [Deed.FINDING_CLOSED, Deed.FINDING_REOPENED],
        )
        return [row[0] for row in rows]

    def last(self, op_key: str) -> Action | None:
        """The last one about an operation."""
        row = self._session.row(f"{_SELECT} WHERE op_key = %s ORDER BY id DESC LIMIT 1", [op_key])
        return None if row is None else _action(row)

    def of_order(self, order_id: int, most: int) -> list[Action]:
        """The last ones about an order, the newest first."""
        rows = self._session.rows(f"{_SELECT} WHERE order_id = %s ORDER BY id DESC LIMIT %s", [order_id, most])
        return [_action(row) for row in rows]


def _action(row: Sequence[Any]) -> Action:
    who, kind, why, connection, order_id, key, facts, before, after, at = row
    return Action(
        who=who,
        kind=Deed(kind),
        why=why,
        connection=connection,
        order_id=order_id,
        op_key=key,
        facts=from_json(facts, code=kind),
        before=before,
        after=after,
        at=at,
    )
