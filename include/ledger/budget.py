"""Limits that all workers share: how often a run may send again, and how fast an account may be asked."""

from __future__ import annotations

import datetime as dt

from include.ledger.connection import Session


class Budget:
    """The reposts of one run."""

    def __init__(self, session: Session, run_id: str, limit: int) -> None:
        self._session = session
        self._run_id = run_id
        self._limit = limit

    def take(self) -> bool:
        """Whether this run may send one more unknown operation again; counted at once."""
        self._session.execute("INSERT IGNORE INTO local_kontur_bukh_run (run_id) VALUES (%s)", [self._run_id])
        return bool(
            self._session.execute(
                "UPDATE local_kontur_bukh_run SET reposts = reposts + 1 WHERE run_id = %s AND reposts < %s",
                [self._run_id, self._limit],
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
