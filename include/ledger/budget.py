"""Limits that all workers share: how often a run may send again, and how fast an account may be asked."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from include.ledger.connection import Session
from include.ledger.operation import DOUBLED, SENT_AGAIN, State

_OPEN = f"""
    EXISTS (  -- no answer yet; what was found absent since it was sent again did no harm
        SELECT 1 FROM local_kontur_bukh_operation o JOIN local_kontur_bukh_attempt a ON a.op_key = o.op_key
        WHERE (o.state = '{State.SENDING}' OR (o.state = '{State.UNKNOWN}' AND o.absent_since IS NULL))
        AND a.run_id = %s AND a.repost
    ) OR EXISTS (
        SELECT 1 FROM local_kontur_bukh_operation o WHERE o.run_id = %s AND o.state = '{State.DONE}'
        AND o.code = '{SENT_AGAIN}'
    )"""
"""Of a run, twice."""
_IS_DOUBLED = f"o.connection = %s AND o.code = '{DOUBLED}' AND o.uncertain AND o.attempts > 1"
_DOUBLED = f"""
    EXISTS (SELECT 1 FROM local_kontur_bukh_operation o WHERE o.run_id = %s AND {_IS_DOUBLED})
    OR EXISTS (SELECT 1 FROM local_kontur_bukh_operation o WHERE o.state = '{State.REVIEW}' AND {_IS_DOUBLED})
    OR EXISTS (  -- of earlier runs, while nobody has settled it
        SELECT 1 FROM local_kontur_bukh_order r JOIN local_kontur_bukh_operation o ON o.order_id = r.order_id
        WHERE r.state = '{State.REVIEW}' AND {_IS_DOUBLED}
    )"""
"""Of a run and its account, of the account, and of the account."""


class Reposts(NamedTuple):
    """What became of the unknown operations that a run sent again."""

    made: int
    open: bool
    """Whether one of them has not been seen since to stand in Kontur exactly once, or not at all."""
    doubled: bool
    """Whether one of the account's, of whatever run, is doubled, and nobody has settled it."""


class Budget:
    """The reposts of one run."""

    def __init__(self, session: Session, run_id: str) -> None:
        self._session = session
        self._run_id = run_id

    def reposts(self, connection: str) -> Reposts:
        """What became of them so far; ``connection``: the account whose doubles count."""
        self._session.execute("INSERT IGNORE INTO local_kontur_bukh_run (run_id) VALUES (%s)", [self._run_id])
        row = self._session.row(
            f"SELECT reposts, reposts AND ({_OPEN}), {_DOUBLED} FROM local_kontur_bukh_run WHERE run_id = %s",
            [*[self._run_id] * 3, *[connection] * 3, self._run_id],
        )
        assert row is not None
        made, unseen, doubled = row
        return Reposts(made, bool(unseen), bool(doubled))

    def take(self, limit: int) -> bool:
        """Count one more, if it is not more than ``limit`` with it; in the transaction of its intent."""
        return bool(
            self._session.execute(
                "UPDATE local_kontur_bukh_run SET reposts = reposts + 1 WHERE run_id = %s AND reposts < %s",
                [self._run_id, limit],
            )
        )

    def give_back(self) -> None:
        """What was taken was not used: nothing left, or it is proved that nothing was applied."""
        self._session.execute(
            "UPDATE local_kontur_bukh_run SET reposts = reposts - 1 WHERE run_id = %s AND reposts > 0", [self._run_id]
        )


class Rate:
    """The pace of one account, as one row that says when its next request is due (GCRA without burst)."""

    def __init__(self, session: Session, connection: str, rate_per_s: float) -> None:
        self._session = session
        self._connection = connection
        self._step_us = int(1_000_000 / rate_per_s)

    def wait_s(self) -> float:
        """Take the next slot; how many seconds until it comes."""
        wait = 0.0

        def take() -> None:
            nonlocal wait
            self._session.execute(
                "INSERT INTO local_kontur_bukh_rate (connection, next_at) VALUES (%s, UTC_TIMESTAMP(6))"
                " ON DUPLICATE KEY UPDATE next_at = GREATEST(next_at, UTC_TIMESTAMP(6)) + INTERVAL %s MICROSECOND",
                [self._connection, self._step_us],
            )
            row = self._session.row(
                "SELECT next_at, UTC_TIMESTAMP(6) FROM local_kontur_bukh_rate WHERE connection = %s", [self._connection]
            )
            if row:
                wait = max((row[0] - row[1]) / dt.timedelta(seconds=1), 0.0)

        self._session.in_transaction(take)
        return wait
