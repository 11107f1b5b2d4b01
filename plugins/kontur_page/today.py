"""Today: the last night, who waits for a person, the money that is held, the last look into the books."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from include.facts import Count, Said, said, several
from include.ledger.compared import ComparedDays
from include.ledger.differences import Differences
from include.ledger.operations import Operations
from include.ledger.reading import ReadingSession
from include.ledger.screens.today import held, last_covered, posted
from include.ledger.screens.waiting import Waiting
from include.moments import local
from include.settings import Settings
from kontur_page import nights
from kontur_page.page import Asked
from kontur_page.rights import READ

router = APIRouter()
_LATE = dt.timedelta(hours=6)
"""After a day's end its night should be over by then."""
_NEW = dt.timedelta(days=1)
_FIRST = 5
"""Orders that are named here."""
_DOCUMENTS = {"saleinvoice", "act"}


def _read(session: ReadingSession, settings: Settings) -> Mapping[str, Any]:
    night, covered, waiting = nights.last(), last_covered(session), Waiting(session)
    now = Operations(session).now()
    return {
        "night": night,
        "posted": None if night is None else _posted(session, night.run_id),
        "paused": nights.is_paused(),
        "covered": covered,
        "late": covered is not None and _is_late(covered, local(now, settings.shop.zone)),
        "total": waiting.count(),
        "new": waiting.count(now - _NEW),
        "orders": waiting.page(None, None, _FIRST),
        "held": held(session),
        "read_at": ComparedDays(session).last_read(settings.shop.connections),
        "open": sum(len(Differences(session).open_days(one)) for one in settings.shop.connections),
        "settings": settings,
    }


def _posted(session: ReadingSession, run_id: str) -> Said:
    """What the run brought into the books, by its kinds."""
    found = posted(session, run_id)
    documents = [one for one in found if one.kind in _DOCUMENTS]
    others = {one.kind: one.operations for one in found}
    counts = [
        Count(sum(one.operations for one in documents), "document"),
        Count(others.get("payment", 0), "payment"),
        Count(others.get("refund", 0), "refund"),
    ]
    if not any(one.count for one in counts):
        return said("page_posted_nothing")
    amount = sum((one.amount for one in documents), start=Decimal(0))
    return said("page_posted", posted=several(*(one for one in counts if one.count)), amount=amount)


def _is_late(covered: dt.date, now: dt.datetime) -> bool:
    """Whether the day after the last one that was looked at is over for so long; ``now`` is the shop's time."""
    ended = dt.datetime.combine(covered + dt.timedelta(days=2), dt.time.min)
    return now - ended > _LATE


@router.get("/", dependencies=[READ])
async def today(page: Asked) -> Response:
    """How things stand."""
    return await page.show("today.html.jinja", _read)
