"""Every request of the contract, so that requests per order can be counted and faults be read afterwards."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

from sandbox.kontur.paths import account_of, template


class RequestLog:
    """Rows of the table ``requests``; a row is written when its request arrives."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def arrived(self, method: str, path: str, idempotency_key: str | None, trace_id: str) -> int:
        """Returns the row's number."""
        cursor = self._connection.execute(
            "INSERT INTO requests (at, method, path, template, account, idempotency_key, trace_id)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (time.time(), method, path, template(path), account_of(path), idempotency_key, trace_id),
        )
        return int(cursor.lastrowid or 0)

    def answered(self, row: int, status: int) -> None:
        self._connection.execute("UPDATE requests SET status = ? WHERE seq = ?", (status, row))

    def fault_fired(self, row: int, fault: str) -> None:
        self._connection.execute("UPDATE requests SET fault = ? WHERE seq = ?", (fault, row))

    def counts(self) -> list[dict[str, Any]]:
        """How many of each method, path template and status."""
        rows = self._connection.execute(
            "SELECT method, template AS path, status, COUNT(*) AS count FROM requests"
            " GROUP BY method, template, status ORDER BY method, template, status"
        )
        return [dict(row) for row in rows]

    def faults(self) -> list[dict[str, Any]]:
        """What fired, in the order of the requests."""
        rows = self._connection.execute(
            "SELECT seq, at, fault, method, path, idempotency_key, status FROM requests"
            " WHERE fault IS NOT NULL ORDER BY seq"
        )
        return [dict(row) for row in rows]
