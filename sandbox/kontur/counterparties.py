"""Counterparties: found by INN or name (case and outer spaces do not matter), created; one INN may have several."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from sandbox.kontur.access import Account
from sandbox.kontur.answers import READ_ERRORS, WRITE_ERRORS, ApiError, ErrorBody, ExactJSON, not_found
from sandbox.kontur.dependencies import Books, CurrentOptions, IdempotencyKey
from sandbox.kontur.exact_json import ExactJSONRoute
from sandbox.kontur.rules import check_counterparty
from sandbox.kontur.schemas import CounterpartyIn, CounterpartyList, CounterpartyQuery, Created

router = APIRouter(prefix="/counterparties", route_class=ExactJSONRoute)


@router.get("", response_model=CounterpartyList, responses=READ_ERRORS | {422: {"model": ErrorBody}})
async def find_counterparties(
    account: Account, query: Annotated[CounterpartyQuery, Query()], books: Books, options: CurrentOptions
) -> Response:
    if query.name is not None and not options.search_counterparties_by_name:
        raise not_found()
    if query.name is None and query.inn is None:
        raise ApiError(422, "nothing_asked", "inn or name is needed.")
    return ExactJSON({"items": books.counterparties(account, query, substring=options.substring_search)})


@router.post("", response_model=Created, status_code=201, responses=WRITE_ERRORS)
async def create_counterparty(
    account: Account, new: CounterpartyIn, books: Books, idempotency_key: IdempotencyKey = None
) -> Response:
    check_counterparty(new)
    return ExactJSON({"id": books.add_counterparty(account, new, idempotency_key)}, status_code=201)
