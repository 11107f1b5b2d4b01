"""The morning's notice: what waits, and whether the nights went through; one message, or none where all is well."""

from __future__ import annotations

import dataclasses
import datetime as dt
import pathlib
import tempfile
import urllib.parse
from collections.abc import Iterator, Sequence

from kontur_hook.errors import KonturError

from include.errors import ForAPerson, HouseError
from include.facts import Count, Said, said
from include.ledger.errors import LedgerError
from include.page_address import IN_AIRFLOW
from include.report.files import Format
from include.settings import Settings
from include.steps import shown, waiting
from include.steps.language import of as spoken
from include.steps.month_report import made
from include.steps.reconciliation import telling
from include.steps.sending import Message, NotSentError, send
from include.steps.standing import Standing, standing
from include.window import Window
from include.words import Language, speaking, text

_A_DAY = dt.timedelta(days=1)
_MOST_ORDERS, _MOST_DIFFERENCES = 8, 4
"""Lines of at most 250 characters each: with what stands around them, one message for most messengers (4,096)."""


@dataclasses.dataclass(frozen=True, slots=True)
class Attached:
    """The month's workbooks."""

    month: dt.date
    """Its first day."""
    files: tuple[pathlib.Path, ...] = ()
    why_not: str = ""
    """A sentence, where they could not be made."""
    refused: bool = False
    """They were made, and no channel took a message with them."""


def digest(
    settings: Settings, airflow: str, *, by_hand: bool, before: dt.datetime | None = None, last_try: bool = False
) -> bool:
    """Send what there is to be said; whether there was anything.

    Args:
        settings: the settings in force.
        airflow: base URL of Airflow's pages.
        by_hand: a person asked for it, and gets an answer also where all is well.
        before: when the last run of this that succeeded began, with a zone; ``None``: there was none.
        last_try: the run is not repeated if this fails.

    Raises:
        LedgerError: the ledger is away; that was sent if no other try follows, for silence says that all is well.
        NoticeError, NotSentError: it did not arrive.
    """
    with speaking(language(settings)), tempfile.TemporaryDirectory() as scratch:
        try:
            found = standing(settings)
        except LedgerError as error:
            if last_try or isinstance(error, ForAPerson):
                send(
                    Message(text(said("digest_title", what=said("digest_not_looked"))), str(error)), settings.notify.to
                )
            raise
        last = None if before is None else before.astimezone(settings.shop.zone).date()
        attached = _attached(settings, month_due(settings, found.now.date(), last), pathlib.Path(scratch))
        told = message(found, airflow, attached)
        if told is None and by_hand:
            told = Message(text(said("digest_title", what=said("digest_all_well"))), text(_last_run(found)))
        if told is not None:
            try:
                send(told, settings.notify.to)
            except NotSentError:
                if attached is None or not (told.files and last_try):
                    raise
                # Perhaps too large: the rest is said without them.
                if (rest := message(found, airflow, Attached(attached.month, refused=True))) is not None:
                    send(rest, settings.notify.to)
    return told is not None


def language(settings: Settings) -> Language:
    """In which the notice speaks."""
    return spoken(settings.notify.language or settings.words.language)


def message(found: Standing, airflow: str, attached: Attached | None = None) -> Message | None:
    """What is to be said in the language that is spoken; ``None``: nothing.

    Args:
        found: how things stand.
        airflow: base URL of Airflow's pages.
        attached: the month's workbooks, on their day.
    """
    summary = [*_runs(found), *waiting.lines(found), *_month(attached)]
    if not summary:
        return None
    parts = [
        [text(line) for line in summary],
        _orders(found),
        _differences(found),
        _links(found, attached, airflow),
    ]
    body = "\n\n".join("\n".join(lines) for lines in parts if lines)
    return Message(text(said("digest_title", what=_subject(found))), body, attached.files if attached else ())


def _subject(found: Standing) -> Said:
    """The most urgent of it."""
    if any(_night(found)):
        return said("digest_about_runs")
    if found.uncovered:
        return said("digest_about_days", days=Count(len(found.uncovered), "day"))
    if any(_comparison(found)):
        return said("digest_about_comparison")
    if found.needs_person:
        return said("digest_about_orders", orders=Count(len(found.needs_person), "order"))
    if found.differences:
        return said("digest_about_differences", differences=Count(len(found.differences), "difference"))
    if found.unconfirmed:
        return said("digest_about_unconfirmed", orders=Count(len(found.unconfirmed), "order"))
    return said("digest_about_month")


