"""The sheets of the workbook: what each shows, and how it is worked out from the lists."""

from __future__ import annotations

import hashlib

from include.report.month import Month
from include.report.sheets import groups, lists, sums, told
from include.report.sheets.cover import cover, settings
from include.report.sheets.vat import vat
from include.report.tables import Sheet


def sheets(month: Month) -> tuple[Sheet, ...]:
    """All of them, in their order; the month's rows are sorted."""
    inside = (
        sums.summary(month),
        sums.by_day(month),
        vat(month),
        groups.buyers(month),
        groups.money(month),
        lists.advances(month),
        lists.debts(month),
        told.unposted(month),
        told.differences(month),
        *((told.changes(month),) if month.cover.agreed is not None else ()),
        told.remarks(month),
        lists.documents(month),
        lists.payments(month),
        lists.refunds(month),
        lists.settlements(month),
    )
    return (cover(month, checksum(month)), *inside, settings(month))


def checksum(month: Month) -> str:
    """SHA-256 of the rows, in whatever language they are shown: the same figures have the same one, whenever made.

    Also whenever Kontur was read: a night's look that finds all as it was changes nothing.
    """
    rows, found = month.rows, hashlib.sha256()
    long = (rows.documents, rows.payments, rows.refunds, rows.settlements, rows.advances, rows.debts, rows.unposted)
    for part in (*long, rows.remarks):
        for row in part.packed():
            found.update(row)
    seen = [(one.measure, one.day, one.books, one.others, one.others_amount) for one in month.seen]
    for short in (month.ledger.items(), rows.income, seen, month.differences, month.changes, month.receipts):
        found.update(repr([tuple(one) for one in short]).encode())
    return found.hexdigest()
