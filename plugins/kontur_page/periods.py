"""The period of an account: closed up to a day, or open again from a month on."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Form
from fastapi.responses import Response

from include import settings as settings_module
from include.ledger.operations import Operations
from include.ledger.periods import Period, Periods, closed_until
from include.ledger.reading import ReadingSession
from include.moments import local
from include.posting.closing import About
from include.posting.period import PeriodDeclaration
from include.settings import Settings
from include.steps.period import declare
from include.window import Window
from kontur_page import acting
from kontur_page.days import Days, path
from kontur_page.forgery import UNFORGED
from kontur_page.page import Asked, Page
from kontur_page.rights import ACT

router = APIRouter()
_A_DAY = dt.timedelta(days=1)
_Seen = Annotated[int, Form(ge=0)]
_Why = Annotated[str, Form(max_length=2000)]


class Shown(NamedTuple):
    """How the period stands, as a month shows it."""

    said: Period
    """What people said last."""
    closed: dt.date | None
    """The last day that is never posted into."""
    by_settings: bool
    """Whether the settings close it, so that nobody can reopen it here."""
    can_close: dt.date | None
    """Up to which day of the month it may be closed; ``None``: it is, or nothing of the month is over."""
    can_reopen: bool


def shown(session: ReadingSession, settings: Settings, connection: str, days: Window) -> Shown:
    """Of an account, for one month."""
    said = Periods(session).of(connection)
    closed, by_settings = closed_until(settings, said), settings.accounting.closed_until
    today = local(Operations(session).now(), settings.shop.zone).date()
    last = min(days.date_to, today - _A_DAY)
    is_open = days.date_from <= last and (closed is None or closed < last)
    return Shown(
        said=said,
        closed=closed,
        by_settings=closed is not None and closed == by_settings,
        can_close=last if is_open else None,
        can_reopen=closed is not None
        and days.date_from <= closed
        and (by_settings is None or by_settings < days.date_from),
    )


@router.post("/months/{connection}/{month}/close", dependencies=[ACT, UNFORGED])
async def close(
    page: Asked, connection: str, days: Days, day: Annotated[dt.date, Form()], seen: _Seen, why: _Why = ""
) -> Response:
    """Nothing is posted into the days up to this one any more."""
    return await _say(page, days, _declared(page, connection, About.CLOSE, day, seen, why))


@router.post("/months/{connection}/{month}/reopen", dependencies=[ACT, UNFORGED])
async def reopen(page: Asked, connection: str, days: Days, seen: _Seen, why: _Why = "") -> Response:
    """From the month's first day on, days may be posted into again."""
    return await _say(page, days, _declared(page, connection, About.REOPEN, days.date_from, seen, why))


def _declared(page: Page, connection: str, about: About, day: dt.date, seen: int, why: str) -> PeriodDeclaration:
    return PeriodDeclaration(connection=connection, about=about, day=day, seen=seen, who=page.who, why=why)


async def _say(page: Page, days: Window, declared: PeriodDeclaration) -> Response:
    def work() -> str:
        declare(settings_module.load(), declared)
        acting.note(
            f"{declared.about.value}_period", page.who, connection=declared.connection, day=declared.day.isoformat()
        )
        return declared.about.value

    return page.see(path(declared.connection, days), period=await acting.do(page, work))
