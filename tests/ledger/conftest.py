from __future__ import annotations

from collections.abc import Iterator

import pytest

from include.ledger.connection import LedgerDatabase, Session
from include.ledger.migrate import migrate


@pytest.fixture
def session(ledger_database: LedgerDatabase) -> Iterator[Session]:
    """A session of a migrated ledger."""
    migrate(ledger_database)
    with ledger_database.open() as opened:
        yield opened
