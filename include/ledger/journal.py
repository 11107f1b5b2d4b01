"""The journal of attempts: one row for each POST, written with the intent and completed with what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from include.ledger.connection import Session
from include.ledger.operation import OperationRow

_DETAIL_LENGTH = 500


class Journal:
    """Append-only, but for the one completion of each row."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def sent_at(self, keys: Sequence[str]) -> dict[str, dt.datetime]:
        """Key -> when it was sent last (UTC), of those that ever were; at most 500."""
        if not keys:
            return {}
        marks = ", ".join(["%s"] * len(keys))
        return dict(
            self._session.rows(
                f"SELECT op_key, MAX(sent_at) FROM local_kontur_bukh_attempt WHERE op_key IN ({marks}) GROUP BY op_key",
                keys,
            )
        )

    def begin(self, row: OperationRow, run_id: str) -> None:
        """Before the POST, in the transaction of its intent."""
        self._session.execute(
            "INSERT INTO local_kontur_bukh_attempt (op_key, epoch, run_id, repost, sent_at)"
            " VALUES (%s, %s, %s, %s, UTC_TIMESTAMP(6))",
            [row.key, row.epoch, run_id, row.uncertain],
        )

    def complete(
        self, row: OperationRow, outcome: str, status: int | None, trace_id: str | None, detail: str | None
    ) -> None:
        """After the POST; ``row`` is the operation as it was sent."""
        self._session.execute(
            "UPDATE local_kontur_bukh_attempt SET ended_at = UTC_TIMESTAMP(6), outcome = %s, http_status = %s,"
            " trace_id = %s, detail = %s WHERE op_key = %s AND epoch = %s AND ended_at IS NULL",
            [
                outcome,
                status,
                (trace_id or "")[:100] or None,
                (detail or "")[:_DETAIL_LENGTH] or None,
                row.key,
                row.epoch,
            ],
        )
