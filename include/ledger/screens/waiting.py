"""Orders that wait for a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from include.ledger.connection import Session
from include.ledger.screens.listed import ListedOrder, of_ids

_WAITS = "state IN ('review', 'rejected', 'unknown') AND code IS NOT NULL"
"""What is only not confirmed has no code. All that is asked here stands in one key."""


class Waiting:
    """What one session reads."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def by_code(self) -> list[tuple[str, int]]:
        """How many orders wait for what, the most first."""
        rows = self._session.rows(
            f"SELECT code, COUNT(*) FROM local_kontur_bukh_order WHERE {_WAITS}"
            " GROUP BY code ORDER BY COUNT(*) DESC, code"
        )
        return [(code, int(count)) for code, count in rows]

    def count(self, since: dt.datetime | None = None) -> int:
        """How many wait; or how many of them began to after a moment (UTC)."""
        sql = f"SELECT COUNT(*) FROM local_kontur_bukh_order WHERE {_WAITS}"
        row = self._session.row(sql) if since is None else self._session.row(f"{sql} AND waits_since >= %s", [since])
        return int(row[0]) if row else 0

    def page(self, code: str | None, before: int | None, most: int) -> list[ListedOrder]:
        """The orders with the greatest IDs below ``before``, of all codes or of one."""
        condition, parameters = _where(code)
        if before is not None:
            condition, parameters = f"{condition} AND order_id < %s", [*parameters, before]
        return of_ids(self._session, self._ids(condition, parameters, most))

    def ids(self, code: str, most: int) -> list[int]:
        """Orders that wait for one thing."""
        return sorted(self._ids(*_where(code), most))

    def _ids(self, condition: str, parameters: Sequence[object], most: int) -> list[int]:
        # Left to itself, the server may go through all orders backwards until it has enough that wait.
        rows = self._session.rows(
            f"SELECT order_id FROM local_kontur_bukh_order FORCE INDEX (ix_person) WHERE {condition}"
            " ORDER BY order_id DESC LIMIT %s",
            [*parameters, most],
        )
        return [row[0] for row in rows]


def _where(code: str | None) -> tuple[str, list[object]]:
    return (_WAITS, []) if code is None else (f"{_WAITS} AND code = %s", [code])
