"""What became of an order's operations: each request that was sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from include.ledger.cases import marks
from include.ledger.connection import Session


class Attempt(NamedTuple):
    """A row of ``local_kontur_bukh_attempt``; times are UTC."""

    key: str
    """Of the operation."""
    sent_at: dt.datetime
    ended_at: dt.datetime | None
    outcome: str | None
    """``None``: its sender has not come back."""
    status: int | None
    """HTTP's."""
    trace_id: str | None
    """By which Kontur's support finds the request."""
    detail: str | None
    run_id: str


def attempts(session: Session, keys: Sequence[str], most: int) -> list[Attempt]:
    """The last requests of these operations, the newest first."""
    if not keys:
        return []
    rows = session.rows(
        "SELECT op_key, sent_at, ended_at, outcome, http_status, trace_id, detail, run_id"
        f" FROM local_kontur_bukh_attempt WHERE op_key IN ({marks(keys)}) ORDER BY id DESC LIMIT %s",
        [*keys, most],
    )
    return [Attempt(*row) for row in rows]
