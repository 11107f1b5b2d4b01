"""days: which days of which Kontur accounts a run compares, and how deeply, cut into ranges."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from include.errors import ForAPerson, HouseError
from include.facts import said
from include.ledger.compared import ComparedDays
from include.ledger.connection import LedgerDatabase, Session
from include.ledger.differences import Differences
from include.ledger.operation_queries import OperationQueries
from include.ledger.operations import Operations
from include.moments import begins, local
from include.reconciliation.sides import Depth
from include.settings import Settings
from include.steps.reconciliation.compare import Range
from include.window import Window

MONTH = r"^20\d\d-(0[1-9]|1[0-2])$"
"""``2026-09``."""
_A_DAY = dt.timedelta(days=1)
MOST = {Depth.FULL: 3_000, Depth.HEADERS: 20_000, Depth.LEDGER: 20_000}
"""Documents of one range, as far as the ledger knows: what a mapped instance holds in memory, and does again if it
fails."""
_MOST_OTHER_DAYS = 60
"""Days outside of the last weeks on which a difference stands, newest first."""
_MOST_RANGES = 1_000
"""Airflow maps over 1,024 at the most."""


class NoDaysError(ForAPerson, HouseError):
    """The days that were asked for cannot be compared; ``str()`` says why."""


@dataclasses.dataclass(frozen=True, slots=True)
class ComparisonRequest:
    """What a run is asked for; nothing, for a scheduled one."""

    window: Window | None = None
    depth: Depth | None = None
    """``None``: lists only, but a month is read in full."""


def asked_for(params: Mapping[str, str | None]) -> ComparisonRequest:
    """What the form of a run says.

    Args:
        params: ``month`` (``2026-09``), or ``date_from`` and ``date_to`` (``2026-09-01``), and ``depth``.

    Raises:
        NoDaysError: no month, no day, the last one before the first, or both a month and days.
    """
    month, first, last = (params.get(name) or None for name in ("month", "date_from", "date_to"))
    depth = Depth(given) if (given := params.get("depth")) else None
    if month and (first or last):
        raise NoDaysError(said("reconcile_month_or_days"))
    if month:
        return ComparisonRequest(month_of(month), depth or Depth.FULL)
    if not first and not last:
        return ComparisonRequest(depth=depth)
    try:
        window = Window(dt.date.fromisoformat(first or last or ""), dt.date.fromisoformat(last or first or ""))
    except ValueError:
        raise NoDaysError(said("reconcile_no_day", given=f"{first or ''} … {last or ''}")) from None
    if window.date_to < window.date_from:
        raise NoDaysError(said("window_reversed", first=window.date_from, last=window.date_to))
    return ComparisonRequest(window, depth)


def month_of(text: str) -> Window:
    """The days of a month, ``2026-09``.

    Raises:
        NoDaysError: it is none.
    """
    if not re.fullmatch(MONTH, text):
        raise NoDaysError(said("reconcile_no_month", given=text))
    first = dt.date.fromisoformat(f"{text}-01")
    return Window(first, (first + 31 * _A_DAY).replace(day=1) - _A_DAY)


def days(asked: ComparisonRequest, settings: Settings) -> list[dict[str, str]]:
    """The ranges of a run, for XCom; days that are not over yet are left out.

    A run that is asked for nothing compares the last ``reconciliation.days`` and older days on which differences stand,
    and from ``reconciliation.month_day`` on the month before in full, unless all of it was read since it ended.

    Raises:
        NoDaysError: no day of them is over.
        LedgerError: the ledger cannot be read.
    """
    with LedgerDatabase().open() as session:
        now = local(Operations(session).now(), settings.shop.zone)
        yesterday = now.date() - _A_DAY
        found = [
            piece
            for connection in settings.shop.connections
            for part in _parts(session, connection, asked, yesterday, settings)
            for piece in _cut(session, part)
        ]
    if not found:
        raise NoDaysError(said("reconcile_not_over", last=yesterday))
    if len(found) > _MOST_RANGES:
        raise NoDaysError(said("reconcile_too_many", ranges=len(found), most=_MOST_RANGES))
    return [piece.xcom for piece in found]


def _parts(
    session: Session, connection: str, asked: ComparisonRequest, yesterday: dt.date, settings: Settings
) -> Iterator[Range]:
    days, today = _Days(), yesterday + _A_DAY  # today's sales are not due in the books before tonight
    standing = Differences(session).standing(connection)
    if asked.window is not None:
        own = set(each_day(Window(asked.window.date_from, min(asked.window.date_to, yesterday))))
        days.add(own, asked.depth or Depth.HEADERS)
        # What stands on these days and on others can only be found gone where all of its days are looked at.
        for row in standing:
            if own.intersection(row.days):
                days.add(set(row.days) - own - {today}, Depth.HEADERS if row.listed else Depth.FULL)
    else:
        first = yesterday - (settings.reconciliation.days - 1) * _A_DAY
        recent = set(each_day(Window(first, yesterday)))
        others = {day for row in standing if row.listed for day in row.days} - recent - {today}
        days.add(recent | set(sorted(others)[-_MOST_OTHER_DAYS:]), asked.depth or Depth.HEADERS)
        days.add(_month_to_read(session, connection, yesterday, settings), Depth.FULL)
    for depth, window in days.windows():
        yield Range(connection, window, possible(depth, settings))


class _Days:
    """Days by how deeply they are to be read; each once, as deeply as anybody asks."""

    def __init__(self) -> None:
        self._days: dict[Depth, set[dt.date]] = {Depth.HEADERS: set(), Depth.FULL: set()}

    def add(self, days: set[dt.date], depth: Depth) -> None:
        """Read these days so."""
        self._days[depth] |= days

    def windows(self) -> Iterator[tuple[Depth, Window]]:
        """First day first, of each depth."""
        full = self._days[Depth.FULL]
        for depth, of_depth in ((Depth.HEADERS, self._days[Depth.HEADERS] - full), (Depth.FULL, full)):
            for window in windows(of_depth):
                yield depth, window


def _month_to_read(session: Session, connection: str, yesterday: dt.date, settings: Settings) -> set[dt.date]:
    """The days of the month before, if it is time to read it and it was not read since it ended."""
    today = yesterday + _A_DAY
    last = today.replace(day=1) - _A_DAY
    go_live = settings.accounting.go_live
    if today.day < settings.reconciliation.month_day or go_live is None or go_live > last:
        return set()
    month = list(each_day(Window(last.replace(day=1), last)))
    ended = begins(last + _A_DAY, settings.shop.zone)
    read = ComparedDays(session).full_since(connection, month, ended)
    return set() if read.issuperset(month) or not settings.contract.read_documents else set(month)


def possible(depth: Depth, settings: Settings) -> Depth:
    """As far as the account can be read."""
    if not settings.contract.search_documents:
        return Depth.LEDGER
    return depth if settings.contract.read_documents else Depth.HEADERS


def _cut(session: Session, part: Range) -> Iterator[Range]:
    """Into ranges that hold no more documents than one instance should; a day is never cut."""
    counts = OperationQueries(session).documents_by_day(part.connection, part.window)
    first, held = part.window.date_from, 0
    for day in each_day(part.window):
        count = counts.get(day, 0)
        if held and held + count > MOST[part.depth]:
            yield dataclasses.replace(part, window=Window(first, day - _A_DAY))
            first, held = day, 0
        held += count
    yield dataclasses.replace(part, window=Window(first, part.window.date_to))


def windows(days: Iterable[dt.date]) -> Iterator[Window]:
    """Days that follow each other, together."""
    in_order = sorted(days)
    runs = itertools.groupby(enumerate(in_order), key=lambda one: one[1].toordinal() - one[0])
    for _, run in runs:
        of_run: Sequence[dt.date] = [day for _, day in run]
        yield Window(of_run[0], of_run[-1])


def each_day(window: Window) -> Iterator[dt.date]:
    """First day first."""
    for number in range((window.date_to - window.date_from).days + 1):
        yield window.date_from + number * _A_DAY
