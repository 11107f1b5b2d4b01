"""``/_sandbox``: for people and tests beside the server. No key; from this machine only; not part of the contract."""

from __future__ import annotations

import collections
import ipaddress
import os
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from sandbox.kontur import by_hand
from sandbox.kontur.access import Gate
from sandbox.kontur.answers import ApiError, ExactJSON
from sandbox.kontur.dependencies import Books
from sandbox.kontur.faults.plan import FaultPicker, FaultPlan
from sandbox.kontur.options import Options
from sandbox.kontur.paths import CONTROL_PATH
from sandbox.kontur.request_log import RequestLog


async def _loopback_only(request: Request) -> None:
    if request.client is None or not ipaddress.ip_address(request.client.host).is_loopback:
        raise ApiError(403, "forbidden", "The sandbox is controlled from its own machine only.")


async def _log(request: Request) -> RequestLog:
    log: RequestLog = request.app.state.log
    return log


Log = Annotated[RequestLog, Depends(_log)]
router = APIRouter(prefix=CONTROL_PATH, include_in_schema=False, dependencies=[Depends(_loopback_only)])


@router.get("/health")
async def health() -> dict[str, str | int]:
    return {"status": "ok", "pid": os.getpid()}


@router.get("/options")
async def read_options(request: Request) -> Options:
    options: Options = request.app.state.options
    return options


@router.put("/options")
async def replace_options(request: Request, options: Options) -> Options:
    request.app.state.options = options
    return options


@router.delete("/tokens")
async def revoke_tokens(request: Request) -> dict[str, int]:
    gate: Gate = request.app.state.gate
    return {"revoked": gate.revoke_tokens()}


@router.get("/requests")
async def count_requests(log: Log) -> dict[str, list[dict[str, Any]]]:
    return {"items": log.counts()}


@router.put("/faults")
async def replace_faults(request: Request, plan: FaultPlan) -> FaultPlan:
    """The picker starts anew, its counts as well: the same plan gives the same faults again."""
    request.app.state.picker = FaultPicker(plan)
    return plan


@router.get("/faults/journal")
async def read_journal(log: Log) -> dict[str, Any]:
    """What fired: how often each, and every single one."""
    fired = log.faults()
    return {"counts": dict(collections.Counter(row["fault"] for row in fired)), "items": fired}


@router.get("/books")
async def read_books(
    books: Books,
    account: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """Totals of everything, and one page of documents with what belongs to them."""
    return ExactJSON({"totals": books.totals(account), "documents": books.page(account, limit=limit, offset=offset)})


router.include_router(by_hand.router)
