"""One order: how it stands, what was sent of it, who did what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from fastapi import APIRouter, HTTPException, status
from fastapi.responses import Response

from include.accounting.named import named
from include.accounting.operations import Counterparty, SaleDocument
from include.accounting.payload import StoredError
from include.accounting.payload import from_json as planned_from_json
from include.accounting.sale.vat import told as rate
from include.accounting.stored_findings import findings_from_json
from include.facts import Said, said, to_json
from include.ledger.actions import Actions
from include.ledger.closings import Closings
from include.ledger.differences import Differences
from include.ledger.operation import VANISHED, OperationRow, State
from include.ledger.operations import Operations
from include.ledger.orders import OrderRow
from include.ledger.reading import ReadingSession
from include.ledger.screens.history import Attempt, attempts
from include.ledger.screens.listed import of_ids
from include.posting.closing import to_settle
from include.posting.deciding import Word
from include.posting.order_state import operation
from include.reconciliation.difference import KIND_NAMES
from include.settings import Settings
from include.steps.decide import is_for
from include.steps.outcomes import standing
from include.words.formats import number
from kontur_page.attempts import technical, told
from kontur_page.names import account
from kontur_page.page import Asked
from kontur_page.rights import READ
from kontur_page.started import started

router = APIRouter()
_MOST_ATTEMPTS = 200
_MOST_ACTIONS = 200
_POSTED = frozenset({State.DONE, State.SKIPPED})
_OF_WHAT_IS_GONE = frozenset({Word.SEND_AGAIN, Word.STAYS_GONE})


class Row(NamedTuple):
    """An operation as the screen shows it."""

    row: OperationRow
    what: Said
    name: Said | None
    """By what number the books, or the shop, know it; ``None``: nobody kept it."""
    notes: Sequence[Said]
    """What is said of it beside what stands above all operations."""
    document: SaleDocument | None
    """As it was planned, if it is one that can be read."""
    acts: Sequence[str]
    """What a person may say of it."""
    body: str | None
    """What was sent, laid out."""
    attempts: Sequence[Attempt]


def _read(order_id: int, session: ReadingSession, settings: Settings) -> Mapping[str, Any]:
    known = standing(session, [order_id], settings)
    operations = Operations(session)
    rows = operations.of_orders([order_id])[order_id]
    if not known and not rows:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    plan = Closings(session).told(order_id)
    asked = [] if plan is None else list(dict.fromkeys(finding.said for finding in to_settle(plan)))
    closed = {} if plan is None else plan.closed.findings
    sent = attempts(session, [row.key for row in rows], _MOST_ATTEMPTS)
    differences = [row for row in Differences(session).of_order(order_id) if not row.noted]
    gone = {row.key for row in differences if row.code == VANISHED}
    problems = known[0].order.problems if known else ()
    return {
        "order_id": order_id,
        "order": known[0].order if known else None,
        "problems": problems,
        "buyer": next(filter(None, map(_buyer, rows)), None),
        # Where all of it stands in the books, the shop has nothing more to be asked for.
        "may_help": not rows or any(row.state not in _POSTED for row in rows),
        "unconfirmed": known[0].unconfirmed if known else (),
        "since": next((one.since for one in of_ids(session, [order_id])), None),
        "closable": {one for one in asked if one not in closed},
        "closed": {one: closed[one].who for one in asked if one in closed},
        "noted": _beside(known[0].order, asked) if known else [],
        "stored": lambda one: to_json([one]),
        "rows": [_row(row, sent, gone) for row in sorted(rows, key=_place)],
        "differences": differences,
        "posted_since": Differences(session).posted_since(differences),
        "months": lambda row: sorted({day.replace(day=1) for day in row.days}),
        "kinds": KIND_NAMES,
        "gone": gone,
        "rate": rate,
        "number": number,
        "named": named,
        "told": told,
        "technical": technical,
        "account": account(settings, known[0].order.connection) if known else "",
        "actions": Actions(session).of_order(order_id, _MOST_ACTIONS),
        "seen_at": operations.now().isoformat(),
        "settings": settings,
    }


def _beside(order_row: OrderRow, asked: Collection[Said]) -> list[Said]:
    """What else is said of an order, beside what a person is asked."""
    found = [finding.said for finding in findings_from_json(order_row.findings)]
    return [one for one in dict.fromkeys(found) if one not in asked]


def _row(row: OperationRow, sent: Sequence[Attempt], gone: Collection[str | None]) -> Row:
    """``gone``: keys of what a reconciliation did not find in Kontur any more."""
    acts = [word.value for word in Word if is_for(row, word) or (row.key in gone and word in _OF_WHAT_IS_GONE)]
    own = [one for one in sent if one.key == row.key]
    notes = () if row.asks_a_person else row.said  # what a person is asked stands above all operations
    return Row(row, operation(row), _name(row), notes, _document(row), acts, _laid_out(row.payload), own)


def _document(row: OperationRow) -> SaleDocument | None:
    try:
        planned = planned_from_json(row.plan) if row.plan else None
    except StoredError:
        return None
    return planned if isinstance(planned, SaleDocument) else None


def _buyer(row: OperationRow) -> Counterparty | None:
    document = _document(row)
    return None if document is None else document.counterparty


def _name(row: OperationRow) -> Said | None:
    document = _document(row)
    if document is not None:
        return said("page_document_number", number=document.number)
    return None if row.parent_key is None else named(row.key)


def _laid_out(payload: str | None) -> str | None:
    return None if payload is None else msgspec.json.format(payload, indent=2)


def _place(row: OperationRow) -> tuple[bool, dt.date, str]:
    """Documents before money, then by day."""
    return row.parent_key is not None, row.document_date or dt.date.min, row.key


@router.get("/order/{order_id}", dependencies=[READ])
async def order(page: Asked, order_id: int, run: str | None = None) -> Response:
    """The screen; ``run`` was started for it just now."""
    return await page.show(
        "order.html.jinja",
        lambda session, settings: {**_read(order_id, session, settings), "run": started(session, run)},
    )
