"""An account's period is closed up to a day by a person, or opened again; see :mod:`include.posting.period`."""

from __future__ import annotations

from include.books.accounts import Account
from include.ledger.connection import LedgerDatabase
from include.posting import period
from include.posting.live import drive
from include.posting.period import PeriodDeclaration
from include.settings import Settings

_NO_KONTUR: dict[str, Account] = {}
"""It is not asked."""


def declare(settings: Settings, declared: PeriodDeclaration) -> None:
    """Write it down; the next run plans by it.

    Raises:
        DecisionError: it cannot be said, or somebody else was quicker.
        LedgerError: the ledger does not work now.
    """
    drive(LedgerDatabase(), _NO_KONTUR, lambda ports: period.declare(ports, settings, declared))
