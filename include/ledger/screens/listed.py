"""Orders as lists show them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from include.facts import Said, from_json
from include.ledger.cases import marks
from include.ledger.connection import Session


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ListedOrder:
    """What a list tells of an order."""

    order_id: int
    number: str
    connection: str
    state: str | None
    code: str | None
    problems: tuple[Said, ...]
    """What a person is to settle; empty: nobody is needed."""
    since: dt.datetime | None
    """Since when it waits, UTC; ``None``: it does not, or an older version noted it."""
    total: Decimal | None
    """In the shop, roubles."""


def listed(session: Session, condition: str, parameters: Sequence[object], most: int) -> list[ListedOrder]:
    """The orders with the greatest IDs of which a condition holds."""
    rows = session.rows(
        "SELECT order_id, number, connection, state, code, facts, waits_since, total FROM local_kontur_bukh_order"
        f" WHERE {condition} ORDER BY order_id DESC LIMIT %s",
        [*parameters, most],
    )
    return [
        ListedOrder(
            order_id=order_id,
            number=number,
            connection=connection,
            state=state,
            code=code,
            problems=() if facts is None else from_json(facts, code=code or ""),
            since=since,
            total=total,
        )
        for order_id, number, connection, state, code, facts, since, total in rows
    ]


def of_ids(session: Session, order_ids: Sequence[int]) -> list[ListedOrder]:
    """These orders, the greatest ID first."""
    return listed(session, f"order_id IN ({marks(order_ids)})", order_ids, len(order_ids)) if order_ids else []
