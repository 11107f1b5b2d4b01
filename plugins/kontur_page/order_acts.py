"""What a person does about an order: has it tried again, says what became of something, closes a remark."""

from __future__ import annotations

import enum
from typing import Annotated

import pydantic
from fastapi import APIRouter, Form, HTTPException, status
from fastapi.responses import Response

from include import settings as settings_module
from include.facts import Said, from_json
from include.posting.closing import About, FindingDeclaration
from include.posting.deciding import Declaration, Word
from include.posting.decision import Seen
from include.steps.ask_again import ask_again
from include.steps.closing import declare
from include.steps.decide import decide
from include.steps.reconciliation.deciding import decide as decide_difference
from include.steps.reconciliation.deciding import reopen as reopen_difference
from kontur_page import acting
from kontur_page.forgery import UNFORGED
from kontur_page.page import Asked
from kontur_page.rights import ACT
from kontur_page.seen import SEEN, told_as

router = APIRouter()


@router.post("/order/{order_id}/retry", dependencies=[ACT, UNFORGED])
async def retry(page: Asked, order_id: int) -> Response:
    """A run that plans and posts it again."""

    def work() -> str:
        run_id = ask_again([order_id], page.who, acting.starter(page.who))
        acting.note("retry", page.who, order_id=order_id, run_id=run_id)
        return run_id

    return page.see(f"/order/{order_id}", run=await acting.do(page, work))


@router.post("/order/{order_id}/decide", dependencies=[ACT, UNFORGED])
async def decision(
    page: Asked,
    order_id: int,
    key: Annotated[str, Form(max_length=120)],
    word: Annotated[Word, Form()],
    epoch: Annotated[int, Form(ge=0)],
    seen_at: Annotated[pydantic.NaiveDatetime, Form()],
    why: Annotated[str, Form(max_length=2000)] = "",
    document: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """What became of an operation, by a person's word; refused where somebody was quicker."""
    asked = Declaration(
        order_id=order_id,
        key=key,
        word=word,
        seen=Seen(epoch, seen_at),
        who=page.who,
        why=why,
        id=document.strip() or None,
    )

    def work() -> str:
        after = decide(settings_module.load(), asked)
        acting.note(word.value, page.who, order_id=order_id, operation=key)
        return after.state.value

    return page.see(f"/order/{order_id}", decided=await acting.do(page, work))


class OfDifference(enum.StrEnum):
    """What may be said of a difference."""

    ACCEPT = "accept"
    """Shop and books may stay so."""
    REOPEN = "reopen"
    """It was accepted, and is to be settled after all."""


@router.post("/order/{order_id}/difference", dependencies=[ACT, UNFORGED])
async def difference(
    page: Asked,
    order_id: int,
    id_: Annotated[int, Form(alias="difference")],
    about: Annotated[OfDifference, Form()],
    seen: Annotated[str | None, Form(pattern=SEEN)] = None,
    why: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """What the last reconciliation found may stay, or may not after all."""

    def work() -> str:
        if about is OfDifference.ACCEPT:
            decide_difference([id_], page.who, why, told_as(seen and [seen]))
        else:
            reopen_difference([id_], page.who, why)
        acting.note("difference" if about is OfDifference.ACCEPT else "difference_reopen", page.who, ids=[id_])
        return about.value

    return page.see(f"/order/{order_id}", decided=await acting.do(page, work))


@router.post("/order/{order_id}/finding", dependencies=[ACT, UNFORGED])
async def finding(
    page: Asked,
    order_id: int,
    what: Annotated[str, Form(max_length=20_000)],
    about: Annotated[About, Form()],
    why: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """What a finding asks for is settled by hand, or is open after all."""
    declared = FindingDeclaration(order_id, _given(what), about, page.who, why)

    def work() -> str:
        declare(settings_module.load(), declared)
        acting.note(about.value, page.who, order_id=order_id, finding=declared.finding.code)
        return about.value

    return page.see(f"/order/{order_id}", decided=await acting.do(page, work))


def _given(what: str) -> Said:
    """A finding as the form had it; what the plan does not say, or says no longer, is refused by the ledger."""
    given = from_json(what, code="")
    if len(given) != 1 or not given[0].code:
        raise HTTPException(status.HTTP_422_UNPROCESSABLE_CONTENT)
    return given[0]
