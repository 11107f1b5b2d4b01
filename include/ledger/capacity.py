"""How many connections the ledger's user may have at once, and how many a task takes."""

from __future__ import annotations

from include.ledger.connection import Session

CONNECTIONS_OF_A_LOAD = 2
"""One for state, one that holds the locks, however many orders are under way. A migration takes two as well, everything
else one."""


def connection_limit(session: Session) -> int | None:
    """``max_user_connections`` of this user, or of the server; ``None``: no limit."""
    row = session.row("SELECT @@max_user_connections")
    return int(row[0]) if row and row[0] else None
