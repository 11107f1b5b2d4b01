"""How things stand: what a run posted, the money that is held, the days that were looked at."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from include.ledger.connection import Session


class Posted(NamedTuple):
    """What a run brought into the books of one kind."""

    kind: str
    operations: int
    amount: Decimal


class Held(NamedTuple):
    """Payments whose documents do not exist yet."""

    operations: int
    amount: Decimal


def posted(session: Session, run_id: str) -> list[Posted]:
    """By kind; what a later run has changed since is that run's."""
    rows = session.rows(
        "SELECT kind, COUNT(*), COALESCE(SUM(amount), 0) FROM local_kontur_bukh_operation"
        " WHERE run_id = %s AND state = 'done' AND kind <> 'counterparty' GROUP BY kind",
        [run_id],
    )
    return [Posted(kind, int(count), amount) for kind, count, amount in rows]


def held(session: Session) -> Held:
    """All of them."""
    row = session.row("SELECT COUNT(*), COALESCE(SUM(amount), 0) FROM local_kontur_bukh_operation WHERE state = 'held'")
    return Held(int(row[0]), row[1]) if row else Held(0, Decimal(0))


def last_covered(session: Session) -> dt.date | None:
    """The newest day of the shop that a finished run has looked at."""
    row = session.row("SELECT MAX(day) FROM local_kontur_bukh_day")
    return row[0] if row else None
