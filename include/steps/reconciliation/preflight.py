"""preflight: whether all that is read can be read, and what is written can be written."""

from __future__ import annotations

from include.bitrix.shop import read_shop
from include.bitrix.snapshot import snapshot
from include.books.accounts import accounts
from include.books.ledger_check import check_go_live
from include.ledger.connection import LedgerDatabase
from include.ledger.migrate import migrate
from include.settings import Settings


def preflight(settings: Settings) -> None:
    """Bring the ledger's tables up, and ask shop and Kontur for a little.

    Raises:
        GoLiveMissingError: nobody said from which day on orders are posted: nothing is due.
        BitrixError, LedgerError, KonturError: one of the three refuses, in words, or is away.
    """
    check_go_live(settings)
    migrate(LedgerDatabase())
    with snapshot() as shop_db:
        read_shop(shop_db)
    for account in accounts(settings).values():
        account.hook.check_access()
