"""preflight: what is wrong is said in words before anything is posted."""

from __future__ import annotations

import logging

from include.bitrix.checks import check_shop
from include.bitrix.snapshot import snapshot
from include.ledger.connection import LedgerDatabase
from include.ledger.migrate import migrate
from include.posting.accounts import accounts
from include.posting.guard import check_ledger
from include.settings import Settings
from include.window import Window

log = logging.getLogger(__name__)


class PreflightError(Exception):
    """The shop or the settings are such that wrong documents, or none, would be posted; ``str()`` lists it."""


def preflight(settings: Settings, window: Window) -> list[str]:
    """Check shop, ledger and Kontur, bring the ledger's tables up; the warnings' codes.

    Raises:
        PreflightError: the shop or the settings must be mended.
        BitrixError, LedgerError, KonturError, LedgerBehindError: one of the three does not work, in words.
    """
    with snapshot() as shop_db:
        problems = check_shop(shop_db, settings)
    for problem in problems:
        log.warning("%s: %s", problem.severity, problem.message)
    errors = [problem.message for problem in problems if problem.severity == "error"]
    if errors:
        raise PreflightError("\n".join(errors))
    database = LedgerDatabase()
    migrate(database)
    kontur = accounts(settings)
    for account in kontur.values():
        account.hook.check_access()
    with database.open() as session:
        check_ledger(session, kontur, settings, window)
    return sorted({problem.code for problem in problems})
