"""What a comparison found, as the ledger keeps it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from decimal import Decimal

from include.ledger.compared import DayRow
from include.ledger.differences import DifferenceRow
from include.reconciliation.difference import Difference, Measure
from include.reconciliation.figures import Month
from include.reconciliation.sides import Depth


def difference_row(difference: Difference, connection: str, depth: Depth, run_id: str) -> DifferenceRow:
    """A row of the table of differences.

    Args:
        difference: what was found.
        connection: the Kontur account.
        depth: how much of it was read.
        run_id: the DAG run.
    """
    shop, books = difference.shop, difference.books
    return DifferenceRow(
        connection=connection,
        name=hashlib.sha256("\0".join(difference.name).encode()).hexdigest(),
        code=difference.code,
        measure=difference.measure,
        said=difference.said,
        order_id=difference.order_id,
        number=difference.number,
        key=difference.key,
        document_id=difference.document_id,
        entry_id=difference.entry_id,
        shop_day=shop.day if shop else None,
        shop_amount=shop.amount if shop else None,
        books_day=books.day if books else None,
        books_amount=books.amount if books else None,
        noted=difference.noted,
        told_by=depth,
        listed=depth is not Depth.FULL,
        run_id=run_id,
    )


def day_rows(month: Month, connection: str, run_id: str, read_at: dt.datetime) -> Iterator[DayRow]:
    """Rows of the table of compared days.

    Args:
        month: all figures of a range.
        connection: the Kontur account.
        run_id: the DAG run.
        read_at: when the reading began, UTC.
    """
    others = dict(month.others_by_day)
    for line in month.days:
        if line.day is None:
            continue
        beside = others.get(line.day) if line.measure is Measure.DOCUMENTS else None
        yield DayRow(
            connection=connection,
            day=line.day,
            measure=line.measure,
            depth=month.depth,
            shop=line.shop,
            books=line.books,
            differences=dict(line.differences),
            others=beside.count if beside else 0,
            others_amount=beside.amount if beside else Decimal(0),
            run_id=run_id,
            read_at=read_at,
        )
