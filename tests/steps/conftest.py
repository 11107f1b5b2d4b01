from __future__ import annotations

import pytest

from include.ledger.connection import LedgerDatabase
from include.ledger.migrate import migrate
from sandbox.kontur.serving import Sandbox
from tests.steps.nights import Nights


@pytest.fixture
def nights(ledger_database: LedgerDatabase, kontur: Sandbox) -> Nights:
    """Runs that post into the sandbox ``kontur``."""
    migrate(ledger_database)
    return Nights(ledger_database)
