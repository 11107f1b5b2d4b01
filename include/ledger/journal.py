"""The journal of attempts: one row for each POST, written with the intent and completed with what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from include.ledger.cases import at_epochs, marks, value_by
from include.ledger.connection import Session
from include.ledger.operation import OperationRow

_DETAIL_LENGTH = 500
_TRACE_LENGTH = 100


class Ending(NamedTuple):
    """What became of a request."""

    outcome: str
    http_status: int | None
    trace_id: str | None
    detail: str | None


class Journal:
    """Append-only, but for the one completion of each row."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def sent_at(self, keys: Sequence[str]) -> dict[str, dt.datetime]:
        """Key -> when it was sent last (UTC), of those that ever were; at most 500."""
        if not keys:
            return {}
        return dict(
            self._session.rows(
                f"SELECT op_key, MAX(sent_at) FROM local_kontur_bukh_attempt WHERE op_key IN ({marks(keys)})"
                " GROUP BY op_key",
                keys,
            )
        )

    def begin(self, row: OperationRow, run_id: str) -> None:
        """Before the POST, in the transaction of its intent."""
        self.begin_all([(row, run_id)])

    def begin_all(self, rows: Sequence[tuple[OperationRow, str]]) -> None:
        """As :meth:`begin`, of several: each with its run."""
        self._session.insert(
            "INSERT INTO local_kontur_bukh_attempt (op_key, epoch, run_id, repost, sent_at)",
            "(%s, %s, %s, %s, UTC_TIMESTAMP(6))",
            [(row.key, row.epoch, run_id, row.uncertain) for row, run_id in rows],
        )

    def complete(self, row: OperationRow, ending: Ending) -> None:
        """After the POST; ``row`` is the operation as it was sent."""
        self.complete_all([(row, ending)])

    def complete_all(self, rows: Sequence[tuple[OperationRow, Ending]]) -> None:
        """As :meth:`complete`, of several."""
        if not rows:
            return
        keys, epochs, *columns = zip(*((row.key, row.epoch, *_shortened(ending)) for row, ending in rows), strict=True)
        new = {name: value_by("op_key", keys, name, of_it) for name, of_it in zip(Ending._fields, columns, strict=True)}
        assigned = ", ".join(f"{name} = {value}" for name, (value, _) in new.items())
        as_sent, their_keys = at_epochs(keys, epochs)
        self._session.execute(
            f"UPDATE local_kontur_bukh_attempt SET ended_at = UTC_TIMESTAMP(6), {assigned}"
            f" WHERE {as_sent} AND ended_at IS NULL",
            [*(value for _, values in new.values() for value in values), *their_keys],
        )


def _shortened(ending: Ending) -> Ending:
    trace_id = (ending.trace_id or "")[:_TRACE_LENGTH] or None
    return ending._replace(trace_id=trace_id, detail=(ending.detail or "")[:_DETAIL_LENGTH] or None)
