"""preflight: what is wrong is said in words before anything is posted."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from collections.abc import Iterator, Sequence

from include.bitrix.checks import check_shop
from include.bitrix.problems import ShopProblem, error, warning
from include.bitrix.snapshot import snapshot
from include.bitrix.write_back import check_write_access
from include.books.accounts import accounts
from include.books.ledger_check import GO_LIVE_MISSING, check_ledger
from include.errors import ForAPerson, HouseError, NotThere
from include.ledger.capacity import CONNECTIONS_OF_A_SENDER, connection_limit
from include.ledger.connection import LedgerDatabase, Session
from include.ledger.errors import LedgerConfigurationError
from include.ledger.migrate import is_up_to_date, migrate, version_of
from include.ledger.reading import reading
from include.ledger.rights import missing_rights
from include.settings import Settings
from include.window import Window
from include.words import text

log = logging.getLogger(__name__)

RIGHT_MISSING = "ledger_right_missing"


class PreflightError(ForAPerson, HouseError):
    """The shop or the settings are such that wrong documents, or none, would be posted; ``str()`` lists it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Checked:
    """What XCom carries on: codes and ids."""

    warnings: list[str]
    look_again: list[int]
    """Orders whose document does not stand in Kontur as it should, or does so again."""


def preflight(settings: Settings, window: Window, *, dry_run: bool = False) -> Checked:
    """Check shop, ledger and Kontur, and bring the ledger's tables up; a dry run only reads what is there.

    Raises:
        PreflightError: the shop or the settings must be corrected, or one of the three is not there at all: a name that
            DNS does not know, a refused connection, a wrong port.
        BitrixError, LedgerError, KonturError, LedgerBehindError: one of them refuses, in words; or, of the transient
            kinds, it was lost half-way or took too long, which is worth another try.
    """
    try:
        problems = _said([*_settings_problems(settings, dry_run=dry_run), *_shop_problems(settings)])
        if settings.accounting.write_back_comment:
            check_write_access()
        database = LedgerDatabase()
        problems = [*problems, *_said(list(_ledger_problems(database, dry_run=dry_run)))]
        if dry_run:
            _check_version(database)
        else:
            problems = [*problems, *_said(list(_connection_problems(settings, database)))]
            migrate(database)  # takes two connections
        look_again = _check_kontur(settings, window, reading(database) if dry_run else database.open())
    except NotThere as failure:  # it would most likely fail the same way in some minutes: host, port or network
        raise PreflightError(str(failure)) from failure
    return Checked(sorted({problem.code for problem in problems}), look_again)


def _settings_problems(settings: Settings, *, dry_run: bool) -> Iterator[ShopProblem]:
    if settings.accounting.go_live is None:
        yield (warning if dry_run else error)("go_live_missing", text(GO_LIVE_MISSING))


def _ledger_problems(database: LedgerDatabase, *, dry_run: bool) -> Iterator[ShopProblem]:
    """Rights that a run will need; a dry run says so and does without them."""
    if not dry_run:
        yield from (error(RIGHT_MISSING, message) for message in missing_rights(database))
        return
    try:
        yield from (warning(RIGHT_MISSING, message) for message in missing_rights(database))
    except LedgerConfigurationError as failure:  # a database that may only be read
        yield warning(RIGHT_MISSING, str(failure))


def _shop_problems(settings: Settings) -> list[ShopProblem]:
    with snapshot() as shop_db:
        return check_shop(shop_db, settings)


def _said(problems: Sequence[ShopProblem]) -> Sequence[ShopProblem]:
    """Log all of them.

    Raises:
        PreflightError: with every error, so that a person hears of all at once.
    """
    for problem in problems:
        log.warning("%s: %s", problem.severity, problem.message)
    errors = [f"{problem.message} ({problem.code})" for problem in problems if problem.severity == "error"]
    if errors:
        raise PreflightError("\n".join(errors))
    return problems


def _check_version(database: LedgerDatabase) -> None:
    """A dry run writes nothing, so it cannot bring older tables up; where there are none, nothing was posted yet.

    Raises:
        PreflightError: the tables are of another version.
    """
    with reading(database) as session:
        if version_of(session) is not None and not is_up_to_date(session):
            raise PreflightError(
                "The ledger's tables are of an older version of this package, and a dry run writes nothing, so it does"
                " not bring them up to date. Do that first (make migrate, or python -m include.ledger.migrate where"
                " Airflow runs; nothing is posted by it), then run this again."
            )


def _connection_problems(settings: Settings, database: LedgerDatabase) -> Iterator[ShopProblem]:
    """Whether the ledger's user may have as many connections as a ``load`` task takes, at least those of one sender."""
    with database.open() as session:
        limit = connection_limit(session)
    at_once = max(account.hook.connection_settings.concurrency for account in accounts(settings).values())
    if limit is None or limit > CONNECTIONS_OF_A_SENDER * at_once:
        return
    needed = (
        f"The ledger's user may have {limit} connections at once (max_user_connections); a load task takes"
        f" {CONNECTIONS_OF_A_SENDER} for each order that it posts at once, {CONNECTIONS_OF_A_SENDER * at_once} with"
        f' "concurrency" {at_once} of the connection to Kontur, and every other task takes 1'
    )
    if limit < CONNECTIONS_OF_A_SENDER:
        yield error("few_connections", f"{needed}. Raise the limit: nothing can be posted with {limit}.")
    else:
        more = "It goes on with fewer orders at once; raise the limit if nights take too long"
        yield warning("few_connections", f"{needed}. {more}.")


def _check_kontur(settings: Settings, window: Window, ledger: contextlib.AbstractContextManager[Session]) -> list[int]:
    kontur = accounts(settings)
    for account in kontur.values():
        account.hook.check_access()
    with ledger as session:
        return sorted(check_ledger(session, kontur, settings, window))
