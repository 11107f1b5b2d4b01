"""preflight: what is wrong is said in words before anything is posted."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from collections.abc import Iterator, Sequence

from include.bitrix.checks import check_shop
from include.bitrix.order_checks import colliding_numbers
from include.bitrix.problems import ShopProblem, error, warning
from include.bitrix.snapshot import snapshot
from include.bitrix.write_back import check_write_access
from include.books.accounts import accounts
from include.books.ledger_check import check_ledger
from include.books.numbers import foreign_totals
from include.errors import ForAPerson, HouseError, NotThere
from include.facts import Said, said
from include.ledger.capacity import CONNECTIONS_OF_A_LOAD, connection_limit
from include.ledger.connection import LedgerDatabase, Session
from include.ledger.errors import LedgerConfigurationError
from include.ledger.migrate import is_up_to_date, migrate, version_of
from include.ledger.reading import reading
from include.ledger.rights import missing_rights
from include.settings import Settings, SettingsError, ShippedBy
from include.steps.planning import rules_of
from include.window import Window
from include.words import text

log = logging.getLogger(__name__)


class PreflightError(ForAPerson, HouseError):
    """The shop or the settings are such that wrong documents, or none, would be posted; it lists what is wrong."""


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
        problems = _said([*_settings_problems(settings, window, dry_run=dry_run), *_shop_problems(settings)])
        if settings.accounting.write_back_comment:
            check_write_access()
        database = LedgerDatabase()
        problems = [*problems, *_said(list(_ledger_problems(database, dry_run=dry_run)))]
        if dry_run:
            _check_version(database)
        else:
            problems = [*problems, *_said(list(_connection_problems(database)))]
            migrate(database)  # takes two connections
        look_again, numbers = _check_kontur(settings, window, reading(database) if dry_run else database.open())
        problems = [*problems, *_said(numbers)]
    except NotThere as failure:  # it would most likely fail the same way in some minutes: host, port or network
        raise PreflightError(_not_there(failure)) from failure
    return Checked(sorted({problem.code for problem in problems}), look_again)


def _not_there(failure: NotThere) -> Said:
    if isinstance(failure, HouseError) and failure.said is not None:
        return failure.said
    return said("kontur_unreachable", answer=str(failure))


def _settings_problems(settings: Settings, window: Window, *, dry_run: bool) -> Iterator[ShopProblem]:
    go_live = settings.accounting.go_live
    if go_live is None:
        yield (warning if dry_run else error)(said("go_live_missing"))
    elif window.date_to < go_live:
        yield warning(said("days_before_go_live", last=window.date_to, go_live=go_live))
    try:
        rules_of(settings)
    except SettingsError as wrong:
        yield from (error(told) for told in wrong.args if isinstance(told, Said))
    if settings.shop.shipped_by is ShippedBy.STATUS and not settings.shop.shipped_statuses:
        yield error(said("no_status_ships"))


def _ledger_problems(database: LedgerDatabase, *, dry_run: bool) -> Iterator[ShopProblem]:
    """Rights that a run will need; a dry run says so and does without them."""
    if not dry_run:
        yield from map(error, missing_rights(database))
        return
    try:
        yield from map(warning, missing_rights(database))
    except LedgerConfigurationError as failure:  # a database that may only be read
        yield warning(said("ledger_rights_untried", why=failure.said or ""))


def _shop_problems(settings: Settings) -> list[ShopProblem]:
    with snapshot() as shop_db:
        return check_shop(shop_db, settings)


def _said(problems: Sequence[ShopProblem]) -> Sequence[ShopProblem]:
    """Log all of them.

    Raises:
        PreflightError: with every error, so that a person hears of all at once.
    """
    errors = []
    for problem in problems:
        if problem.severity == "error":
            errors.append(said("preflight_error", problem=problem.said, code=problem.code))
            log.error("%s", text(errors[-1]))
        else:
            log.warning("%s", text(said("preflight_warning", problem=problem.said, code=problem.code)))
    if errors:
        raise PreflightError(*errors)
    return problems


def _check_version(database: LedgerDatabase) -> None:
    """A dry run writes nothing, so it cannot bring older tables up; where there are none, nothing was posted yet.

    Raises:
        PreflightError: the tables are of another version.
    """
    with reading(database) as session:
        if version_of(session) is not None and not is_up_to_date(session):
            raise PreflightError(said("ledger_of_other_version"))


def _connection_problems(database: LedgerDatabase) -> Iterator[ShopProblem]:
    """Whether the ledger's user may have as many connections as a ``load`` task takes."""
    with database.open() as session:
        limit = connection_limit(session)
    if limit is not None and limit < CONNECTIONS_OF_A_LOAD:
        yield error(said("no_connections", limit=limit, each=CONNECTIONS_OF_A_LOAD))


def _check_kontur(
    settings: Settings, window: Window, ledger: contextlib.AbstractContextManager[Session]
) -> tuple[list[int], list[ShopProblem]]:
    """Orders to look at again, and what is to be said of the numbers that Kontur has already."""
    kontur = accounts(settings)
    for account in kontur.values():
        account.hook.check_access()
    with ledger as session:
        look_again = sorted(check_ledger(session, kontur, settings, window))
        foreign = foreign_totals(session, kontur, settings, window)
    if not foreign:
        return look_again, []
    with snapshot() as shop_db:
        return look_again, list(colliding_numbers(shop_db, foreign, settings))
