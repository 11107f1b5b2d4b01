"""A month: its days, its differences, deciding them, agreeing it, its workbook."""

from __future__ import annotations

import collections
import datetime as dt
import pathlib
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Form, Query, status
from fastapi.responses import FileResponse, Response
from pydantic import StringConstraints
from starlette.background import BackgroundTask

from include import settings as settings_module
from include.dag_ids import RECONCILIATION
from include.ledger.compared import ComparedDays, DayRow
from include.ledger.differences import DifferenceRow, Differences
from include.ledger.months import Months
from include.ledger.reading import ReadingSession
from include.ledger.turnover import Turnover
from include.reconciliation.difference import KIND_NAMES, POINTERS
from include.report import files
from include.report.sheets import sheets
from include.settings import Settings
from include.steps.month import changed
from include.steps.month_report import months as computed
from include.steps.reconciliation.deciding import against, agree, decide, figures, reopen, since_agreed
from include.window import Window
from include.words import speaking
from kontur_page import acting, periods, threads, totals
from kontur_page.days import Days, path
from kontur_page.forgery import UNFORGED
from kontur_page.names import account
from kontur_page.page import Asked
from kontur_page.plot import bars
from kontur_page.rights import ACT, COMPARE, READ
from kontur_page.seen import SEEN, told_as
from kontur_page.started import started

router = APIRouter()
_Seen = Annotated[str, StringConstraints(pattern=SEEN)]
_MOST = 500
"""Differences of a page, those first that a person has to decide; all stand in the workbook."""
_MEASURES = ("documents", "payments", "refunds")
_OF_REPORT = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'"
"""The month as a page of its own brings its style along, and nothing that runs."""


class Day(NamedTuple):
    """What a day came to, by measure."""

    day: dt.date
    sums: Mapping[str, totals.Sums]
    others: int
    others_amount: Decimal

    @property
    def differs(self) -> bool:
        """Whether shop and books do not come to the same."""
        return any(sums.difference for sums in self.sums.values())


def _read(
    connection: str, window: Window, kind: str | None, session: ReadingSession, settings: Settings
) -> Mapping[str, Any]:
    """``kind``: of differences, only those of this code."""
    rows = ComparedDays(session).of_window(connection, window)
    standing = [row for row in Differences(session).of_window(connection, window) if row.gone_at is None]
    shown = sorted((row for row in standing if kind in {None, row.code}), key=_place)
    days = [
        Day(day, {measure: totals.sums(of, measure) for measure in _MEASURES}, *_others(of))
        for day in sorted({row.day for row in rows})
        if (of := [row for row in rows if row.day == day])
    ]
    agreed = Months(session).get(connection, window.date_from)
    return {
        "connection": connection,
        "window": window,
        "month": f"{window.date_from:%Y-%m}",
        "left": totals.left(window, rows, totals.today(session, settings)),
        "read_at": min((row.read_at for row in rows), default=None),
        "sums": {measure: totals.sums(rows, measure) for measure in _MEASURES},
        "posted": [one for one in Turnover(session).posted(window) if one.connection == connection],
        "days": days,
        "bars": bars([(day.day, day.sums["documents"].shop, day.sums["documents"].books) for day in days]),
        "differences": shown[:_MOST],
        "shown": len(shown),
        "posted_since": Differences(session).posted_since(shown[:_MOST]),
        "kind": kind,
        "by_kind": collections.Counter(row.code for row in standing).most_common(),
        "standing": len(standing),
        "most": _MOST,
        "open": sum(row.is_open for row in standing),
        "kinds": KIND_NAMES,
        "pointers": POINTERS,
        "agreed": agreed,
        "since": since_agreed(session, connection, window),
        "changed": changed,
        "against": list(against(session, connection, window, settings)),
        "figures": figures(session, connection, window).digest,
        "period": periods.shown(session, settings, connection, window),
        "account": account(settings, connection),
        "settings": settings,
        "run": None,
        "why": None,
    }


