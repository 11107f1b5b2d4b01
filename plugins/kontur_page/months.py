"""Months: shop against books, what is left to decide, what is agreed and closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query
from fastapi.responses import Response

from include.ledger.compared import ComparedDays
from include.ledger.differences import Differences
from include.ledger.months import Months
from include.ledger.operation_queries import OperationQueries
from include.ledger.periods import in_force
from include.ledger.reading import ReadingSession
from include.settings import Settings
from include.steps.reconciliation.days import MONTH, month_of
from include.window import Window
from kontur_page import totals
from kontur_page.names import account
from kontur_page.page import Asked
from kontur_page.rights import READ

router = APIRouter()
_SHOWN = 12
"""Months of a page."""


class Line(NamedTuple):
    """A month of an account, in the list."""

    connection: str
    month: dt.date
    compared: bool
    """Whether any of it was."""
    left: totals.Left
    sums: totals.Sums
    """Of documents."""
    open: int
    """Differences that nobody has decided."""
    agreed_by: str | None
    is_closed: bool


def _list(before: str | None, session: ReadingSession, settings: Settings) -> Mapping[str, Any]:
    today = totals.today(session, settings)
    newest = totals.first(today) if before is None else totals.first(month_of(before).date_from, 1)
    began = max(totals.first(settings.accounting.go_live or dt.date(2016, 1, 1)), _anything(session, settings, today))
    shown = [month for back in range(_SHOWN) if (month := totals.first(newest, back)) >= began]
    closed = in_force(session, settings)
    lines = [line for one in settings.shop.connections for line in _lines(one, shown, closed[one], today, session)]
    lines.sort(key=lambda line: (line.month, line.connection), reverse=True)
    more = shown and totals.first(shown[-1], 1) >= began
    return {
        "lines": lines,
        "accounts": {one: account(settings, one) for one in settings.shop.connections},
        "next": f"{shown[-1]:%Y-%m}" if more else None,
    }


def _anything(session: ReadingSession, settings: Settings, today: dt.date) -> dt.date:
    """The first month that has anything to show; go-live may lie years before it."""
    days = [OperationQueries(session).first_day(), *map(ComparedDays(session).first_day, settings.shop.connections)]
    return totals.first(min((day for day in days if day is not None), default=today))


def _lines(
    connection: str, months: Sequence[dt.date], closed: dt.date | None, today: dt.date, session: ReadingSession
) -> Iterator[Line]:
    if not months:
        return
    window = Window(months[-1], totals.first(months[0], -1) - dt.timedelta(days=1))
    days = ComparedDays(session).of_window(connection, window)
    open_ = Differences(session).open_days(connection)
    agreed = Months(session).agreed(connection, window.date_from, window.date_to)
    for month in months:
        of = [day for day in days if totals.first(day.day) == month]
        count = sum(any(totals.first(day) == month for day in in_days) for in_days in open_)
        is_closed = closed is not None and totals.first(month, -1) <= closed + dt.timedelta(days=1)
        left = totals.left(Window(month, totals.first(month, -1) - dt.timedelta(days=1)), of, today)
        yield Line(connection, month, bool(of), left, totals.sums(of, "documents"), count, agreed.get(month), is_closed)


@router.get("/months", dependencies=[READ])
async def months(page: Asked, before: Annotated[str | None, Query(pattern=MONTH)] = None) -> Response:
    """A year of months, the newest first."""
    return await page.show("months.html.jinja", lambda session, settings: _list(before, session, settings))
