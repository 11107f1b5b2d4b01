"""How many connections the ledger's user may have at once, and how many senders fit into them."""

from __future__ import annotations

from include.ledger.connection import Session

CONNECTIONS_OF_A_SENDER = 2
"""One for state, one that holds its locks. A migration takes two as well; everything else takes one."""


def connection_limit(session: Session) -> int | None:
    """``max_user_connections`` of this user, or of the server; ``None``: no limit."""
    row = session.row("SELECT @@max_user_connections")
    return int(row[0]) if row and row[0] else None


def most_senders(limit: int | None) -> int | None:
    """How many senders one task may have, so that another task still finds a connection; at least one."""
    return None if limit is None else max((limit - 1) // CONNECTIONS_OF_A_SENDER, 1)
