"""Which findings of an order people have closed by hand, as the rows of the action table tell it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from include.facts import Said, from_json
from include.ledger.actions import Action, Actions, Deed
from include.ledger.cases import marks
from include.ledger.chunks import parts
from include.ledger.connection import Session

CLOSED = "closed"
"""State of a finding, in a row of the action table."""


class Closing(NamedTuple):
    """That a finding was closed."""

    verdict: str
    """Of the finding."""
    who: str
    why: str
    at: dt.datetime
    """By the database's clock, UTC."""


@dataclasses.dataclass(frozen=True, slots=True)
class Closed:
    """What people have closed of one order."""

    last: int = 0
    """Number of the last row of the action table that closed or reopened something; 0: there is none."""
    findings: Mapping[Said, Closing] = dataclasses.field(default_factory=dict)
    """Closed, and not reopened since. One whose facts are others by now is another finding."""


NOTHING_CLOSED = Closed()


class Told(NamedTuple):
    """What is told of an order."""

    connection: str
    findings: str
    """Of its last plan, as JSON."""
    closed: Closed


class Closings:
    """What one session reads and writes of them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_orders(self, order_ids: Sequence[int]) -> dict[int, Closed]:
        """Order -> what was closed of it; the orders of which something ever was."""
        found: dict[int, Closed] = {}
        for ids in parts(order_ids):
            rows = self._session.rows(
                "SELECT order_id, id, kind, who, why, at, state_before, facts FROM local_kontur_bukh_action"
                f" WHERE order_id IN ({marks(ids)}) AND kind IN (%s, %s) ORDER BY id",
                [*ids, Deed.FINDING_CLOSED, Deed.FINDING_REOPENED],
            )
            for order_id, number, kind, who, why, at, verdict, facts in rows:
                (finding,) = from_json(facts, code=kind)
                closed = dict(found.get(order_id, NOTHING_CLOSED).findings)
                closed.pop(finding, None)
                if kind == Deed.FINDING_CLOSED:
                    closed[finding] = Closing(verdict, who, why, at)
                found[order_id] = Closed(number, closed)
        return found

    def told(self, order_id: int, *, to_write: bool = False) -> Told | None:
        """What is told of an order; ``None``: it was never planned. ``to_write``: nobody else changes it meanwhile."""
        row = self._session.row(
            "SELECT connection, findings FROM local_kontur_bukh_order WHERE order_id = %s"
            + (" FOR UPDATE" if to_write else ""),
            [order_id],
        )
        if row is None:
            return None
        connection, findings = row
        return Told(connection, findings, self.of_orders([order_id]).get(order_id, NOTHING_CLOSED))

    def write(self, order_id: int, seen: Told, action: Action) -> bool:
        """Write down that a finding is closed or reopened, unless something else is told of the order by now."""
        written: list[bool] = []

        def write() -> None:
            written.clear()
            if self.told(order_id, to_write=True) == seen:
                Actions(self._session).append(action)
                written.append(True)

        self._session.in_transaction(write)
        return bool(written)
