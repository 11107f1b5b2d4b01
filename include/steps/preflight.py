"""preflight: what is wrong is said in words before anything is posted."""

from __future__ import annotations

import dataclasses
import logging

from kontur_hook.errors import KonturTransientError, KonturUnreachableError

from include.bitrix.checks import check_shop
from include.bitrix.errors import BitrixUnreachableError
from include.bitrix.snapshot import snapshot
from include.bitrix.write_back import check_write_access
from include.ledger.capacity import CONNECTIONS_OF_A_SENDER, connection_limit
from include.ledger.connection import LedgerDatabase
from include.ledger.errors import LedgerTransientError, LedgerUnreachableError
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
        PreflightError: the shop or the settings must be mended, or one of the three is not there at all: a name that
            DNS does not know, a refused connection, a wrong port.
        BitrixError, LedgerError, KonturError, LedgerBehindError: one of them refuses, in words; or, of the transient
            kinds, it was lost half-way or took too long, which is worth another try.
    """
    try:
        warnings = _check_shop(settings)
        if settings.accounting.write_back_comment:
            check_write_access()
        warnings += _check_connections(settings)
        look_again = _check_ledger_and_kontur(settings, window)
    except (BitrixUnreachableError, LedgerTransientError, KonturTransientError) as error:
        if _not_there(error):  # a person has to look at host, port and network
            raise PreflightError(str(error)) from error
        raise
    return Checked(warnings, look_again)


def _not_there(error: Exception) -> bool:
    """Whether no server was reached, so that another try in some minutes would most likely fail the same way."""
    return isinstance(error, BitrixUnreachableError | LedgerUnreachableError | KonturUnreachableError)


def _check_shop(settings: Settings) -> list[str]:
    with snapshot() as shop_db:
        problems = check_shop(shop_db, settings)
    for problem in problems:
        log.warning("%s: %s", problem.severity, problem.message)
    errors = [problem.message for problem in problems if problem.severity == "error"]
    if errors:
        raise PreflightError("\n".join(errors))
    return sorted({problem.code for problem in problems})


def _check_connections(settings: Settings) -> list[str]:
    """Whether the ledger's user may have as many connections as a ``load`` task takes.

    Raises:
        PreflightError: it may not even have those of one sender.
    """
    with LedgerDatabase().open() as session:
        limit = connection_limit(session)
    at_once = max(account.hook.connection_settings.concurrency for account in accounts(settings).values())
    if limit is None or limit > CONNECTIONS_OF_A_SENDER * at_once:
        return []
    needed = (
        f"The ledger's user may have {limit} connections at once (max_user_connections); a load task takes"
        f" {CONNECTIONS_OF_A_SENDER} for each order that it posts at once, {CONNECTIONS_OF_A_SENDER * at_once} with"
        f' "concurrency" {at_once} of the connection to Kontur, and every other task takes 1'
    )
    if limit < CONNECTIONS_OF_A_SENDER:
        raise PreflightError(f"{needed}. Raise the limit: nothing can be posted with {limit}.")
    log.warning("warning: %s. It goes on with fewer orders at once; raise the limit if nights take too long.", needed)
    return ["few_connections"]


def _check_ledger_and_kontur(settings: Settings, window: Window) -> list[int]:
    database = LedgerDatabase()
    migrate(database)
    kontur = accounts(settings)
    for account in kontur.values():
        account.hook.check_access()
    with database.open() as session:
        return sorted(check_ledger(session, kontur, settings, window))
