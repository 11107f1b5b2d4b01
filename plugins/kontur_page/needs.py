"""Needs a person: which orders, why, since when; and trying them again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from include.ledger.connection import LedgerDatabase
from include.ledger.reading import ReadingSession, reading
from include.ledger.screens.waiting import Waiting
from include.settings import Settings
from include.steps.ask_again import MOST, ask_again
from kontur_page import acting
from kontur_page.forgery import UNFORGED
from kontur_page.page import STATEMENT_LIMIT_S, Asked
from kontur_page.rights import ACT, READ
from kontur_page.started import started

router = APIRouter()
ROWS = 50
_Code = Annotated[str | None, Query(pattern=r"^\w{1,60}$")]


def _read(code: str | None, before: int | None, session: ReadingSession, settings: Settings) -> Mapping[str, Any]:
    waiting = Waiting(session)
    rows, codes = waiting.page(code, before, ROWS + 1), waiting.by_code()
    return {
        "codes": codes,
        "total": sum(count for _, count in codes),
        "code": code,
        "orders": rows[:ROWS],
        "next": rows[ROWS - 1].order_id if len(rows) > ROWS else None,
        "settings": settings,
    }


@router.get("/needs", dependencies=[READ])
async def needs(page: Asked, code: _Code = None, before: int | None = None, run: str | None = None) -> Response:
    """The list, of all codes or of one."""
    return await page.show(
        "needs.html.jinja",
        lambda session, settings: {**_read(code, before, session, settings), "run": started(session, run)},
    )


@router.post("/needs/retry", dependencies=[ACT, UNFORGED])
async def retry(page: Asked, code: Annotated[str, Form(pattern=r"^\w{1,60}$")]) -> Response:
    """One run of all orders that wait for the same."""

    def work() -> str:
        with reading(LedgerDatabase(), STATEMENT_LIMIT_S) as session:
            ids = Waiting(session).ids(code, MOST)
        run_id = ask_again(ids, page.who, acting.starter(page.who))
        acting.note("retry", page.who, code=code, orders=len(ids), run_id=run_id)
        return run_id

    return page.see("/needs", code=code, run=await acting.do(page, work))
