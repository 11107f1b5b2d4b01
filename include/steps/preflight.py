"""preflight: what is wrong is said in words before anything is posted."""

from __future__ import annotations

import logging

from kontur_hook.errors import KonturTransientError

from include.bitrix.checks import check_shop
from include.bitrix.errors import BitrixUnreachableError
from include.bitrix.snapshot import snapshot
from include.ledger.connection import LedgerDatabase
from include.ledger.errors import LedgerTransientError
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
        PreflightError: the shop or the settings must be mended, or one of the three does not answer at all.
        BitrixError, LedgerError, KonturError, LedgerBehindError: one of them refuses, in words.
    """
    try:
        warnings = _check_shop(settings)
        _check_ledger_and_kontur(settings, window)
    except (BitrixUnreachableError, LedgerTransientError) as error:
        raise PreflightError(str(error)) from error
    except KonturTransientError as error:
        if error.status is None:  # not even an answer: a person has to look at host and network
            raise PreflightError(str(error)) from error
        raise
    return warnings


def _check_shop(settings: Settings) -> list[str]:
    with snapshot() as shop_db:
        problems = check_shop(shop_db, settings)
    for problem in problems:
        log.warning("%s: %s", problem.severity, problem.message)
    errors = [problem.message for problem in problems if problem.severity == "error"]
    if errors:
        raise PreflightError("\n".join(errors))
    return sorted({problem.code for problem in problems})


def _check_ledger_and_kontur(settings: Settings, window: Window) -> None:
    database = LedgerDatabase()
    migrate(database)
    kontur = accounts(settings)
    for account in kontur.values():
        account.hook.check_access()
    with database.open() as session:
        check_ledger(session, kontur, settings, window)