def _runs(found: Standing) -> Iterator[Said]:
    """What of the night did not end."""
    yield from _night(found)
    yield from _comparison(found)


def _night(found: Standing) -> Iterator[Said]:
    """A run that finished today has read the shop after midnight."""
    if found.finished is None or found.finished.read_at.date() < found.now.date():
        yield _last_run(found)


def _comparison(found: Standing) -> Iterator[Said]:
    """The reconciliation may be later in the day than the notice, so that of yesterday will do."""
    today = found.now.date()
    compared_at, since = found.compared_at, found.looked_since
    if compared_at is not None and compared_at.date() < today - _A_DAY:
        yield said("digest_not_compared", at=compared_at)
    elif compared_at is None and since is not None and since.date() < today - _A_DAY:
        yield said("digest_never_compared", at=since)


def _last_run(found: Standing) -> Said:
    if found.finished is None:
        return said("status_never")
    at, run = found.finished.read_at, found.finished.run_id
    if at.date() < found.now.date():
        return said("status_late", at=at, run=run)
    return said("status_fresh", at=at, run=run)


def _month(attached: Attached | None) -> Iterator[Said]:
    if attached is None:
        return
    month = f"{attached.month:%m.%Y}"
    if attached.refused:
        yield said("digest_workbook_refused", month=month)
    elif attached.why_not:
        yield said("digest_no_workbook", month=month, why=attached.why_not)
    else:
        yield said("digest_workbook", month=month)


def _orders(found: Standing) -> list[str]:
    return _at_most(_MOST_ORDERS, shown.lines(found.needs_person), "order")


def _differences(found: Standing) -> list[str]:
    return _at_most(_MOST_DIFFERENCES, telling.lines(found.differences), "difference")


def _at_most(most: int, lines: Sequence[str], noun: str) -> list[str]:
    more = [text(said("digest_more", rest=Count(len(lines) - most, noun)))] if len(lines) > most else []
    return [*map(shown.label, lines[:most]), *more]


def _links(found: Standing, attached: Attached | None, airflow: str) -> list[str]:
    """The page's screens; none where nobody said what Airflow's address is."""
    screens = dict.fromkeys(_screens(found, attached)) if airflow else ()
    return [f"{airflow.rstrip('/')}{IN_AIRFLOW}{screen}" for screen in screens]


def _screens(found: Standing, attached: Attached | None) -> Iterator[str]:
    """Where a person sees it, and can do something about it."""
    if found.uncovered or any(_runs(found)):
        yield "/"
    if found.needs_person:
        first, *more = found.needs_person
        yield "/needs" if more else f"/order/{first.order.order_id}"
    elif len(found.unconfirmed) == 1:
        yield f"/order/{found.unconfirmed[0].order.order_id}"
    elif found.unconfirmed:
        yield "/"
    months = {(row.connection, f"{day:%Y-%m}") for row in found.differences for day in row.days}
    if len(months) == 1:
        ((connection, month),) = months
        yield f"/months/{urllib.parse.quote(connection, safe='')}/{month}"
    elif found.differences:
        yield "/months"
    if attached is not None:
        yield "/months"


def month_due(settings: Settings, today: dt.date, before: dt.date | None) -> Window | None:
    """The month whose workbook is sent today: the one before, on the day on which the reconciliation reads it.

    Or later, where no notice could be sent on that day; ``before``: the last day on which one could.
    """
    due, last = today.replace(day=settings.reconciliation.month_day), today.replace(day=1) - _A_DAY
    go_live = settings.accounting.go_live
    missed = before is not None and before < due <= today
    if not (today == due or missed) or go_live is None or go_live > last:
        return None
    return Window(last.replace(day=1), last)


def _attached(settings: Settings, window: Window | None, folder: pathlib.Path) -> Attached | None:
    """A workbook that cannot be made does not keep the rest from being said."""
    if window is None:
        return None
    try:
        written = made(settings, window, Format.XLSX, folder, language(settings))
    except (HouseError, KonturError) as error:
        return Attached(window.date_from, why_not=str(error))
    return Attached(window.date_from, tuple(pathlib.Path(one.path) for one in written))