def _others(rows: Sequence[DayRow]) -> tuple[int, Decimal]:
    of = [row for row in rows if row.measure == "documents"]
    return sum(row.others for row in of), sum((row.others_amount for row in of), start=Decimal(0))


def _place(row: DifferenceRow) -> tuple[bool, bool, dt.date, str]:
    """What is open first, what is for information last; then by day."""
    return not row.is_open, row.noted, min(row.days, default=dt.date.min), row.number or ""


@router.get("/months/{connection}/{month}", dependencies=[READ])
async def month(
    page: Asked,
    connection: str,
    days: Days,
    run: str | None = None,
    kind: Annotated[str | None, Query(pattern=r"^\w{1,60}$")] = None,
) -> Response:
    """The screen; ``run`` was started to compare the month just now; ``kind``: only differences of this code."""
    return await page.show(
        "month.html.jinja",
        lambda session, settings: {
            **_read(connection, days, kind, session, settings),
            "run": started(session, run, RECONCILIATION),
        },
    )


@router.post("/months/{connection}/{month}/compare", dependencies=[COMPARE, UNFORGED])
async def compare(page: Asked, connection: str, days: Days) -> Response:
    """A run that compares the month, all of it."""
    month = f"{days.date_from:%Y-%m}"

    def work() -> str:
        run_id = acting.compare(month, page.who)
        acting.note("compare", page.who, dag_id=RECONCILIATION, month=month, run_id=run_id)
        return run_id

    return page.see(path(connection, days), run=await acting.do(page, work))


@router.post("/months/{connection}/{month}/decide", dependencies=[ACT, UNFORGED])
async def decided(
    page: Asked,
    connection: str,
    days: Days,
    difference: Annotated[list[int] | None, Form()] = None,
    seen: Annotated[list[_Seen] | None, Form()] = None,
    why: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """These differences may stay: all of them, or none."""
    ids = difference or []
    if not ids:
        return await page.show(
            "month.html.jinja",
            lambda session, settings: {**_read(connection, days, None, session, settings), "why": why},
            status.HTTP_422_UNPROCESSABLE_CONTENT,
        )

    def work() -> str:
        decide(ids, page.who, why, told_as(seen))
        acting.note("difference", page.who, ids=ids)
        return str(len(ids))

    return page.see(path(connection, days), decided=await acting.do(page, work))


@router.post("/months/{connection}/{month}/undecide", dependencies=[ACT, UNFORGED])
async def undecided(
    page: Asked,
    connection: str,
    days: Days,
    accepted: Annotated[int, Form()],
    why: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """A difference that was accepted is to be settled after all."""

    def work() -> str:
        reopen([accepted], page.who, why)
        acting.note("difference_reopen", page.who, ids=[accepted])
        return "1"

    return page.see(path(connection, days), undecided=await acting.do(page, work))


@router.post("/months/{connection}/{month}/agree", dependencies=[ACT, UNFORGED])
async def agreed(page: Asked, connection: str, days: Days, seen: Annotated[str, Form(max_length=64)]) -> Response:
    """Somebody stands for the figures that he has before him."""

    def work() -> str:
        agree(connection, days, page.who, settings_module.load(), seen)
        acting.note("month", page.who, connection=connection, month=f"{days.date_from:%Y-%m}")
        return "1"

    return page.see(path(connection, days), agreed=await acting.do(page, work))


@router.get("/months/{connection}/{month}/report.{ending}", dependencies=[READ])
async def report(page: Asked, connection: str, days: Days, ending: files.Format) -> Response:
    """The month's workbook, or the same as a page to print; computed now."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kontur-month-"))
    made = folder / f"{days.date_from:%Y-%m}-{connection}.{ending}"

    def work() -> None:
        with speaking(page.language):
            month = computed(settings_module.load(), days)[connection]
            files.write(made, sheets(month), page.language, ending)

    try:
        await threads.report(work)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    is_page = ending is files.Format.HTML
    return FileResponse(
        made,
        filename=made.name,
        content_disposition_type="inline" if is_page else "attachment",
        headers={"Content-Security-Policy": _OF_REPORT} if is_page else None,
        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
    )
