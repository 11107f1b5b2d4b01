"""What a person decides of a month: ``python -m include.steps.month differences | decide | undecide | agree | …``.

Nothing is changed in shop or books.
"""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import sys
from collections.abc import Iterator, Sequence

from include import settings as settings_module
from include.errors import HouseError
from include.facts import Count, Said, said
from include.ledger.connection import LedgerDatabase
from include.ledger.periods import Periods
from include.posting.closing import About
from include.posting.period import PeriodDeclaration
from include.reconciliation.difference import Measure
from include.settings import Settings
from include.steps import period
from include.steps.reconciliation import telling
from include.steps.reconciliation.days import month_of
from include.steps.reconciliation.deciding import Changed, agree, decide, open_differences, reopen, since_agreed
from include.words import speak, text
from include.words.terminal import language

log = logging.getLogger(__name__)


def _arguments(given: Sequence[str], settings: Settings) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Decide differences between shop and books, and agree months.")
    words = parser.add_subparsers(dest="word", required=True)
    shown = words.add_parser("differences", help="what a person still has to settle, each with its number")
    shown.add_argument("month", nargs="?", metavar="YYYY-MM", help="only of this month")
    decided = words.add_parser("decide", help="these differences may stay as they are")
    undecided = words.add_parser("undecide", help="these differences are to be settled after all")
    for command in (decided, undecided):
        command.add_argument("ids", nargs="+", type=int, metavar="ID", help="numbers of differences")
    agreed = words.add_parser("agree", help="freeze a month's figures: you stand for them")
    changes = words.add_parser("changes", help="what changed in a month after it was agreed")
    closed = words.add_parser("close", help="post nothing into the days up to this month's last one, or --until")
    closed.add_argument("--until", type=dt.date.fromisoformat, metavar="YYYY-MM-DD", help="another day")
    reopened = words.add_parser("reopen", help="days may be posted into again, from this month's first one on")
    for command in (agreed, changes, closed, reopened):
        command.add_argument("month", metavar="YYYY-MM")
    for command in (decided, undecided, closed, reopened):
        command.add_argument("--why", required=True, help="for those who ask later")
    for command in (decided, undecided, agreed, closed, reopened):
        command.add_argument("--who", required=True, help="your name")
    for command in (shown, agreed, changes, closed, reopened):
        connections = settings.shop.connections
        default = connections[0] if len(connections) == 1 else None
        command.add_argument("--connection", choices=connections, default=default, required=default is None)
    return parser.parse_args(given)


def _do(arguments: argparse.Namespace, settings: Settings) -> Iterator[Said]:
    """Do it; what is said of it."""
    match arguments.word:
        case "differences":
            window = month_of(arguments.month) if arguments.month else None
            rows = open_differences(arguments.connection, window)
            yield from map(telling.difference, rows)
            yield said("differences_open", differences=Count(len(rows), "difference"))
        case "decide":
            decide(arguments.ids, arguments.who, arguments.why)
            yield said("differences_decided", differences=Count(len(set(arguments.ids)), "difference"))
        case "undecide":
            reopen(arguments.ids, arguments.who, arguments.why)
            yield said("differences_undecided", differences=Count(len(set(arguments.ids)), "difference"))
        case "agree":
            month = month_of(arguments.month)
            agree(arguments.connection, month, arguments.who, settings)
            yield said("month_frozen", first=month.date_from, last=month.date_to)
        case "close":
            day = arguments.until or month_of(arguments.month).date_to
            _say_of_period(arguments, About.CLOSE, day, settings)
            yield said("month_period_closed", until=day)
        case "reopen":
            day = month_of(arguments.month).date_from
            _say_of_period(arguments, About.REOPEN, day, settings)
            yield said("month_period_reopened", day=day)
        case _:
            yield from _changes(arguments.connection, arguments.month)


def _say_of_period(arguments: argparse.Namespace, about: About, day: dt.date, settings: Settings) -> None:
    with LedgerDatabase().open() as session:
        seen = Periods(session).of(arguments.connection).turn
    declared = PeriodDeclaration(
        connection=arguments.connection, about=about, day=day, seen=seen, who=arguments.who, why=arguments.why
    )
    period.declare(settings, declared)


def _changes(connection: str, month: str) -> Iterator[Said]:
    with LedgerDatabase().open() as session:
        since = since_agreed(session, connection, month_of(month))
    if since is None:
        yield said("month_not_agreed")
        return
    for one in since.days:
        yield from changed(one)
    yield from map(telling.difference, since.appeared)
    yield said("month_changes", days=Count(len(since.days), "day"), appeared=len(since.appeared), gone=len(since.gone))


def changed(one: Changed) -> Iterator[Said]:
    """What of a day is not as it was agreed."""
    before, now = one.before, one.now
    if before is None or (before.shop, before.books) != (now.shop, now.books):
        yield said(
            "month_changed",
            measure=telling.measure(Measure(now.measure)),
            day=now.day,
            shop_before=before.shop if before else said("not_compared"),
            shop=now.shop,
            books_before=before.books if before else said("not_compared"),
            books=now.books,
        )
    if before is not None and before.others != now.others:
        yield said("month_changed_others", day=now.day, before=before.others, now=now.others)


def main(given: Sequence[str]) -> int:
    """The command line; 1 if nothing was decided."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    speak(language())
    try:
        settings = settings_module.load()
        for told in _do(_arguments(given, settings), settings):
            log.info("%s", text(told))
    except HouseError as error:
        log.error("%s", error)  # noqa: TRY400 - for a person, who reads no traceback
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
