"""preflight: what is wrong is said in words before anything is posted."""

from __future__ import annotations

import dataclasses
import logging

from kontur_hook.errors import KonturTransientError

from include.bitrix.checks import check_shop
from include.bitrix.errors import BitrixUnreachableError
from include.bitrix.snapshot import snapshot
from include.bitrix.write_back import check_write_access
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


@dataclasses.dataclass(frozen=True, slots=True)
class Checked:
    """What XCom carries on: codes and ids."""

    warnings: list[str]
    look_again: list[int]
    """Orders whose document does not stand in Kontur as it should, or does so again."""


def preflight(settings: Settings, window: Window) -> Checked:
    """Check shop, ledger and Kontur, and bring the ledger's tables up.

    Raises:
        PreflightError: the shop or the settings must be mended, or one of the three does not answer at all.
        BitrixError, LedgerError, KonturError, LedgerBehindError: one of them refuses, in words.
    """
    try:
        warnings = _check_shop(settings)
        if settings.accounting.write_back_comment:
            check_write_access()
        look_again = _check_ledger_and_kontur(settings, window)
    except (BitrixUnreachableError, LedgerTransientError) as error:
        raise PreflightError(str(error)) from error
    except KonturTransientError as error:
        if error.status is None:  # not even an answer: a person has to look at host and network
            raise PreflightError(str(error)) from error
        raise
    return Checked(warnings, look_again)


def _check_shop(settings: Settings) -> list[str]:
    with snapshot() as shop_db:
        problems = check_shop(shop_db, settings)
    for problem in problems:
        log.warning("%s: %s", problem.severity, problem.message)
    errors = [problem.message for problem in problems if problem.severity == "error"]
    if errors:
        raise PreflightError("\n".join(errors))
    return sorted({problem.code for problem in problems})


def _check_ledger_and_kontur(settings: Settings, window: Window) -> list[int]:
    database = LedgerDatabase()
    migrate(database)
    kontur = accounts(settings)
    for account in kontur.values():
        account.hook.check_access()
    with database.open() as session:
        return sorted(check_ledger(session, kontur, settings, window))
