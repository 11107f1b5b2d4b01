"""Sale documents of one kind, their payments and refunds. The router is mounted once per kind."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from sandbox.kontur.access import Account
from sandbox.kontur.answers import READ_ERRORS, WRITE_ERRORS, ApiError, ExactJSON, not_found
from sandbox.kontur.dependencies import Books, CurrentOptions, IdempotencyKey
from sandbox.kontur.exact_json import ExactJSONRoute
from sandbox.kontur.ledger import Ledger
from sandbox.kontur.rules import check_refund, check_sums
from sandbox.kontur.schemas import Created, DocumentIn, DocumentList, DocumentOut, DocumentQuery, MoneyIn

Kind = Literal["saleinvoices", "acts"]
router = APIRouter(route_class=ExactJSONRoute)


def mounted_as(kind: str) -> Callable[[Request], Awaitable[None]]:
    """The dependency that tells the routes below which kind of document they were mounted for."""

    async def remember(request: Request) -> None:
        request.state.kind = kind

    return remember


@dataclasses.dataclass(frozen=True, slots=True)
class Shelf:
    """The documents of one kind in one account."""

    account: str
    kind: str
    books: Ledger

    def must_have(self, document_id: str) -> None:
        if not self.books.has_document(self.account, self.kind, document_id):
            raise _unknown_document()


async def _shelf(request: Request, account: Account, books: Books) -> Shelf:
    return Shelf(account, request.state.kind, books)


ThisShelf = Annotated[Shelf, Depends(_shelf)]


@router.get("", response_model=DocumentList, responses=READ_ERRORS)
async def list_documents(
    request: Request, shelf: ThisShelf, query: Annotated[DocumentQuery, Query()], options: CurrentOptions
) -> Response:
    if not options.search_documents:
        raise not_found()
    substring = options.substring_search or getattr(request.state, "substring_search", False)
    found = shelf.books.documents(shelf.account, shelf.kind, query, lag_s=options.search_lag_s, substring=substring)
    return ExactJSON({"items": found})


@router.post("", response_model=Created, status_code=201, responses=WRITE_ERRORS)
async def create_document(shelf: ThisShelf, new: DocumentIn, idempotency_key: IdempotencyKey = None) -> Response:
    new = checked(shelf.books, shelf.account, new)
    document_id = shelf.books.add_document(shelf.account, shelf.kind, new, idempotency_key)
    return ExactJSON({"id": document_id}, status_code=201)


@router.get("/{document_id}", response_model=DocumentOut, responses=READ_ERRORS)
async def read_document(shelf: ThisShelf, document_id: str, options: CurrentOptions) -> Response:
    if not options.read_documents:
        raise not_found()
    document = shelf.books.document(shelf.account, shelf.kind, document_id)
    if document is None:
        raise _unknown_document()
    return ExactJSON(document)


@router.post("/{document_id}/payments", response_model=Created, status_code=201, responses=WRITE_ERRORS)
async def create_payment(
    shelf: ThisShelf, document_id: str, new: MoneyIn, idempotency_key: IdempotencyKey = None
) -> Response:
    shelf.must_have(document_id)
    return ExactJSON({"id": shelf.books.add_money("payments", document_id, new, idempotency_key)}, status_code=201)


@router.post("/{document_id}/refunds", response_model=Created, status_code=201, responses=WRITE_ERRORS)
async def create_refund(
    shelf: ThisShelf,
    document_id: str,
    new: MoneyIn,
    options: CurrentOptions,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    if not options.refunds:
        raise not_found()
    shelf.must_have(document_id)
    check_refund(shelf.books.sum_of("payments", document_id), shelf.books.sum_of("refunds", document_id), new.amount)
    return ExactJSON({"id": shelf.books.add_money("refunds", document_id, new, idempotency_key)}, status_code=201)


def _unknown_document() -> ApiError:
    return ApiError(404, "unknown_document", "There is no such document.")


def unknown_counterparty() -> ApiError:
    """What a document gets whose buyer the account does not have."""
    return ApiError(422, "unknown_counterparty", "There is no counterparty with this counterpartyId.")


def checked(books: Ledger, account: str, new: DocumentIn) -> DocumentIn:
    """The document, if its sums are right and its buyer is the account's.

    Raises:
        ApiError: they are not.
    """
    check_sums(new)
    if not books.has_counterparty(account, new.counterparty_id):
        raise unknown_counterparty()
    return new
