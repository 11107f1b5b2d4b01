"""Search: an order by whatever a person has of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response
from kontur_hook.answers import valid_id

from include.accounting.marker import find_marker
from include.facts import Said
from include.ledger.operation import OperationRow
from include.ledger.operations import Operations
from include.ledger.reading import ReadingSession
from include.ledger.screens.found import Found
from include.ledger.screens.listed import ListedOrder
from include.posting.order_state import operation
from include.settings import Settings
from kontur_page.page import Asked
from kontur_page.rights import READ

router = APIRouter()
_MOST = 50
_INN = re.compile(r"\d{10}|\d{12}")
_AMOUNT = re.compile(r"(\d{1,3}(?:,\d{3})+|\d{1,12})(?:[.,](\d{1,2}))?")
"""As people write it, and as the page does: with commas between thousands in English."""
_GREATEST_ID = 2**31 - 1


def _read(asked: str, session: ReadingSession, settings: Settings) -> Mapping[str, Any]:
    bare, found = asked.strip().removeprefix("№").strip(), dict[int, ListedOrder]()
    for orders in _found(bare, Found(session, _MOST), settings):
        found.update((order.order_id, order) for order in orders)
    shown = list(found.values())[:_MOST]
    matched = _matched(bare, Operations(session).of_orders([order.order_id for order in shown]))
    return {"q": asked, "orders": shown, "matched": matched, "most": _MOST, "settings": settings}


def _matched(asked: str, rows: Mapping[int, Sequence[OperationRow]]) -> dict[int, list[Said]]:
    """By which document, payment or refund an order was found, where it was by one."""
    amount = _amount(asked)

    def is_it(row: OperationRow) -> bool:
        return asked == row.doc_id or (amount is not None and amount == row.amount)

    found = {id_: [operation(row) for row in of_order if is_it(row)] for id_, of_order in rows.items()}
    return {id_: told for id_, told in found.items() if told}


def _found(asked: str, found: Found, settings: Settings) -> Iterator[list[ListedOrder]]:
    """What is asked for may be several things at once; the most likely ones first."""
    if not asked:
        return
    yield found.by_number(asked)
    if asked.isascii() and asked.isdigit() and int(asked) <= _GREATEST_ID:
        yield found.by_id(int(asked))
    if (marked := find_marker(asked.upper(), settings.shop.code)) is not None:
        yield found.by_id(marked[0])
    if asked.isascii() and (id_ := valid_id(asked)) is not None:
        yield found.by_document(id_)
    if _INN.fullmatch(asked):
        yield found.by_inn(asked)
    if (amount := _amount(asked)) is not None:
        yield found.by_amount(amount)


def _amount(asked: str) -> Decimal | None:
    """Roubles, if it may be an amount."""
    bare = re.sub(r"[\s₽]", "", asked)
    written = _AMOUNT.fullmatch(bare) if bare.isascii() else None
    return Decimal(f"{written[1].replace(',', '')}.{written[2] or 0}") if written else None


@router.get("/search", dependencies=[READ])
async def search(page: Asked, q: Annotated[str, Query(max_length=200)] = "") -> Response:
    """What is found."""
    return await page.show("search.html.jinja", lambda session, settings: _read(q, session, settings))
