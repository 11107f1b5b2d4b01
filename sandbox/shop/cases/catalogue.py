"""All cases, and how one of them gets into a shop."""

from __future__ import annotations

import datetime as dt

from MySQLdb.connections import Connection

from sandbox.shop import reference
from sandbox.shop.cases import buyers, dates, life, lines, money, numbers, origins, refunds, taxes
from sandbox.shop.cases.case import Case, CaseDraft, Made
from sandbox.shop.schema import at_least, bitrix_session
from sandbox.shop.writer import Ids, Writer

CASES: dict[str, Case] = {
    **life.CASES,
    **dates.CASES,
    **refunds.CASES,
    **lines.CASES,
    **taxes.CASES,
    **money.CASES,
    **buyers.CASES,
    **numbers.CASES,
    **origins.CASES,
}


def fits(case: Case, version: str) -> bool:
    """Whether a shop of ``version`` can hold ``case``."""
    return at_least(version, case.since) and not (case.before and at_least(version, case.before))


def draft_case(case: Case, ids: Ids, version: str, at: dt.date, order_id: int | None = None) -> tuple[CaseDraft, Made]:
    """The order of a case, not written yet; a case with a day of its own ignores ``at``."""
    draft = CaseDraft(ids, version, case.day or at, order_id)
    outcome = case.make(draft)
    return draft, Made(draft.id, draft.number, outcome)


def make_case(
    connection: Connection, name: str, *, at: dt.date, order_id: int | None = None, version: str = "25"
) -> Made:
    """Write the order of one case into a shop, and say what must become of it.

    Args:
        connection: a database with the tables of ``version`` (:func:`schema.create`).
        name: a key of ``CASES``.
        at: the case's day, usually of the shipment; local.
        order_id: the order's id; ``None``: the next free one.
        version: of the sale module.
    """
    case = CASES[name]
    if not fits(case, version):
        raise ValueError(f"case {name} cannot be in a shop of version {version}")
    with bitrix_session(connection):
        reference.ensure(connection, version)
        writer = Writer(connection, version)
        draft, made = draft_case(case, Ids(connection, version), version, at, order_id)
        for table, row in draft.rows():
            writer.add(table, row)
        writer.flush()
    return made
