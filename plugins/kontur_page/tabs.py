"""The page inside Airflow's own screens: the orders of a run and of a task instance, a card on the home page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response

from include.ledger.reading import ReadingSession
from include.ledger.screens.listed import listed, of_ids
from include.ledger.screens.waiting import Waiting
from include.page_address import IN_AIRFLOW
from include.settings import Settings
from kontur_page import nights
from kontur_page.page import Asked
from kontur_page.rights import READ

router = APIRouter()
_MOST = 200


def _of_run(run_id: str, session: ReadingSession, settings: Settings) -> Mapping[str, Any]:
    rows = listed(session, "run_id = %s", [run_id], _MOST)
    return {"orders": rows, "most": _MOST, "of": "run", "settings": settings}


def _of_ids(ids: list[int], session: ReadingSession, settings: Settings) -> Mapping[str, Any]:
    return {"orders": of_ids(session, ids[:_MOST]), "most": _MOST, "of": "task", "settings": settings}


@router.get("/run", dependencies=[READ])
async def run(page: Asked, run_id: Annotated[str, Query(max_length=250)]) -> Response:
    """The orders that a run was the last to plan."""
    return await page.show("tab.html.jinja", lambda session, settings: _of_run(_unspaced(run_id), session, settings))


@router.get("/task", dependencies=[READ])
async def task(
    page: Asked,
    dag_id: Annotated[str, Query(max_length=250)],
    run_id: Annotated[str, Query(max_length=250)],
    task_id: Annotated[str, Query(max_length=250)],
    map_index: str = "",
) -> Response:
    """The orders of a mapped instance; Airflow leaves its name for the index where there is none."""
    index = int(map_index) if map_index.isascii() and map_index.isdigit() else -1

    def read(session: ReadingSession, settings: Settings) -> Mapping[str, Any]:
        return _of_ids(nights.orders_of(dag_id, _unspaced(run_id), task_id, index), session, settings)

    return await page.show("tab.html.jinja", read)


@router.get("/card", dependencies=[READ])
async def card(page: Asked) -> Response:
    """What the home page says, and where it leads."""
    _, found = await page.found(lambda session, _: {"count": Waiting(session).count()})
    href = page.links.airflow(f"{IN_AIRFLOW}/needs")
    return JSONResponse({"text": page.worded("page_card", count=found["count"]), "href": href})


def _unspaced(run_id: str) -> str:
    """Airflow puts the id into the address as it is, and a plus there means a space."""
    return run_id.replace(" ", "+")
